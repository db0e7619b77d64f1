/// What is added to a tensor at some indices of an axis is added where it lies: the sum does not become a tensor of
/// zeros with a few rows first.
///
/// | found, S = scatterAdd(u, indices) | becomes |
/// |---|---|
/// | w ± c · S, which renews w | addAt(w, ±c · u, indices): the rows that are named are renewed, and no other |
/// | w ± c · (S + T) | addAt(w, ±c · u, indices, ±c · v, other indices) |
/// | x ± c · S, where nobody else reads x | addAt(x, …), in the place of x |
/// | the same for S = scatterAddAlong(u, indices) | addAlong(x, …): the elements that are named |
///
/// Where others too read S it is made, and everything stays as it is. Runs once, after the other passes.
struct RowUpdates {
  /// What is added: the node that is scattered, its indices, and what both are multiplied by.
  private struct Term {
    var values: Int32, indices: Int32
    /// Numbers that the program computes, and those that are known.
    var scales: [Int32], factor: Double
  }

  /// The axis, and whether there is an index for each element, not for each slice.
  private struct Place: Equatable {
    let axis: Int, isAlong: Bool

    init?(_ scatter: (any Primitive)?) {
      switch scatter {
      case let rows as ScatterAdd: (axis, isAlong) = (rows.axis, false)
      case let elements as ScatterAddAlong: (axis, isAlong) = (elements.axis, true)
      default: return nil
      }
    }
  }

  /// By old id: how often it is read, and what renews it.
  private var reads: [Int32], renewedBy: [Int32: Int32] = [:]

  private init(_ graph: ProgramGraph) {
    reads = [Int32](repeating: 0, count: graph.nodes.count)
    for id in graph.outputs + graph.updates.map(\.next) { reads[Int(id)] += 1 }
    for node in graph.nodes {
      for index in 0..<Int(node.inputCount) { reads[Int(graph.input(index, of: node))] += 1 }
    }
    for update in graph.updates { renewedBy[update.leaf] = update.next }
  }

  /// - Returns: how many sums were replaced.
  static func apply(to graph: inout ProgramGraph) -> Int {
    guard graph.primitives.contains(where: { $0 is ScatterAdd || $0 is ScatterAddAlong }) else { return 0 }
    let pass = RowUpdates(graph), old = graph
    var changes = 0
    graph.rewrite { node, id, copies, graph in
      guard let (target, place, terms) = pass.sum(id, old) else { return graph.append(node) }
      changes += 1
      var inputs = [copies[Int(target)]]
      for term in terms {
        inputs += [Self.scaled(copies[Int(term.values)], by: term, copies, &graph), copies[Int(term.indices)]]
      }
      return graph.append(AddAt(axis: place.axis, isAlong: place.isAlong), inputs, shape: old.shape(of: id))
    }
    return changes
  }

  /// What a node adds at indices, and to what, if that is all that it does.
  private func sum(_ id: Int32, _ graph: ProgramGraph) -> (target: Int32, place: Place, terms: [Term])? {
    let node = graph.nodes[Int(id)]
    guard node.opcode == .add || node.opcode == .subtract else { return nil }
    for side in node.opcode == .add ? [1, 0] : [1] {
      let target = graph.input(1 - side, of: node)
      guard isOverwritable(target, by: id, graph) else { continue }
      let sign = node.opcode == .add ? 1.0 : -1
      if let (place, terms) = terms(of: graph.input(side, of: node), sign, graph) { return (target, place, terms) }
    }
    return nil
  }

  /// Whether a sum may be written where its first operand lies.
  private func isOverwritable(_ target: Int32, by id: Int32, _ graph: ProgramGraph) -> Bool {
    if renewedBy[target] == id { return true }
    let node = graph.nodes[Int(target)]
    return node.kind == .operation && reads[Int(target)] == 1 && !(graph.primitive(of: node) is Broadcast)
  }

  /// The scattered parts of a node that nobody else reads; `nil` where it has others.
  private func terms(of id: Int32, _ sign: Double, _ graph: ProgramGraph) -> (place: Place, terms: [Term])? {
    var (place, terms): (Place?, [Term]) = (nil, [])
    var open = [(id: id, scales: [Int32](), factor: sign)]
    while let (id, scales, factor) = open.popLast() {
      let node = graph.nodes[Int(id)]
      guard node.kind == .operation, reads[Int(id)] == 1, terms.count < 64 else { return nil }
      switch node.opcode {
      case .add?, .subtract?:
        let second = node.opcode == .add ? factor : -factor
        open += [(graph.input(1, of: node), scales, second), (graph.input(of: node), scales, factor)]
      case .negate?: open.append((graph.input(of: node), scales, -factor))
      case .multiply?:
        guard let (other, scale) = scaling(node, graph) else { return nil }
        if let number = graph.uniform(scale) {
          open.append((other, scales, factor * number))
        } else {
          open.append((other, scales + [scale], factor))
        }
      case nil:
        guard let next = Place(graph.primitive(of: node)), place ?? next == next else { return nil }
        place = next
        terms.append(
          Term(
            values: graph.input(of: node), indices: graph.input(1, of: node), scales: scales, factor: factor))
      default: return nil
      }
    }
    return place.map { ($0, terms) }
  }

  /// A product of something and a number for all of its elements, the number as what is broadcast.
  private func scaling(_ node: ProgramGraph.Node, _ graph: ProgramGraph) -> (other: Int32, scale: Int32)? {
    for side in [0, 1] {
      let scale = graph.input(side, of: node), other = graph.input(1 - side, of: node)
      if graph.uniform(scale) != nil { return (other, scale) }
      if let source = graph.broadcastSource(scale), graph.nodes[Int(source)].shape == 0 {
        return (other, source)
      }
    }
    return nil
  }

  private static func scaled(
    _ values: Int32, by term: Term, _ copies: [Int32], _ graph: inout ProgramGraph
  ) -> Int32 {
    var result = values
    let shape = graph.shape(of: values)
    if term.factor == -1 {
      result = graph.append(.negate, result)
    } else if term.factor != 1 {
      let factor = graph.uniform(term.factor, shape: shape)
      result = graph.append(.multiply, result, factor)
    }
    for scale in term.scales {
      let factor = graph.broadcast(copies[Int(scale)], to: shape)
      result = graph.append(.multiply, result, factor)
    }
    return result
  }
}

/// x with slices, or elements, added at indices of an axis, as often as an index is repeated: x, then what is added and
/// its indices in turn.
struct AddAt: Primitive {
  let axis: Int
  /// Whether there is an index for each element, not for each slice.
  let isAlong: Bool
  var name: String { isAlong ? "addAlong" : "addAt" }
  var arity: Int? { nil }
  func wantsIndices(_ index: Int, givesIndices: Bool) -> Bool { index > 0 && index % 2 == 0 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    var sum = inputs[0]
    let length = sum.shape[axis]
    let scatter: any Primitive =
      isAlong ? ScatterAddAlong(axis: axis, length: length) : ScatterAdd(axis: axis, length: length)
    for term in stride(from: 1, to: inputs.count, by: 2) {
      sum = try Kernels.elementwise(.add, [sum, scatter.forward([inputs[term], inputs[term + 1]])])
    }
    return sum
  }

  /// Made by a program only, after all gradients have been recorded.
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "a program's own primitive")
  }
}
