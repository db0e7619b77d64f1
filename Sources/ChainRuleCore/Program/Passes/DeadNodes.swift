/// Dead-node removal: a node that no output and no update depends on is not computed.
extension ProgramGraph {
  mutating func removeDeadNodes() {
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    for id in outputs { isNeeded[Int(id)] = true }
    for update in updates {
      isNeeded[Int(update.leaf)] = true
      isNeeded[Int(update.next)] = true
    }
    markAncestors(&isNeeded)
    guard isNeeded.contains(false) else { return }
    rewrite(keeping: isNeeded) { node, _, _, graph in graph.append(node) }
  }
}
