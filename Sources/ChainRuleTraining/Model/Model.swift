import ChainRuleCore

/// Anything that turns an input node into an output node and holds `Parameter`s in its stored properties.
///
/// ```swift
/// struct Classifier: Model {
///   var hidden = Dense(64, 32, activation: relu)
///   var output = Dense(32, 10)
///   func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
/// }
/// ```
///
/// There is nothing to register: parameters are found by reflection, wherever they are stored, and named by the
/// path that leads to them (`hidden.weight`). The same model value records into a `.double` graph to be checked and
/// into a `.single` graph to be trained.
public protocol Model: Parameterized {
  /// Records the model's output for an input: `[batch, …] → [batch, …]`.
  func callAsFunction(_ x: Node) -> Node
}

extension Parameterized {
  /// Every parameter, trainable or not, in the order of the stored properties; a shared one is listed once.
  public var parameters: [NamedParameter] { ChainRuleTraining.parameters(of: self) }

  /// The parameters that training changes: trainable and not frozen.
  public var trainableParameters: [NamedParameter] { parameters.filter(\.isTrained) }

  /// How many numbers training changes.
  public var trainableCount: Int { trainableParameters.map(\.parameter.shape.elementCount).reduce(0, +) }
}

extension Model {
  /// The output for a batch of inputs, as a plain tensor, in evaluation mode.
  ///
  /// - Parameters:
  ///   - precision: the precision of the computation.
  ///   - weights: how the matrices that it multiplies with are kept; for many predictions, compile a program with them.
  /// - Throws: the first mistake made while recording or computing; weights that are not finite, of `.int8`.
  public func predict(
    _ inputs: Tensor, precision: Graph.Precision = .single, weights: CompileOptions.Weights = .recorded
  ) throws -> Tensor {
    let graph = Graph(precision)
    graph.mode = .evaluation
    let input = graph.input("inputs", inputs), output = self(input)
    if weights == .recorded { return try output.value() }
    let options = CompileOptions(includesRegisteredUpdates: false, weights: weights)
    return try graph.compile(inputs: [input], outputs: [output], options: options).run([inputs])[0]
  }
}
