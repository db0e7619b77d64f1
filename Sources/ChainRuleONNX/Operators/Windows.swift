import ChainRuleCore
import ChainRuleMathematics

// Convolutions and pools.

extension Operators {
  static let windows: [String: Operator] = [
    "Conv": { call in try call.result(convolved(call, call.node(0), call.node(1), call.nodeIfAny(2))) },
    "ConvTranspose": { call in try call.result(transposedConvolution(call)) },
    "ConvInteger": { call in
      let x = try call.node(0) - (call.nodeIfAny(2) ?? call.graph.constant(0 as Double))
      let w = try call.node(1) - (call.nodeIfAny(3) ?? call.graph.constant(0 as Double))
      return try call.result(convolved(call, x, w, nil), .int32)
    },
    "MaxPool": maxPool, "AveragePool": averagePool, "LpPool": lpPool, "MaxUnpool": maxUnpool,
    "GlobalAveragePool": { call in
      let x = try call.node(0)
      return try call.result(x.mean(axes: Array(2..<Swift.max(2, x.shape.rank)), keepingDimensions: true))
    },
    "GlobalMaxPool": { call in
      let x = try call.node(0)
      return try call.result(x.max(axes: Array(2..<Swift.max(2, x.shape.rank)), keepingDimensions: true))
    },
    "GlobalLpPool": { call in
      let x = try call.node(0), axes = Array(2..<Swift.max(2, x.shape.rank))
      return try call.result(x.norm(order: Double(call.integer("p", 2)), axes: axes, keepingDimensions: true))
    },
    "Col2Im": col2Im,
  ]

  private static func spatial(_ x: Node, _ call: Call) throws -> [Int] {
    guard x.shape.rank >= 3 else { throw call.refused("[batch, channels, …] is needed, not \(x.shape)") }
    return Array(x.shape.dimensions[2...])
  }

  static func convolved(_ call: Call, _ x: Node, _ w: Node, _ bias: Node?) throws -> Node {
    let sizes = try spatial(x, call), groups = call.integer("group", 1)
    guard w.shape.rank == x.shape.rank, groups > 0, w.shape[0] % groups == 0, x.shape[1] == w.shape[1] * groups
    else { throw call.refused("weights \(w.shape) in \(groups) groups do not fit \(x.shape)") }
    let table = try WindowTable(call, input: sizes, window: Array(w.shape.dimensions[2...]))
    guard sizes.count <= 2 else { return general(table, x, w, bias, groups) }
    var (image, weight, before, after) = (x, w, table.before, table.after)
    var (strides, dilations) = (table.strides, table.dilations)
    if sizes.count == 1 {  // an image of one row
      image = x.reshaped(to: [x.shape[0], x.shape[1], 1, sizes[0]])
      weight = w.reshaped(to: [w.shape[0], w.shape[1], 1, w.shape[2]])
      (before, after, strides, dilations) = ([0] + before, [0] + after, [1] + strides, [1] + dilations)
    }
    if before != after {
      image = image.padded(before: [0, 0] + before, after: [0, 0] + after)
      before = [0, 0]
    }
    let result = convolution2d(
      image, weight: weight, bias: bias, stride: strides, padding: before, dilation: dilations, groups: groups)
    return sizes.count == 1 ? result.reshaped(to: [x.shape[0], w.shape[0], table.output[0]]) : result
  }

  /// Any number of axes, as a product of what the windows see with the weights.
  private static func general(_ table: WindowTable, _ x: Node, _ w: Node, _ bias: Node?, _ groups: Int) -> Node {
    let (batch, channels, outputs) = (x.shape[0], w.shape[1], w.shape[0])
    let rows = x.reshaped(to: [batch * x.shape[1], -1])
    let seen = table.windows(of: rows, filling: 0, table.positions())
      .reshaped(to: [batch, groups, channels, table.count, table.places]).transposed([0, 1, 3, 2, 4])
      .reshaped(to: [batch, groups, table.count, channels * table.places])
    let weights = w.reshaped(to: [1, groups, outputs / groups, channels * table.places]).transposed([0, 1, 3, 2])
    let result = seen.matmul(weights).transposed([0, 1, 3, 2]).reshaped(to: Shape([batch, outputs] + table.output))
    return bias.map { result + Operators.channels($0, result) } ?? result
  }

  private static func transposedConvolution(_ call: Call) throws -> Node {
    let x = try call.node(0), w = try call.node(1), sizes = try spatial(x, call), rank = sizes.count
    let groups = call.integer("group", 1), ones = [Int](repeating: 1, count: rank)
    let window = Array(w.shape.dimensions.dropFirst(2)), strides = call.integersOf("strides") ?? ones
    let dilations = call.integersOf("dilations") ?? ones
    let extra = call.integersOf("output_padding") ?? [Int](repeating: 0, count: rank)
    var pads = call.integersOf("pads") ?? [Int](repeating: 0, count: 2 * rank)
    guard w.shape.rank == x.shape.rank, w.shape[0] == x.shape[1], groups > 0, x.shape[1] % groups == 0,
      strides.count == rank, dilations.count == rank, extra.count == rank, pads.count == 2 * rank,
      (strides + dilations + extra + pads + window).allSatisfy({ (0..<(1 << 20)).contains($0) })
    else { throw call.refused("weights \(w.shape) in \(groups) groups do not fit \(x.shape)") }
    var full: [Int] = [], output: [Int] = []
    for axis in 0..<rank {
      let span: Int = dilations[axis] * (window[axis] - 1) + 1
      full.append((sizes[axis] - 1) * strides[axis] + span)
      output.append(full[axis] + extra[axis] - pads[axis] - pads[rank + axis])
    }
    let mode = call.text("auto_pad", "NOTSET")
    let wanted =
      call.integersOf("output_shape")?.suffix(rank).map { $0 }
      ?? (mode.hasPrefix("SAME") ? (0..<rank).map { sizes[$0] * strides[$0] } : nil)
    if let wanted, wanted.count == rank {
      for axis in 0..<rank {
        let total = full[axis] + extra[axis] - wanted[axis]
        let small = total / 2
        pads[axis] = mode == "SAME_UPPER" ? small : total - small
        pads[rank + axis] = total - pads[axis]
        if mode == "NOTSET" { (pads[axis], pads[rank + axis]) = (small, total - small) }
      }
      output = wanted
    }
    let (batch, inputs, outputs) = (x.shape[0], x.shape[1] / groups, w.shape[1])
    let table = WindowTable(
      input: output, window: window, strides: strides, dilations: dilations, before: Array(pads[..<rank]),
      output: sizes)
    let places = table.places
    let rows = x.reshaped(to: [batch, groups, inputs, -1]).transposed([0, 1, 3, 2])
    let spread = rows.matmul(w.reshaped(to: [1, groups, inputs, outputs * places]))
      .reshaped(to: [batch, groups, table.count, outputs, places]).transposed([0, 1, 3, 2, 4])
      .reshaped(to: [batch * groups * outputs, table.count * places])
    let size = Shape(output).elementCount
    let positions = table.positions().map { $0 < 0 ? size : $0 }
    let sums = spread.segmentSum(call.graph.constant(Tensor(indices: positions)), count: size + 1, axis: 1)
    let result = part(sums, axis: 1, from: 0, to: size, by: 1).reshaped(to: Shape([batch, groups * outputs] + output))
    return try call.nodeIfAny(2).map { result + Operators.channels($0, result) } ?? result
  }

  private static let col2Im: Operator = { call in
    let x = try call.node(0), image = try call.integers(1), block = try call.integers(2), rank = image.count
    var message = call.message
    message.attributes["auto_pad"] = nil
    let table = try WindowTable(
      Call(message: message, inputs: [], graph: call.graph, version: call.version, importer: call.importer),
      input: image, window: block)
    guard x.shape.rank == 3, x.shape[1] % table.places == 0, x.shape[2] == table.count, rank > 0 else {
      throw call.refused("columns of \(x.shape) do not fill \(image)")
    }
    let size = Shape(image).elementCount, channels = x.shape[1] / table.places
    let rows = x.reshaped(to: [x.shape[0] * channels, table.places, table.count]).transposed([0, 2, 1])
      .reshaped(to: [x.shape[0] * channels, table.count * table.places])
    let positions = table.positions().map { $0 < 0 ? size : $0 }
    let sums = rows.segmentSum(call.graph.constant(Tensor(indices: positions)), count: size + 1, axis: 1)
    return try call.result(
      part(sums, axis: 1, from: 0, to: size, by: 1).reshaped(to: Shape([x.shape[0], channels] + image)))
  }

  private static func table(_ call: Call, _ x: Node) throws -> WindowTable {
    guard let window = call.integersOf("kernel_shape") else { throw call.refused("it has no kernel_shape") }
    return try WindowTable(call, input: spatial(x, call), window: window)
  }

  private static let maxPool: Operator = { call in
    let x = try call.node(0), type = try call.type(0), table = try table(call, x)
    let wantsPlaces = call.message.outputs.count > 1 && !call.message.outputs[1].isEmpty
    let isPlain =
      table.rank == 2 && table.before == table.after && table.dilations == [1, 1] && !call.flag("ceil_mode")
      && zip(table.before, table.window).allSatisfy { $0 < $1 }
    if isPlain, !wantsPlaces {
      return [.node(maxPool2d(x, window: table.window, stride: table.strides, padding: table.before), type)]
    }
    let rows = x.reshaped(to: [x.shape[0] * x.shape[1], -1]), positions = table.positions()
    let shape = Shape([x.shape[0], x.shape[1]] + table.output)
    let seen = table.windows(of: rows, filling: -.infinity, positions)
    guard wantsPlaces else { return [.node(seen.max(axes: [2]).reshaped(to: shape), type)] }
    let winners = seen.argmax(axis: 2)
    let best = seen.gatheredAlong(axis: 2, at: winners.expandingDimension(at: 2)).reshaped(to: shape)
    let places = call.flag("storage_order") ? positions.map { columnMajor($0, table.input) } : positions
    let numbers = call.graph.constant(Tensor(shape: [1, table.count, table.places], places.map(Double.init)))
      .broadcast(to: seen.shape).gatheredAlong(axis: 2, at: winners.expandingDimension(at: 2))
    let starts = (0..<rows.shape[0]).map { Double($0 * rows.shape[1]) }
    let offset = call.graph.constant(Tensor(shape: [rows.shape[0], 1, 1], starts))
    return [.node(best, type), .node((numbers + offset).reshaped(to: shape), .int64)]
  }

  /// The position of an element where the first axis runs fastest.
  private static func columnMajor(_ position: Int, _ lengths: [Int]) -> Int {
    if position < 0 { return position }
    var rest = position, coordinates: [Int] = []
    for length in lengths.reversed() {
      coordinates.insert(rest % length, at: 0)
      rest /= length
    }
    return zip(coordinates, lengths).reversed().reduce(0) { $0 * $1.1 + $1.0 }
  }

  private static let averagePool: Operator = { call in
    let x = try call.node(0), table = try table(call, x), countsBorder = call.flag("count_include_pad")
    let isPlain =
      table.rank == 2 && table.before == table.after && table.dilations == [1, 1] && !call.flag("ceil_mode")
      && zip(table.before, table.window).allSatisfy { $0 < $1 }
    if isPlain {
      return try call.result(
        avgPool2d(
          x, window: table.window, stride: table.strides, padding: table.before, countIncludePad: countsBorder))
    }
    let rows = x.reshaped(to: [x.shape[0] * x.shape[1], -1])
    var counts = [Double](repeating: 0, count: table.count)
    table.forEach { position, _, coordinates in
      let isInside = (0..<table.rank).allSatisfy { axis in
        let margin = countsBorder ? (table.before[axis], table.after[axis]) : (0, 0)
        return coordinates[axis] >= -margin.0 && coordinates[axis] < table.input[axis] + margin.1
      }
      if isInside { counts[position] += 1 }
    }
    let sums = table.windows(of: rows, filling: 0, table.positions()).sum(axes: [2])
    let result = sums / call.graph.constant(Tensor(shape: [1, table.count], counts))
    return try call.result(result.reshaped(to: Shape([x.shape[0], x.shape[1]] + table.output)))
  }

  private static let lpPool: Operator = { call in
    let x = try call.node(0), table = try table(call, x), p = Double(call.integer("p", 2))
    let rows = x.reshaped(to: [x.shape[0] * x.shape[1], -1])
    let seen = table.windows(of: rows, filling: 0, table.positions())
    let result = p == 2 ? sqrt(square(seen).sum(axes: [2])) : pow(pow(abs(seen), p).sum(axes: [2]), 1 / p)
    return try call.result(result.reshaped(to: Shape([x.shape[0], x.shape[1]] + table.output)))
  }

  private static let maxUnpool: Operator = { call in
    let x = try call.node(0), places = try call.node(1), sizes = try spatial(x, call), rank = sizes.count
    let window = call.integersOf("kernel_shape") ?? [], strides = call.integersOf("strides") ?? window.map { _ in 1 }
    let pads = call.integersOf("pads") ?? [Int](repeating: 0, count: 2 * rank)
    guard window.count == rank, strides.count == rank, pads.count == 2 * rank else {
      throw call.refused("windows of \(window) by \(strides) do not fit \(x.shape)")
    }
    let output = (0..<rank).map { axis -> Int in
      let whole: Int = (sizes[axis] - 1) * strides[axis] + window[axis]
      return whole - pads[axis] - pads[rank + axis]
    }
    let shape = Shape([x.shape[0], x.shape[1]] + output)
    guard shape.elementCount < 1 << 30, output.allSatisfy({ $0 > 0 }) else {
      throw call.refused("an output of \(shape)")
    }
    let target = try call.integersIfAny(2).map { Shape($0) } ?? shape
    let flat = x.reshaped(to: [x.shape.elementCount]), at = places.reshaped(to: [x.shape.elementCount])
    let whole = flat.segmentSum(at, count: shape.elementCount).reshaped(to: shape)
    guard target != shape else { return try call.result(whole) }
    let after = zip(target.dimensions, shape.dimensions).map { $0 - $1 }
    return try call.result(whole.padded(before: [Int](repeating: 0, count: shape.rank), after: after))
  }
}
