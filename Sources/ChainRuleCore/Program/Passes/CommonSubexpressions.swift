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

  mutating func replacement(for node: Draft.Node, in draft: inout Draft) -> Int32? {
    guard node.kind == .operation || (node.kind == .constant && node.leaf < 0), node.inputCount <= 3 else { return nil }
    var node = node
    switch node.opcode {
    case .add, .multiply, .maximum, .minimum, .equal:
      if node.first > node.second { swap(&node.first, &node.second) }
    default: break
    }
    var slot = hash(node) & mask
    while table[slot] >= 0 {
      if isEqual(draft.nodes[Int(table[slot])], node) { return table[slot] }
      slot = (slot + 1) & mask
    }
    let id = draft.append(node)
    table[slot] = id
    return id
  }

  private func hash(_ node: Draft.Node) -> Int {
    var h = UInt64(node.primitive) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(node.shape) &+ node.value.bitPattern
    h = (h ^ UInt64(UInt32(bitPattern: node.first))) &* 0xBF58_476D_1CE4_E5B9
    h = (h ^ UInt64(UInt32(bitPattern: node.second)) ^ (h >> 31)) &* 0x94D0_49BB_1331_11EB
    h = (h ^ UInt64(UInt32(bitPattern: node.third)) ^ (h >> 29)) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (h ^ (h >> 32)) & 0x7FFF_FFFF_FFFF)
  }

  private func isEqual(_ a: Draft.Node, _ b: Draft.Node) -> Bool {
    a.kind == b.kind && a.primitive == b.primitive && a.shape == b.shape && a.first == b.first && a.second == b.second
      && a.third == b.third && a.isIndex == b.isIndex && a.value.bitPattern == b.value.bitPattern && a.leaf == b.leaf
  }
}
