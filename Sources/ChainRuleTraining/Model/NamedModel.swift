import ChainRuleCore

/// Anything that holds `Parameter`s in its stored properties, whatever it takes and gives: what every ``Model`` is, and
/// a model of several inputs and outputs, which is called in a way of its own.
///
/// ```swift
/// struct House: Parameterized {
///   var picture = Sequential(Flatten(), Dense(64, 8, activation: .relu)), price = Dense(10, 1), kind = Dense(10, 3)
///   func callAsFunction(_ image: Node, _ facts: Node) -> (price: Node, kind: Node) {
///     let both = concatenate([picture(image), facts], axis: 1)
///     return (price(both), kind(both))
///   }
/// }
/// ```
///
/// Parameters are found and named as those of a ``Model`` are; `Training` is told by a closure how it is called.
public protocol Parameterized: CustomStringConvertible {}

/// A model from named inputs to named outputs.
public protocol NamedModel: Parameterized {
  /// Records the outputs, by name, for the inputs, by name: `[batch, …] → [batch, …]` each.
  func callAsFunction(_ inputs: NamedNodes) -> [String: Node]
}

extension NamedModel {
  /// The outputs for a batch of inputs, as plain tensors by name, in evaluation mode.
  ///
  /// - Parameters:
  ///   - precision: the precision of the computation.
  ///   - weights: how the matrices that it multiplies with are kept; for many predictions, compile a program with them.
  /// - Throws: the first mistake made while recording or computing; weights that are not finite, of `.int8`.
  public func predict(
    _ inputs: [String: Tensor], precision: Graph.Precision = .single, weights: CompileOptions.Weights = .recorded
  ) throws -> [String: Tensor] {
    let graph = Graph(precision), given = inputs.sorted { $0.key < $1.key }
    graph.mode = .evaluation
    let leaves = given.map { graph.input($0.key, $0.value) }
    let named = Dictionary(uniqueKeysWithValues: zip(given.map(\.key), leaves))
    let outputs = self(NamedNodes(named, "input", in: graph)).sorted { $0.key < $1.key }
    let values =
      try weights == .recorded
      ? outputs.map { try $0.value.value() }
      : graph.compile(
        inputs: leaves, outputs: outputs.map(\.value),
        options: CompileOptions(includesRegisteredUpdates: false, weights: weights)
      ).run(given.map(\.value))
    return Dictionary(uniqueKeysWithValues: zip(outputs.map(\.key), values))
  }
}
