import ChainRuleCore

/// A function that a layer applies to its result, told by its name: `Dense(64, 32, activation: .gelu)`.
public struct Activation: Sendable, CustomStringConvertible {
  /// What it is called.
  public let description: String
  let function: @Sendable (Node) -> Node

  /// A function of one's own.
  public init(_ name: String, _ function: @escaping @Sendable (Node) -> Node) {
    (description, self.function) = (name, function)
  }

  /// Records the function of a node.
  public func callAsFunction(_ x: Node) -> Node { function(x) }

  /// max(x, 0)
  public static let relu = Activation("relu") { ChainRuleCore.relu($0) }
  /// x where x > 0, else 0.01 x
  public static let leakyReLU = Activation("leakyReLU") { ChainRuleCore.leakyReLU($0) }
  /// x where x > 0, else eˣ − 1
  public static let elu = Activation("elu") { ChainRuleCore.elu($0) }
  /// x Φ(x), with the normal distribution itself
  public static let gelu = Activation("gelu") { ChainRuleCore.gelu($0) }
  /// x σ(x)
  public static let silu = Activation("silu") { ChainRuleCore.silu($0) }
  /// ln(1 + eˣ)
  public static let softplus = Activation("softplus") { ChainRuleCore.softplus($0) }
  /// 1/(1 + e⁻ˣ)
  public static let sigmoid = Activation("sigmoid") { ChainRuleCore.sigmoid($0) }
  /// The hyperbolic tangent.
  public static let tanh = Activation("tanh") { ChainRuleCore.tanh($0) }
  /// e^xᵢ/Σ e^xⱼ along the last axis
  public static let softmax = Activation("softmax") { ChainRuleCore.softmax($0) }
}

extension Dense {
  /// A layer with an activation that is told by its name; else as `init(_:_:activation:weights:biases:seed:)`.
  public init(
    _ inputs: Int, _ outputs: Int, activation: Activation, weights: Initializer = .xavierUniform,
    biases: Initializer? = .zeros, seed: UInt64? = nil
  ) {
    self.init(inputs, outputs, activation: activation.function, weights: weights, biases: biases, seed: seed)
  }
}

extension Conv1D {
  /// A layer with an activation that is told by its name.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1, activation: Activation, weights: Initializer = .heUniform, biases: Initializer? = .zeros,
    seed: UInt64? = nil
  ) {
    self.init(
      inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups,
      activation: activation.function, weights: weights, biases: biases, seed: seed)
  }
}

extension Conv2D {
  /// A layer with an activation that is told by its name.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: [Int], stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1],
    groups: Int = 1, activation: Activation, weights: Initializer = .heUniform, biases: Initializer? = .zeros,
    seed: UInt64? = nil
  ) {
    self.init(
      inputs, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups,
      activation: activation.function, weights: weights, biases: biases, seed: seed)
  }
}

extension TransposedConv2D {
  /// A layer with an activation that is told by its name.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: [Int], stride: [Int] = [1], padding: [Int] = [0],
    outputPadding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1, activation: Activation,
    weights: Initializer = .heUniform, biases: Initializer? = .zeros, seed: UInt64? = nil
  ) {
    self.init(
      inputs, outputs, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding,
      dilation: dilation, groups: groups, activation: activation.function, weights: weights, biases: biases, seed: seed)
  }
}
