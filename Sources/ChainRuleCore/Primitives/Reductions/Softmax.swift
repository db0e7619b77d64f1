/// s = softmax(x) along an axis: sᵢ = e^(xᵢ − m) / Σⱼ e^(xⱼ − m) with m = max x, so that nothing overflows.
/// A row of −∞ alone has nothing to share out: it is 0, with gradient 0.
///
/// The Jacobian of a row is diag(s) − s·sᵀ, which is symmetric, so the map and its transpose are the same:
/// t ↦ s · (t − Σ s·t).
struct Softmax: DescribedPrimitive, EnclosedPrimitive, PrecisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "eˣ / Σ eˣ", derivatives: ["t ↦ s(t − Σ s·t), the Jacobian of softmax at s, which is symmetric"],
    call: "softmax")
  func detail(of inputs: [Shape]) -> String { inputs[0].rank > 1 ? "axis \(axis)" : "" }
  let axis: Int
  var name: String { "softmax" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.softmax(inputs[0], axis: axis) }

  /// sᵢ = 1/Σⱼ e^(xⱼ − xᵢ) rises in xᵢ and falls in every other.
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let (x, stride, count) = (inputs[0], inputs[0].shape.strides[axis], inputs[0].shape[axis])
    let values = x.intervals.indices.map { position in
      let start = position - position / stride % count * stride
      let others = (0..<count).map { start + $0 * stride }.filter { $0 != position }.map { x[$0] }
      let (own, least) = (x[position], (others + [x[position]]).map(\.regularity).min() ?? .smooth)
      let low = Self.value(own.lower, others.map(\.upper)), high = Self.value(own.upper, others.map(\.lower))
      return Interval(Swift.max(low.lower, 0), Swift.min(high.upper, 1), least)
    }
    return Enclosure(shape: x.shape, values)
  }

  private static func value(_ own: Double, _ others: [Double]) -> Interval {
    guard own.isFinite, others.allSatisfy({ $0 < .infinity }) else { return Interval(0, 1, .unknown) }
    return Interval(1) / others.reduce(Interval(1)) { $0 + (Interval($1) - Interval(own)).image(.exp) }
  }

  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    var result = inputs[0]
    for group in shapes[0].groups(over: [axis]) {
      let largest = group.map { inputs[0][$0] }.max() ?? 0
      guard largest.high > -.infinity else {
        for position in group { result[position] = 0 }
        continue
      }
      let powers = group.map { (inputs[0][$0] - largest).exp }, sum = powers.reduce(0, +)
      for (position, power) in zip(group, powers) { result[position] = power / sum }
    }
    return result
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let map = { (t: Node) in output * (t - (output * t).sum(axes: [axis], keepingDimensions: true)) }
    return .linear(apply: map, transpose: map)
  }
}

/// Probabilities along an axis that sum to one; 0 in a row of −∞ alone.
public func softmax(_ x: Node, axis: Int = -1) -> Node {
  x.graph.attempt(x) { Softmax(axis: try x.shape.position(ofAxis: axis, in: "softmax")) }
}

/// ln softmax(x) = d − ln Σ eᵈ along an axis, with d = x − max x; it keeps its digits where softmax itself underflows.
/// A row of −∞ alone, of which softmax makes zeros, is −∞ with gradient 0.
///
/// Without the shift, logits of 1000 would leave a float only four digits after the point. The shift cancels, so no
/// gradient flows through the maximum.
public func logSoftmax(_ x: Node, axis: Int = -1) -> Node {
  if x.error != nil { return x }
  return x.graph.attempt(in: "logSoftmax") {
    let axes = [try x.shape.position(ofAxis: axis, in: "logSoftmax")]
    // Where all are −∞ the difference with the maximum would be NaN.
    let largest = x.max(axes: axes, keepingDimensions: true).stoppingGradient()
    let shifted = x - maximum(largest, -x.graph.precision.largest)
    let total = logSumExp(shifted, axes: axes, keepingDimensions: true)
    return `where`(equal(largest, -.infinity), -.infinity, shifted - total)
  }
}
