import ChainRuleCore

/// Where windows read: for every position of the output, and every place in the window, the row-major position in the
/// input, or −1 for one in the border.
struct WindowTable {
  let input: [Int], window: [Int], strides: [Int], dilations: [Int], before: [Int], after: [Int]
  private(set) var output: [Int]

  var rank: Int { input.count }

  /// The geometry that a call's attributes ask for.
  init(_ call: Call, input: [Int], window: [Int]) throws {
    let rank = input.count, ones = [Int](repeating: 1, count: rank)
    (self.input, self.window) = (input, window)
    strides = call.integersOf("strides") ?? ones
    dilations = call.integersOf("dilations") ?? ones
    let pads = call.integersOf("pads") ?? [Int](repeating: 0, count: 2 * rank)
    let small = { (values: [Int], least: Int) in values.allSatisfy { (least..<(1 << 24)).contains($0) } }
    guard window.count == rank, strides.count == rank, dilations.count == rank, pads.count == 2 * rank,
      small(window, 1), small(strides, 1), small(dilations, 1), small(pads, 0), small(input, 1)
    else {
      throw call.refused("windows of \(window) over \(input) by \(strides), \(dilations) and \(pads) do not fit")
    }
    var (before, after) = (Array(pads[..<rank]), Array(pads[rank...])), output: [Int] = []
    let mode = call.text("auto_pad", "NOTSET")
    for axis in 0..<rank {
      let span = dilations[axis] * (window[axis] - 1) + 1
      if mode.hasPrefix("SAME") {
        output.append((input[axis] + strides[axis] - 1) / strides[axis])
        let total = Swift.max(0, (output[axis] - 1) * strides[axis] + span - input[axis])
        before[axis] = mode == "SAME_LOWER" ? total - total / 2 : total / 2
        after[axis] = total - before[axis]
        continue
      }
      if mode == "VALID" { (before[axis], after[axis]) = (0, 0) }
      let room = input[axis] + before[axis] + after[axis] - span
      guard room >= 0 else { throw call.refused("a window of \(window) does not fit \(input)") }
      var count = room / strides[axis] + 1
      if call.flag("ceil_mode") {
        count = (room + strides[axis] - 1) / strides[axis] + 1
        if (count - 1) * strides[axis] >= input[axis] + before[axis] { count -= 1 }
      }
      output.append(count)
    }
    (self.before, self.after, self.output) = (before, after, output)
    guard Shape(output + window).elementCount < 1 << 30 else {
      throw call.refused("windows of \(window) at \(output) places do not fit memory")
    }
  }

  /// Windows over a known output, for the transpose of a convolution.
  init(input: [Int], window: [Int], strides: [Int], dilations: [Int], before: [Int], output: [Int]) {
    (self.input, self.window, self.strides, self.dilations) = (input, window, strides, dilations)
    (self.before, self.output) = (before, output)
    after = [Int](repeating: 0, count: input.count)
  }

  var count: Int { Shape(output).elementCount }
  var places: Int { Shape(window).elementCount }

  /// Calls `body` with each position of the output, each place in the window, and where that lies along every axis.
  func forEach(_ body: (_ position: Int, _ place: Int, _ coordinates: [Int]) -> Void) {
    let (steps, within) = (Shape(output).strides, Shape(window).strides)
    var coordinates = [Int](repeating: 0, count: rank)
    for position in 0..<count {
      for place in 0..<places {
        for axis in 0..<rank {
          let (p, k) = (position / steps[axis] % output[axis], place / within[axis] % window[axis])
          coordinates[axis] = p * strides[axis] + k * dilations[axis] - before[axis]
        }
        body(position, place, coordinates)
      }
    }
  }

  /// The row-major position of coordinates, or −1 outside.
  func position(_ coordinates: [Int]) -> Int {
    var result = 0
    for axis in 0..<rank {
      guard (0..<input[axis]).contains(coordinates[axis]) else { return -1 }
      result = result * input[axis] + coordinates[axis]
    }
    return result
  }

  /// Positions in the input, `[count · places]`, −1 for the border.
  func positions() -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(count * places)
    forEach { result.append(position($2)) }
    return result
  }

  /// What the windows see of `[rows, elements]`: `[rows, count, places]`, the border filled with a number.
  func windows(of rows: Node, filling: Double, _ positions: [Int]) -> Node {
    let length = rows.shape[1]
    let bordered = positions.contains(-1) ? rows.padded(before: [0, 0], after: [0, 1], value: filling) : rows
    let indices = positions.map { $0 < 0 ? length : $0 }
    return bordered.gathered(at: rows.graph.constant(Tensor(indices: indices, shape: [count, places])), axis: 1)
  }
}
