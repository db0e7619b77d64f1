import ChainRuleCore

extension Node {
  /// The same value from single steps: every loop written out step by step, every choice and block replaced by what it
  /// computes, as they run at the present values.
  ///
  /// ```swift
  /// print(try scanned.unrolled().explain().text())
  /// ```
  /// For explanations and lessons: an explanation of the node itself shows a loop as one box.
  /// - Parameter limit: the most steps that a loop may have.
  /// - Throws: a loop of more steps; the mistake of a value that decides how long a loop runs, or which choice is made.
  public func unrolled(limit: Int = 1_000) throws -> Node {
    let id = try graph.resolve(self)
    if let error = graph.failure(of: id) { throw error }
    var unroller = Unroller(graph: graph, limit: limit)
    return try unroller.unrolled(id)
  }
}

/// Records again what is above a loop or a choice; the rest stays as it is.
private struct Unroller {
  let graph: Graph
  let limit: Int
  /// What stands for a node that was recorded anew.
  private var replaced: [Int32: Node] = [:]
  /// The rows of loops and choices that were written out: pieces in the order in which they lie in the output.
  private var pieces: [Int32: [Node]] = [:]

  init(graph: Graph, limit: Int) { (self.graph, self.limit) = (graph, limit) }

  mutating func unrolled(_ target: Int32) throws -> Node {
    let isNeeded = graph.ancestors(of: [target])
    for id in 0...target where isNeeded[Int(id)] && graph.isOperation(id) {
      let inputs = graph.inputs(of: id), primitive = graph.primitive(of: id)
      if let loop = primitive as? Loop {
        pieces[id] = try unrolled(loop, try inputs.map { try node($0) }, at: id)
      } else if let choice = primitive as? Choice {
        let values = try inputs.map { try node($0) }, selector = choice.lead == 1 ? [try values[0].value()] : []
        pieces[id] = try expanded(choice.bodies[choice.place(selector)], Array(values.dropFirst(choice.lead)))
      } else if inputs.count == 1, let parts = pieces[inputs[0]], let part = graph.part(id, of: parts) {
        replaced[id] = part
      } else if inputs.contains(where: { replaced[$0] != nil || pieces[$0] != nil }) {
        replaced[id] = graph.record(primitive, try inputs.map { try node($0) })
        if let label = graph.label(of: id) { replaced[id]?.named(label) }
      }
    }
    return try node(target)
  }

  /// What stands for a node; the pieces of a loop in one where they are read as a whole.
  private mutating func node(_ id: Int32) throws -> Node {
    if let known = replaced[id] { return known }
    guard let parts = pieces[id] else { return graph.node(id) }
    let shape = graph.shape(of: id)
    let joined = parts.count == 1 ? parts[0] : concatenate(parts.map { $0.reshaped(to: [$0.shape.elementCount]) })
    replaced[id] = joined.reshaped(to: shape)
    return joined.reshaped(to: shape)
  }

  /// A body on nodes, with the loops and choices within it written out, too.
  private func expanded(_ body: Subgraph, _ nodes: [Node]) throws -> [Node] {
    try body.record(in: graph, nodes).map { try $0.unrolled(limit: limit) }
  }

  private func unrolled(_ loop: Loop, _ inputs: [Node], at id: Int32) throws -> [Node] {
    var count = loop.length
    if loop.ending == .counted { count = try loop.steps(try inputs[0].scalar()) }
    if loop.ending == .condition {
      count = Int(try loop.packing.part(loop.packing.shapes.count - 1, of: graph.node(id)).scalar())
    }
    guard count <= limit else {
      throw ChainRuleError(
        .value, in: "unrolled", required: "loops of at most \(limit) steps", got: "\(loop.name) of \(count)",
        hint: "Raise limit:, or look at fewer steps.")
    }
    let values = Array(inputs.dropFirst(loop.lead))
    var carried = loop.carried.map { values[$0] }, states = [carried]
    var given = [[Node]](repeating: [], count: count)
    for step in 0..<count {
      let row = loop.isReversed ? count - 1 - step : step
      let results = try expanded(
        loop.running, carried + loop.read.map { values[$0][row] } + loop.captured.map { values[$0] })
      carried = Array(results[..<loop.carries])
      states.append(carried)
      given[row] = loop.rowPlaces.map { results[$0] }
    }
    return parts(loop, states, given, count)
  }

  /// The pieces in the order in which they lie in the loop's output.
  private func parts(_ loop: Loop, _ states: [[Node]], _ given: [[Node]], _ count: Int) -> [Node] {
    func zeros(_ shape: Shape) -> Node { graph.constant(0 as Double).broadcast(to: shape) }
    var result: [Node] = []
    for place in loop.carried {
      guard loop.stores else {
        result.append(states[count][place])
        continue
      }
      for row in 0...loop.length {
        let step = loop.isReversed ? count - row : row
        let isLast = !loop.isReversed && row == loop.length
        let isMade = isLast || (0...count).contains(step)
        result.append(isMade ? states[isLast ? count : step][place] : zeros(loop.running.results[place].shape))
      }
    }
    for (number, place) in loop.rowPlaces.enumerated() {
      for row in 0..<loop.length {
        result.append(row < count ? given[row][number] : zeros(loop.running.results[place].shape))
      }
    }
    if loop.ending == .condition { result.append(graph.constant(Double(count))) }
    return result
  }
}
