import ChainRuleCore
import ChainRuleMathematics

// Parts of tensors, and borders.

extension Operators {
  static let parts: [String: Operator] = [
    "Slice": slice, "Split": split, "Pad": pad, "Trilu": trilu, "CenterCropPad": centerCropPad,
    "ReverseSequence": reverseSequence,
    "Compress": { call in
      let mask = try call.known(1).values.scalars
      let places = mask.indices.filter { mask[$0] != 0 }
      var x = try call.node(0)
      let isFlat = !call.hasAttribute("axis")
      if isFlat { x = x.reshaped(to: [x.shape.elementCount]) }
      let axis = try call.axis(call.integer("axis", 0), rank: x.shape.rank)
      return try call.result(x.gathered(at: call.graph.constant(Tensor(indices: places)), axis: axis))
    },
  ]

  /// A part of one axis by Python's rules: bounds beyond the ends are the ends.
  static func part(_ x: Node, axis: Int, from start: Int, to end: Int, by step: Int) -> Node {
    let length = x.shape[axis]
    func bound(_ value: Int, _ range: ClosedRange<Int>) -> Int {
      let place = value < 0 ? value &+ length : value
      return Swift.max(range.lowerBound, Swift.min(place, range.upperBound))
    }
    var parts = [any SliceIndex](repeating: 0..., count: x.shape.rank)
    if step > 0 {
      let (from, to) = (bound(start, 0...length), bound(end, 0...length))
      parts[axis] = from < to ? Stride(from: from, to: to, by: step) : 0..<0
    } else {
      let (from, to) = (bound(start, -1...(length - 1)), end < -length ? -1 : bound(end, -1...(length - 1)))
      if from <= to { parts[axis] = 0..<0 } else { parts[axis] = Descending(from: from, to: to, by: step) }
    }
    return x.sliced(parts)
  }

  /// A part that is walked backwards, down to but not including an end that may be −1.
  private struct Descending: SliceIndex {
    let from: Int, to: Int, by: Int
    func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
      let count = Int((from - to).magnitude - 1) / Int(Swift.min(by.magnitude, UInt(Int.max))) + 1
      return (from, count, count > 1 ? by : 1, true)
    }
  }

  private static let slice: Operator = { call in
    var x = try call.node(0)
    let starts = try call.integersOf("starts") ?? call.integers(1)
    let ends = try call.integersOf("ends") ?? call.integers(2)
    let axes = try call.integersOf("axes") ?? call.integersIfAny(3) ?? Array(starts.indices)
    let steps = try call.integersIfAny(4) ?? [Int](repeating: 1, count: starts.count)
    guard starts.count == ends.count, axes.count == starts.count, steps.count == starts.count,
      !steps.contains(0)
    else { throw call.refused("starts \(starts), ends \(ends), axes \(axes) and steps \(steps) do not fit") }
    for position in starts.indices {
      x = part(
        x, axis: try call.axis(axes[position], rank: x.shape.rank), from: starts[position], to: ends[position],
        by: steps[position])
    }
    return try call.result(x)
  }

  private static let split: Operator = { call in
    let x = try call.node(0), type = try call.type(0)
    let axis = try call.axis(call.integer("axis", 0), rank: x.shape.rank), length = x.shape[axis]
    var counts = try call.integers("split", orInput: 1) ?? []
    if counts.isEmpty {
      let parts = Swift.max(1, call.integer("num_outputs", call.message.outputs.count))
      guard parts < 1 << 16 else { throw call.refused("\(parts) parts are asked for") }
      let each = (length + parts - 1) / parts
      counts = (0..<parts).map { Swift.max(0, Swift.min(each, length - $0 * each)) }
    }
    guard counts.allSatisfy({ $0 >= 0 }), Shape([length]) == Shape([counts.reduce(0) { $0 &+ $1 }]) else {
      throw call.refused("parts of \(counts) do not make an axis of \(length)")
    }
    var start = 0
    return counts.map { count in
      defer { start += count }
      return .node(part(x, axis: axis, from: start, to: start + count, by: 1), type)
    }
  }

  private static let pad: Operator = { call in
    var x = try call.node(0)
    let widths = try call.integersOf("pads") ?? call.integersOf("paddings") ?? call.integers(1)
    let rank = x.shape.rank
    let axes = try (call.integersIfAny(3) ?? Array(0..<rank)).map { try call.axis($0, rank: rank) }
    guard widths.count == 2 * axes.count else { throw call.refused("there are \(widths.count) widths for \(axes)") }
    var before = [Int](repeating: 0, count: rank), after = before
    for (position, axis) in axes.enumerated() {
      (before[axis], after[axis]) = (widths[position], widths[position + axes.count])
    }
    for axis in 0..<rank where before[axis] < 0 || after[axis] < 0 {
      let end = x.shape[axis] + Swift.min(0, after[axis])
      x = part(x, axis: axis, from: -Swift.min(0, before[axis]), to: end, by: 1)
    }
    (before, after) = (before.map { Swift.max(0, $0) }, after.map { Swift.max(0, $0) })
    switch call.text("mode", "constant") {
    case "constant":
      let value = try call.version >= 11 ? call.numberIfAny(2) ?? 0 : call.float("value", 0)
      return try call.result(x.padded(before: before, after: after, value: value))
    case "reflect": return try call.result(x.padded(before: before, after: after, mode: .reflect))
    case "edge": return try call.result(x.padded(before: before, after: after, mode: .edge))
    case "wrap": return try call.result(x.padded(before: before, after: after, mode: .wrap))
    default: throw call.refused("there is no padding of the mode \(call.text("mode", ""))")
    }
  }

  private static let trilu: Operator = { call in
    let x = try call.node(0), offset = try call.integersIfAny(1)?.first ?? 0, isUpper = call.flag("upper", true)
    guard x.shape.rank >= 2 else { throw call.refused("a matrix is needed, not \(x.shape)") }
    let (rows, columns) = (x.shape[-2], x.shape[-1])
    let mask = (0..<rows).flatMap { row in
      (0..<columns).map { column in
        let distance = column.subtractingReportingOverflow(row).partialValue
        return (isUpper ? distance >= offset : distance <= offset) ? 1.0 : 0
      }
    }
    return try call.result(`where`(call.graph.constant(Tensor(shape: [rows, columns], mask)), x, 0))
  }

  private static let centerCropPad: Operator = { call in
    var x = try call.node(0)
    let target = try call.integers(1), rank = x.shape.rank
    let axes = try (call.integersOf("axes") ?? Array(0..<rank)).map { try call.axis($0, rank: rank) }
    guard target.count == axes.count, target.allSatisfy({ (0..<1 << 31).contains($0) }) else {
      throw call.refused("lengths \(target) are asked for")
    }
    for (axis, length) in zip(axes, target) where x.error == nil {
      let difference = x.shape[axis] - length
      if difference > 0 {
        let start = difference / 2
        x = part(x, axis: axis, from: start, to: start + length, by: 1)
      } else if difference < 0 {
        var before = [Int](repeating: 0, count: rank), after = before
        before[axis] = -difference / 2
        after[axis] = -difference - before[axis]
        x = x.padded(before: before, after: after)
      }
    }
    return try call.result(x)
  }

  private static let reverseSequence: Operator = { call in
    let x = try call.node(0), lengths = try call.integers(1)
    let batch = call.integer("batch_axis", 1), time = call.integer("time_axis", 0)
    guard batch != time, (0...1).contains(batch), (0...1).contains(time), x.shape.rank >= 2,
      lengths.count == x.shape[batch]
    else { throw call.refused("axes \(batch) and \(time) of \(x.shape) with \(lengths.count) lengths") }
    let places = (0..<x.shape[0]).flatMap { row in
      (0..<x.shape[1]).map { column -> Int in
        let (step, length) = time == 0 ? (row, lengths[column]) : (column, lengths[row])
        let source = step < length ? length - 1 - step : step
        return time == 0 ? source * x.shape[1] + column : row * x.shape[1] + source
      }
    }
    let rest = Array(x.shape.dimensions[2...])
    let rows = x.reshaped(to: Shape([x.shape[0] * x.shape[1]] + rest))
    return try call.result(rows.gathered(at: call.graph.constant(Tensor(indices: places))).reshaped(to: x.shape))
  }
}
