/// Jacobians of what is elementwise and moves elements about: each element depends on few others, so that a few tangents
/// together hold all that is not 0 (Curtis, Powell and Reid 1974).
///
/// Only what the graph itself shows is made use of: with a sum or a product of matrices on the way it is dense. Hessians
/// of sums over neighbours (Rosenbrock's function, discretized differential equations, chains of observations) take as
/// many tangents as their band is wide, whatever the number of variables.
extension Node {
  /// With fewer elements than this, all rows one by one are as good.
  private static var leastElements: Int { 256 }

  /// ∂self/∂x as `[elements of self, elements of x]`; `nil` where the rows one by one are the better way.
  func bandedJacobian(withRespectTo x: Node) throws -> Node? {
    let (target, source) = (try graph.resolve(self), try graph.resolve(x))
    let (m, n) = (shape.elementCount, x.shape.elementCount)
    guard (Self.leastElements..<1 << 31).contains(m * n),
      graph.movesElementsOnly(from: source, to: target, most: 4 * (m + n))
    else { return nil }
    var dependence = Dependence(on: [source], in: graph, limit: 16 * (m + n))
    guard let sets = try? dependence.sets(of: target) else { return nil }
    let pattern = SparsePattern(m, n, byRow: sets.map { $0.map(Int.init) })
    let colors = pattern.colouredColumns()
    guard !pattern.rows.isEmpty, 4 * colors.count <= n else { return nil }
    let tangents = try colors.groups.map { group in
      let direction = Tensor(shape: x.shape, SparsePattern.ones(at: group, of: n))
      return try tangent(pushing: [(x, graph.constant(direction))]).reshaped(to: [m])
    }
    let pairs = Array(zip(pattern.rows, pattern.columns))
    let found = Tensor(indices: pairs.map { row, column in colors.colors[column] * m + row })
    let places = Tensor(indices: pairs.map { row, column in row * n + column })
    return concatenate(tangents).gathered(at: graph.constant(found))
      .segmentSum(graph.constant(places), count: m * n).reshaped(to: [m, n])
  }
}

extension Graph {
  /// Whether everything on the way from a node to another is elementwise or moves elements, at most so many of them.
  fileprivate func movesElementsOnly(from source: Int32, to target: Int32, most: Int) -> Bool {
    guard source < target else { return false }
    let isNeeded = ancestors(of: [target])
    var depends = [Bool](repeating: false, count: Int(target - source) + 1)
    depends[0] = true
    for id in source + 1...target where isNeeded[Int(id)] {
      guard inputs(of: id).contains(where: { $0 >= source && depends[Int($0 - source)] }) else { continue }
      guard shape(of: id).elementCount <= most, movesElements(id) else { return false }
      depends[Int(id - source)] = true
    }
    return depends[Int(target - source)]
  }

  private func movesElements(_ id: Int32) -> Bool {
    switch primitive(of: id) {
    case is Gather, is GatherAlong: false
    case is any ElementwisePrimitive, is ElementwiseFunction, is any DataMovement, is Pad, is StopGradient: true
    default: false
    }
  }
}
