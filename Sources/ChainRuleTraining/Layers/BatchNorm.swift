import ChainRuleCore

/// y = (x − mean) / √(variance + ε) · weight + bias for each channel, the second axis: `[batch, channels, …]`.
///
/// While training, mean and (biased) variance are those of the batch, and the running statistics move towards them by
/// `momentum`, the variance unbiased; while evaluating, the running statistics are used. A running variance beyond the
/// largest number of the precision, as of deviations beyond 1.8e19 in single, stays at that number, from which it comes
/// down again. Source: Ioffe and Szegedy 2015.
public struct BatchNorm: Model, Sendable {
  /// `[channels]`; `nil` without a learned scale and shift.
  public let weight: Parameter?, bias: Parameter?
  /// State, renewed by each training step: `[channels]`.
  public let runningMean: Parameter, runningVariance: Parameter
  /// How far the running statistics move towards the batch's, and what is added to the variance.
  public let momentum: Double, epsilon: Double

  /// A layer for inputs with so many channels; it starts with scale 1 and shift 0.
  public init(_ channels: Int, momentum: Double = 0.1, epsilon: Double = 1e-5, isAffine: Bool = true) {
    weight = isAffine ? Parameter(Tensor(shape: [channels], repeating: 1)) : nil
    bias = isAffine ? Parameter(Tensor(shape: [channels], repeating: 0)) : nil
    runningMean = Parameter(Tensor(shape: [channels], repeating: 0), isTrainable: false)
    runningVariance = Parameter(Tensor(shape: [channels], repeating: 1), isTrainable: false)
    (self.momentum, self.epsilon) = (momentum, epsilon)
  }

  /// Records the normalized channels: `[batch, channels, …]` to the same shape.
  public func callAsFunction(_ x: Node) -> Node {
    let graph = x.graph
    if x.error != nil { return x }
    guard x.shape.rank >= 2, x.shape[1] == runningMean.shape[0] else {
      return graph.failed(
        ChainRuleError(
          .shape, in: "BatchNorm", required: "[batch, \(runningMean.shape[0]), …]", got: "\(x.shape)"))
    }
    let wrong =
      settingMistake("BatchNorm", x, epsilon >= 0, "an epsilon of at least 0", epsilon)
      ?? settingMistake("BatchNorm", x, (0...1).contains(momentum), "a momentum from 0 to 1", momentum)
    if let wrong { return wrong }
    do {
      return affine(try normalized(x), weight, bias, axis: 1)
    } catch { return graph.failed(error) }
  }

  /// Less the mean, over the deviation; while training, the running ones are told to follow.
  private func normalized(_ x: Node) throws(ChainRuleError) -> Node {
    let graph = x.graph
    let runningMean = graph.parameter(runningMean), runningVariance = graph.parameter(runningVariance)
    let channels = alongAxis(1, rank: x.shape.rank, length: x.shape[1])
    guard graph.mode == .training else {
      let (mean, variance) = (runningMean.reshaped(to: channels), runningVariance.reshaped(to: channels))
      return (x - mean) * rsqrt(variance + epsilon)
    }
    let axes = (0..<x.shape.rank).filter { $0 != 1 }
    let count = Double(x.shape.elementCount / Swift.max(x.shape[1], 1))
    guard count > 1 else {
      throw ChainRuleError(
        .shape, in: "BatchNorm", required: "more than one value per channel while training", got: "\(x.shape)",
        hint: "Use a larger batch, or evaluation mode.")
    }
    let mean = x.mean(axes: axes, keepingDimensions: true)
    let rows = NormalizedRows(x - mean, axes: axes, epsilon)
    try follow(runningMean, momentum * mean)
    // Multiplied by what is small first: the batch's own variance may be larger than any number.
    let unit = rows.unit.stoppingGradient()
    try follow(runningVariance, momentum * (count / (count - 1)) * rows.mean * unit * unit)
    return rows.result
  }

  /// Renews a running statistic by what the batch adds to it.
  private func follow(_ running: Node, _ share: Node) throws(ChainRuleError) {
    let graph = running.graph
    let next = (1 - momentum) * running + share.stoppingGradient().reshaped(to: running.shape)
    try graph.renew(running, to: minimum(next, graph.precision.largest), in: "BatchNorm")
  }
}

/// The shape of a vector that lies along one axis of a tensor.
func alongAxis(_ axis: Int, rank: Int, length: Int) -> Shape {
  Shape((0..<rank).map { $0 == axis ? length : 1 })
}

/// x · weight + bias, both vectors along one axis.
func affine(_ x: Node, _ weight: Parameter?, _ bias: Parameter?, axis: Int) -> Node {
  let shape = alongAxis(axis, rank: x.shape.rank, length: x.shape[axis])
  var y = x
  if let weight { y = y * x.graph.parameter(weight).reshaped(to: shape) }
  if let bias { y = y + x.graph.parameter(bias).reshaped(to: shape) }
  return y
}
