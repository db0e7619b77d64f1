extension Explanation {
  /// Which modules a picture draws as one box.
  public enum Folding: Sendable, Equatable {
    /// None up to 60 nodes; above that every module, and stretches of nodes that belong to none.
    case automatic
    /// Every node is drawn.
    case none
    /// Every module is one box except that one, given by its path, and the modules around it.
    case open([String])
  }
}

/// What a picture draws: nodes, and modules that stand for the nodes in them.
struct FoldedGraph {
  enum Item: Equatable {
    case node(Int)
    case module(path: [String], nodes: [Int])

    func holds(_ node: Int) -> Bool {
      switch self {
      case .node(let id): id == node
      case .module(_, let nodes): nodes.contains(node)
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

  static let readable = 60
  static let stretch = 24

  init(_ explanation: Explanation, _ folding: Explanation.Folding) {
    let paths = FoldedGraph.modules(of: explanation, folding)
    var opened: Set<[String]> = []
    switch folding {
    case .none:
      build(explanation, [[String]](repeating: [], count: explanation.nodes.count))
      return
    case .automatic where explanation.nodes.count <= FoldedGraph.readable:
      build(explanation, [[String]](repeating: [], count: explanation.nodes.count))
      return
    case .automatic: break
    case .open(let path): for length in 0...path.count { opened.insert(Array(path.prefix(length))) }
    }
    // A fold must not make a cycle: a module that would is opened, until none does.
    while true {
      build(explanation, paths.map { path in FoldedGraph.folded(path, opened) })
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

  /// Every node's module path. Where there are none, or too many nodes outside of any, consecutive nodes make a
  /// stretch: nodes are recorded in topological order, so stretches never form a cycle.
  static func modules(of explanation: Explanation, _ folding: Explanation.Folding) -> [[String]] {
    var paths = explanation.nodes.map(\.module)
    let loose = explanation.nodes.filter { $0.module.isEmpty && !$0.isLeaf }
    guard loose.count > FoldedGraph.readable * 2 else { return paths }
    for start in stride(from: 0, to: loose.count, by: stretch) {
      let part = loose[start..<Swift.min(start + stretch, loose.count)]
      guard let first = part.first, let last = part.last else { continue }
      for node in part { paths[node.id] = ["\(first.symbol) … \(last.symbol)"] }
    }
    // An unnamed constant, or a leaf with one consumer, goes where it is used.
    var consumers = [[Int]](repeating: [], count: explanation.nodes.count)
    for edge in explanation.edges { consumers[edge.node].append(edge.consumer) }
    for node in explanation.nodes where node.isLeaf && node.module.isEmpty {
      let users = Set(consumers[node.id].map { paths[$0] })
      if let only = users.first, users.count == 1 { paths[node.id] = only }
    }
    return paths
  }

  private mutating func build(_ explanation: Explanation, _ closed: [[String]]) {
    var members: [[String]: [Int]] = [:]
    for node in explanation.nodes where !closed[node.id].isEmpty {
      members[closed[node.id], default: []].append(node.id)
    }
    items = []
    wires = []
    var itemOfModule: [[String]: Int] = [:]
    var itemOf = [Int](repeating: 0, count: explanation.nodes.count)
    for node in explanation.nodes {
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
    for edge in explanation.edges {
      let source = itemOf[edge.node], target = itemOf[edge.consumer]
      guard source != target else { continue }
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
