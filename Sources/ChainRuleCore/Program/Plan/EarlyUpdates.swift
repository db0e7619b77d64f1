/// Early updates: a parameter is renewed as soon as its gradient can be had and nobody reads its old value any more,
/// not at the end where the update was recorded. What its gradient is made from (an activation, an upstream gradient)
/// is then given up, and its memory used again, while the backward pass goes on.
extension Plan {
  mutating func hoistUpdates() {
    var leaves: [Int32: [Int32]] = [:]
    for update in graph.updates {
      let (leaf, unit) = (self[update.leaf].root, self[self[update.next].root].unit)
      guard unit >= 0, !self[leaf].isKept, units[Int(unit)].kind == .group || units[Int(unit)].kind == .matmul else {
        continue
      }
      leaves[unit, default: []].append(leaf)
    }
    guard !leaves.isEmpty else { return }
    var count: Int32 = 0
    let readers = readingUnits(of: Set(leaves.values.joined()))
    for unit in leaves.keys.sorted(by: { units[Int($0)].position < units[Int($1)].position }) {
      var latest = Position(node: -1)
      for node in units[Int(unit)].nodes {
        for input in graph.inputs(of: node) {
          let source = operand(input).source
          if producer(of: source) != unit { latest = Swift.max(latest, position(of: source)) }
        }
      }
      for leaf in leaves[unit] ?? [] {
        for reader in readers[leaf] ?? [] where reader != unit {
          latest = Swift.max(latest, units[Int(reader)].position)
        }
      }
      guard latest.node >= 0, latest < units[Int(unit)].position else { continue }
      count += 1
      units[Int(unit)].position = Position(node: latest.node, sequence: latest.sequence, update: count)
    }
  }

  /// The units that read each of these leaves, through views and broadcasts too.
  private func readingUnits(of leaves: Set<Int32>) -> [Int32: Set<Int32>] {
    var result: [Int32: Set<Int32>] = [:]
    for (number, unit) in units.enumerated() where !unit.isMerged {
      for node in unit.nodes {
        for input in graph.inputs(of: node) {
          var source = operand(input).source
          // What is absorbed by a product looks through a broadcast that is written for others.
          while graph.primitive(of: source, as: Broadcast.self) != nil {
            let base = self[source].base
            if leaves.contains(base) { result[base, default: []].insert(Int32(number)) }
            source = self[graph.input(of: source)].root
          }
          let base = self[source].base
          if leaves.contains(base) { result[base, default: []].insert(Int32(number)) }
        }
      }
    }
    return result
  }
}
