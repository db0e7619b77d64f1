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
  /// - Parameter precision: the precision of the computation.
  /// - Throws: the first mistake made while recording or computing.
  public func predict(_ inputs: [String: Tensor], precision: Graph.Precision = .single) throws -> [String: Tensor] {
    let graph = Graph(precision)
    graph.mode = .evaluation
    var leaves: [String: Node] = [:]
    for (name, value) in inputs.sorted(by: { $0.key < $1.key }) { leaves[name] = graph.input(name, value) }
    return try self(NamedNodes(leaves, "input", in: graph)).mapValues { try $0.value() }
  }
}
