/// Dead-node removal: a node that no output and no update depends on is not computed.
extension Draft {
  mutating func removeDeadNodes() {
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    for id in outputs { isNeeded[Int(id)] = true }
    for update in updates {
      isNeeded[Int(update.leaf)] = true
      isNeeded[Int(update.next)] = true
    }
    for id in nodes.indices.reversed() where isNeeded[id] && nodes[id].kind == .operation {
      for index in 0..<Int(nodes[id].inputCount) { isNeeded[Int(input(index, of: nodes[id]))] = true }
    }
    guard isNeeded.contains(false) else { return }
    var copies = [Int32](repeating: -1, count: nodes.count), kept = 0
    for id in nodes.indices where isNeeded[id] {
      var node = nodes[id]
      if node.kind == .operation {
        if node.inputCount > 3 {
          for position in Int(node.first)..<Int(node.first) + Int(node.inputCount) {
            runs[position] = copies[Int(runs[position])]
          }
        } else {
          node.first = copies[Int(node.first)]
          if node.inputCount > 1 { node.second = copies[Int(node.second)] }
          if node.inputCount > 2 { node.third = copies[Int(node.third)] }
        }
      }
      nodes[kept] = node
      copies[id] = Int32(kept)
      kept += 1
    }
    nodes.removeLast(nodes.count - kept)
    outputs = outputs.map { copies[Int($0)] }
    updates = updates.map { (copies[Int($0.leaf)], copies[Int($0.next)]) }
  }
}
