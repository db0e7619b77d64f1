import ChainRuleCore

/// Second and third derivatives along lines: dⁿf/dtⁿ by n backward passes.
extension GradientCheck {
  /// The derivatives of order 0, 1, … along a line as nodes, as far as a path leads.
  private struct Derivatives {
    var nodes: [Node]
    /// The round-off of each derivative that was differentiated, and the size of the next one without cancellation.
    var noises: [Double] = [], sizes: [Double] = []
  }

  func along(_ perturbation: Perturbation, _ first: RoundoffBound, order: Int) throws {
    evaluation.restore()
    try graph.scope { () throws -> Void in
      let derivatives = try derivatives(perturbation, order)
      evaluation.restore()
      let isWhole = derivatives.nodes.count > order
      let size = isWhole ? derivatives.sizes[order - 1] : 0
      let autodiff = isWhole ? try derivatives.nodes[order].scalar() : 0
      let side = Derivative(
        autodiff: autodiff, magnitude: size,
        roundOff: RoundoffBound.unit * Double(64 + 16 * first.depth) * size, noise: first.noise,
        value: evaluation.base[0], summands: 1e-4)
      let name = Array(repeating: perturbation.name(self), count: order).joined(separator: ", ")
      let blank = GradientReport.Entry(name: name, order: order)
      var found: GradientReport.Entry?, scale = 0.0
      if derivatives.nodes.count >= order {
        let (entry, variation, isDecided) = try byDerivative(perturbation, derivatives, order, side, blank)
        if isDecided { return entries.append(entry) }
        (found, scale) = (entry.numeric.isNaN ? nil : entry, variation)
      }
      evaluation.restore()
      let other = byValues(
        perturbation, side.scaled(scale), first, order: order, claimed: isWhole ? derivatives.nodes[order] : nil)
      entries.append(other.verdict == .inconclusive ? found ?? other : other)
    }
    evaluation.restore()
  }

  private func byDerivative(
    _ perturbation: Perturbation, _ derivatives: Derivatives, _ order: Int, _ side: Derivative,
    _ blank: GradientReport.Entry
  ) throws -> (entry: GradientReport.Entry, scale: Double, isDecided: Bool) {
    let last = derivatives.nodes[order - 1]
    let moving = try PerturbedEvaluation(graph: graph, output: last.id, leaves: nodes.map(\.id))
    let noise = derivatives.noises.count >= order ? derivatives.noises[order - 1] : 0
    var line = LineSlopes(moving, perturbation.line(evaluation), noises: [noise], targets: [side.magnitude])
    let slope = line.find()[0]
    moving.restore()
    let links = try (1..<order).map { level in
      Link(
        function: derivatives.nodes[level - 1].id, line: line.line, noise: derivatives.noises[level - 1],
        size: derivatives.sizes[level - 1], here: try derivatives.nodes[level].scalar(),
        value: { try derivatives.nodes[level].scalar() }, power: order - level)
    }
    let claimed = derivatives.nodes.count > order ? derivatives.nodes[order] : nil
    let claim = LineClaim(
      at: { t in
        _ = line.sample(t)
        return claimed.map { (try? $0.scalar()) ?? .nan } ?? 0
      },
      rounding: {
        guard let claimed else { return 0 }
        return try self.graph.scope { () throws -> Double in
          try RoundoffBound(self.graph.backward(from: claimed, upstream: nil, wanted: nil), leaves: []).noise
        }
      })
    let beside = try beside(links, at: slope, of: line)
    moving.restore()
    let pending = UnconfirmedDisagreement(entry: 0, row: 0, line: line, slope: slope, side: side)
    let decision = try decide(pending, beside, claim, blank)
    moving.restore()
    return decision
  }

  private func derivatives(_ perturbation: Perturbation, _ order: Int) throws -> Derivatives {
    var result = Derivatives(nodes: [output.shape.rank == 0 ? output : output.reshaped(to: [])])
    for level in 0..<order {
      let pass = graph.backward(from: result.nodes[level], upstream: nil, wanted: nodes.map(\.id))
      if let failure = pass.failure { throw failure }
      let bound = try graph.scope { () throws -> RoundoffBound in try RoundoffBound(pass, leaves: nodes) }
      result.noises.append(bound.noise)
      result.sizes.append(bound.size(perturbation))
      var sum: Node?
      for (leaf, slopes) in perturbation.direction(evaluation).enumerated() {
        guard let gradient = pass[nodes[leaf]], slopes.contains(where: { $0 != 0 }) else { continue }
        let part = (gradient * graph.constant(Tensor(shape: gradient.shape, slopes))).sum()
        sum = sum.map { $0 + part } ?? part
      }
      guard let sum else { break }
      result.nodes.append(sum)
    }
    return result
  }
}
