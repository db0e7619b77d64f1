import ChainRuleCore

/// One step of a loop's gradient: the body's pullback.
///
/// The gradient of what the body reads from outside is a sum over the steps. Most are products AₜᵀBₜ, of what went in and
/// what comes back: then both are kept for every step, and one product of all of them takes the place of the sum. The
/// others are summed in what the loop carries.
struct LoopBack: Sendable {
  let body: Subgraph
  /// Inputs of the forward body whose gradients are carried sums, and those whose gradients are given step by step.
  let summed: [Int], sequences: [Int]
  /// Further inputs of the body, behind all others: transposes of what is read from outside, by its place there.
  let turned: [Int]
  /// Inputs whose gradients are sums of what is made of rows after the loop.
  let joined: [(place: Int, parts: [Part])]

  /// Values for every step: what the loop reads anyway, or what it gives for this purpose.
  enum Rows: Sendable {
    case read(Int), given(Int)

    func node(_ sequences: [Node], _ given: (Int) -> Node) -> Node {
      switch self {
      case .read(let place): sequences[place]
      case .given(let number): given(number)
      }
    }
  }

  enum Part: Sendable {
    case product(RecordedProduct, Rows, Rows)
    /// The sum over steps and over the first axis of each.
    case sum(Rows)

    func sum(_ node: (Rows) -> Node) -> Node {
      switch self {
      case .product(let product, let left, let right): product.sum(node(left), node(right))
      case .sum(let rows): node(rows).sum(axes: [0, 1])
      }
    }
  }

  static func made(_ loop: Loop, _ wanted: [Bool], _ arriving: ArrivingGradients) throws -> LoopBack {
    let key = "back \(wanted) \(arriving.atStates) \(arriving.atRows) \(loop.carries) \(loop.given)"
    return try loop.running.cached(key) { try LoopBackRecorder(loop, wanted, arriving).made() }
  }
}

private struct LoopBackRecorder {
  private let loop: Loop, forward: Subgraph
  private let wanted: [Bool]
  /// Carried values and rows at whose single steps something arrives.
  private let states: [Int], given: [Int]

  init(_ loop: Loop, _ wanted: [Bool], _ arriving: ArrivingGradients) {
    (self.loop, forward, self.wanted) = (loop, loop.running, wanted)
    states = loop.carried.filter { arriving.atStates[$0] }
    // A loop that stores nothing gives the rows of its body alone.
    given = loop.rowPlaces.filter { arriving.atRows.count > $0 - loop.carries && arriving.atRows[$0 - loop.carries] }
  }

  private func signatures(_ places: some Sequence<Int>) -> [Subgraph.Signature] { places.map { forward.inputs[$0] } }

  func made() throws -> LoopBack {
    let captured = loop.captured.filter { wanted[$0] }, sequences = loop.read.filter { wanted[$0] }
    // A first try tells which gradients are products; the body proper carries sums for the others alone.
    var plan: [(place: Int, parts: [LoopBack.Part])] = []
    _ = try recorded(summing: captured) { _, gradients, rows, extra in
      for place in captured {
        guard let node = gradients[place], let parts = parts(node, place, rows, &extra) else { continue }
        plan.append((place, parts))
      }
    }
    let joined = Set(plan.map(\.place)), summed = captured.filter { !joined.contains($0) }
    plan = []
    let body = try recorded(summing: summed) { _, gradients, rows, extra in
      for place in captured where joined.contains(place) {
        if let node = gradients[place], let parts = parts(node, place, rows, &extra) { plan.append((place, parts)) }
      }
    }
    let first = body.inputs.count - loop.captured.count
    let (turning, turned) = body.turningFactors(first..<body.inputs.count)
    return LoopBack(
      body: turning, summed: summed, sequences: sequences, turned: turned.map { $0 - first }, joined: plan)
  }

  /// The body: gradients of the carried values, the sums, then per step carried values, sequences, products and what arrives, then
  /// what is read from outside; it gives the gradients of sequences, then what `look` asks for.
  private func recorded(
    summing sums: [Int],
    _ look: (_ graph: Graph, _ gradients: [Int: Node], _ rows: [Node], _ extra: inout [Node]) -> Void
  ) throws -> Subgraph {
    let asked = forward.inputs.indices.map { loop.carried.contains($0) || wanted[$0] }
    let arrives = forward.results.indices.map { loop.carried.contains($0) || given.contains($0) }
    let pullback = try forward.pullback(asked, arriving: arrives, kept: loop.kept)
    let arguments =
      loop.carried.map { forward.results[$0] } + signatures(sums) + signatures(loop.carried) + signatures(loop.read)
      + loop.kept.map { forward.results[$0] } + signatures(states) + given.map { forward.results[$0] }
      + signatures(loop.captured)
    return try Subgraph.made(loop.name, arguments) { graph, nodes in
      var rest = nodes[...]
      func take(_ count: Int) -> [Node] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
      }
      let upstreams = take(loop.carries), totals = take(sums.count)
      let rows = Array(rest.dropLast(loop.captured.count)), values = take(loop.carries + loop.sequences)
      let products = take(loop.kept.count), atStates = take(states.count), atGiven = take(given.count)
      let found = pullback.record(in: graph, values + rest + upstreams + atGiven + products)
      var gradients = Dictionary(uniqueKeysWithValues: zip(asked.indices.filter { asked[$0] }, found))
      for (place, node) in zip(states, atStates) { gradients[place] = gradients[place].map { $0 + node } }
      var extra = loop.read.filter { wanted[$0] }.compactMap { gradients[$0] }
      look(graph, gradients, rows, &extra)
      return loop.carried.compactMap { gradients[$0] }
        + zip(sums, totals).compactMap { place, total in gradients[place].map { total + $0 } } + extra
    }
  }

  /// A gradient as a sum of products and of sums over rows; `nil` where it is anything else, or its rows are large
  /// beside what is summed.
  private func parts(_ node: Node, _ place: Int, _ rows: [Node], _ extra: inout [Node]) -> [LoopBack.Part]? {
    var given = extra, found: [LoopBack.Part] = []
    func kept(_ node: Node) -> LoopBack.Rows {
      if let place = rows.firstIndex(where: { $0.id == node.id }) { return .read(place) }
      if let number = given.firstIndex(where: { $0.id == node.id }) { return .given(number) }
      given.append(node)
      return .given(given.count - 1)
    }
    for summand in node.summands {
      if let (product, left, right) = RecordedProduct.factors(of: summand) {
        found.append(.product(product, kept(left), kept(right)))
      } else if let summed = summand.summedOverFirstAxis, summed.shape.rank == 2 {
        found.append(.sum(kept(summed)))
      } else {
        return nil
      }
    }
    // What is kept for every step may cost as much memory as what the loop keeps anyway.
    let size = given.dropFirst(extra.count).reduce(0) { $0 + $1.shape.elementCount }
    let usual = 4 * rows.reduce(0) { $0 + $1.shape.elementCount } + 8 * node.shape.elementCount
    guard size <= usual else { return nil }
    extra = given
    return found
  }
}
