import ChainRule

/// y₀′ = x₀ and yᵢ′ = xᵢ · yᵢ₋₁ from 0 to 2 by s steps of Runge and Kutta's method of order 4; the gradient is that of
/// the last element.
enum DifferentialEquation: Module {
  static let name = "ode"
  struct Input: Decodable {
    let x: [Double]
    let s: Int
  }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
    ["primal": { try recorded($0).primal($1) }, "gradient": { try recorded($0).gradient($1) }]
  }

  private static func recorded(_ input: Input) throws -> Recorded {
    try require(!input.x.isEmpty, "at least one number in x", got: "none")
    try require((1...1 << 26).contains(input.s), "from 1 to \(1 << 26) steps", got: "\(input.s)")
    let n = input.x.count, h = 2 / Double(input.s)
    let graph = Graph(), x = graph.input("x", shape: [n]), one = graph.constant([1])
    func slope(_ y: Node) -> Node { x * concatenate([one, y[0..<n - 1]]) }
    let start = graph.constant(Tensor(shape: [n], repeating: 0))
    let y = try scan(count: input.s, from: [start]) { carried, _ in
      let y = carried[0]
      let k1 = slope(y), k2 = slope(y + h / 2 * k1), k3 = slope(y + h / 2 * k2), k4 = slope(y + h * k3)
      return ([y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)], [])
    }.last[0]
    return Recorded(x, at: Tensor(input.x), value: y, objective: y[-1])
  }
}
