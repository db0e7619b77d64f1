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

  struct Flip: Hashable { let node: Int32, position: Int }

  init(graph: Graph, output: Int32, leaves: [Int32]) throws {
    (self.graph, self.output, self.leaves) = (graph, output, leaves)
    try graph.evaluate(output)
    for leaf in leaves { try graph.evaluate(leaf) }
    originals = leaves.map { graph.tensor(of: $0) }
    points = originals.map(\.scalars)
    base = graph.tensor(of: output).scalars
    watched = leaves.map { piecewiseNodes(above: $0) }
    for id in Set(watched.joined()) { baseBranches[id] = branches(of: id) }
  }

  func shape(of leaf: Int) -> Shape { originals[leaf].shape }

  // MARK: Sampling

  /// The output with some elements moved. Branches are compared with those at the point itself, or with a reference.
  func sample(_ moves: [Move], reference: [Int32: [Double]]? = nil) -> Sample {
    var changes: [Int: Tensor] = [:]
    for move in moves {
      var tensor = changes[move.leaf] ?? originals[move.leaf]
      let value = points[move.leaf][move.position] + move.offset
      if tensor.shape.rank == 0 {
        tensor = Tensor(value)
      } else {
        tensor.set(value, at: move.position)
      }
      changes[move.leaf] = tensor
    }
    return sample(changes, reference)
  }

  /// The output with every leaf moved by `offset` along a direction, given per leaf.
  func sample(along direction: [[Double]], offset: Double, reference: [Int32: [Double]]? = nil) -> Sample {
    var changes: [Int: Tensor] = [:]
    for (leaf, slopes) in direction.enumerated() {
      changes[leaf] = Tensor(
        shape: originals[leaf].shape, zip(points[leaf], slopes).map { $0 + offset * $1 })
    }
    return sample(changes, reference)
  }

  private func sample(_ changes: [Int: Tensor], _ reference: [Int32: [Double]]?) -> Sample {
    place(changes)
    count += 1
    do { try graph.evaluate(output) } catch { return Sample(values: [], flip: nil) }
    let values = graph.isScalar(output) ? [graph.number(of: output)] : graph.tensor(of: output).scalars
    return Sample(values: values, flip: firstFlip(leaves: changes.keys.sorted(), reference ?? baseBranches))
  }

  /// Puts leaves to their new values and those moved before back.
  func place(_ changes: [Int: Tensor]) {
    for leaf in moved where changes[leaf] == nil { write(originals[leaf], leaf) }
    for (leaf, tensor) in changes { write(tensor, leaf) }
    moved = Array(changes.keys)
  }

  func restore() { place([:]) }

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

  /// The piecewise primitives on a path from a leaf to the output.
  private func piecewiseNodes(above leaf: Int32) -> [Int32] {
    guard leaf <= output else { return [] }
    var isReached = [Bool](repeating: false, count: Int(output - leaf) + 1)
    isReached[0] = true
    var found: [Int32] = []
    for id in leaf...output where id > leaf && graph.isOperation(id) {
      let count = graph.inputCount(of: id)
      for index in 0..<count {
        let input = graph.input(index, of: id)
        if input >= leaf, isReached[Int(input - leaf)] {
          isReached[Int(id - leaf)] = true
          break
        }
      }
      if isReached[Int(id - leaf)], needed[Int(id)], graph.primitive(of: id) is any PiecewisePrimitive {
        found.append(id)
      }
    }
    return found
  }

  /// Which nodes the output is computed from.
  private lazy var needed = graph.ancestors(of: [output])
}
