/// Values by key, of which only those used last are kept: a source whose batches have ever new shapes fills no memory
/// with recordings.
struct RecentlyUsed<Key: Hashable, Value> {
  /// How many values are kept.
  let most: Int
  private var entries: [(key: Key, value: Value)] = []

  /// - Parameter most: how many values are kept, at least 1.
  init(_ most: Int) { self.most = Swift.max(most, 1) }

  /// How many values there are.
  var count: Int { entries.count }

  /// The value of a key, made where there is none; it is now the one used last.
  mutating func value(_ key: Key, _ make: () throws -> Value) rethrows -> Value {
    if let place = entries.lastIndex(where: { $0.key == key }) {
      if place != entries.count - 1 { entries.append(entries.remove(at: place)) }
      return entries[entries.count - 1].value
    }
    let value = try make()
    if entries.count == most { entries.removeFirst() }
    entries.append((key, value))
    return value
  }

  /// Forgets everything.
  mutating func removeAll() { entries.removeAll() }
}
