import ChainRuleCore

extension Loop: BatchedPrimitive {
  /// A loop over batches: the body for a batch, with the axis of steps before that of examples.
  func batched(_ batch: Batch) -> Node? {
    guard batch.size > 0 || ending == .all else { return nil }
    return try? BatchedLoop(loop: self, batch: batch).record()
  }
}

/// One loop for all examples.
///
/// Where they end after different numbers of steps it goes on until the last has ended. What an example carries that has
/// ended stays as it is, and the body is given the values of one that goes on in its place: a step too many may be one
/// that has no value, and 0 · ∞ would come back from it.
private struct BatchedLoop {
  let loop: Loop, batch: Batch

  private var size: Int { batch.size }
  private var body: Subgraph { loop.running }
  private func isBatched(_ place: Int) -> Bool { loop.carried.contains(place) || batch.isBatched[loop.lead + place] }

  func record() throws -> Node {
    switch loop.ending {
    case .condition: try conditional()
    case .counted where batch.isBatched[0]: try counted()
    default: try together()
    }
  }

  /// As many steps for one example as for the other.
  private func together() throws -> Node {
    let all = try Loop(
      name: loop.name, body: try stepOfAll(), length: loop.length, carries: loop.carries, sequences: loop.sequences,
      ending: loop.ending, isReversed: loop.isReversed, stores: loop.stores, keepsProducts: false, hint: loop.hint)
    return packed(all, batch.graph.record(all, batch.inputs[..<loop.lead] + arguments(0..<body.inputs.count)))
  }

  /// Steps until no example goes on. Beside what the loop carries it carries who goes on, and how many steps each made.
  private func conditional() throws -> Node {
    let inner = try stepOfAll(), carries = loop.carries, flags = body.inputs.indices.map(isBatched)
    let numbers = Subgraph.Signature([size])
    let signatures = inner.inputs[loop.carried] + [numbers, numbers] + inner.inputs[carries...]
    let step = try body.cached("batch until all end \(size) \(flags) \(carries)") {
      try Subgraph.made(loop.name, Array(signatures)) { _, nodes in
        let (goesOn, made) = (nodes[carries], nodes[carries + 1]), carried = Array(nodes[..<carries])
        let active = ActiveExamples(mask: goesOn, first: goesOn.argmax(axis: 0))
        let results = active.record(inner, carried + nodes[(carries + 2)...], flags)
        let condition = results[results.count - 1], next = goesOn * (1 - equal(condition, 0))
        return zip(results, carried).map { active.choose($0, $1) } + [next, made + goesOn]
          + results[carries..<results.count - 1].map { active.orZero($0) } + [next.max()]
      }
    }
    let all = try Loop(
      name: loop.name, body: step, length: loop.length, carries: carries + 2, sequences: loop.sequences,
      ending: .condition, isReversed: loop.isReversed, stores: loop.stores, keepsProducts: false, hint: loop.hint)
    let goesOn = 1 - equal(batch.full(0), 0), zeros = batch.graph.constant(Tensor(shape: [size], repeating: 0))
    let given = arguments(loop.carried) + [goesOn, zeros] + arguments(carries..<body.inputs.count)
    let output = batch.graph.record(all, [goesOn.max()] + given)
    return packed(all, output, steps: all.last(carries + 1, of: output))
  }

  /// As many steps as the most that an example makes; the number of the step is one more sequence.
  private func counted() throws -> Node {
    let inner = try stepOfAll(), (carries, rows) = (loop.carries, loop.read.upperBound)
    let flags = body.inputs.indices.map(isBatched), counts = batch.inputs[0]
    let step = try body.cached("batch of counted steps \(size) \(flags) \(carries)") {
      let signatures =
        inner.inputs[..<rows] + [Subgraph.Signature(.scalar)] + inner.inputs[rows...] + [Subgraph.Signature([size])]
      return try Subgraph.made(loop.name, Array(signatures)) { _, nodes in
        let counts = nodes[nodes.count - 1]
        let active = ActiveExamples(mask: less(nodes[rows], counts), first: counts.argmax(axis: 0))
        let results = active.record(inner, nodes[..<rows] + nodes[(rows + 1)..<nodes.count - 1], flags)
        return zip(results, nodes[..<carries]).map { active.choose($0, $1) }
          + results[carries...].map { active.orZero($0) }
      }
    }
    let all = try Loop(
      name: loop.name, body: step, length: loop.length, carries: carries, sequences: loop.sequences + 1,
      ending: .counted, isReversed: loop.isReversed, stores: loop.stores, keepsProducts: false, hint: loop.hint)
    let numbers = batch.graph.constant(Tensor((0..<loop.length).map { Double($0) }))
    let given = arguments(0..<rows) + [numbers] + arguments(rows..<body.inputs.count) + [counts]
    return packed(all, batch.graph.record(all, [counts.max()] + given))
  }

  // MARK: What goes in and comes out

  private func stepOfAll() throws -> Subgraph { try body.batched(body.inputs.indices.map(isBatched), size: size) }

  private func stepsFirst(_ node: Node) -> Node {
    node.transposed([1, 0] + (2..<Swift.max(2, node.shape.rank)))
  }

  private func arguments(_ places: Range<Int>) -> [Node] {
    places.map { place in
      let number = loop.lead + place
      if loop.carried.contains(place) { return batch.full(number) }
      let isSequence = loop.read.contains(place) && batch.isBatched[number]
      return isSequence ? stepsFirst(batch.inputs[number]) : batch.inputs[number]
    }
  }

  /// The output of one example holds rows of its own: the axis of examples goes before the others of each part.
  private func packed(_ all: Loop, _ output: Node, steps: Node? = nil) -> Node {
    let states = loop.carried.map { place -> Node in
      let part = all.packing.part(place, of: output)
      return loop.stores ? stepsFirst(part) : part
    }
    let rows = loop.rowPlaces.map { stepsFirst(all.rows($0 - loop.carries, of: output)) }
    let parts = states + rows + (steps.map { [$0] } ?? [])
    if parts.count == 1 { return parts[0] }
    return concatenate(
      zip(parts, loop.packing.shapes).map { $0.reshaped(to: [size, $1.elementCount]) }, axis: 1)
  }
}

/// The examples for which something is computed, and one of them in place of all others.
struct ActiveExamples {
  /// 1 for those that are, 0 for the others: `[size]`.
  let mask: Node
  /// The place of one that is.
  let first: Node

  private func mask(for node: Node) -> Node {
    mask.reshaped(to: Shape([mask.shape[0]] + (1..<node.shape.rank).map { _ in 1 }))
  }

  func choose(_ a: Node, _ b: Node) -> Node { `where`(mask(for: a), a, b) }
  func orZero(_ a: Node) -> Node { `where`(mask(for: a), a, 0) }

  /// Its own value for each that is active, and that of one of them for all others.
  func inputs(_ nodes: [Node], _ isBatched: [Bool]) -> [Node] {
    zip(nodes, isBatched).map { node, isBatched in
      guard isBatched, node.elementType != .int32 else { return node }
      return choose(node, node.gathered(at: first).stoppingGradient())
    }
  }

  func record(_ function: Subgraph, _ nodes: some Sequence<Node>, _ isBatched: [Bool]) -> [Node] {
    function.record(in: mask.graph, inputs(Array(nodes), isBatched))
  }
}
