/// What a picture draws: nodes, and modules that stand for the nodes in them. Inside of a module also the values that
/// come from outside, and those that leave it.
struct FoldedGraph {
  enum Item: Equatable {
    case node(Int)
    case module(path: [String], nodes: [Int])
    case entry(Int, from: String)
    case exit(Int, to: [String])

    func holds(_ node: Int) -> Bool {
      switch self {
      case .node(let id): id == node
      case .module(_, let nodes): nodes.contains(node)
      case .entry, .exit: false
      }
    }
  }

  struct Wire {
    var source: Int
    var target: Int
    var port: Int
    /// The edges that run along it.
    var edges: [Int]
  }

  private(set) var items: [Item] = []
  private(set) var wires: [Wire] = []
  /// The ports of each item: for a node its inputs by position, for a module one for each item that feeds it.
  private(set) var portCounts: [Int] = []

  /// The paths of the modules that are drawn as one box.
  var modules: [[String]] { items.compactMap { if case .module(let path, _) = $0 { path } else { nil } } }

  init(_ explanation: Explanation, _ folding: Explanation.Folding, _ context: PictureContext? = nil) {
    var opened: Set<[String]>? = [[]]
    switch folding {
    case .automatic: if explanation.nodes.count <= PictureContext.readable { opened = nil }
    case .none: opened = nil
    case .open(let path): opened = Set((0...path.count).map { Array(path.prefix($0)) })
    }
    self.init(explanation, opened: opened, context ?? PictureContext(explanation), inside: nil)
  }

  /// What is in one module.
  init(_ explanation: Explanation, inside path: [String], _ context: PictureContext) {
    let opened = (0...path.count).map { Array(path.prefix($0)) }
    let inside = explanation.nodes.indices.filter { context.paths[$0].starts(with: path) }
    self.init(explanation, opened: Set(opened), context, inside: Set(inside))
    for (index, item) in items.enumerated() {
      guard case .entry(let id, _) = item else { continue }
      items[index] = .entry(id, from: context.name(of: id, seenFrom: path, explanation))
    }
    for id in inside {
      let leaving = context.outgoing[id].filter { !context.paths[explanation.edges[$0].consumer].starts(with: path) }
      guard !leaving.isEmpty, let source = items.firstIndex(where: { $0.holds(id) }) else { continue }
      wires.append(Wire(source: source, target: items.count, port: 0, edges: leaving))
      let users = leaving.map { context.name(of: explanation.edges[$0].consumer, seenFrom: path, explanation) }
      items.append(.exit(id, to: users))
      portCounts.append(1)
    }
  }

  /// Draws every module that is not in `opened` as one box; none at all where that is nil.
  private init(_ explanation: Explanation, opened: Set<[String]>?, _ context: PictureContext, inside: Set<Int>?) {
    let none = [[String]](repeating: [], count: explanation.nodes.count)
    guard var opened else {
      build(explanation, none, inside)
      return
    }
    // A fold must not make a cycle: a module that would is opened, until none does.
    while true {
      var closed = none
      for id in inside.map(Array.init) ?? Array(none.indices) {
        closed[id] = FoldedGraph.folded(context.paths[id], opened)
      }
      build(explanation, closed, inside)
      guard let cyclic = moduleOnCycle() else { return }
      opened.insert(cyclic)
    }
  }

  /// The outermost module of `path` that is closed; empty where the node itself is drawn.
  private static func folded(_ path: [String], _ opened: Set<[String]>) -> [String] {
    for length in stride(from: 1, through: path.count, by: 1) {
      let prefix = Array(path.prefix(length))
      if !opened.contains(prefix) { return prefix }
    }
    return []
  }

  private mutating func build(_ explanation: Explanation, _ closed: [[String]], _ inside: Set<Int>?) {
    let edges = inside.map { inside in explanation.edges.filter { inside.contains($0.consumer) } } ?? explanation.edges
    var members: [[String]: [Int]] = [:]
    for node in explanation.nodes where !closed[node.id].isEmpty && inside?.contains(node.id) ?? true {
      members[closed[node.id], default: []].append(node.id)
    }
    items = []
    wires = []
    var itemOfModule: [[String]: Int] = [:], itemOf: [Int: Int] = [:]
    if let inside {
      for id in Set(edges.map(\.node)).subtracting(inside).sorted() {
        itemOf[id] = items.count
        items.append(.entry(id, from: ""))
      }
    }
    for node in explanation.nodes where inside?.contains(node.id) ?? true {
      let path = closed[node.id]
      if let nodes = members[path], !path.isEmpty, nodes.count > 1 {
        if let known = itemOfModule[path] {
          itemOf[node.id] = known
        } else {
          itemOfModule[path] = items.count
          itemOf[node.id] = items.count
          items.append(.module(path: path, nodes: nodes))
        }
      } else {
        itemOf[node.id] = items.count
        items.append(.node(node.id))
      }
    }
    portCounts = items.map { if case .node(let id) = $0 { explanation.nodes[id].inputs.count } else { 0 } }
    var known: [[Int]: Int] = [:]
    for edge in edges {
      guard let source = itemOf[edge.node], let target = itemOf[edge.consumer], source != target else { continue }
      if case .node = items[target] {
        wires.append(Wire(source: source, target: target, port: edge.position, edges: [edge.id]))
      } else if let wire = known[[source, target]] {
        wires[wire].edges.append(edge.id)
      } else {
        known[[source, target]] = wires.count
        wires.append(Wire(source: source, target: target, port: portCounts[target], edges: [edge.id]))
        portCounts[target] += 1
      }
    }
  }

  /// A module that lies on a cycle of the folded graph, if there is one.
  private func moduleOnCycle() -> [String]? {
    var outgoing = [[Int]](repeating: [], count: items.count)
    var waiting = [Int](repeating: 0, count: items.count)
    for wire in wires {
      outgoing[wire.source].append(wire.target)
      waiting[wire.target] += 1
    }
    var ready = items.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < ready.count {
      for target in outgoing[ready[next]] {
        waiting[target] -= 1
        if waiting[target] == 0 { ready.append(target) }
      }
      next += 1
    }
    guard ready.count < items.count else { return nil }
    let done = Set(ready)
    for (index, item) in items.enumerated() where !done.contains(index) {
      if case .module(let path, _) = item { return path }
    }
    return nil
  }
}
