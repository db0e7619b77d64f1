/// Common subexpressions: equal primitives on equal inputs are one node. a + b and b + a are equal too.
struct CommonSubexpressions: Pass {
  /// Open addressing over node ids, so that a million nodes are compared without a million allocations.
  private var table: [Int32]
  private let mask: Int

  init(capacity: Int) {
    var size = 64
    while size < capacity * 2 { size *= 2 }
    table = [Int32](repeating: -1, count: size)
    mask = size - 1
  }

  mutating func replacement(for node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    guard node.kind == .operation || (node.kind == .constant && node.leaf < 0), node.inputCount <= 3 else { return nil }
    var node = node
    if let opcode = node.opcode, PrimitiveTable.commutes[Int(opcode.rawValue)],
      graph.input(of: node) > graph.input(1, of: node)
    {
      node = graph.exchanged(node)
    }
    var slot = node.hash & mask
    while table[slot] >= 0 {
      if graph.nodes[Int(table[slot])].isSame(as: node) { return table[slot] }
      slot = (slot + 1) & mask
    }
    let id = graph.append(node)
    table[slot] = id
    return id
  }
}
