import ChainRule
import Foundation

/// The log likelihood of points under a mixture of Gaussians with a Wishart prior: ADBench's GMM.
///
/// The inverse covariance of component k is QᵀQ for a lower triangular Q with exp q on its diagonal and l below it.
enum GaussianMixture: Module {
  static let name = "gmm"
  struct Input: Decodable {
    let d, k, n, m: Int
    let gamma: Double
    let alpha: [Double]
    let mu, q, l, x: [[Double]]
  }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
    [
      "objective": { input, threads in
        let (inputs, objective) = try recorded(input)
        return try Evaluation([objective], of: inputs, threads: threads) { .number(try $0[0].scalar()) }
      },
      "jacobian": { input, threads in
        let (inputs, objective) = try recorded(input)
        let gradients = try objective.gradients(withRespectTo: inputs.map(\.node))
        return try Evaluation(gradients, of: inputs, threads: threads) {
          .object(["alpha": .numbers($0[0].scalars), "mu": .rows($0[1]), "q": .rows($0[2]), "l": .rows($0[3])])
        }
      },
    ]
  }

  private static func recorded(_ input: Input) throws -> (inputs: [(node: Node, value: Tensor)], objective: Node) {
    let (d, k, n) = (input.d, input.k, input.n)
    try require(
      [d, k, n].allSatisfy { (1...1 << 20).contains($0) } && input.m >= 0, "d, k and n above 0, and no m below 0",
      got: "\(d), \(k), \(n) and \(input.m)")
    try require(input.alpha.count == k, "\(k) numbers in alpha", got: "\(input.alpha.count)")
    let values = [
      Tensor(input.alpha), try matrix(input.mu, named: "mu", [k, d]), try matrix(input.q, named: "q", [k, d]),
      try matrix(input.l, named: "l", [k, d * (d - 1) / 2]),
    ]
    let graph = Graph()
    let inputs = zip(["alpha", "mu", "q", "l"], values).map { graph.input($0, shape: $1.shape) }
    let points = graph.constant(try matrix(input.x, named: "x", [n, d]))
    return (Array(zip(inputs, values)), logPosterior(inputs, points, gamma: input.gamma, m: input.m))
  }

  private static func logPosterior(_ inputs: [Node], _ points: Node, gamma: Double, m: Int) -> Node {
    let (alpha, mu, q, l) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let (n, d, k) = (points.shape[0], points.shape[1], alpha.shape[0])
    let diagonal = exp(q), logDeterminants = q.sum(axes: [1])
    let factors = lowerTriangles(diagonal, l)
    // Q(x − μ) for all components and points, with the points along the rows: [k, d, n].
    let turned = factors.reshaped(to: [k * d, d]).matmul(points.transposed()).reshaped(to: [k, d, n])
    let distances = square(turned - factors.matmul(mu.reshaped(to: [k, d, 1]))).sum(axes: [1])
    let terms = (alpha + logDeterminants).reshaped(to: [k, 1]) - 0.5 * distances
    let likelihood = logSumExp(terms, axes: [0]).sum() - Double(n) * logSumExp(alpha)
    let freedom = Double(d + m + 1)
    let normalization = freedom * Double(d) * Foundation.log(gamma / 2.0.squareRoot()) - logGamma(0.5 * freedom, d)
    let penalty = 0.5 * gamma * gamma * (square(diagonal).sum() + square(l).sum())
    let prior = penalty - Double(m) * logDeterminants.sum()
    let constant = Double(k) * normalization - 0.5 * Double(n * d) * Foundation.log(2 * Double.pi)
    return likelihood - prior + constant
  }

  /// Diagonals `[k, d]` and what stands below them, column by column, as matrices `[k, d, d]`.
  private static func lowerTriangles(_ diagonal: Node, _ below: Node) -> Node {
    let (k, d) = (diagonal.shape[0], diagonal.shape[1])
    var places = [Int](repeating: d + below.shape[1], count: d * d), next = d
    for column in 0..<d {
      places[column * d + column] = column
      for row in column + 1..<Swift.max(d, column + 1) {
        places[row * d + column] = next
        next += 1
      }
    }
    let zeros = diagonal.graph.constant(Tensor(shape: [k, 1], repeating: 0))
    let parts = concatenate(below.shape[1] > 0 ? [diagonal, below, zeros] : [diagonal, zeros], axis: 1)
    return parts.gathered(at: diagonal.graph.constant(Tensor(indices: places)), axis: 1).reshaped(to: [k, d, d])
  }

  /// log Γ of several dimensions.
  private static func logGamma(_ a: Double, _ dimensions: Int) -> Double {
    var logarithm = Double(dimensions * (dimensions - 1)) / 4 * Foundation.log(Double.pi)
    for place in 0..<dimensions {
      let shifted: Double = a - 0.5 * Double(place)
      logarithm += Foundation.lgamma(shifted)
    }
    return logarithm
  }
}
