/// What all drawings of one explanation have in common, found once: how its nodes nest in modules, and who uses whom.
struct PictureContext {
  /// No picture shows many more boxes than a reader can take in.
  static let readable = 60
  private static let stretch = 24

  let contributions: [[Int]]
  let inputs: [[ExplainedEdge]]
  /// The edges that lead out of each node, and the nodes that they lead to.
  let outgoing: [[Int]]
  let consumers: [[Int]]
  /// The modules of every node, outermost first, with stretches where there would be too many side by side.
  private(set) var paths: [[String]]

  init(_ explanation: Explanation) {
    contributions = explanation.contributionIndex
    inputs = explanation.inputEdges
    var consumers = [[Int]](repeating: [], count: explanation.nodes.count)
    var outgoing = consumers
    for edge in explanation.edges {
      outgoing[edge.node].append(edge.id)
      consumers[edge.node].append(edge.consumer)
    }
    self.outgoing = outgoing
    self.consumers = consumers
    paths = explanation.nodes.map(\.module)
    split(explanation, Array(explanation.nodes.indices), depth: 0)
    // An unnamed constant, or a leaf that belongs nowhere, goes where it is used.
    for node in explanation.nodes where node.isLeaf && node.module.isEmpty {
      paths[node.id] = common(consumers[node.id].map { paths[$0] })
    }
  }

  /// What a node outside of the module `path` is called there: the module next to it that it is in, or its symbol.
  func name(of node: Int, seenFrom path: [String], _ explanation: Explanation) -> String {
    let shared = zip(paths[node], path).prefix { $0.0 == $0.1 }.count
    return paths[node].count > shared ? paths[node][shared] : explanation.nodes[node].symbol
  }

  /// Cuts what stands side by side in one module into stretches of neighbours, again and again until each picture is
  /// readable. Nodes are recorded in topological order, so stretches of them never form a cycle.
  private mutating func split(_ explanation: Explanation, _ nodes: [Int], depth: Int) {
    var parts: [(name: String?, nodes: [Int])] = [], known: [String: Int] = [:]
    for id in nodes where !(explanation.nodes[id].isLeaf && paths[id].count <= depth) {
      guard paths[id].count > depth else {
        parts.append((nil, [id]))
        continue
      }
      if let part = known[paths[id][depth]] {
        parts[part].nodes.append(id)
      } else {
        known[paths[id][depth]] = parts.count
        parts.append((paths[id][depth], [id]))
      }
    }
    if parts.count > PictureContext.readable * 2 || depth > 0 && parts.count > PictureContext.readable {
      var size = PictureContext.stretch
      while parts.count > size * PictureContext.stretch { size *= PictureContext.stretch }
      for start in stride(from: 0, to: parts.count, by: size) {
        let stretch = parts[start..<min(start + size, parts.count)]
        guard stretch.count > 1, let first = stretch.first, let last = stretch.last else { continue }
        let from = first.name ?? explanation.nodes[first.nodes[0]].symbol
        let to = last.name ?? explanation.nodes[last.nodes[0]].symbol
        for id in stretch.flatMap(\.nodes) { paths[id].insert("\(from) … \(to)", at: depth) }
      }
      split(explanation, nodes, depth: depth)
    } else {
      for part in parts where part.name != nil { split(explanation, part.nodes, depth: depth + 1) }
    }
  }

  /// The innermost module that all of them are in.
  private func common(_ paths: [[String]]) -> [String] {
    guard var shared = paths.first else { return [] }
    for path in paths.dropFirst() {
      shared = Array(zip(shared, path).prefix { $0.0 == $0.1 }.map(\.0))
    }
    return shared
  }
}
