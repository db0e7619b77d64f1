import ChainRuleCore

/// What a step or an evaluation measured on a batch.
struct StepValues {
  let loss: Double
  /// Each of several losses, without its weight, by the name that a history has for it.
  var losses: [(name: String, value: Double)] = []
  /// What the model says, by output; under "" where it has one without a name.
  let outputs: [String: Tensor]
  /// The norm of each gradient before clipping, where they are monitored.
  var gradientNorms: [String: Double] = [:]

  /// Takes apart what a recording gives: the loss, the losses, the outputs in the order of their names, and others.
  init(_ values: [Tensor], _ recipe: StepRecipe, outputs names: [String]) throws {
    loss = try values[0].scalar()
    let parts = recipe.isNamed ? recipe.losses : []
    losses = try zip(parts, values.dropFirst()).map { ("\($0.name)_loss", try $1.scalar()) }
    outputs = Dictionary(uniqueKeysWithValues: zip(names, values.dropFirst(1 + parts.count)))
  }

  /// The output of a model that has one without a name.
  var prediction: Tensor {
    outputs.count == 1
      ? outputs.values[outputs.values.startIndex]
      : Tensor(
        error: ChainRuleError(
          .value, in: "predictions", required: "a model with one output",
          got: "outputs called \(outputs.keys.sorted().joined(separator: ", "))",
          hint: "Ask for outputs(for:), which has them by name."))
  }
}

/// What is measured beside the loss, of which output.
struct MetricChoice {
  /// For a model with one output without a name; nil for what is usual.
  let plain: [Metric]?
  /// By output, for others; what is usual for those that are not among them.
  let named: [String: [Metric]]?

  /// A metric of a batch under the name that a history has for it.
  struct Measured {
    let name: String
    let metric: Metric
    let prediction: Tensor, targets: Tensor
  }

  /// The metrics of a batch with what each is measured on.
  /// - Throws: for an output that there is not, and one without targets.
  func measured(_ outputs: [String: Tensor], _ batch: Dataset) throws -> [Measured] {
    if let prediction = outputs[""] {
      return (plain ?? Metric.usual(for: batch.targets, prediction)).map {
        Measured(name: $0.name, metric: $0, prediction: prediction, targets: batch.targets)
      }
    }
    if let stranger = named?.keys.sorted().first(where: { outputs[$0] == nil || batch.targetColumns[$0] == nil }) {
      throw ChainRuleError(
        .value, in: "Training", required: "metrics of outputs that have targets of the same name",
        got: "\"\(stranger)\"; the outputs are \(outputs.keys.sorted().joined(separator: ", ")), the targets "
          + batch.targetColumns.keys.sorted().joined(separator: ", "))
    }
    return outputs.sorted { $0.key < $1.key }.flatMap { output, prediction -> [Measured] in
      guard let targets = batch.targetColumns[output] else { return [] }
      let metrics = named?[output] ?? Metric.usual(for: targets, prediction)
      return metrics.map {
        Measured(name: "\(output)_\($0.name)", metric: $0, prediction: prediction, targets: targets)
      }
    }
  }
}
