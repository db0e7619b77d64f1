import ChainRuleLearning

/// A damped spring, x″ = −k x − c x′, from x = 1 at rest, by Runge and Kutta's method: the whole solution is one graph.
func spring(stiffness k: Node, damping c: Node, steps: Int, step h: Double) -> Node {
  func slope(_ x: Node, _ v: Node) -> (Node, Node) { (v, -k * x - c * v) }
  var x = k.graph.constant(1), v = k.graph.constant(0)
  var positions: [Node] = []
  for _ in 0..<steps {
    let (x1, v1) = slope(x, v)
    let (x2, v2) = slope(x + 0.5 * h * x1, v + 0.5 * h * v1)
    let (x3, v3) = slope(x + 0.5 * h * x2, v + 0.5 * h * v2)
    let (x4, v4) = slope(x + h * x3, v + h * v3)
    x = x + (h / 6) * (x1 + 2 * x2 + 2 * x3 + x4)
    v = v + (h / 6) * (v1 + 2 * v2 + 2 * v3 + v4)
    positions.append(x)
  }
  return stack(positions)
}

func fitAnODE() throws {
  let graph = Graph()
  let measured = try spring(stiffness: graph.constant(4), damping: graph.constant(0.5), steps: 60, step: 0.1).value()
  for method in [MinimizationMethod.lbfgs(), .newtonCG] {
    let k = Parameter(2.5), c = Parameter(0.1)
    let objective = try Objective(of: [k, c]) { graph in
      let x = spring(stiffness: graph.parameter(k), damping: graph.parameter(c), steps: 60, step: 0.1)
      return meanSquaredError(x, graph.constant(measured))
    }
    let minimum = try objective.minimize(with: method, tolerance: 1e-10)
    print(method == .newtonCG ? "Newton-CG:" : "L-BFGS:", "k =", k.value, "c =", c.value, minimum.hasConverged)
  }
}
