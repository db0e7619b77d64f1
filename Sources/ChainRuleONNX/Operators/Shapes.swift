import ChainRuleCore
import ChainRuleMathematics

// Shapes, and tensors in other shapes.

extension Operators {
  static let shapes: [String: Operator] = [
    "Shape": { call in
      let lengths = try call.shape(0).dimensions, rank = lengths.count
      func bound(_ value: Int) -> Int { Swift.max(0, Swift.min(value < 0 ? value + rank : value, rank)) }
      let start = bound(call.integer("start", 0)), end = bound(call.integer("end", rank))
      return [.integers(start < end ? Array(lengths[start..<end]) : [])]
    },
    "Size": { call in [.integers([try call.shape(0).elementCount], shape: .scalar)] },
    "Constant": constant, "ConstantOfShape": constantOfShape, "Range": range, "EyeLike": eyeLike,
    "Reshape": { call in
      let target = try call.integersOf("shape") ?? call.integers(1)
      return try call.result(reshaped(call, target, keepsZeros: call.flag("allowzero")))
    },
    "Flatten": { call in
      let x = try call.node(0), axis = call.integer("axis", 1)
      let place = axis < 0 ? axis + x.shape.rank : axis
      guard (0...x.shape.rank).contains(place) else { throw call.refused("there is no axis \(axis)") }
      let rows = Shape(Array(x.shape.dimensions[..<place])).elementCount
      let columns = Shape(Array(x.shape.dimensions[place...])).elementCount
      return try call.result(x.reshaped(to: [rows, columns]))
    },
    "Squeeze": { call in
      let x = try call.node(0)
      let axes = try call.integers("axes", orInput: 1).map { try $0.map { try call.axis($0, rank: x.shape.rank) } }
      let kept = (0..<x.shape.rank).filter { !(axes?.contains($0) ?? (x.shape[$0] == 1)) }
      return try call.result(x.reshaped(to: Shape(kept.map { x.shape[$0] })))
    },
    "Unsqueeze": { call in
      let x = try call.node(0)
      guard let axes = try call.integers("axes", orInput: 1) else { throw call.refused("it has no axes") }
      let rank = x.shape.rank + axes.count
      let places = Set(try axes.map { try call.axis($0, rank: rank) })
      var rest = x.shape.dimensions[...]
      return try call.result(
        x.reshaped(to: Shape((0..<rank).map { places.contains($0) ? 1 : rest.popFirst() ?? 1 })))
    },
    "Transpose": { call in try call.result(call.node(0).transposed(call.integersOf("perm"))) },
    "Expand": { call in
      let x = try call.node(0), target = Shape(try call.integers(1))
      guard let common = x.shape.broadcast(with: target) else {
        throw call.refused("\(x.shape) does not broadcast with \(target)")
      }
      return try call.result(x.broadcast(to: common))
    },
    "Tile": { call in try call.result(call.node(0).tiled(call.integers(1))) },
    "Concat": { call in
      let first = try call.node(0), nodes = try call.inputs.indices.map { try call.node($0) }
      let axis = try call.axis(call.integer("axis", call.version < 4 ? 1 : 0), rank: first.shape.rank)
      return try call.result(nodes.count == 1 ? first : concatenate(nodes, axis: axis))
    },
    "DepthToSpace": depthToSpace,
    "SpaceToDepth": { call in
      let x = try call.node(0), s = x.shape, b = call.integer("blocksize", 1)
      guard s.rank == 4, (1..<1 << 16).contains(b) else { throw call.refused("blocks of \(b) do not fit \(s)") }
      let blocks = x.reshaped(to: [s[0], s[1], s[2] / b, b, s[3] / b, b]).transposed([0, 3, 5, 1, 2, 4])
      return try call.result(blocks.reshaped(to: [s[0], s[1] * b * b, s[2] / b, s[3] / b]))
    },
  ]

  /// A shape whose zeros stand for the input's own lengths, and one of whose lengths may be −1.
  static func reshaped(_ call: Call, _ target: [Int], keepsZeros: Bool) throws -> Node {
    let x = try call.node(0)
    let lengths = target.enumerated().map { $1 == 0 && !keepsZeros ? x.shape[$0] : $1 }
    return x.reshaped(to: Shape(lengths))
  }

  private static let constant: Operator = { call in
    if let tensor = try call.tensorOf("value") { return [.constant(tensor)] }
    if call.hasAttribute("value_float") {
      return [.constant(TypedTensor(.float, .scalar, [call.float("value_float", 0)]))]
    }
    if call.hasAttribute("value_int") { return [.integers([call.integer("value_int", 0)], shape: .scalar)] }
    if let values = call.floatsOf("value_floats"), call.hasAttribute("value_floats") {
      return [.constant(TypedTensor(.float, [values.count], values))]
    }
    if let values = call.integersOf("value_ints"), call.hasAttribute("value_ints") { return [.integers(values)] }
    throw call.refused("constants of text and sparse constants are not read")
  }

  private static let constantOfShape: Operator = { call in
    let shape = Shape(try call.integers(0)), value = try call.tensorOf("value")
    guard shape.dimensions.allSatisfy({ $0 >= 0 }), shape.elementCount < 1 << 28 else {
      throw call.refused("the shape \(shape) is asked for")
    }
    let number = value?.values.scalars.first ?? 0
    return [
      .constant(TypedTensor(value?.type ?? .float, shape, [Double](repeating: number, count: shape.elementCount)))
    ]
  }

  private static let range: Operator = { call in
    let bounds = try (0..<3).map { try call.known($0).values.scalars.first ?? 0 }
    let count = ((bounds[1] - bounds[0]) / bounds[2]).rounded(.up)
    guard count.isFinite, count < 0x1p28 else { throw call.refused("a range from \(bounds[0]) to \(bounds[1])") }
    let values = (0..<Swift.max(0, Int(count))).map { bounds[0] + Double($0) * bounds[2] }
    return [.constant(TypedTensor(try call.type(0), [values.count], values))]
  }

  private static let eyeLike: Operator = { call in
    let shape = try call.shape(0), offset = call.integer("k", 0)
    guard shape.rank == 2 else { throw call.refused("a matrix is needed, not \(shape)") }
    let values = (0..<shape[0]).flatMap { row in (0..<shape[1]).map { $0 - row == offset ? 1.0 : 0 } }
    let type = try ONNXType(rawValue: call.integer("dtype", 0)) ?? call.type(0)
    return [.constant(TypedTensor(type, shape, values))]
  }

  private static let depthToSpace: Operator = { call in
    let x = try call.node(0), s = x.shape, b = call.integer("blocksize", 1)
    guard s.rank == 4, (1..<1 << 16).contains(b), s[1] % (b * b) == 0 else {
      throw call.refused("blocks of \(b) do not fit \(s)")
    }
    let channels = s[1] / (b * b)
    let blocks =
      call.text("mode", "DCR") == "DCR"
      ? x.reshaped(to: [s[0], b, b, channels, s[2], s[3]]).transposed([0, 3, 4, 1, 5, 2])
      : x.reshaped(to: [s[0], channels, b, b, s[2], s[3]]).transposed([0, 1, 4, 2, 5, 3])
    return try call.result(blocks.reshaped(to: [s[0], channels, s[2] * b, s[3] * b]))
  }
}
