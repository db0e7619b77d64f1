/// Labels by node id: appended in order while recording, searched rarely.
struct LabelTable {
  /// In the order of their ids.
  private var entries: [(id: Int32, label: String)] = []
  /// What was labelled out of that order, or once more; it counts before the entries.
  private var late: [Int32: String] = [:]

  mutating func set(_ label: String, for id: Int32) {
    if let last = entries.last, last.id >= id || late[id] != nil {
      late[id] = label
    } else {
      entries.append((id, label))
    }
  }

  func label(of id: Int32) -> String? {
    if let label = late[id] { return label }
    let place = place(of: id)
    return place < entries.count && entries[place].id == id ? entries[place].label : nil
  }

  /// Follows nodes that moved; labels of nodes that are gone (-1) go too. Nodes keep their order when they move.
  mutating func renumber(from base: Int32, _ renumbered: (Int32) -> Int32) {
    let first = place(of: base)
    let moved = entries[first...].map { (id: renumbered($0.id), label: $0.label) }.filter { $0.id >= 0 }
    entries.replaceSubrange(first..., with: moved)
    late = Dictionary(uniqueKeysWithValues: late.map { (renumbered($0.key), $0.value) }.filter { $0.0 >= 0 })
  }

  mutating func removeAll(from id: Int32) {
    entries.removeSubrange(place(of: id)...)
    if !late.isEmpty { late = late.filter { $0.key < id } }
  }

  /// The first entry of this id or a later one.
  private func place(of id: Int32) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
