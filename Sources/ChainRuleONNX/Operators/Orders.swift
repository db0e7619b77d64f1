import ChainRuleCore
import ChainRuleMathematics

// Order: largest elements and their places, running sums, what is not zero.

extension Operators {
  static let orders: [String: Operator] = [
    "ArgMax": { call in try place(call) { $0 } }, "ArgMin": { call in try place(call) { -$0 } },
    "TopK": topK, "CumSum": cumSum, "NonZero": nonZero, "Unique": unique,
  ]

  private static func place(_ call: Call, _ key: (Node) -> Node) throws -> [ImportedValue] {
    let x = key(try call.node(0)), axis = try call.axis(call.integer("axis", 0), rank: x.shape.rank)
    var result = call.flag("select_last_index") ? x.flipped(axes: [axis]).argmax(axis: axis) : x.argmax(axis: axis)
    if call.flag("select_last_index") { result = Double(x.shape[axis] - 1) - result }
    return try call.result(call.flag("keepdims", true) ? result.expandingDimension(at: axis) : result, .int64)
  }

  private static let topK: Operator = { call in
    let x = try call.node(0), k = try call.version < 10 ? call.integer("k", 1) : call.integers(1).first ?? 0
    let axis = try call.axis(call.integer("axis", -1), rank: x.shape.rank)
    let isLargest = call.flag("largest", true)
    let (values, indices) = (isLargest ? x : -x).topK(k, axis: axis)
    return [.node(isLargest ? values : -values, try call.type(0)), .node(indices, .int64)]
  }

  private static let cumSum: Operator = { call in
    let x = try call.node(0), axis = try call.axis(call.integers(1).first ?? 0, rank: x.shape.rank)
    let sums = x.cumulativeSum(axis: axis, reversed: call.flag("reverse"))
    return try call.result(call.flag("exclusive") ? sums - x : sums)
  }

  private static let nonZero: Operator = { call in
    let x = try call.known(0), values = x.values.scalars, strides = x.shape.strides
    let places = values.indices.filter { values[$0] != 0 }
    let rows = (0..<x.shape.rank).flatMap { axis in places.map { $0 / strides[axis] % x.shape[axis] } }
    return [.integers(rows, shape: [x.shape.rank, places.count])]
  }

  /// Equal slices become one: the slices, where each first stands, which of them each place has, and how often.
  private static let unique: Operator = { call in
    let x = try call.known(0), isFlat = !call.hasAttribute("axis")
    let shape: Shape = isFlat ? [x.shape.elementCount] : x.shape
    let axis = try call.axis(call.integer("axis", 0), rank: shape.rank), values = x.values.scalars
    let (outer, length, inner) = shape.split(at: axis)
    let slices = (0..<length).map { place in
      (0..<outer).flatMap { row in (0..<inner).map { values[(row * length + place) * inner + $0] } }
    }
    var first: [Int] = [], inverse: [Int] = [], counts: [Int] = [], seen: [[Double]: Int] = [:]
    for (place, slice) in slices.enumerated() {
      let number = seen[slice] ?? first.count
      if number == first.count {
        seen[slice] = number
        first.append(place)
        counts.append(0)
      }
      inverse.append(number)
      counts[number] += 1
    }
    if call.flag("sorted", true) {
      let order = first.indices.sorted { slices[first[$0]].lexicographicallyPrecedes(slices[first[$1]]) }
      var rank = [Int](repeating: 0, count: order.count)
      for (position, number) in order.enumerated() { rank[number] = position }
      (first, counts, inverse) = (order.map { first[$0] }, order.map { counts[$0] }, inverse.map { rank[$0] })
    }
    let scratch = Graph()
    let kept = try scratch.constant(x.values).reshaped(to: shape)
      .gathered(at: scratch.constant(Tensor(indices: first)), axis: axis).value()
    return [
      .constant(TypedTensor(x.type, kept)), .integers(first), .integers(inverse), .integers(counts),
    ]
  }
}
