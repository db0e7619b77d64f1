import ChainRule

extension Lesson.Experiment {
  /// What the experiment shows, a line each.
  func run(on f: Node, _ names: [String: Node]) throws -> [String] {
    switch self {
    case .newton(let name, let steps, let converges):
      try Self.newton(on: f, name, try names.node(name), steps: steps, converges: converges)
    case .limit(let name): [try DifferenceTable(of: f, by: names.node(name), name).text]
    case .descent(let moved, let rate, let tolerance):
      try Self.descent(on: f, moved.map { ($0, try names.node($0)) }, rate: rate, tolerance: tolerance)
    case .triangle: Self.triangle()
    case .deltas(let layers, let width): try Self.deltas(layers: layers, width: width)
    case .updateOrder(let nets, let outputLayer, let hiddenLayer, let published):
      try Self.updateOrder(
        of: f, nets: nets.map(names.node), output: outputLayer.map(names.node), hidden: hiddenLayer.map(names.node),
        published: published)
    }
  }

  private static func newton(
    on f: Node, _ name: String, _ x: Node, steps: Int, converges: Double
  ) throws -> [String] {
    let slope = try f.gradients(withRespectTo: [x])[0]
    let curvature = try slope.gradients(withRespectTo: [x])[0]
    var lines = ["Newton's method, \(name) ← \(name) − f′/f″:"]
    for step in 0...steps {
      let value = try x.scalar()
      lines.append("  step \(step): \(name) = \(NumberText.short(value, digits: 12))")
      x.assign(Tensor(value - (try slope.scalar()) / (try curvature.scalar())))
    }
    lines.append(
      "  it converges to \(NumberText.short(converges, digits: 3)), the number of right digits doubling each time")
    return lines
  }

  private static func updateOrder(
    of f: Node, nets: [Node], output: [Node], hidden: [Node], published: String
  ) throws -> [String] {
    let start = try (output + hidden).map { try $0.value() }
    try descend(output + hidden, on: f)
    let together = try f.scalar()
    for (node, value) in zip(output + hidden, start) { node.assign(value) }
    // The backward pass has reached the nets; what it goes on from is ∂f/∂net, frozen, times net.
    let upstream = try f.gradients(withRespectTo: nets).map { try $0.scalar() }
    try descend(output, on: f)
    let rest = zip(upstream, nets).map { $0 * $1 }
    try descend(hidden, on: rest.dropFirst().reduce(rest[0]) { $0 + $1 })
    let early = try f.scalar()
    return [
      "One step of gradient descent with rate 0.5, biases left alone:",
      "  every weight after the whole backward pass:                 error \(NumberText.short(together, digits: 10))",
      "  the output layer's weights before the pass goes on behind:  error \(NumberText.short(early, digits: 10))",
      "  The often-quoted \(published) is the second one: the hidden layer got gradients through weights",
      "  that had moved already. Update only when the backward pass has completed.",
    ]
  }

  /// Moves nodes against the slopes of `loss` at this moment, all read before any is moved.
  private static func descend(_ moved: [Node], on loss: Node) throws {
    let slopes = try loss.gradients(withRespectTo: moved).map { try $0.scalar() }
    for (node, slope) in zip(moved, slopes) { node.assign(Tensor(try node.scalar() - 0.5 * slope)) }
  }
}
