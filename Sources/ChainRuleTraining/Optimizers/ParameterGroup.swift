import ChainRuleCore

/// Parameters that get an optimizer of their own: another rate, no weight decay, another rule.
public struct ParameterGroup: Sendable {
  /// The optimizer of the parameters in the group.
  public let optimizer: any Optimizer
  let contains: @Sendable (NamedParameter) -> Bool

  /// The parameters at and under some paths.
  public init(at paths: [String], optimizer: any Optimizer) {
    self.init(optimizer: optimizer) { entry in paths.contains { isPath(entry.path, at: $0) } }
  }

  /// The parameters for which a condition holds: `{ $0.parameter.shape.rank == 1 }` are biases and scales.
  public init(optimizer: any Optimizer, where contains: @escaping @Sendable (NamedParameter) -> Bool) {
    (self.optimizer, self.contains) = (optimizer, contains)
  }
}
