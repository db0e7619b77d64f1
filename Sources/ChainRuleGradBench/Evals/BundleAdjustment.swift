import ChainRule

/// ADBench's bundle adjustment: how far points seen by cameras lie from where they were observed, and the sparse Jacobian
/// in rows of 11 + 3 + 1 numbers.
enum BundleAdjustment: Module {
  static let name = "ba"
  struct Input: Decodable {
    let n, m, p: Int
    let cam, x, feat: [Double]
    let w: Double
  }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
    ["objective": { try Problem($0).objective($1) }, "jacobian": { try Problem($0).jacobian($1) }]
  }

  private struct Problem {
    let input: Input
    let inputs: [(node: Node, value: Tensor)]
    /// What an observation depends on: 11 numbers of its camera, 3 of its point, its weight, each `[p]`.
    let camera: [Node], point: [Node], weight: Node
    /// The observed place.
    let observed: [Node]

    init(_ input: Input) throws {
      let (n, m, p) = (input.n, input.m, input.p)
      try BundleAdjustment.require(
        [n, m, p].allSatisfy { (1...1 << 24).contains($0) }, "from 1 to \(1 << 24) cameras, points and observations",
        got: "\(n), \(m) and \(p)")
      try BundleAdjustment.require(
        input.cam.count == 11 && input.x.count == 3 && input.feat.count == 2, "11, 3 and 2 numbers in cam, x and feat",
        got: "\(input.cam.count), \(input.x.count) and \(input.feat.count)")
      let graph = Graph()
      // All cameras are alike here, and all points; the program knows nothing of it.
      func leaves(_ name: String, _ numbers: [Double], _ count: Int) -> [(node: Node, value: Tensor)] {
        numbers.enumerated().map { place, number in
          (graph.input("\(name)\(place)", shape: [count]), Tensor(shape: [count], repeating: number))
        }
      }
      func gathered(_ leaves: [(node: Node, value: Tensor)], _ count: Int) -> [Node] {
        let places = graph.constant(Tensor(indices: (0..<p).map { $0 % count }))
        return leaves.map { $0.node.gathered(at: places) }
      }
      let cameras = leaves("camera", input.cam, n), points = leaves("point", input.x, m)
      let weights = leaves("weight", [input.w], p)
      self.input = input
      inputs = cameras + points + weights
      (camera, point, weight) = (gathered(cameras, n), gathered(points, m), weights[0].node)
      observed = input.feat.map { graph.constant(Tensor(shape: [p], repeating: $0)) }
    }

    var errors: [Node] { zip(projected, observed).map { weight * ($0 - $1) } }
    var weightError: Node { 1 - square(weight) }

    func objective(_ threads: Int) throws -> Evaluation {
      try Evaluation([stack(errors, axis: 1), weightError], of: inputs, threads: threads) {
        let (errors, weights) = ($0[0].scalars, $0[1].scalars)
        return .object([
          "reproj_error": .object(["elements": .numbers(Array(errors[..<2])), "repeated": .integer(weights.count)]),
          "w_err": .object(["element": .number(weights[0]), "repeated": .integer(weights.count)]),
        ])
      }
    }

    func jacobian(_ threads: Int) throws -> Evaluation {
      // An error depends on its own observation alone, so that the gradient of the sum holds the slopes of each.
      let zeros = weight.graph.constant(Tensor(shape: weight.shape, repeating: 0))
      let slopes = errors.flatMap { error in
        let gradients = error.sum().backward()
        return (camera + point + [weight]).map { gradients[$0] ?? zeros }
      }
      let weightSlopes = try weightError.sum().gradients(withRespectTo: [weight])[0]
      let structure = Structure(cameras: input.n, points: input.m, observations: input.p)
      return try Evaluation(
        [stack(slopes, axis: 1), weightSlopes], of: inputs, threads: threads, afterwards: structure.write
      ) { values in
        // The first two rows and the last element stand for all.
        .object([
          "rows": .list((structure.rows.prefix(30) + structure.rows.suffix(1)).map { .integer(Int($0)) }),
          "cols": .list((structure.columns.prefix(30) + structure.columns.suffix(1)).map { .integer(Int($0)) }),
          "vals": .numbers(values[0].scalars[..<30] + values[1].scalars.suffix(1)),
        ])
      }
    }

    // MARK: The camera

    /// Where the point is seen: turned into the camera's frame, projected, distorted, scaled and shifted.
    private var projected: [Node] {
      let (x, y, z) = rotated(zip(point, camera[3..<6]).map { $0 - $1 }, by: Array(camera[0..<3]))
      let (u, v) = (x / z, y / z)
      let radius = square(u) + square(v)
      let scale = camera[6] * (1 + camera[9] * radius + camera[10] * square(radius))
      return [u * scale + camera[7], v * scale + camera[8]]
    }

    /// Rodrigues' rotation about an axis by its length: x cos θ + (a × x) sin θ + a (a·x)(1 − cos θ); x + r × x for a
    /// length of 0, where there is no axis.
    private func rotated(_ x: [Node], by rotation: [Node]) -> (Node, Node, Node) {
      let squared = square(rotation[0]) + square(rotation[1]) + square(rotation[2])
      let isTurned = squared .> 0, angle = sqrt(`where`(isTurned, squared, 1))
      let cosine = cos(angle), sine = sin(angle)
      let a = rotation.map { $0 / angle }
      let along = (a[0] * x[0] + a[1] * x[1] + a[2] * x[2]) * (1 - cosine)
      func turned(_ i: Int, _ j: Int, _ k: Int) -> Node {
        `where`(
          isTurned, x[i] * cosine + (a[j] * x[k] - a[k] * x[j]) * sine + a[i] * along,
          x[i] + (rotation[j] * x[k] - rotation[k] * x[j]))
      }
      return (turned(0, 1, 2), turned(1, 2, 0), turned(2, 0, 1))
    }
  }

  /// Where each row of the sparse Jacobian begins, and the column of each element: two rows for each observation, then
  /// one for each weight.
  private final class Structure {
    let cameras: Int, points: Int, observations: Int
    private(set) var rows: [Int32], columns: [Int32]

    init(cameras: Int, points: Int, observations: Int) {
      (self.cameras, self.points, self.observations) = (cameras, points, observations)
      rows = [Int32](repeating: 0, count: 3 * observations + 1)
      columns = [Int32](repeating: 0, count: 31 * observations)
    }

    func write() {
      let (firstPoint, firstWeight) = (11 * cameras, 11 * cameras + 3 * points), p = observations
      columns.withUnsafeMutableBufferPointer { columns in
        var next = 0, camera = 0, point = 0
        for observation in 0..<p {
          for _ in 0..<2 {
            for offset in 0..<11 { columns[next + offset] = Int32(truncatingIfNeeded: 11 * camera + offset) }
            for offset in 0..<3 {
              columns[next + 11 + offset] = Int32(truncatingIfNeeded: firstPoint + 3 * point + offset)
            }
            columns[next + 14] = Int32(truncatingIfNeeded: firstWeight + observation)
            next += 15
          }
          camera = camera + 1 == cameras ? 0 : camera + 1
          point = point + 1 == points ? 0 : point + 1
        }
        for weight in 0..<p { columns[next + weight] = Int32(truncatingIfNeeded: firstWeight + weight) }
      }
      rows.withUnsafeMutableBufferPointer { rows in
        for row in 0...2 * p { rows[row] = Int32(truncatingIfNeeded: 15 * row) }
        for row in 0..<p { rows[2 * p + 1 + row] = Int32(truncatingIfNeeded: 30 * p + 1 + row) }
      }
    }
  }
}
