import ChainRuleCore

/// Coefficients of every node that moves, made in the order in which they are needed.
struct SeriesBuilder {
  let graph: Graph
  let order: Int
  /// Coefficients that are known, by node, from that of t⁰ on.
  private var known: [Int32: [Node]] = [:]
  private var moves: [Int32: Bool] = [:]
  private var locals: [Int32: [Local]] = [:]
  /// Nodes that stand for dx/dt, with their x.
  private var rates: [Int32: Int32] = [:]
  private var rateOf: [Int32: Int32] = [:]
  /// Equal primitives on equal nodes are one node: the cosine in one local gradient is that in another.
  private var twins: [Twin: Int32] = [:]

  private struct Twin: Hashable {
    let primitive: AnyHashable, inputs: [Int32]
  }

  /// How a node moves with one of its inputs.
  private enum Local {
    /// Not at all.
    case none
    /// Element by element, by a node.
    case factor(Int32)
    /// By a linear map that stays as it is.
    case fixed((Node) -> Node)
    /// By a single primitive that the map is made of, one of whose inputs moves.
    case single((Node) -> Node)
    /// By a linear map that moves, recorded on dx/dt.
    case rate(Int32)
  }

  init(graph: Graph, order: Int) { (self.graph, self.order) = (graph, order) }

  /// Lets a node move along a path: its coefficients from that of t¹ on.
  mutating func move(_ node: Node, along path: [Node]) throws {
    let id = try graph.resolve(node)
    known[id] = [node] + (0..<order).map { $0 < path.count ? path[$0] : zero(node.shape) }
    moves[id] = true
  }

  mutating func coefficients(of node: Node) throws -> [Node] {
    let id = try graph.resolve(node)
    for k in 0...order { try makeKnown(id, k) }
    return (0...order).map { coefficient(id, $0) ?? zero(node.shape) }
  }

  /// A coefficient that is known; `nil` where it is 0 because the node does not move.
  private mutating func coefficient(_ id: Int32, _ k: Int) -> Node? {
    if k == 0 { return known[id]?[0] ?? graph.node(id) }
    return isMoving(id) ? known[id]?[k] : nil
  }

  private func zero(_ shape: Shape) -> Node { graph.constant(0 as Double).broadcast(to: shape) }

  /// Whether a node depends on what moves. No recursion: what waits is a list.
  private mutating func isMoving(_ id: Int32) -> Bool {
    if let answer = moves[id] { return answer }
    var pending = [id]
    while let next = pending.last {
      let inputs = graph.isOperation(next) ? graph.inputs(of: next) : []
      let open = moves[next] == nil ? inputs.filter { moves[$0] == nil } : []
      if open.isEmpty {
        moves[next] = moves[next] ?? (inputs.contains { moves[$0] == true } && !graph.isIndex(next))
        pending.removeLast()
      } else {
        pending += open
      }
    }
    return moves[id] ?? false
  }

  // MARK: In order

  /// Makes a coefficient after those that it needs, with a list of what waits.
  private mutating func makeKnown(_ id: Int32, _ k: Int) throws {
    var pending = [(id, k)]
    while let (next, order) = pending.last {
      if isDone(next, order) {
        pending.removeLast()
        continue
      }
      let needs = try needs(next, order)
      if needs.isEmpty {
        try make(next, order)
        pending.removeLast()
      } else {
        pending += needs
      }
    }
  }

  private mutating func isDone(_ id: Int32, _ k: Int) -> Bool {
    if k == 0 || !isMoving(id) { return true }
    return (known[id]?.count ?? 1) > k
  }

  /// What a coefficient needs first: the lower ones of its own, its inputs' up to it, its factors' up to one below.
  private mutating func needs(_ id: Int32, _ k: Int) throws -> [(Int32, Int)] {
    if let source = rates[id] { return isDone(source, k + 1) ? [] : [(source, k + 1)] }
    let inputs = graph.inputs(of: id)
    if graph.primitive(of: id) is any SeriesPrimitive {
      return inputs.filter { !isDone($0, order) }.map { ($0, order) }
    }
    if !isDone(id, k - 1) { return [(id, k - 1)] }
    // Local gradients that move are recorded on dx/dt, for which the first coefficient must be there.
    let open = inputs.filter { !isDone($0, k) }
    if !open.isEmpty { return open.map { ($0, k) } }
    return try locals(of: id).compactMap { local in
      switch local {
      case .factor(let other), .rate(let other): isDone(other, k - 1) ? nil : (other, k - 1)
      case .none, .fixed, .single: nil
      }
    }
  }

  private mutating func make(_ id: Int32, _ k: Int) throws {
    if let source = rates[id] {
      // The coefficient of t^k of dx/dt.
      let x = coefficient(source, k + 1) ?? zero(graph.shape(of: source))
      known[id, default: [graph.node(id)]].append(Double(k + 1) * x)
      return
    }
    if let joint = graph.primitive(of: id) as? any SeriesPrimitive {
      let rows = graph.inputs(of: id).map { input in
        isMoving(input) ? (0...order).map { coefficient(input, $0) ?? zero(graph.shape(of: input)) } : nil
      }
      known[id] = try joint.series(rows, of: graph.node(id), order: order)
      return
    }
    var sum: Node?
    for (input, local) in zip(graph.inputs(of: id), try locals(of: id)) {
      for part in try parts(local, input, k) { sum = sum.map { $0 + part } ?? part }
    }
    let shape = graph.shape(of: id), row = sum.map { $0.broadcast(to: shape) } ?? zero(shape)
    if let error = row.error { throw error }
    known[id, default: [graph.node(id)]].append(row)
  }

  /// What one input adds to a coefficient.
  private mutating func parts(_ local: Local, _ input: Int32, _ k: Int) throws -> [Node] {
    switch local {
    case .none: return []
    case .fixed(let apply): return coefficient(input, k).map { isZero($0) ? [] : [apply($0)] } ?? []
    case .rate(let rate): return coefficient(rate, k - 1).map { isZero($0) ? [] : [$0 / Double(k)] } ?? []
    case .factor(let factor):
      return (1...k).compactMap { j in
        guard let x = coefficient(input, j), let g = coefficient(factor, k - j), !isZero(x), !isZero(g) else {
          return nil
        }
        return weighted(g.constantNumber == 1 ? x : x * g, j, k)
      }
    case .single(let apply):
      var found: [Node] = []
      for j in 1...k {
        guard let x = coefficient(input, j), !isZero(x) else { continue }
        let part = graph.nodeID(apply(alias(x)))
        try makeKnown(part, k - j)
        if let node = coefficient(part, k - j), !isZero(node) { found.append(weighted(node, j, k)) }
      }
      return found
    }
  }

  private func weighted(_ node: Node, _ j: Int, _ k: Int) -> Node { j == k ? node : Double(j) / Double(k) * node }
  private func isZero(_ node: Node) -> Bool { node.constantNumber == 0 }

  /// A node of the same value that does not move: a coefficient is a number for t, whatever it is made of.
  private mutating func alias(_ node: Node) -> Node {
    let copy = node.alias
    moves[graph.nodeID(copy)] = false
    return copy
  }

  // MARK: Local gradients

  private mutating func locals(of id: Int32) throws -> [Local] {
    if let found = locals[id] { return found }
    let primitive = graph.primitive(of: id), output = graph.node(id), inputs = output.inputs
    let twin = Twin(primitive: AnyHashable(primitive), inputs: graph.inputs(of: id))
    if twins[twin] == nil { twins[twin] = id }
    if let joint = primitive as? any JointPrimitive {
      let all = try pushed(joint, output)
      locals[id] = all
      return all
    }
    var made: [Local] = []
    for (index, input) in inputs.enumerated() {
      guard isMoving(graph.nodeID(input)) else {
        made.append(.none)
        continue
      }
      let start = Int32(graph.nodeCount)
      switch primitive.localGradient(of: output, withRespectTo: index, inputs: inputs) {
      case .none: made.append(.none)
      case .factor(let node): made.append(.factor(shared(try graph.resolve(node), from: start)))
      case .linear(let apply, _): made.append(try linear(apply, graph.nodeID(input)))
      }
    }
    locals[id] = made
    return made
  }

  /// dy/dt of all inputs at once, by forward mode on dx/dt: what has one rule for all of them.
  private mutating func pushed(_ joint: any JointPrimitive, _ output: Node) throws -> [Local] {
    let inputs = output.inputs
    let rates = try inputs.map { input -> Node? in
      let id = graph.nodeID(input)
      guard isMoving(id), let first = coefficient(id, 1) else { return nil }
      return try rate(of: id, first)
    }
    let start = Int32(graph.nodeCount)
    guard let node = try joint.pushforward(rates, of: output, inputs: inputs) else { return inputs.map { _ in .none } }
    if let error = node.error { throw error }
    let pushed = shared(graph.nodeID(node), from: start), place = rates.firstIndex { $0 != nil }
    return inputs.indices.map { $0 == place ? .rate(pushed) : .none }
  }

  /// Tells a map that stays from one that moves, by what it records.
  private mutating func linear(_ apply: @escaping (Node) -> Node, _ input: Int32) throws -> Local {
    guard let first = coefficient(input, 1) else { return .none }
    let trial = alias(first), start = graph.nodeCount
    let node = apply(trial)
    if let error = node.error { throw error }
    if !isMoving(graph.nodeID(node)) { return .fixed(apply) }
    if graph.nodeCount - start == 1 { return .single(apply) }
    let rate = try rate(of: input, first)
    return .rate(shared(graph.nodeID(apply(rate)), from: Int32(start)))
  }

  /// The node that stands for dx/dt.
  private mutating func rate(of input: Int32, _ first: Node) throws -> Node {
    if let known = rateOf[input] { return graph.node(known) }
    let node = first.alias, id = graph.nodeID(node)
    (rates[id], rateOf[input], moves[id]) = (input, id, true)
    known[id] = [node]
    return node
  }

  /// The node, or one that computes the same and was met before; so are the nodes that it is made of.
  private mutating func shared(_ id: Int32, from start: Int32) -> Int32 {
    guard id >= start else { return id }
    var replaced: [Int32: Int32] = [:]
    for next in start...id where graph.isOperation(next) {
      let primitive = graph.primitive(of: next), own = graph.inputs(of: next), inputs = own.map { replaced[$0] ?? $0 }
      let twin = Twin(primitive: AnyHashable(primitive), inputs: inputs)
      // A node on others that were met before is recorded on those.
      let node = twins[twin] ?? (inputs == own ? next : graph.nodeID(graph.record(primitive, inputs.map(graph.node))))
      (twins[twin], replaced[next]) = (node, node)
    }
    return replaced[id] ?? id
  }
}

extension Graph {
  fileprivate func nodeID(_ node: Node) -> Int32 { node.validID ?? -1 }
}
