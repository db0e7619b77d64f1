import ChainRuleCore

/// Several inputs, outputs and losses, by name.
extension Training {
  /// A training of a model of any signature, with several losses that are summed.
  ///
  /// ```swift
  /// let training = try Training(
  ///   House(), losses: [NamedLoss("price", meanSquaredError), NamedLoss("kind", weight: 0.2, softmaxCrossEntropy)],
  ///   optimizer: Adam()
  /// ) { house, x in
  ///   let (price, kind) = house(x.image, x.facts)
  ///   return ["price": price, "kind": kind]
  /// }
  /// ```
  ///
  /// The history has each loss under `NAME_loss` and each metric under `OUTPUT_METRIC`.
  /// - Parameters:
  ///   - losses: each of the output and the target of its name, or of any of them.
  ///   - options: everything else; metrics are `outputMetrics`.
  ///   - outputs: how the model is called: from the inputs of a data set, by name, to outputs by name.
  /// - Throws: as `init(_:loss:optimizer:options:)`, for losses with one name, and where none counts.
  public convenience init(
    _ model: M, losses: [NamedLoss], optimizer: any Optimizer, options: TrainingOptions = TrainingOptions(),
    outputs: @escaping (_ model: M, _ inputs: NamedNodes) -> [String: Node]
  ) throws {
    if let mistake = NamedLoss.mistake(in: losses) { throw mistake }
    guard options.metrics == nil else {
      throw ChainRuleError(
        .value, in: "Training", required: "outputMetrics, by output, for a model with several", got: "metrics",
        hint: "Write options.outputMetrics = [\"NAME\": […]].")
    }
    try self.init(
      model, options,
      StepRecipe(
        parameters: model.parameters, model: { outputs(model, $0) }, losses: losses, optimizer: optimizer,
        options: options))
  }

  /// The same for a model that takes its inputs by name.
  /// - Throws: as `init(_:losses:optimizer:options:outputs:)`.
  public convenience init(
    _ model: M, losses: [NamedLoss], optimizer: any Optimizer, options: TrainingOptions = TrainingOptions()
  ) throws where M: NamedModel {
    try self.init(model, losses: losses, optimizer: optimizer, options: options) { $0($1) }
  }

  /// The model's outputs for all examples by name, `[count, …]` each, in evaluation mode; under "" that of a model that
  /// has one without a name.
  /// - Throws: as `predictions(for:)`.
  public func outputs(for examples: any DataSource, batchSize: Int = 256) throws -> [String: Tensor] {
    var parts: [String: [Tensor]] = [:]
    for part in try batches(of: Array(0..<examples.count), size: batchSize, in: "outputs") {
      for (name, output) in try values(for: examples.examples(at: Array(part))).outputs {
        parts[name, default: []].append(output)
      }
    }
    return try parts.mapValues {
      let whole = Tensor.joined($0)
      if let error = whole.error { throw error }
      return whole
    }
  }
}
