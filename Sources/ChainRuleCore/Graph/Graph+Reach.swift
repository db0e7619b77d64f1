/// Which recorded nodes lead to which: two sweeps over the arena, for whoever needs to know.
extension Graph {
  /// Marks whatever a marked node is computed from, down to `base`; `isMarked[i]` stands for the node `base + i`.
  package func markAncestors(_ isMarked: inout [Bool], from base: Int = 0) {
    for offset in isMarked.indices.reversed() where isMarked[offset] {
      let id = Int32(base + offset)
      guard records[Int(id)].kind == .operation else { continue }
      for index in 0..<Int(records[Int(id)].inputCount) {
        let position = Int(input(index, of: id)) - base
        if position >= 0 { isMarked[position] = true }
      }
    }
  }

  /// Whether each node up to the last of some is one of them or what they are computed from.
  package func ancestors(of ids: [Int32]) -> [Bool] {
    var isMarked = [Bool](repeating: false, count: Int(ids.max() ?? -1) + 1)
    for id in ids { isMarked[Int(id)] = true }
    markAncestors(&isMarked)
    return isMarked
  }

  /// Marks the variable nodes that are computed from a marked one, from `lowest` on; `isMarked[id]` stands for a node.
  func markDescendants(_ isMarked: inout [Bool], from lowest: Int32) {
    for id in isMarked.indices.dropFirst(Int(lowest)) where !isMarked[id] {
      let record = records[id]
      guard record.kind == .operation, record.flags.contains(.isVariable) else { continue }
      for index in 0..<Int(record.inputCount) where isMarked[Int(input(index, of: Int32(id)))] { isMarked[id] = true }
    }
  }
}
