import ChainRuleStableHLO

// Operations that move elements, and those of whole tensors.

extension FragmentWriter {
  /// The name of the value of a move; `nil` for other operations.
  func movement(_ operation: StableHLOOperation, in writer: inout GraphWriter) throws -> String? {
    let type = operation.results[0].type, operands = operation.operands
    func source() -> String { full(operands[0], in: &writer) }
    func integers(_ attribute: String) -> [Int] { operation.integers(attribute) ?? [] }
    switch operation.name {
    case "stablehlo.reshape": return reshaped(source(), type.dimensions, in: &writer)
    case "stablehlo.broadcast_in_dim":
      var lengths = type.dimensions.map { _ in 1 }
      for (axis, place) in integers("broadcast_dimensions").enumerated() {
        lengths[place] = operands[0].dimensions[axis]
      }
      return writer.add("Expand", [reshaped(source(), lengths, in: &writer), writer.integers(type.dimensions)])
    case "stablehlo.transpose": return writer.add("Transpose", [source()], [.integers("perm", integers("permutation"))])
    case "stablehlo.slice":
      let starts = integers("start_indices"), parts = [starts, integers("limit_indices"), Array(starts.indices)]
      if starts.isEmpty { return source() }
      return writer.add("Slice", [source()] + (parts + [integers("strides")]).map { writer.integers($0) })
    case "stablehlo.reverse":
      let axes = integers("dimensions"), ones = axes.map { _ in -1 }
      let ends = axes.map { _ in -Int(Int32.max) }
      return writer.add("Slice", [source()] + [ones, ends, axes, ones].map { writer.integers($0) })
    case "stablehlo.pad":
      guard integers("interior_padding").allSatisfy({ $0 == 0 }) else { throw Self.refused("a pad between elements") }
      let border = integers("edge_padding_low") + integers("edge_padding_high")
      return writer.add("Pad", [source(), writer.integers(border), name(operands[1])])
    case "stablehlo.concatenate":
      let axis = integers("dimension").first ?? 0
      return writer.add("Concat", operands.map { full($0, in: &writer) }, [.integer("axis", axis)])
    case "stablehlo.iota": return positions(type, integers("iota_dimension").first ?? 0, in: &writer)
    case "stablehlo.dynamic_slice": return slice(operation, in: &writer)
    case "stablehlo.dynamic_update_slice": return try exchanged(operation, in: &writer)
    default: return nil
    }
  }

  func reshaped(_ x: String, _ lengths: [Int], in writer: inout GraphWriter) -> String {
    writer.add("Reshape", [x, writer.integers(lengths)], [.integer("allowzero", lengths.contains(0) ? 1 : 0)])
  }

  private func positions(_ type: StableHLOType, _ axis: Int, in writer: inout GraphWriter) -> String {
    let row = places(type.dimensions, axis, in: &writer)
    let all = writer.add("Expand", [row, writer.integers(type.dimensions)]), code = Self.code(type.element)
    return code == 7 ? all : writer.add("Cast", [all], [.integer("to", code)])
  }

  /// 0, 1, … along an axis, 1 long along all others.
  private func places(_ lengths: [Int], _ axis: Int, in writer: inout GraphWriter) -> String {
    let bounds = [0, lengths[axis], 1].map { writer.typed([Double($0)], [], 7) }
    var thin = lengths.map { _ in 1 }
    thin[axis] = lengths[axis]
    return reshaped(writer.add("Range", bounds), thin, in: &writer)
  }

  /// A part that begins at places that are computed.
  private func slice(_ operation: StableHLOOperation, in writer: inout GraphWriter) -> String {
    let sizes = operation.integers("slice_sizes") ?? [], starts = Array(operation.operands.dropFirst())
    let axes = starts.indices.filter { !isZero(starts[$0]) }, x = full(operation.operands[0], in: &writer)
    func part(_ x: String, _ axis: Int, _ place: String) -> String {
      let last = Double(operation.operands[0].dimensions[axis] - sizes[axis])
      let inside = writer.add(
        "Max", [writer.add("Min", [place, writer.typed([last], [], 7)]), writer.typed([0], [], 7)])
      let start = reshaped(inside, [1], in: &writer)
      if sizes[axis] == 1 { return writer.add("Gather", [x, start], [.integer("axis", axis)]) }
      let end = writer.add("Add", [start, writer.integers([sizes[axis]])])
      return writer.add("Slice", [x, start, end, writer.integers([axis])])
    }
    let moved = axes.reduce(x) { part($0, $1, name(starts[$1])) }
    let cut = starts.indices.filter { !axes.contains($0) && sizes[$0] != operation.operands[0].dimensions[$0] }
    if cut.isEmpty { return axes.isEmpty ? writer.add("Identity", [moved]) : moved }
    let bounds = [cut.map { _ in 0 }, cut.map { sizes[$0] }, cut].map { writer.integers($0) }
    return writer.add("Slice", [moved] + bounds)
  }

  /// A value with a row exchanged.
  private func exchanged(_ operation: StableHLOOperation, in writer: inout GraphWriter) throws -> String {
    let x = operation.operands[0], row = operation.operands[1], starts = Array(operation.operands.dropFirst(2))
    let axes = starts.indices.filter { !isZero(starts[$0]) || row.dimensions[$0] != x.dimensions[$0] }
    guard axes.count <= 1 else { throw Self.refused("an exchange along two axes") }
    guard let axis = axes.first else { return full(row, in: &writer) }
    guard row.dimensions[axis] == 1 else { throw Self.refused("an exchange of several rows") }
    let isHere = writer.add("Equal", [places(x.dimensions, axis, in: &writer), name(starts[axis])])
    return writer.add("Where", [isHere, full(row, in: &writer), full(x, in: &writer)])
  }

  // MARK: Whole tensors

  /// The name of the value of a reduction, a product, or what reads and writes at indices.
  func wholeTensor(_ operation: StableHLOOperation, in writer: inout GraphWriter) throws -> String? {
    switch operation.name {
    case "stablehlo.reduce": return try reduced(operation, in: &writer)
    case "stablehlo.dot_general": return product(operation, in: &writer)
    case "stablehlo.gather": return gathered(operation, in: &writer)
    case "stablehlo.scatter": return scattered(operation, in: &writer)
    case "stablehlo.convolution": return try convolution(operation, in: &writer)
    case "stablehlo.complex":
      let parts = operation.operands.map { reshaped(full($0, in: &writer), $0.dimensions + [1], in: &writer) }
      return writer.add("Concat", parts, [.integer("axis", -1)])
    case "stablehlo.real", "stablehlo.imag":
      let place = writer.typed([operation.name == "stablehlo.real" ? 0 : 1], [], 7)
      return writer.add("Gather", [name(operation.operands[0]), place], [.integer("axis", -1)])
    case "stablehlo.fft":
      let lengths = operation.operands[0].dimensions, length = lengths.last ?? 1
      let count = lengths.dropLast().reduce(1, *)
      let rows = reshaped(name(operation.operands[0]), [count, length, 2], in: &writer)
      let isInverse = operation.attributes.contains("IFFT")
      let turned = writer.add("DFT", [rows], [.integer("axis", 1), .integer("inverse", isInverse ? 1 : 0)])
      return reshaped(turned, lengths + [2], in: &writer)
    default: return nil
    }
  }

  private func reduced(_ operation: StableHLOOperation, in writer: inout GraphWriter) throws -> String {
    let axes = operation.integers("dimensions") ?? [], type = operation.results[0].type
    let x = full(operation.operands[0], in: &writer)
    switch operation.regions[0].operations.first?.name {
    case "stablehlo.add": return writer.reduced("ReduceSum", x, axes)
    case "stablehlo.multiply": return writer.reduced("ReduceProd", x, axes)
    case "stablehlo.maximum": return writer.reduced("ReduceMax", x, axes)
    case "stablehlo.minimum": return writer.reduced("ReduceMin", x, axes)
    case "stablehlo.or" where type.element == .mask:
      let numbers = writer.add("Cast", [x], [.integer("to", 7)])
      return writer.add("Cast", [writer.reduced("ReduceMax", numbers, axes)], [.integer("to", 9)])
    default: throw Self.refused("a reduction by \(operation.regions[0].operations.first?.name ?? "nothing")")
    }
  }

  private func product(_ operation: StableHLOOperation, in writer: inout GraphWriter) -> String {
    let (a, b) = (operation.operands[0], operation.operands[1])
    func axes(_ name: String) -> [Int] { operation.integers(name) ?? [] }
    let batch = (axes("lhs_batching_dimensions"), axes("rhs_batching_dimensions"))
    let over = (axes("lhs_contracting_dimensions"), axes("rhs_contracting_dimensions"))
    func matrix(_ x: StableHLOValue, _ batch: [Int], _ over: [Int], last: Bool) -> String {
      let free = x.dimensions.indices.filter { !batch.contains($0) && !over.contains($0) }
      let order = batch + (last ? free + over : over + free)
      func count(_ axes: [Int]) -> Int { axes.reduce(1) { $0 * x.dimensions[$1] } }
      // Rounded factors are multiplied as the numbers that they are.
      let rounded = full(x, in: &writer)
      let source = x.type.element == .bfloat16 ? writer.add("Cast", [rounded], [.integer("to", 11)]) : rounded
      let turned =
        order == Array(order.indices) ? source : writer.add("Transpose", [source], [.integers("perm", order)])
      let lengths = batch.map { x.dimensions[$0] } + (last ? [count(free), count(over)] : [count(over), count(free)])
      return lengths == order.map { x.dimensions[$0] } ? turned : reshaped(turned, lengths, in: &writer)
    }
    let left = matrix(a, batch.0, over.0, last: true), right = matrix(b, batch.1, over.1, last: false)
    return reshaped(writer.add("MatMul", [left, right]), operation.results[0].dimensions, in: &writer)
  }

  private func gathered(_ operation: StableHLOOperation, in writer: inout GraphWriter) -> String {
    let x = full(operation.operands[0], in: &writer), places = full(operation.operands[1], in: &writer)
    guard operation.attributes.contains("offset_dims") else { return writer.add("GatherND", [x, places]) }
    let axis = operation.integers("collapsed_slice_dims")?.first ?? 0
    return writer.add("Gather", [x, places], [.integer("axis", axis)])
  }

  private func scattered(_ operation: StableHLOOperation, in writer: inout GraphWriter) -> String {
    let operands = operation.operands.map { full($0, in: &writer) }, sum = Attribute.text("reduction", "add")
    guard let windows = operation.integers("update_window_dims") else {
      return writer.add("ScatterND", operands, [sum])
    }
    // The indexed axes come first: ScatterND writes whole slices.
    let target = operation.results[0].dimensions, axis = operation.integers("inserted_window_dims")?.first ?? 0
    let front = operation.operands[2].dimensions.indices.filter { !windows.contains($0) }
    let moved = writer.add("Transpose", [operands[2]], [.integers("perm", front + windows)])
    let forth = [axis] + target.indices.filter { $0 != axis }
    let start = writer.add("Transpose", [operands[0]], [.integers("perm", forth)])
    let places = reshaped(operands[1], operation.operands[1].dimensions + [1], in: &writer)
    let sums = writer.add("ScatterND", [start, places, moved], [sum])
    var back = Array(1..<target.count)
    back.insert(0, at: axis)
    return writer.add("Transpose", [sums], [.integers("perm", back)])
  }

  /// A plain one, in single precision.
  private func convolution(_ operation: StableHLOOperation, in writer: inout GraphWriter) throws -> String {
    let text = operation.attributes
    guard text.contains("[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]"), operation.integers("lhs_dilation") == [1, 1],
      operation.integers("batch_group_count") == [1], let found = text.firstRange(of: "padding = dense<")
    else { throw Self.refused("a convolution's gradient in a loop") }
    let border = text[found.upperBound...].prefix { $0 != ">" }.split { !($0 == "-" || $0.isNumber) }
      .compactMap { Int($0) }
    let operands = operation.operands.map { writer.add("Cast", [full($0, in: &writer)], [.integer("to", 1)]) }
    let value = writer.add(
      "Conv", operands,
      [
        .integers("strides", operation.integers("window_strides") ?? []),
        .integers("dilations", operation.integers("rhs_dilation") ?? []),
        .integers("pads", [border[0], border[2], border[1], border[3]]),
        .integer("group", operation.integers("feature_group_count")?.first ?? 1),
      ])
    return writer.add("Cast", [value], [.integer("to", 11)])
  }
}
