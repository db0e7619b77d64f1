import ChainRuleCore

/// y = (x − mean) / √(variance + ε) · weight + bias over the last axes, for each example by itself.
/// Source: Ba, Kiros and Hinton 2016.
public struct LayerNorm: Model, Sendable {
  /// Shaped like the axes that are normalized; `nil` without a learned scale and shift.
  public let weight: Parameter?, bias: Parameter?
  /// The lengths of the last axes.
  public let shape: Shape
  /// ε, added to the variance.
  public let epsilon: Double

  /// A layer that starts with scale 1 and shift 0.
  /// - Parameter shape: the lengths of the last axes: `[features]`.
  public init(_ shape: Shape, epsilon: Double = 1e-5, isAffine: Bool = true) {
    (self.shape, self.epsilon) = (shape, epsilon)
    weight = isAffine ? Parameter(Tensor(shape: shape, repeating: 1)) : nil
    bias = isAffine ? Parameter(Tensor(shape: shape, repeating: 0)) : nil
  }

  /// The same for the last axis alone.
  public init(_ features: Int, epsilon: Double = 1e-5, isAffine: Bool = true) {
    self.init([features], epsilon: epsilon, isAffine: isAffine)
  }

  /// Records the normalized examples: `[…] + shape` to the same shape.
  public func callAsFunction(_ x: Node) -> Node {
    if x.error != nil { return x }
    guard x.shape.dimensions.suffix(shape.rank) == shape.dimensions[...] else {
      return x.graph.failed(
        ChainRuleError(.shape, in: "LayerNorm", required: "last axes \(shape)", got: "\(x.shape)"))
    }
    if let wrong = settingMistake("LayerNorm", x, epsilon >= 0, "an epsilon of at least 0", epsilon) { return wrong }
    var y = normalized(x, axes: Array((x.shape.rank - shape.rank)..<x.shape.rank), epsilon)
    if let weight { y = y * x.graph.parameter(weight) }
    if let bias { y = y + x.graph.parameter(bias) }
    return y
  }
}

/// Normalization over groups of channels, for each example by itself: `[batch, channels, …]`.
/// Source: Wu and He 2018.
public struct GroupNorm: Model, Sendable {
  /// `[channels]`
  public let weight: Parameter?, bias: Parameter?
  /// How many groups the channels are split into.
  public let groups: Int
  /// ε, added to the variance.
  public let epsilon: Double

  /// A layer for so many channels, which the groups share evenly; it starts with scale 1 and shift 0.
  public init(groups: Int, channels: Int, epsilon: Double = 1e-5, isAffine: Bool = true) {
    (self.groups, self.epsilon) = (groups, epsilon)
    weight = isAffine ? Parameter(Tensor(shape: [channels], repeating: 1)) : nil
    bias = isAffine ? Parameter(Tensor(shape: [channels], repeating: 0)) : nil
  }

  /// Records the normalized groups: `[batch, channels, …]` to the same shape.
  public func callAsFunction(_ x: Node) -> Node {
    if x.error != nil { return x }
    guard x.shape.rank >= 2, groups > 0, x.shape[1] % groups == 0 else {
      return x.graph.failed(
        ChainRuleError(
          .shape, in: "GroupNorm", required: "[batch, channels, …] with channels in \(groups) equal groups",
          got: "\(x.shape)"))
    }
    if let wrong = settingMistake("GroupNorm", x, epsilon >= 0, "an epsilon of at least 0", epsilon) { return wrong }
    let length = x.shape.dimensions.dropFirst().reduce(1, *) / groups
    let grouped = x.reshaped(to: [x.shape[0], groups, length])
    return affine(normalized(grouped, axes: [2], epsilon).reshaped(to: x.shape), weight, bias, axis: 1)
  }
}

/// (x − mean) / √(variance + ε) over axes, with the biased variance.
private func normalized(_ x: Node, axes: [Int], _ epsilon: Double) -> Node {
  NormalizedRows(x - x.mean(axes: axes, keepingDimensions: true), axes: axes, epsilon).result
}

/// c / √(mean c² + ε) over axes. Where c² would overflow (from 1.8e19 on in single precision), c is divided by its largest
/// magnitude first, which the quotient does not depend on.
struct NormalizedRows {
  /// The quotient.
  let result: Node
  /// The mean of (c/unit)², and the unit: the mean of c² may be larger than any number of the precision.
  let mean: Node, unit: Node

  init(_ centered: Node, axes: [Int], _ epsilon: Double) {
    unit = centered.unitOfSquares(axes, beside: epsilon)
    let scaled = centered / unit
    mean = square(scaled).mean(axes: axes, keepingDimensions: true)
    // Without ε, what does not vary at all is 0.
    let spread = epsilon == 0 ? `where`(equal(mean, 0), 1, mean) : mean + epsilon / square(unit)
    result = scaled * rsqrt(spread)
  }
}
