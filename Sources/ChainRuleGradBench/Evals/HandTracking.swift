import ChainRule

/// ADBench's hand tracking: how far measured points lie from the skin of a posed hand, and the Jacobian by the pose and,
/// where there are any, by the place of each point in its triangle.
enum HandTracking: Module {
  static let name = "ht"
  struct Input: Decodable {
    struct Model: Decodable {
      let parents: [Int]
      let baseRelatives, inverseBaseAbsolutes: [[[Double]]]
      let basePositions, weights: [[Double]]
      let triangles: [[Int]]
      let isMirrored: Bool
      enum CodingKeys: String, CodingKey {
        case baseRelatives = "base_relatives"
        case inverseBaseAbsolutes = "inverse_base_absolutes"
        case basePositions = "base_positions"
        case isMirrored = "is_mirrored"
        case parents, weights, triangles
      }
    }
    struct Data: Decodable {
      let model: Model
      let correspondences: [Int]
      let points: [[Double]]
    }
    let theta: [Double]
    let data: Data
    let us: [[Double]]
  }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
    ["objective": { try Problem($0).objective($1) }, "jacobian": { try Problem($0).jacobian($1) }]
  }

  private struct Problem {
    /// 26 numbers: rotation, translation, and four for each finger.
    let theta: (node: Node, value: Tensor)
    /// The place of each point in its triangle `[n, 2]`; none where points belong to vertices.
    let places: (node: Node, value: Tensor)?
    /// Measured minus posed: `[n, 3]`.
    let error: Node

    init(_ input: Input) throws {
      let hand = try Hand(input.data.model), n = input.data.points.count, model = input.data.model
      try HandTracking.require(input.theta.count == 26, "26 numbers in theta", got: "\(input.theta.count)")
      try HandTracking.require(
        n > 0 && input.data.correspondences.count == n && (input.us.isEmpty || input.us.count == n),
        "a correspondence, and a place or none, for each of at least one point",
        got: "\(input.data.correspondences.count) and \(input.us.count) for \(n)")
      let kinds = input.us.isEmpty ? model.basePositions.count : model.triangles.count
      try HandTracking.require(
        input.data.correspondences.allSatisfy((0..<kinds).contains), "correspondences below \(kinds)",
        got: "\(input.data.correspondences.min() ?? 0) to \(input.data.correspondences.max() ?? 0)")
      let graph = Graph()
      theta = (graph.input("theta", shape: [26]), Tensor(input.theta))
      let points = graph.constant(try HandTracking.matrix(input.data.points, named: "points", [n, 3]))
      guard !input.us.isEmpty else {
        places = nil
        error = points - (try hand.skin(theta.node, at: [input.data.correspondences])[0])
        return
      }
      let u = graph.input("us", shape: [n, 2])
      places = (u, try HandTracking.matrix(input.us, named: "us", [n, 2]))
      let corners = (0..<3).map { corner in input.data.correspondences.map { model.triangles[$0][corner] } }
      let skin = try hand.skin(theta.node, at: corners), (first, second) = (u[0..., 0..<1], u[0..., 1..<2])
      error = points - (first * skin[0] + second * skin[1] + (1 - first - second) * skin[2])
    }

    private var inputs: [(node: Node, value: Tensor)] { [theta] + (places.map { [$0] } ?? []) }

    func objective(_ threads: Int) throws -> Evaluation {
      try Evaluation([error], of: inputs, threads: threads) { .numbers($0[0].scalars) }
    }

    /// For each number of the error the slopes by the two numbers of its own place, then by theta.
    func jacobian(_ threads: Int) throws -> Evaluation {
      let (error, pose, n) = (error, theta.node, error.shape[0])
      // A tangent for each number of theta, all of them at once: [26, n, 3].
      let tangents = try vectorized { try error.tangent(along: [(pose, $0)]) }(error.graph.identity(26))
      var columns = tangents.transposed([1, 2, 0])
      if let places {
        let slopes = try (0..<2).map { number in
          let direction = Tensor(shape: [n, 2], (0..<2 * n).map { $0 % 2 == number ? 1 : 0 })
          return try error.tangent(along: [(places.node, direction)])
        }
        columns = concatenate([stack(slopes, axis: 2), columns], axis: 2)
      }
      let rows = columns.reshaped(to: [3 * n, columns.shape[2]])
      return try Evaluation([rows], of: inputs, threads: threads) { .rows($0[0]) }
    }
  }
}
