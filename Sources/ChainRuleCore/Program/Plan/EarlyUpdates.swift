/// Early updates: a parameter is renewed as soon as its gradient can be had and nobody reads its old value any more,
/// not at the end where the update was recorded. What its gradient is made from (an activation, an upstream gradient)
/// is then given up, and its memory used again, while the backward pass goes on.
extension Plan {
  mutating func bringUpdatesForward() {
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
    let readers = readingUnits(of: leaves.values.joined())
    for (unit, leaves) in leaves.sorted(by: { units[Int($0.key)].position < units[Int($1.key)].position }) {
      var latest = Position(node: -1)
      for node in units[Int(unit)].nodes {
        for input in graph.inputs(of: node) {
          let source = operand(input).source
          if producer(of: source) != unit { latest = Swift.max(latest, position(of: source)) }
        }
      }
      for leaf in leaves {
        for reader in readers[leaf, default: []] where reader != unit {
          latest = Swift.max(latest, units[Int(reader)].position)
        }
      }
      guard latest.node >= 0, latest < units[Int(unit)].position else { continue }
      count += 1
      units[Int(unit)].position = Position(node: latest.node, sequence: latest.sequence, update: count)
    }
  }

  /// The units that read each of these leaves, through views and broadcasts too.
  private func readingUnits(of leaves: some Sequence<Int32>) -> [Int32: Set<Int32>] {
    var result: [Int32: Set<Int32>] = [:], isLeaf = [Bool](repeating: false, count: graph.nodes.count)
    for leaf in leaves { isLeaf[Int(leaf)] = true }
    for (number, unit) in units.enumerated() where !unit.isMerged {
      for node in unit.nodes {
        for input in graph.inputs(of: node) {
          var source = operand(input).source
          // What is absorbed by a product looks through a broadcast that is written for others.
          while graph.applies(Broadcast.self, source) {
            let base = self[source].base
            if isLeaf[Int(base)] { result[base, default: []].insert(Int32(number)) }
            source = self[graph.input(of: source)].root
          }
          let base = self[source].base
          if isLeaf[Int(base)] { result[base, default: []].insert(Int32(number)) }
        }
      }
    }
    return result
  }
}
