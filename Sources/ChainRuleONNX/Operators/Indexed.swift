import ChainRuleCore
import ChainRuleMathematics

// Elements at indices, and elements that are written at indices.

extension Operators {
  static let indexed: [String: Operator] = [
    "Gather": { call in
      let x = try call.node(0), axis = try call.axis(call.integer("axis", 0), rank: x.shape.rank)
      return try call.result(x.gathered(at: indices(call, 1, below: x.shape[axis]), axis: axis))
    },
    "GatherElements": { call in
      var x = try call.node(0)
      let axis = try call.axis(call.integer("axis", 0), rank: x.shape.rank)
      let places = try indices(call, 1, below: x.shape[axis])
      for other in 0..<x.shape.rank where other != axis && places.shape[other] < x.shape[other] {
        x = part(x, axis: other, from: 0, to: places.shape[other], by: 1)
      }
      return try call.result(x.gatheredAlong(axis: axis, at: places))
    },
    "GatherND": gatherND, "ScatterElements": scatterElements, "Scatter": scatterElements, "ScatterND": scatterND,
    "OneHot": oneHot,
    "ArrayFeatureExtractor": { call in
      let x = try call.node(0), places = try call.integers(1)
      let picked = x.gathered(at: call.graph.constant(Tensor(indices: places)), axis: x.shape.rank - 1)
      return try call.result(x.shape.rank == 1 ? picked.reshaped(to: [1, places.count]) : picked)
    },
  ]

  /// Indices of which negative ones count from the end.
  static func indices(_ call: Call, _ index: Int, below length: Int) throws -> Node {
    if case .constant(let tensor, nil) = try call.input(index) {
      let places = tensor.integers.map { $0 < 0 ? $0 + length : $0 }
      if let outside = places.first(where: { $0 < 0 || $0 >= length }) {
        throw call.refused("index \(outside) lies outside an axis of \(length)")
      }
      return call.graph.constant(Tensor(indices: places, shape: tensor.shape))
    }
    let node = try call.node(index)
    return node.elementType == .int32 ? node : `where`(less(node, 0), node + Double(length), node)
  }

  /// The row-major positions of slices that rows of coordinates point at: `[…, k]` over the first `lengths`.
  private static func positions(_ call: Call, _ index: Int, _ lengths: [Int]) throws -> Node {
    let node = try call.node(index), graph = call.graph
    let rows = graph.constant(Tensor(lengths.map(Double.init)))
    let wrapped = `where`(less(node, 0), node + rows, 1 * node)
    let steps = Shape(lengths).strides.map(Double.init)
    return (wrapped * graph.constant(Tensor(steps))).sum(axes: [node.shape.rank - 1])
  }

  private static let gatherND: Operator = { call in
    let x = try call.node(0), shape = try call.shape(1), batch = call.integer("batch_dims", 0)
    let k = shape[-1]
    guard batch >= 0, batch < shape.rank, k >= 0, batch + k <= x.shape.rank else {
      throw call.refused("coordinates of shape \(shape) do not fit \(x.shape)")
    }
    let lengths = x.shape.dimensions
    let rest = Array(lengths[(batch + k)...]), inner = Array(lengths[batch..<(batch + k)])
    var places = try positions(call, 1, inner)
    let outer = Shape(Array(lengths[..<batch])).elementCount, each = Shape(inner).elementCount
    if batch > 0 {
      let starts = (0..<outer).map { Double($0 * each) }
      let spread = Shape(Array(lengths[..<batch]) + [Int](repeating: 1, count: places.shape.rank - batch))
      places = places + call.graph.constant(Tensor(starts)).reshaped(to: spread)
    }
    return try call.result(x.reshaped(to: Shape([outer * each] + rest)).gathered(at: places))
  }

  private static let scatterND: Operator = { call in
    let x = try call.node(0), shape = try call.shape(1), updates = try call.node(2), k = shape[-1]
    guard k <= x.shape.rank, k >= 0 else { throw call.refused("coordinates of shape \(shape) do not fit \(x.shape)") }
    let inner = Array(x.shape.dimensions[..<k]), rest = Shape(Array(x.shape.dimensions[k...])).elementCount
    let places = try positions(call, 1, inner)
    let count = places.shape.elementCount
    let result = try scattered(
      call, x.reshaped(to: [Shape(inner).elementCount, rest]), at: places.reshaped(to: [count]),
      updates.reshaped(to: [count, rest]))
    return try call.result(result.reshaped(to: x.shape))
  }

  private static let scatterElements: Operator = { call in
    let x = try call.node(0), updates = try call.node(2), shape = updates.shape
    let axis = try call.axis(call.integer("axis", 0), rank: x.shape.rank), strides = x.shape.strides
    guard shape.rank == x.shape.rank else { throw call.refused("updates of shape \(shape) do not fit \(x.shape)") }
    let others = (0..<shape.elementCount).map { position in
      (0..<shape.rank).filter { $0 != axis }.reduce(0) {
        $0 + position / shape.strides[$1] % shape[$1] * strides[$1]
      }
    }
    let indices = try indices(call, 1, below: x.shape[axis])
    let places =
      indices.reshaped(to: [shape.elementCount]) * Double(strides[axis])
      + call.graph.constant(Tensor(others.map(Double.init)))
    let result = try scattered(
      call, x.reshaped(to: [x.shape.elementCount, 1]), at: places, updates.reshaped(to: [shape.elementCount, 1]))
    return try call.result(result.reshaped(to: x.shape))
  }

  /// Rows written at places, or combined with what is there. Where a place comes more than once, one after another.
  private static func scattered(_ call: Call, _ x: Node, at places: Node, _ updates: Node) throws -> Node {
    let reduction = call.text("reduction", "none"), count = x.shape[0]
    if reduction == "add" { return x + updates.segmentSum(places, count: count) }
    func written(_ x: Node, _ places: Node, _ rows: Node) throws -> Node {
      let mask = (0 * rows + 1).segmentSum(places, count: count), spread = rows.segmentSum(places, count: count)
      switch reduction {
      case "none": return `where`(mask, spread, x)
      case "mul": return `where`(mask, x * spread, x)
      case "max": return `where`(mask, maximum(x, spread), x)
      case "min": return `where`(mask, minimum(x, spread), x)
      default: throw call.refused("there is no reduction '\(reduction)'")
      }
    }
    guard case .constant(let known, nil) = try call.input(1), known.shape.elementCount > 0 else {
      guard reduction == "none" else { throw call.refused("'\(reduction)' needs indices that are known beforehand") }
      return try written(x, places, updates)
    }
    var rounds: [[Int]] = [], seen: [Int: Int] = [:]
    for (position, place) in try places.value().indices.enumerated() {
      let round = seen[place, default: 0]
      seen[place] = round + 1
      if round == rounds.count { rounds.append([]) }
      rounds[round].append(position)
    }
    return try rounds.reduce(x) { result, round in
      let positions = call.graph.constant(Tensor(indices: round))
      return try written(result, places.gathered(at: positions), updates.gathered(at: positions))
    }
  }

  private static let oneHot: Operator = { call in
    let values = try call.known(2), depth = try call.known(1).integers.first ?? 0
    let indices = try call.node(0), rank = indices.shape.rank + 1
    let axis = try call.axis(call.integer("axis", -1), rank: rank)
    guard depth > 0, values.shape.elementCount == 2 else { throw call.refused("a depth of \(depth)") }
    let row = call.graph.constant(Tensor((0..<depth).map(Double.init)))
      .reshaped(to: Shape([depth] + [Int](repeating: 1, count: rank - axis - 1)))
    let spread = indices.expandingDimension(at: axis)
    let mask = equal(1 * spread, row) + equal(spread + Double(depth), row)
    let (off, on) = (values.values.element(0), values.values.element(1))
    return try call.result(off + (on - off) * mask, call.type(2))
  }
}
