import ChainRuleCore
import ChainRuleMathematics

extension Operators {
  static let normalizations: [String: Operator] = [
    "BatchNormalization": batchNormalization, "LayerNormalization": layerNormalization, "LRN": lrn,
    "InstanceNormalization": { call in
      let x = try call.node(0), axes = Array(2..<Swift.max(2, x.shape.rank))
      let normal = standardized(x, axes: axes, epsilon: call.float("epsilon", 1e-5)).value
      return try call.result(normal * channels(call.node(1), x) + channels(call.node(2), x))
    },
    "GroupNormalization": groupNormalization,
    "RMSNormalization": { call in
      let x = try call.node(0), axis = try call.axis(call.integer("axis", -1), rank: x.shape.rank)
      let mean = square(x).mean(axes: Array(axis..<x.shape.rank), keepingDimensions: true)
      return try call.result(x * rsqrt(mean + call.float("epsilon", 1e-5)) * call.node(1))
    },
    "MeanVarianceNormalization": { call in
      let x = try call.node(0), axes = call.integersOf("axes") ?? [0, 2, 3]
      let centered = x - x.mean(axes: axes, keepingDimensions: true)
      let deviation = sqrt(square(centered).mean(axes: axes, keepingDimensions: true))
      return try call.result(centered / (deviation + 1e-9))
    },
    "LpNormalization": { call in
      let x = try call.node(0), axis = try call.axis(call.integer("axis", -1), rank: x.shape.rank)
      let p = Double(call.integer("p", 2))
      return try call.result(x / x.norm(order: p, axes: [axis], keepingDimensions: true))
    },
  ]

  /// One number for each channel, spread over `[batch, channels, …]`.
  static func channels(_ numbers: Node, _ x: Node) -> Node {
    numbers.reshaped(
      to: Shape([numbers.shape.elementCount] + [Int](repeating: 1, count: Swift.max(0, x.shape.rank - 2))))
  }

  /// (x − mean)/√(variance + ε) over axes, with the mean and the reciprocal of the root.
  private static func standardized(
    _ x: Node, axes: [Int], epsilon: Double
  ) -> (value: Node, mean: Node, inverse: Node) {
    let mean = x.mean(axes: axes, keepingDimensions: true), centered = x - mean
    let inverse = rsqrt(square(centered).mean(axes: axes, keepingDimensions: true) + epsilon)
    return (centered * inverse, mean, inverse)
  }

  private static let batchNormalization: Operator = { call in
    let x = try call.node(0), type = try call.type(0), epsilon = call.float("epsilon", 1e-5)
    let scale = try channels(call.node(1), x), offset = try channels(call.node(2), x)
    guard call.flag("training_mode") else {
      let mean = try channels(call.node(3), x), variance = try channels(call.node(4), x)
      return [.node((x - mean) * (scale * rsqrt(variance + epsilon)) + offset, type)]
    }
    let momentum = call.float("momentum", 0.9), axes = [0] + Array(2..<Swift.max(2, x.shape.rank))
    let mean = x.mean(axes: axes), variance = x.variance(axes: axes)
    let normal = (x - channels(mean, x)) * rsqrt(channels(variance, x) + epsilon)
    return [
      .node(normal * scale + offset, type), .node(momentum * (try call.node(3)) + (1 - momentum) * mean, type),
      .node(momentum * (try call.node(4)) + (1 - momentum) * variance, type),
    ]
  }

  private static let layerNormalization: Operator = { call in
    let x = try call.node(0), type = try call.type(0)
    let axis = try call.axis(call.integer("axis", -1), rank: x.shape.rank)
    let normal = standardized(x, axes: Array(axis..<x.shape.rank), epsilon: call.float("epsilon", 1e-5))
    var result = try normal.value * call.node(1)
    if let offset = try call.nodeIfAny(2) { result = result + offset }
    return [.node(result, type), .node(normal.mean, .float), .node(normal.inverse, .float)]
  }

  private static let groupNormalization: Operator = { call in
    let x = try call.node(0), groups = call.integer("num_groups", 1)
    guard groups > 0, x.shape.rank >= 2, x.shape[1] % groups == 0 else {
      throw call.refused("\(groups) groups do not divide the channels of \(x.shape)")
    }
    let rows = x.reshaped(to: [x.shape[0], groups, -1])
    let normal = standardized(rows, axes: [2], epsilon: call.float("epsilon", 1e-5)).value
    let scale = try call.node(1), offset = try call.node(2)
    if call.version < 21, scale.shape[0] == groups {
      return try call.result(
        (normal * scale.reshaped(to: [groups, 1]) + offset.reshaped(to: [groups, 1])).reshaped(to: x.shape))
    }
    return try call.result(normal.reshaped(to: x.shape) * channels(scale, x) + channels(offset, x))
  }

  /// x/(bias + α/size · Σ x² over neighbouring channels)^β.
  private static let lrn: Operator = { call in
    let x = try call.node(0), size = call.integer("size", 1)
    guard size > 0, size < 1 << 16, x.shape.rank >= 2 else { throw call.refused("a size of \(size)") }
    let before = (size - 1) / 2, squares = square(x), rank = x.shape.rank
    var widths = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
    (widths.0[1], widths.1[1]) = (before, size - 1 - before)
    let bordered = squares.padded(before: widths.0, after: widths.1)
    let sums = (0..<size).map { part(bordered, axis: 1, from: $0, to: $0 + x.shape[1], by: 1) }
    let total = sums.dropFirst().reduce(sums[0], +)
    let base = call.float("bias", 1) + call.float("alpha", 1e-4) / Double(size) * total
    return try call.result(x / pow(base, call.float("beta", 0.75)))
  }
}
