import ChainRuleCore
import ChainRuleStableHLO

// Primitives of whole tensors.

extension GraphWriter {
  /// Writes the operators that compute a node.
  /// - Throws: an error that names a primitive that ONNX has no operators for.
  mutating func write(_ id: Int32) throws {
    let ids = operands(of: id), output = named(id), form = graph.form(of: id)
    if case .elementwise(let opcode) = form {
      let names = ids.map { input($0) }
      if write(opcode, names, to: output) { return }
    } else if writeReduction(form, ids, to: output) || writeMovement(form, id, ids, to: output)
      || writeIndexed(form, id, ids, to: output) || writeWindows(form, id, ids, to: output)
    {
      return
    } else if let rounded = graph.primitive(of: id) as? RoundedTo {
      let small = add("Cast", [input(ids[0])], [.integer("to", rounded.type)])
      add("Cast", [small], to: output, [.integer("to", 1)])
      return
    }
    try writeComposed(id, ids, to: output)
  }

  /// Writes what is composed of many operators, in double precision between its ends.
  private mutating func writeComposed(_ id: Int32, _ ids: [Int32], to output: String) throws {
    let primitive = graph.primitive(of: id), isIndex = graph.isIndex(id)
    var isElementwise = false
    if case .elementwise = graph.form(of: id) { isElementwise = true }
    // What operators of ONNX spread themselves is spread before a loop.
    let shapes = ids.map { isElementwise ? graph.shape(of: id) : graph.shape(of: $0) }
    do {
      let fragment = try StableHLOFragment(
        primitive, inputs: zip(shapes, ids).map { ($0, graph.isIndex($1)) }, output: (graph.shape(of: id), isIndex))
      let arguments = zip(shapes, ids).map { shape, source -> String in
        let name = graph.isIndex(source) ? self.name(source) : add("Cast", [self.name(source)], [.integer("to", 11)])
        return graph.shape(of: source) == shape ? name : add("Expand", [name, integers(shape.dimensions)])
      }
      var fragments = FragmentWriter()
      let value = try fragments.write(fragment, arguments, in: &self)
      add("Cast", [value], to: output, [.integer("to", isIndex ? 7 : 1)])
    } catch let error as ChainRuleError {
      throw ChainRuleError(
        .primitive, in: "onnx", required: "primitives that ONNX has operators for",
        got: "\(primitive.name) (\(graph.name(of: id)))" + (error.got == primitive.name ? "" : ", for \(error.got)"),
        hint: "Export what lies before it, or write it with other primitives.")
    }
  }

  private mutating func writeReduction(_ form: PrimitiveForm, _ ids: [Int32], to output: String) -> Bool {
    switch form {
    case .sum(let axes):
      reduced("ReduceSum", input(ids[0]), axes, to: output)
    case .extremum(let isMaximum, let axes):
      reduced(isMaximum ? "ReduceMax" : "ReduceMin", input(ids[0]), axes, to: output)
    case .logSumExp(let axes): reduced("ReduceLogSumExp", input(ids[0]), axes, to: output)
    case .softmax(let axis): add("Softmax", [input(ids[0])], to: output, [.integer("axis", axis)])
    case .argmax(let axis):
      add("ArgMax", [input(ids[0])], to: output, [.integer("axis", axis), .integer("keepdims", 0)])
    case .cumulativeSum(let axis, let isReversed):
      let place = integers([axis])
      add("CumSum", [input(ids[0]), place], to: output, [.integer("reverse", isReversed ? 1 : 0)])
    case .matmul(let left, let right, _):  // in floats: ONNX rounds to bfloat16 in few places
      let a = transposed(ids[0], left), b = transposed(ids[1], right)
      add("MatMul", [a, b], to: output)
    default: return false
    }
    return true
  }

  private mutating func transposed(_ id: Int32, _ isTransposed: Bool) -> String {
    guard isTransposed else { return input(id) }
    var order = Array(0..<graph.shape(of: id).rank)
    order.swapAt(order.count - 1, order.count - 2)
    return add("Transpose", [input(id)], [.integers("perm", order)])
  }

  private mutating func writeMovement(_ form: PrimitiveForm, _ id: Int32, _ ids: [Int32], to output: String) -> Bool {
    let isIndex = graph.isIndex(id)
    func lengths() -> [Int] { graph.shape(of: id).dimensions }
    /// The first length is that of the input, whatever that is, where it stays.
    func target() -> [Int] {
      let lengths = lengths(), first = graph.shape(of: ids[0]).dimensions.first
      return lengths.first == first && !lengths.contains(0) && !lengths.isEmpty ? [0] + lengths.dropFirst() : lengths
    }
    switch form {
    case .reshape:
      add(
        "Reshape", [input(ids[0], asIndex: isIndex), integers(target())], to: output,
        [.integer("allowzero", lengths().contains(0) ? 1 : 0)])
    case .broadcast: add("Expand", [input(ids[0], asIndex: isIndex), integers(lengths())], to: output)
    case .identity: add("Identity", [input(ids[0], asIndex: isIndex)], to: output)
    case .transpose(let order):
      add("Transpose", [input(ids[0], asIndex: isIndex)], to: output, [.integers("perm", order)])
    case .concatenate(let axis):
      let names = ids.map { input($0, asIndex: isIndex) }
      add("Concat", names, to: output, [.integer("axis", axis)])
    case .flip(let axes): flip(input(ids[0], asIndex: isIndex), axes, to: output)
    case .slice(let starts, let counts, let steps):
      let ends = zip(zip(starts, counts), steps).map { place, step in
        let end = place.0 + place.1 * step
        return end < 0 ? -Int(Int32.max) : end
      }
      let parts = [starts, ends, Array(starts.indices), steps].map { integers($0) }
      if starts.isEmpty {
        add("Identity", [input(ids[0], asIndex: isIndex)], to: output)
      } else {
        add("Slice", [input(ids[0], asIndex: isIndex)] + parts, to: output)
      }
    case .pad(let starts, let steps, let filling): pad(id, ids[0], starts, steps, filling, to: output)
    default: return false
    }
    return true
  }

  @discardableResult
  private mutating func flip(_ x: String, _ axes: [Int], to output: String? = nil) -> String {
    if axes.isEmpty { return add("Identity", [x], to: output) }
    let ones = axes.map { _ in -1 }, ends = axes.map { _ in -Int(Int32.max) }
    return add("Slice", [x, integers(ones), integers(ends), integers(axes), integers(ones)], to: output)
  }

  /// A border, and gaps between the elements: gaps are an axis of their own that is filled and laid flat.
  private mutating func pad(
    _ id: Int32, _ source: Int32, _ starts: [Int], _ steps: [Int], _ filling: Double, to output: String
  ) {
    var (name, lengths, starts) = (input(source), graph.shape(of: source).dimensions, starts)
    let target = graph.shape(of: id).dimensions
    for axis in lengths.indices where steps[axis] != 1 && lengths[axis] > 1 {
      if steps[axis] < 0 {
        name = flip(name, [axis])
        starts[axis] += (lengths[axis] - 1) * steps[axis]
      }
      let step = abs(steps[axis])
      guard step > 1 else { continue }
      var wide = lengths, gap = lengths
      wide.insert(1, at: axis + 1)
      gap.insert(step - 1, at: axis + 1)
      let spread = add("Reshape", [name, integers(wide)])
      let filled = add("Expand", [number(filling), integers(gap)])
      let joined = add("Concat", [spread, filled], [.integer("axis", axis + 1)])
      lengths[axis] *= step
      let flat = add("Reshape", [joined, integers(lengths)])
      lengths[axis] -= step - 1
      name = add("Slice", [flat, integers([0]), integers([lengths[axis]]), integers([axis])])
    }
    let after = lengths.indices.map { target[$0] - lengths[$0] - starts[$0] }
    add("Pad", [name, integers(starts + after), number(filling)], to: output)
  }

  private mutating func writeIndexed(_ form: PrimitiveForm, _ id: Int32, _ ids: [Int32], to output: String) -> Bool {
    let isIndex = graph.isIndex(id)
    func zeros(_ lengths: [Int], _ writer: inout GraphWriter) -> String {
      writer.add("Expand", [writer.number(0), writer.integers(lengths)])
    }
    switch form {
    case .gather(let axis):
      let x = input(ids[0], asIndex: isIndex), places = input(ids[1], asIndex: true)
      add("Gather", [x, places], to: output, [.integer("axis", axis)])
    case .gatherAlong(let axis):
      let x = input(ids[0], asIndex: isIndex), places = input(ids[1], asIndex: true)
      add("GatherElements", [x, places], to: output, [.integer("axis", axis)])
    case .scatterAddAlong(let axis, _):
      let start = zeros(graph.shape(of: id).dimensions, &self), places = input(ids[1], asIndex: true)
      add(
        "ScatterElements", [start, places, input(ids[0])], to: output,
        [.integer("axis", axis), .text("reduction", "add")])
    case .scatterAdd(let axis, let length):
      // The indexed axes come first: ScatterND writes whole slices.
      let x = graph.shape(of: ids[0]), indices = graph.shape(of: ids[1]), rank = indices.rank
      let front = Array(axis..<(axis + rank)), rest = Array(0..<axis) + Array((axis + rank)..<x.rank)
      let moved = add("Transpose", [input(ids[0])], [.integers("perm", front + rest)])
      let start = zeros([length] + rest.map { x[$0] }, &self)
      let places = add("Reshape", [input(ids[1], asIndex: true), integers(indices.dimensions + [1])])
      let sums = add("ScatterND", [start, places, moved], [.text("reduction", "add")])
      var back = Array(1..<(rest.count + 1))
      back.insert(0, at: axis)
      add("Transpose", [sums], to: output, [.integers("perm", back)])
    case .oneHot(let classes):
      let depth = integers([classes]), values = numbers([0, 1], shape: [2])
      add("OneHot", [input(ids[0], asIndex: true), depth, values], to: output, [.integer("axis", -1)])
    default: return false
    }
    return true
  }
}
