import ChainRuleCore

/// Second and third derivatives along lines: dⁿf/dtⁿ by n backward passes.
extension GradientCheck {
  /// The derivatives of order 0, 1, … along a line as nodes: 0 where no path leads.
  private struct Derivatives {
    var nodes: [Node]
    /// The round-off of each derivative that was differentiated, and the size of the next one without cancellation.
    var noises: [Double] = [], sizes: [Double] = []
  }

  func along(_ perturbation: Perturbation, _ first: RoundoffBound, order: Int) throws {
    evaluation.restore()
    let first = measured(first, along: [perturbation])
    try graph.scope { () throws -> Void in
      let derivatives = try derivatives(perturbation, order)
      evaluation.restore()
      let size = derivatives.sizes[order - 1], claimed = derivatives.nodes[order]
      let autodiff = try claimed.scalar()
      let side = Derivative(
        autodiff: autodiff, magnitude: size,
        roundOff: RoundoffBound.unit * Double(64 + 16 * first.depth) * size, noise: first.noise,
        value: evaluation.base[0], scale: scale(perturbation, derivatives, order), summands: 1e-4)
      let name = Array(repeating: perturbation.name(self), count: order).joined(separator: ", ")
      let blank = GradientReport.Entry(name: name, order: order)
      let (entry, variation, isDecided) = try byDerivative(perturbation, derivatives, order, side, blank, first)
      if isDecided { return entries.append(entry) }
      evaluation.restore()
      let other = byValues(perturbation, side.scaled(variation), first, order: order, claimed: claimed)
      entries.append(other.verdict == .inconclusive && !entry.numeric.isNaN ? entry : other)
    }
    evaluation.restore()
  }

  private func byDerivative(
    _ perturbation: Perturbation, _ derivatives: Derivatives, _ order: Int, _ side: Derivative,
    _ blank: GradientReport.Entry, _ first: RoundoffBound
  ) throws -> (entry: GradientReport.Entry, scale: Double, isDecided: Bool) {
    let last = derivatives.nodes[order - 1]
    let moving = try PerturbedEvaluation(graph: graph, output: last.id, leaves: nodes.map(\.id))
    let noise = derivatives.noises[order - 1]
    var line = LineSlopes(moving, perturbation.line(evaluation), noises: [noise], targets: [side.magnitude])
    let slope = line.find()[0]
    moving.restore()
    let links = try (1..<order).map { level in
      Link(
        function: derivatives.nodes[level - 1].id, line: line.line, noise: derivatives.noises[level - 1],
        size: Swift.max(derivatives.sizes[level - 1], scale(perturbation, derivatives, level)),
        here: try derivatives.nodes[level].scalar(),
        value: { try derivatives.nodes[level].scalar() }, power: order - level)
    }
    let claimed = derivatives.nodes[order]
    let claim = LineClaim(
      at: { t in
        line.move(to: t)
        return claimed.numberOrNaN
      },
      rounding: {
        try self.graph.scope { () throws -> Double in
          try RoundoffBound(self.graph.backward(from: claimed, upstream: nil, wanted: nil), leaves: []).noise
        }
      })
    var beside = try beside(links, at: slope, of: line)
    moving.restore()
    let top = perturbation.highest(within: slope.step)
    beside = still(beside, slope, perturbation.steps(evaluation), upTo: top) {
      perturbation.difference($0, self.evaluation, first.noise, order: order)
    }
    let pending = UnconfirmedDisagreement(entry: 0, row: 0, line: line, slope: slope, side: side)
    let decision = try decide(pending, beside, claim, blank)
    moving.restore()
    return decision
  }

  /// The function's own scale of a derivative: the gradient's size over a distance at which it may have changed.
  private func scale(_ perturbation: Perturbation, _ derivatives: Derivatives, _ order: Int) -> Double {
    guard order > 1 else { return 0 }
    return (1..<order).reduce(derivatives.sizes[0]) { size, _ in size / perturbation.reach(evaluation) }
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
      // Where no path leads, 0 is claimed.
      result.nodes.append(sum ?? graph.constant(0))
    }
    return result
  }
}
