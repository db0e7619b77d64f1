import ChainRule

/// A hand of bones and skin, posed by 26 numbers.
struct Hand {
  private let model: HandTracking.Input.Model
  private var bones: Int { model.parents.count }

  init(_ model: HandTracking.Input.Model) throws {
    let (bones, vertices) = (model.parents.count, model.basePositions.count)
    func fits(_ matrices: [[[Double]]]) -> Bool {
      matrices.count == bones && matrices.allSatisfy { $0.count == 4 && $0.allSatisfy { $0.count == 4 } }
    }
    try HandTracking.require(
      bones > 21 && fits(model.baseRelatives) && fits(model.inverseBaseAbsolutes),
      "at least 22 bones with matrices of 4 × 4", got: "\(bones) bones")
    try HandTracking.require(
      model.parents.enumerated().allSatisfy { $1 < $0 && $1 >= -1 }, "parents before their bones",
      got: "\(model.parents)")
    try HandTracking.require(
      vertices > 0 && model.basePositions.allSatisfy { $0.count == 4 } && model.weights.count == vertices
        && model.weights.allSatisfy { $0.count == bones },
      "4 numbers and \(bones) weights for each vertex", got: "\(vertices) vertices")
    try HandTracking.require(
      model.triangles.allSatisfy { $0.count == 3 && $0.allSatisfy((0..<vertices).contains) },
      "triangles of three vertices below \(vertices)", got: "\(model.triangles.count) triangles")
    self.model = model
  }

  /// Where vertices are for a pose: for each list of vertices their places `[n, 3]`.
  ///
  /// Each vertex is moved by all bones, by its weights; only those that are asked for are moved.
  func skin(_ theta: Node, at lists: [[Int]]) throws -> [Node] {
    let graph = theta.graph
    let used = Set(lists.joined()).sorted(), row = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
    let rest = used.flatMap { vertex in
      model.weights[vertex].flatMap { weight in model.basePositions[vertex].map { weight * $0 } }
    }
    let turned = moves(theta).matmul(rotation(by: theta[0..<3]).transposed())
    let vertices = graph.constant(Tensor(shape: [used.count, 4 * bones], rest)).matmul(turned) + theta[3..<6]
    return lists.map { list in
      vertices.gathered(at: graph.constant(Tensor(indices: list.compactMap { row[$0] })))
    }
  }

  /// How each bone moves what hangs on it: `[4 · bones, 3]`, the transposes of 3 × 4 matrices.
  private func moves(_ theta: Node) -> Node {
    let graph = theta.graph
    func matrices(_ matrices: [[[Double]]]) -> Node {
      graph.constant(Tensor(shape: [bones, 4, 4], matrices.flatMap { $0.flatMap { $0 } }))
    }
    let relatives = matrices(model.baseRelatives).matmul(joints(theta))
    var absolutes: [Node] = []
    for (bone, parent) in model.parents.enumerated() {
      absolutes.append(parent < 0 ? relatives[bone] : absolutes[parent].matmul(relatives[bone]))
    }
    let moves = stack(absolutes).matmul(matrices(model.inverseBaseAbsolutes))[0..., 0..<3, 0...]
    let columns = moves.transposed([0, 2, 1]).reshaped(to: [4 * bones, 3])
    return model.isMirrored ? columns * graph.constant([-1, 1, 1]) : columns
  }

  /// How each joint turns: about x, then about z, as 4 × 4 matrices `[bones, 4, 4]`. A finger's first joint turns about
  /// both, the two behind it about x.
  private func joints(_ theta: Node) -> Node {
    var bend = [Int](repeating: 26, count: bones), spread = bend
    for finger in 0..<5 {
      let (bone, number) = (2 + 4 * finger, 6 + 4 * finger)
      (bend[bone], spread[bone], bend[bone + 1], bend[bone + 2]) = (number, number + 1, number + 2, number + 3)
    }
    let graph = theta.graph, numbers = concatenate([theta, graph.constant([0])])
    let x = numbers.gathered(at: graph.constant(Tensor(indices: bend)))
    let z = numbers.gathered(at: graph.constant(Tensor(indices: spread)))
    let zero = 0 * x, one = 1 + zero
    let entries = [
      cos(z), -sin(z) * cos(x), sin(z) * sin(x), zero,
      sin(z), cos(z) * cos(x), -cos(z) * sin(x), zero,
      zero, sin(x), cos(x), zero,
      zero, zero, zero, one,
    ]
    return stack(entries, axis: 1).reshaped(to: [bones, 4, 4])
  }

  /// The rotation about an axis by its length, which is none where that is below 0.0001.
  private func rotation(by axis: Node) -> Node {
    let graph = axis.graph, length = sqrt(square(axis).sum()), isSmall = length .< 0.0001
    let angle = `where`(isSmall, 1, length), (s, c) = (sin(angle), cos(angle))
    let (x, y, z) = (axis[0] / angle, axis[1] / angle, axis[2] / angle)
    let entries = [
      x * x + (1 - x * x) * c, x * y * (1 - c) - z * s, x * z * (1 - c) + y * s,
      x * y * (1 - c) + z * s, y * y + (1 - y * y) * c, y * z * (1 - c) - x * s,
      x * z * (1 - c) - y * s, z * y * (1 - c) + x * s, z * z + (1 - z * z) * c,
    ]
    return `where`(isSmall, graph.identity(3), stack(entries).reshaped(to: [3, 3]))
  }
}
