import ChainRuleCore

/// Second derivatives, every pair of elements.
extension GradientCheck {
  /// The gradient of one gradient's element: a row of the Hessian.
  private struct HessianRow { let pass: Gradients, bound: RoundoffBound }

  func hessian(_ perturbations: [Perturbation], _ first: RoundoffBound) throws {
    var found: [[GradientReport.Entry?]] = perturbations.map { _ in perturbations.map { _ in nil } }
    var second: [[Double]] = [], sizes: [[Double]] = [], comparison = ModeComparison()
    for leaf in nodes.indices {
      evaluation.restore()
      try graph.scope { () throws -> Void in
        let rows = perturbations.indices.filter { perturbations[$0].element?.leaf == leaf }
        let gradient = pass(0)[nodes[leaf]], hessian = try gradient.map { try self.rows($0, rows, perturbations) }
        if let gradient, let hessian { try compare(gradient, hessian, rows, perturbations, &comparison) }
        for number in rows.indices {
          second.append(perturbations.map { hessian?[number].bound.slope($0) ?? 0 })
          sizes.append(perturbations.map { hessian?[number].bound.size($0) ?? 0 })
        }
        for j in perturbations.indices where rows.contains(where: { $0 <= j }) {
          if let gradient, let hessian {
            let column = try column(gradient, hessian, rows, perturbations[j], first, perturbations)
            for (number, i) in rows.enumerated() where i <= j { found[i][j] = column[number] }
          } else {
            for i in rows where i <= j {
              let pair = PerturbationPair(perturbations[i], perturbations[j])
              let bound = measured(first, along: [pair.a, pair.b])
              found[i][j] = byValues(pair, Derivative(nothingFrom: bound, evaluation), bound) { _ in 0 }
            }
          }
        }
      }
    }
    evaluation.restore()
    entries += found.joined().compactMap { $0 }
    symmetry(second, sizes, found, perturbations)
    opinions.append(comparison.opinion(.secondModes))
  }

  private func rows(_ gradient: Node, _ rows: [Int], _ perturbations: [Perturbation]) throws -> [HessianRow] {
    try rows.map { i in
      var unit = [Double](repeating: 0, count: gradient.shape.elementCount)
      if let element = perturbations[i].element { unit[element.position] = 1 }
      let upstream = gradient.shape.rank == 0 ? nil : graph.constant(Tensor(shape: gradient.shape, unit))
      let pass = graph.backward(from: gradient, upstream: upstream, wanted: nodes.map(\.id))
      return HessianRow(pass: pass, bound: try RoundoffBound(pass, leaves: nodes))
    }
  }

  /// Forward mode over one recorded gradient against its rows of the Hessian.
  private func compare(
    _ gradient: Node, _ hessian: [HessianRow], _ rows: [Int], _ perturbations: [Perturbation],
    _ comparison: inout ModeComparison
  ) throws {
    for along in perturbations {
      guard let (leaf, position) = along.element else { continue }
      comparison.count += 1
      var unit = [Double](repeating: 0, count: evaluation.points[leaf].count)
      unit[position] = 1
      let pushed = try self.pushed(through: gradient, [(leaf, unit)])
      for (bound, row) in zip(hessian.map(\.bound), rows) {
        guard let place = perturbations[row].element?.position else { continue }
        // Sums that cancel inside a linear map have a size that is known roughly: the row's largest counts too.
        let largest = bound.magnitudes.lazy.joined().max() ?? 0
        comparison.hold(
          reverse: bound.slope(along), forward: pushed, at: place, size: Swift.max(bound.size(along), largest),
          depth: bound.depth)
      }
    }
  }

  /// The derivatives of all elements of one gradient along one element.
  private func column(
    _ gradient: Node, _ hessian: [HessianRow], _ rows: [Int], _ along: Perturbation, _ first: RoundoffBound,
    _ perturbations: [Perturbation]
  ) throws -> [GradientReport.Entry] {
    guard let (leaf, position) = along.element else { return [] }
    let moving = try PerturbedEvaluation(graph: graph, output: gradient.id, leaves: nodes.map(\.id))
    defer { moving.restore() }
    let first = measured(first, along: rows.map { perturbations[$0] } + [along])
    let bounds = hessian.map(\.bound), places = rows.map { perturbations[$0].element?.position ?? 0 }
    var noises = [Double](repeating: 0, count: moving.base.count), targets = noises
    for (place, bound) in zip(places, bounds) { (noises[place], targets[place]) = (bound.noise, bound.size(along)) }
    var line = LineSlopes(moving, .element(leaf: leaf, position: position), noises: noises, targets: targets)
    let slopes = line.find()
    let above = perturbations[rows[0]].element?.leaf ?? leaf
    let shared = try gradientBeside(of: above, rows: rows.count, at: slopes, of: line, first)
    return try rows.indices.map { number in
      let place = places[number], bound = bounds[number], pair = PerturbationPair(perturbations[rows[number]], along)
      let side = Derivative(
        autodiff: bound.slope(along), magnitude: bound.size(along),
        roundOff: RoundoffBound.unit * Double(16 + 4 * first.depth) * bound.size(along), noise: bound.noise,
        value: moving.base[place],
        scale: first.size(pair.a) / along.reach(evaluation), summands: 1e-4)
      let pass = hessian[number].pass
      func claimed() throws -> Double { try pass[nodes[leaf]]?.value().element(position) ?? 0 }
      let link = Link(
        function: output.id, line: .element(leaf: pair.a.element?.leaf ?? 0, position: place), noise: first.noise,
        size: first.size(pair.a), here: moving.base[place],
        value: { try gradient.value().element(place) }, power: 1)
      let claim = LineClaim(
        at: { t in
          line.move(to: t)
          return (try? claimed()) ?? .nan  // a claim that cannot be computed there says nothing
        },
        rounding: { try self.rounding(of: pass[self.nodes[leaf]], at: position) })
      let pending = UnconfirmedDisagreement(
        entry: 0, row: place, line: line, slope: slopes[place], side: side)
      let blank = GradientReport.Entry(name: "\(pair.a.name(self)), \(pair.b.name(self))", order: 2)
      let (entry, scale, isDecided) = try decide(pending, link, shared, claim, blank, pair, first)
      moving.restore()
      if isDecided { return entry }
      func byValues(_ pair: PerturbationPair) -> GradientReport.Entry {
        defer { evaluation.restore() }
        return self.byValues(pair, side.scaled(scale), first) { moves in
          self.evaluation.restore()
          self.evaluation.move(moves)
          return (try? claimed()) ?? .nan
        }
      }
      var other = byValues(pair)
      if other.verdict == .inconclusive, let wide = pair.widened(evaluation) { other = byValues(wide) }
      return other.verdict == .inconclusive && !entry.numeric.isNaN ? entry : other
    }
  }

  /// The claimed derivative against differences of a gradient that is held itself, with all its elements or alone.
  private func decide(
    _ pending: UnconfirmedDisagreement, _ link: Link, _ shared: GradientBeside?, _ claim: LineClaim,
    _ blank: GradientReport.Entry, _ pair: PerturbationPair, _ first: RoundoffBound
  ) throws -> (entry: GradientReport.Entry, scale: Double, isDecided: Bool) {
    if let beside = shared?.beside(link, pending.slope, at: pending.row) {
      let entry = held(pending, beside, blank).entry
      if entry.verdict == .agree { return (entry, beside.variation, true) }
    }
    var links = try beside([link], at: pending.slope, of: pending.line)
    pending.line.evaluation.restore()
    let isDiagonal = pair.a.name(self) == pair.b.name(self), b = pair.b.highest(within: pending.slope.step)
    let limits = (a: isDiagonal ? b : Swift.max(-3, pair.a.highest), b: b)
    links = still(links, pending.slope, pair.steps(evaluation), upTo: Swift.max(limits.a, limits.b)) {
      pair.difference($0, self.evaluation, first.noise, limits: limits)
    }
    return try decide(pending, links, claim, blank)
  }

  /// A bound for the rounding of one element of a second derivative.
  private func rounding(of node: Node?, at position: Int) throws -> Double {
    guard let node else { return 0 }
    return try graph.scope { () throws -> Double in
      var unit = [Double](repeating: 0, count: node.shape.elementCount)
      unit[position] = 1
      let upstream = node.shape.rank == 0 ? nil : graph.constant(Tensor(shape: node.shape, unit))
      return try RoundoffBound(graph.backward(from: node, upstream: upstream, wanted: nil), leaves: []).noise
    }
  }

  /// Where both halves are 0 as far as differences can tell, what is left of them is rounding, and says nothing.
  private func symmetry(
    _ second: [[Double]], _ sizes: [[Double]], _ entries: [[GradientReport.Entry?]], _ perturbations: [Perturbation]
  ) {
    var worst = 0.0, place = ""
    for i in second.indices {
      for j in 0..<i where second[i][j].isFinite && second[j][i].isFinite {
        if let entry = entries[j][i], entry.verdict != .disagree, entry.numeric.magnitude <= entry.error,
          Swift.max(second[i][j].magnitude, second[j][i].magnitude) <= 8 * entry.error
        {
          continue
        }
        let size = Swift.max(sizes[i][j], sizes[j][i], second[i][j].magnitude, second[j][i].magnitude)
        let ratio = size > 0 ? (second[i][j] - second[j][i]).magnitude / size : 0
        if ratio > worst { (worst, place) = (ratio, "\(perturbations[i].name(self)), \(perturbations[j].name(self))") }
      }
    }
    let detail = "the two halves of the Hessian differ by at most \(Tensor.digits(worst)) of their size"
    opinions.append(
      .init(.symmetry, worst <= 1e-9 ? .agree : .disagree, worst <= 1e-9 ? detail : detail + ", at \(place)"))
  }
}

extension Derivative {
  /// What is claimed where no path leads: 0.
  fileprivate init(nothingFrom first: RoundoffBound, _ evaluation: PerturbedEvaluation) {
    self.init(autodiff: 0, magnitude: 0, roundOff: 0, noise: first.noise, value: evaluation.base[0])
  }
}
