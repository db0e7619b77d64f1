import ChainRuleCore

/// y = activation(x · W + b) with W of shape `[inputs, outputs]`: `[…, inputs] → […, outputs]`.
public struct Dense: Model, Sendable {
  /// W: `[inputs, outputs]`.
  public let weight: Parameter
  /// b: `[outputs]`; `nil` without one.
  public let bias: Parameter?
  /// What is applied to the result; `nil` for nothing.
  public let activation: (@Sendable (Node) -> Node)?

  /// A layer from `inputs` to `outputs` features with random weights.
  /// - Parameters:
  ///   - activation: applied to the result; none by default.
  ///   - weights: how W starts; Glorot's uniform distribution by default.
  ///   - biases: how b starts; `nil` leaves it out.
  ///   - seed: where the random numbers start; by default the next seed of `withSeed`.
  public init(
    _ inputs: Int, _ outputs: Int, activation: (@Sendable (Node) -> Node)? = nil,
    weights: Initializer = .xavierUniform, biases: Initializer? = .zeros, seed: UInt64? = nil
  ) {
    let start = startingValues(
      weights, [inputs, outputs], biases, [outputs], fanIn: inputs, fanOut: outputs, seed: seed)
    self.init(weight: start.weight, bias: start.bias, activation: activation)
  }

  /// From given values: weight `[inputs, outputs]`, bias `[outputs]`.
  public init(weight: Tensor, bias: Tensor? = nil, activation: (@Sendable (Node) -> Node)? = nil) {
    self.weight = Parameter(weight)
    self.bias = bias.map { Parameter($0) }
    self.activation = activation
  }

  /// Records activation(x · W + b): `[…, inputs] → […, outputs]`.
  public func callAsFunction(_ x: Node) -> Node {
    let graph = x.graph
    var y = x.matmul(graph.parameter(weight))
    if let bias { y = y + graph.parameter(bias) }
    return activation.map { $0(y) } ?? y
  }
}
