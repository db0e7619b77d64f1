import ChainRule

extension Lesson.Experiment {
  /// Gradient descent, with the loss at the start, at powers of two and where it stands still.
  static func descent(
    on f: Node, _ moved: [(name: String, node: Node)], rate: Double, tolerance: Double
  ) throws -> [String] {
    let start = try moved.map { try $0.node.value() }
    defer { for (input, value) in zip(moved, start) { input.node.assign(value) } }
    let slopes = try f.gradients(withRespectTo: moved.map(\.node))
    var lines = ["Gradient descent with rate \(NumberText.short(rate, digits: 3)):"]
    var last = Double.infinity, next = 1
    for step in 0...20_000 {
      let loss = try f.scalar(), isStill = (last - loss).magnitude <= tolerance * loss.magnitude
      if step == 0 || step == next || isStill {
        lines.append("  step \(step): J = \(NumberText.short(loss, digits: 8))")
        next = Swift.max(next, step == 0 ? 1 : 2 * step)
      }
      if isStill { break }
      last = loss
      let values = try slopes.map { try $0.value() }
      for (input, slope) in zip(moved, values) {
        let now = try input.node.value()
        input.node.assign(Tensor(shape: now.shape, zip(now.scalars, slope.scalars).map { $0 - rate * $1 }))
      }
    }
    lines.append("  J has changed by less than \(NumberText.short(tolerance, digits: 2)) of itself in the last step.")
    return lines
  }

  /// The first triple among distributions of tenths on two outcomes for which the direct way is longer by most.
  static func triangle() -> [String] {
    func divergence(_ p: Double, _ q: Double) -> Double { p * log(p / q) + (1 - p) * log((1 - p) / (1 - q)) }
    var best = (p: 0.0, q: 0.0, r: 0.0, excess: 0.0)
    let tenths = (1...9).map { Double($0) / 10 }
    for p in tenths {
      for q in tenths {
        for r in tenths where p != q && q != r {
          let excess = divergence(p, r) - divergence(p, q) - divergence(q, r)
          if excess > best.excess + 1e-12 { best = (p, q, r, excess) }
        }
      }
    }
    func text(_ p: Double) -> String { "(\(NumberText.short(p, digits: 2)), \(NumberText.short(1 - p, digits: 2)))" }
    func value(_ p: Double, _ q: Double) -> String { NumberText.short(divergence(p, q), digits: 6) }
    return [
      "The triangle inequality KL(p‖r) ≤ KL(p‖q) + KL(q‖r) tried on all distributions of tenths on two outcomes:",
      "  p = \(text(best.p)), q = \(text(best.q)), r = \(text(best.r))",
      "  KL(p‖r) = \(value(best.p, best.r)), KL(p‖q) + KL(q‖r) = \(value(best.p, best.q)) + \(value(best.q, best.r)) = "
        + NumberText.short(divergence(best.p, best.q) + divergence(best.q, best.r), digits: 6),
      "  The direct way is the longer one, so KL is no distance.",
    ]
  }

  private static func log(_ x: Double) -> Double {
    let graph = Graph(.double)
    return (try? ChainRule.log(graph.constant(x)).scalar()) ?? .nan
  }

  /// ‖δ‖ of each layer for random weights of a size, from the last layer to the first.
  static func deltas(layers: Int, width: Int) throws -> [String] {
    var lines = [
      "‖∂L/∂z‖ of layers \(layers), \(layers * 3 / 4), …, 1 of networks of width \(width), L = the sum of the outputs:"
    ]
    let functions: [(name: String, apply: (Node) -> Node)] = [
      ("sigmoid", { sigmoid($0) }), ("tanh", { tanh($0) }), ("relu", { relu($0) }),
    ]
    let shown = [layers, layers * 3 / 4, layers / 2, layers / 4, 1]
    lines.append("  " + "weights".padded(to: 18) + shown.map { "layer \($0)".padded(to: 12) }.joined())
    for (name, apply) in functions {
      for scale in [0.5, 1, 2] {
        var random = RandomNumbers(seed: 7)
        let graph = Graph(.double)
        var h = graph.input(
          "x", Tensor(shape: [width], (0..<width).map { _ in Double.random(in: -1...1, using: &random) }))
        var nets: [Node] = []
        for _ in 0..<layers {
          // Uniform on ±√3·scale/√width has the deviation scale/√width.
          let reach = scale * (3 / Double(width)).squareRoot()
          let weights = (0..<width * width).map { _ in Double.random(in: -reach...reach, using: &random) }
          nets.append(graph.constant(Tensor(shape: [width, width], weights)).matmul(h))
          h = apply(nets[nets.count - 1])
        }
        let slopes = try h.sum().gradients(withRespectTo: nets)
        let norms = try slopes.map { try $0.value().scalars.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        lines.append(
          "  " + "\(name), \(NumberText.short(scale, digits: 2))/√n".padded(to: 18)
            + shown.map { NumberText.short(norms[$0 - 1], digits: 2).padded(to: 12) }.joined())
      }
    }
    return lines.map { String($0.reversed().drop { $0 == " " }.reversed()) }
  }
}
