import ChainRule

/// Where a charge must stand for a charged particle to fly through the origin: found by going downhill on the square of
/// where its path, by Euler's method, meets the x axis.
enum Particle: Module {
  static let name = "particle"
  struct Input: Decodable { let w: Double }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> { nestedModes(evaluation) }

  private static func evaluation(_ input: Input, outer: Mode, inner: Mode) throws -> Evaluation {
    let start = Graph().input("w", shape: [])
    let w = try descended(from: [start], mode: outer) { w in square(try landing(w[0], inner)) }
    return try Evaluation(numbers: w, of: [(start, input.w)]) { .number($0[0]) }
  }

  /// The x at which the particle meets the axis, between the last point above it and the first below.
  private static func landing(_ w: Node, _ mode: Mode) throws -> Node {
    let graph = w.graph, step = 0.1
    let charges = [(graph.constant(10), 10 - w), (graph.constant(10), graph.constant(0))]
    func distance(_ x: Node, _ y: Node, _ charge: (Node, Node)) -> Node {
      sqrt(square(x - charge.0) + square(y - charge.1))
    }
    func potential(_ x: Node, _ y: Node) -> Node {
      1 / distance(x, y, charges[0]) + 1 / distance(x, y, charges[1])
    }
    let found = try whileLoop(
      from: [0, 8, 0.75, 0].map { graph.constant($0) }, bound: 1_000,
      while: { carried in carried[1] + step * carried[3] },
      { carried in
        let (x, y, u, v) = (carried[0], carried[1], carried[2], carried[3])
        let force = try mode.slopes(of: potential(x, y), at: [x, y])
        return [x + step * u, y + step * v, u - step * force[0], v - step * force[1]]
      })
    let (u, v) = (found[2], found[3]), (x, y) = (found[0] + step * u, found[1] + step * v)
    return x - y / v * u
  }
}
