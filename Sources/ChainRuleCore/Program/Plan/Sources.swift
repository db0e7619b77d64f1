/// What units read.
extension Plan {
  /// Whether a number is needed by more than other numbers and the end of the run.
  func isReadFromMemory(_ root: Int32) -> Bool {
    readers(of: root).contains { reader in
      if self[reader].isVirtual { return isReadFromMemory(reader) }
      let unit = self[reader].unit
      return unit >= 0 && units[Int(unit)].kind != .scalar
    }
  }

  /// The roots that a node reads, through broadcasts that are not written out.
  func sources(of node: Int32) -> [Int32] {
    var sources: [Int32] = []
    forEachSource(of: node) { sources.append($0) }
    return sources
  }

  func forEachSource(of node: Int32, _ body: (Int32) -> Void) {
    let unit = self[node].unit
    if unit >= 0, units[Int(unit)].kind == .group {
      for operand in operands(of: node) { body(operand.source) }
    } else {
      for source in sourcesOutsideGroups(of: node) { body(source) }
    }
  }

  private func sourcesOutsideGroups(of node: Int32) -> [Int32] {
    let unit = self[node].unit
    if unit >= 0, units[Int(unit)].kind == .rowBlocks { return graph.inputs(of: node).map { operand($0).source } }
    if unit >= 0, units[Int(unit)].kind == .matmul, node != units[Int(unit)].nodes[0] {
      // An absorbed node reads its bias, its scale or the matrix that is added to.
      return graph.inputs(of: node).map { id in
        let root = self[id].root
        return graph.primitive(of: root, as: Broadcast.self) != nil && graph.uniform(root) == nil
          ? self[graph.input(of: root)].root : root
      }
    }
    return graph.inputs(of: node).map { input in
      let operand = operand(input)
      return operand.rows == nil ? self[input].root : operand.source
    }
  }
}
