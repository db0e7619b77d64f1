/// Labels by node id: appended in order while recording, searched rarely.
struct LabelTable {
  private var entries: [(id: Int32, label: String)] = []
  private var index: [Int32: String] = [:]
  private var indexed = 0

  mutating func set(_ label: String, for id: Int32) { entries.append((id, label)) }

  mutating func label(of id: Int32) -> String? {
    while indexed < entries.count {
      index[entries[indexed].id] = entries[indexed].label
      indexed += 1
    }
    return index[id]
  }

  /// Follows nodes that moved; labels of nodes that are gone (-1) go too.
  mutating func renumber(from base: Int32, _ renumbered: (Int32) -> Int32) {
    guard entries.contains(where: { $0.id >= base }) else { return }
    entries = entries.map { (renumbered($0.id), $0.label) }.filter { $0.id >= 0 }
    index = [:]
    indexed = 0
  }

  mutating func removeAll(from id: Int32) {
    guard entries.contains(where: { $0.id >= id }) else { return }
    entries.removeAll { $0.id >= id }
    index = [:]
    indexed = 0
  }
}
