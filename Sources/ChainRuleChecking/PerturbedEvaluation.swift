import ChainRuleCore

/// The checked output as a function of the checked nodes: values at moved points, and the branches taken there.
///
/// Only what depends on a moved element is computed again; `restore()` puts every node back.
final class PerturbedEvaluation {
  let graph: Graph
  let output: Int32
  let leaves: [Int32]
  /// The leaves' values and the outputs' at the point of the check.
  let points: [[Double]]
  let base: [Double]
  private(set) var count = 0
  private var moved: [Int] = []
  /// What the moved leaves move, and the graph's count of writes when that was last computed; -1 where it was not.
  private var path: [Int32] = []
  private var writes = -1
  private var paths: [[Int]: [Int32]] = [:]
  private let originals: [Tensor]
  private var watched: [[Int32]] = []
  private var baseBranches: [Int32: [Double]] = [:]

  /// One change of one element: which leaf, which row-major position, by how much.
  struct Move { let leaf: Int, position: Int, offset: Double }

  /// What the output was at one point.
  struct Sample {
    /// Empty when the output could not be computed there.
    var values: [Double]
    /// The first node that took another branch than at the reference, and at which element.
    var flip: Flip?
    var isFinite: Bool { !values.isEmpty && values.allSatisfy(\.isFinite) }
  }

  /// A leaf's new value.
  private struct Change {
    let leaf: Int
    var value: Tensor
  }

  struct Flip: Hashable { let node: Int32, position: Int }

  init(graph: Graph, output: Int32, leaves: [Int32]) throws {
    (self.graph, self.output, self.leaves) = (graph, output, leaves)
    try graph.evaluate(output)
    for leaf in leaves { try graph.evaluate(leaf) }
    originals = leaves.map { graph.tensor(of: $0) }
    points = originals.map(\.scalars)
    // Computed nodes are held from the start: what looks through them must not differ between the point and its samples.
    for (leaf, value) in zip(leaves, originals) where graph.isOperation(leaf) { graph.hold(value, at: leaf) }
    try graph.evaluate(output)
    base = graph.tensor(of: output).scalars
    watched = leaves.indices.map { path(above: [$0]).filter { graph.primitive(of: $0) is any PiecewisePrimitive } }
    for id in Set(watched.joined()) { baseBranches[id] = branches(of: id) }
  }

  /// Whether any primitive on the paths tells branches.
  var hasBranches: Bool { watched.contains { !$0.isEmpty } }

  func shape(of leaf: Int) -> Shape { originals[leaf].shape }

  // MARK: Sampling

  /// The output with some elements moved. Branches are compared with those at the point itself, or with a reference.
  func sample(_ moves: [Move], reference: [Int32: [Double]]? = nil) -> Sample {
    var changes: [Change] = []
    for move in moves {
      let value = points[move.leaf][move.position] + move.offset
      let place = changes.firstIndex { $0.leaf == move.leaf }
      var tensor = place.map { changes[$0].value } ?? originals[move.leaf]
      if tensor.shape.rank == 0 {
        tensor = Tensor(value)
      } else {
        tensor.set(value, at: move.position)
      }
      if let place { changes[place].value = tensor } else { changes.append(Change(leaf: move.leaf, value: tensor)) }
    }
    return sample(changes, reference)
  }

  /// The output with every leaf moved by `offset` along a direction, given per leaf.
  func sample(along direction: [[Double]], offset: Double, reference: [Int32: [Double]]? = nil) -> Sample {
    let changes = direction.enumerated().map { leaf, slopes in
      let values = zip(points[leaf], slopes).map { $0 + offset * $1 }
      return Change(leaf: leaf, value: Tensor(shape: originals[leaf].shape, values))
    }
    return sample(changes, reference)
  }

  private func sample(_ changes: [Change], _ reference: [Int32: [Double]]?) -> Sample {
    let known =
      writes == graph.writeCount && moved.count == changes.count
      && zip(moved, changes).allSatisfy { $0 == $1.leaf }
    place(changes)
    count += 1
    do {
      // Where nobody wrote since the last sample and the same leaves move again, only their paths change.
      if known { try graph.recompute(path) } else { try graph.evaluate(output) }
    } catch { return Sample(values: [], flip: nil) }
    if !known { path = self.path(above: moved) }
    writes = graph.writeCount
    let values = graph.isScalar(output) ? [graph.number(of: output)] : graph.tensor(of: output).scalars
    return Sample(values: values, flip: firstFlip(leaves: moved, reference ?? baseBranches))
  }

  /// Puts leaves to their new values and those moved before back.
  private func place(_ changes: [Change]) {
    for leaf in moved where !changes.contains(where: { $0.leaf == leaf }) { write(originals[leaf], leaf) }
    for change in changes { write(change.value, change.leaf) }
    moved = changes.map(\.leaf)
    writes = -1
  }

  /// Every element moves by between half and one and a half of its own size, up or down.
  func randomDirection(_ random: inout RandomNumbers) -> [[Double]] {
    points.map { point in
      let typical = point.map(\.magnitude).max() ?? 0
      return point.map { x in
        let size = x != 0 ? x.magnitude : typical > 0 ? typical : 1
        return (random.next() & 1 == 0 ? 1 : -1) * (0.5 + random.uniform()) * size
      }
    }
  }

  func restore() { place([]) }

  /// Whether the output, computed once more from the same values, is what it was, bit for bit.
  func repeatsItself() throws -> Bool {
    restore()
    for leaf in leaves.indices { write(originals[leaf], leaf) }
    try graph.evaluate(output)
    return zip(graph.tensor(of: output).scalars, base).allSatisfy { $0.bitPattern == $1.bitPattern }
  }

  private func write(_ value: Tensor, _ leaf: Int) { graph.hold(value, at: leaves[leaf]) }

  // MARK: Branches

  /// The branches that every watched node takes where the leaves are now.
  func presentBranches(leaves moved: [Int]) -> [Int32: [Double]] {
    var result: [Int32: [Double]] = [:]
    for id in Set(moved.flatMap { watched[$0] }) { result[id] = branches(of: id) }
    return result
  }

  private func firstFlip(leaves: [Int], _ reference: [Int32: [Double]]) -> Flip? {
    for leaf in leaves {
      for id in watched[leaf] {
        guard let before = reference[id] else { continue }
        let now = branches(of: id)
        if now == before { continue }
        return Flip(node: id, position: zip(now, before).enumerated().first { $1.0 != $1.1 }?.offset ?? 0)
      }
    }
    return nil
  }

  private func branches(of id: Int32) -> [Double] {
    guard let piecewise = graph.primitive(of: id) as? any PiecewisePrimitive else { return [] }
    let inputs = graph.inputs(of: id)
    for input in inputs { do { try graph.evaluate(input) } catch { return [] } }
    return (try? piecewise.branches(of: inputs.map { graph.tensor(of: $0) }).scalars) ?? []
  }

  /// The nodes on the paths from some leaves to the output, in the order of recording.
  private func path(above leaves: [Int]) -> [Int32] {
    if let known = paths[leaves] { return known }
    var isReached = [Bool](repeating: false, count: Int(output) + 1)
    for leaf in leaves where self.leaves[leaf] <= output { isReached[Int(self.leaves[leaf])] = true }
    var found: [Int32] = []
    for id in 0...output where needed[Int(id)] && graph.isOperation(id) {
      guard (0..<graph.inputCount(of: id)).contains(where: { isReached[Int(graph.input($0, of: id))] }) else {
        continue
      }
      isReached[Int(id)] = true
      found.append(id)
    }
    paths[leaves] = found
    return found
  }

  /// Which nodes the output is computed from.
  private lazy var needed = graph.ancestors(of: [output])
}
