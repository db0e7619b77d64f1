import ChainRuleCore

/// One of several losses, with the weight by which it counts in their sum. A history has each under `NAME_loss`, without
/// its weight.
///
/// ```swift
/// let losses = [NamedLoss("price", meanSquaredError), NamedLoss("kind", weight: 0.2, softmaxCrossEntropy)]
/// ```
public struct NamedLoss {
  /// What a history calls it.
  public let name: String
  /// How much it counts in the sum that is differentiated.
  public let weight: Double
  let record: (_ outputs: NamedNodes, _ targets: NamedNodes) -> Node

  /// A loss of the output and the target that have its name.
  public init(_ name: String, weight: Double = 1, _ loss: @escaping (_ output: Node, _ target: Node) -> Node) {
    self.init(name, weight: weight) { outputs, targets in loss(outputs[name], targets[name]) }
  }

  /// A loss of any outputs and targets: one with a mask that the model hands on, or between two outputs.
  public init(
    _ name: String, weight: Double = 1,
    of loss: @escaping (_ outputs: NamedNodes, _ targets: NamedNodes) -> Node
  ) {
    (self.name, self.weight, record) = (name, weight, loss)
  }

  /// What makes several losses useless together, as a mistake.
  static func mistake(in losses: [NamedLoss]) -> ChainRuleError? {
    let names = losses.map(\.name)
    if let repeated = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
      return ChainRuleError(
        .value, in: "Training", required: "losses with different names", got: "two called \"\(repeated)\"")
    }
    if let taken = names.first(where: { $0 == "validation" || $0.hasPrefix("validation_") }) {
      return ChainRuleError(
        .value, in: "Training", required: "names of losses that a history does not use itself", got: "\"\(taken)\"")
    }
    if let wrong = losses.first(where: { !$0.weight.isFinite }) {
      return ChainRuleError(
        .value, in: "Training", required: "finite weights of losses",
        got: "\(wrong.weight) for \"\(wrong.name)\"")
    }
    guard losses.contains(where: { $0.weight != 0 }) else {
      return ChainRuleError(
        .value, in: "Training", required: "at least one loss with a weight other than 0",
        got: losses.isEmpty ? "no loss" : "\(losses.count) of weight 0")
    }
    return nil
  }
}
