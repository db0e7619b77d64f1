import ChainRule

/// The sum of squared distances of points to their nearest centroids, and Newton's direction for the centroids: the
/// gradient over the Hessian's diagonal, which is all that there is of it.
enum KMeans: Module {
  static let name = "kmeans"
  struct Input: Decodable { let points, centroids: [[Double]] }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
    [
      "cost": { input, threads in
        let (centroids, cost) = try recorded(input)
        return try Evaluation([cost], of: [centroids], threads: threads) { .number(try $0[0].scalar()) }
      },
      "dir": { input, threads in
        let (centroids, cost) = try recorded(input)
        let gradient = try cost.gradients(withRespectTo: [centroids.node])[0]
        let ones = Tensor(shape: centroids.value.shape, repeating: 1)
        let curvature = try gradient.tangent(along: [(centroids.node, ones)])
        return try Evaluation([gradient / curvature], of: [centroids], threads: threads) { .rows($0[0]) }
      },
    ]
  }

  private static func recorded(_ input: Input) throws -> (centroids: (node: Node, value: Tensor), cost: Node) {
    let (n, k, d) = (input.points.count, input.centroids.count, input.points.first?.count ?? 0)
    try require(n > 0 && k > 0 && d > 0, "points and centroids", got: "\(n) points and \(k) centroids of \(d) numbers")
    let graph = Graph()
    let points = graph.constant(try matrix(input.points, named: "points", [n, d]))
    let centroids = graph.input("centroids", shape: [k, d])
    // |p − c|² without |p|², which is the same for all c.
    let scores = square(centroids).sum(axes: [1]) - 2 * points.matmul(centroids.transposed())
    let nearest = centroids.gathered(at: scores.argmin(axis: 1))
    return (
      (centroids, try matrix(input.centroids, named: "centroids", [k, d])), square(points - nearest).sum()
    )
  }
}
