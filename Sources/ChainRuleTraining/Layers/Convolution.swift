import ChainRuleCore

/// Two-dimensional convolution: `[batch, inputs, height, width] → [batch, outputs, height′, width′]`.
///
/// y[o] = activation(b[o] + Σ over c of w[o, c] ⋆ x[c]), the kernel not flipped.
public struct Conv2D: Model, Sendable {
  /// `[outputs, inputs / groups, height, width]`
  public let weight: Parameter
  /// `[outputs]`
  public let bias: Parameter?
  /// How the kernel moves: `[vertical, horizontal]` or one number for both; in how many groups the channels are split.
  public let stride: [Int], padding: [Int], dilation: [Int], groups: Int
  /// What is applied to the result; `nil` for nothing.
  public let activation: (@Sendable (Node) -> Node)?

  /// Lists hold `[vertical, horizontal]` or one number for both.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: [Int], stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1],
    groups: Int = 1, activation: (@Sendable (Node) -> Node)? = nil, weights: Initializer = .heUniform,
    biases: Initializer? = .zeros, seed: UInt64? = nil
  ) {
    let window = kernel.count == 1 ? [kernel[0], kernel[0]] : kernel
    let (share, area) = (inputs / Swift.max(groups, 1), Extents.product(of: window))
    let start = startingValues(
      weights, Shape([outputs, share] + window), biases, [outputs], fanIn: Extents.product(share, area),
      fanOut: Extents.product(outputs / Swift.max(groups, 1), area), seed: seed)
    self.init(
      weight: start.weight, bias: start.bias, stride: stride, padding: padding, dilation: dilation, groups: groups,
      activation: activation)
  }

  /// From given values.
  public init(
    weight: Tensor, bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1],
    groups: Int = 1, activation: (@Sendable (Node) -> Node)? = nil
  ) {
    self.weight = Parameter(weight)
    self.bias = bias.map { Parameter($0) }
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    self.activation = activation
  }

  /// Records the convolution: `[batch, inputs, height, width] → [batch, outputs, height′, width′]`.
  public func callAsFunction(_ x: Node) -> Node {
    let graph = x.graph
    let y = convolution2d(
      x, weight: graph.parameter(weight), bias: bias.map { graph.parameter($0) }, stride: stride, padding: padding,
      dilation: dilation, groups: groups)
    return activation.map { $0(y) } ?? y
  }
}

/// One-dimensional convolution: `[batch, inputs, length] → [batch, outputs, length′]`.
public struct Conv1D: Model, Sendable {
  /// `[outputs, inputs / groups, length]`
  public let weight: Parameter
  /// `[outputs]`; `nil` without one.
  public let bias: Parameter?
  /// How the kernel moves, and in how many groups the channels are split.
  public let stride: Int, padding: Int, dilation: Int, groups: Int
  /// What is applied to the result; `nil` for nothing.
  public let activation: (@Sendable (Node) -> Node)?

  /// A layer with random weights: He's uniform distribution by default, and biases of zero.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1, activation: (@Sendable (Node) -> Node)? = nil, weights: Initializer = .heUniform,
    biases: Initializer? = .zeros, seed: UInt64? = nil
  ) {
    let share = inputs / Swift.max(groups, 1)
    let start = startingValues(
      weights, [outputs, share, kernel], biases, [outputs], fanIn: Extents.product(share, kernel),
      fanOut: Extents.product(outputs / Swift.max(groups, 1), kernel), seed: seed)
    (weight, bias) = (Parameter(start.weight), start.bias.map { Parameter($0) })
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    self.activation = activation
  }

  /// Records the convolution: `[batch, inputs, length] → [batch, outputs, length′]`.
  public func callAsFunction(_ x: Node) -> Node {
    let graph = x.graph
    let image = x.expandingDimension(at: 2), kernel = graph.parameter(weight).expandingDimension(at: 2)
    let y = convolution2d(
      image, weight: kernel, bias: bias.map { graph.parameter($0) }, stride: [1, stride], padding: [0, padding],
      dilation: [1, dilation], groups: groups
    ).squeezingDimension(at: 2)
    return activation.map { $0(y) } ?? y
  }
}

/// Transposed convolution, which enlarges: `[batch, inputs, height, width] → [batch, outputs, height′, width′]` with
/// height′ = (height − 1)·stride − 2·padding + dilation·(kernel − 1) + 1 + outputPadding.
public struct TransposedConv2D: Model, Sendable {
  /// `[inputs, outputs / groups, height, width]`
  public let weight: Parameter
  /// `[outputs]`; `nil` without one.
  public let bias: Parameter?
  /// How the kernel moves: `[vertical, horizontal]` or one number for both; in how many groups the channels are split.
  public let stride: [Int], padding: [Int], outputPadding: [Int], dilation: [Int], groups: Int
  /// What is applied to the result; `nil` for nothing.
  public let activation: (@Sendable (Node) -> Node)?

  /// A layer with random weights: He's uniform distribution by default, and biases of zero.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: [Int], stride: [Int] = [1], padding: [Int] = [0],
    outputPadding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1,
    activation: (@Sendable (Node) -> Node)? = nil, weights: Initializer = .heUniform, biases: Initializer? = .zeros,
    seed: UInt64? = nil
  ) {
    let window = kernel.count == 1 ? [kernel[0], kernel[0]] : kernel
    let (share, area) = (outputs / Swift.max(groups, 1), Extents.product(of: window))
    let start = startingValues(
      weights, Shape([inputs, share] + window), biases, [outputs],
      fanIn: Extents.product(inputs / Swift.max(groups, 1), area), fanOut: Extents.product(share, area), seed: seed)
    (weight, bias) = (Parameter(start.weight), start.bias.map { Parameter($0) })
    (self.stride, self.padding, self.outputPadding) = (stride, padding, outputPadding)
    (self.dilation, self.groups, self.activation) = (dilation, groups, activation)
  }

  /// Records the transposed convolution: `[batch, inputs, height, width] → [batch, outputs, height′, width′]`.
  public func callAsFunction(_ x: Node) -> Node {
    let graph = x.graph
    let y = transposedConvolution2d(
      x, weight: graph.parameter(weight), bias: bias.map { graph.parameter($0) }, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups)
    return activation.map { $0(y) } ?? y
  }
}
