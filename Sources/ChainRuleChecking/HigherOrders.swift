import ChainRuleCore

/// Second and third derivatives of a single number against differences of function values: no gradient takes part in
/// the numeric side, so a local gradient with the right value but the wrong expression is found too.
///
/// - ∂²f/∂a² ≈ (f(a+h) − 2f(a) + f(a−h))/h², ∂²f/∂a∂b ≈ (f(++) − f(+−) − f(−+) + f(−−))/(4hk),
/// - ∂³f/∂t³ ≈ (f(2h) − 2f(h) + 2f(−h) − f(−2h))/(2h³) along a line.
/// Each error is a series in h², so the same extrapolation as for slopes applies.
extension GradientCheck {
  /// More pairs of elements than this are checked along random directions instead.
  static var pairLimit: Int { 2_500 }

  func higherOrders(upTo order: Int, _ mode: CheckMode) throws {
    guard evaluation.base.count == 1 else {
      throw ChainRuleError(
        .gradient, in: "checkGradients", required: "a single number for order \(order)", got: "shape \(output.shape)",
        hint: "Check a sum, or a weighted sum, of the elements.")
    }
    let elements = evaluation.points.enumerated().flatMap { leaf, point in point.indices.map { (leaf, $0) } }
    var lines = elements.map { Perturbation(evaluation, leaf: $0.0, position: $0.1) }
    var isFull = elements.count * elements.count <= Self.pairLimit
    if case .directions = mode { isFull = false }
    let first = try graph.scope { () throws -> RoundoffBound in try RoundoffBound(pass(0), leaves: nodes) }
    if isFull { try hessian(lines, first) } else { lines = [] }
    var random = RandomNumbers(seed: 11), count = 4
    if case .directions(let wanted, let seed) = mode { (random, count) = (RandomNumbers(seed: seed), wanted) }
    let directions = (0..<count).map {
      Perturbation(evaluation, direction: randomDirection(&random), number: $0 + 1, of: count)
    }
    if !isFull { try along(directions, first, order: 2) }
    if order > 2 { try along(lines + directions, first, order: 3) }
  }

  // MARK: Second order, every pair

  private func hessian(_ perturbations: [Perturbation], _ first: RoundoffBound) throws {
    var second: [[Double]] = [], sizes: [[Double]] = []
    for (i, perturbation) in perturbations.enumerated() {
      evaluation.restore()
      try graph.scope { () throws -> Void in
        let (row, size, pass) = try hessianRow(perturbation, perturbations)
        second.append(row)
        sizes.append(size)
        for j in i..<perturbations.count {
          let pair = PerturbationPair(perturbation, perturbations[j])
          let scale = Swift.max(first.size(pair.a) / pair.b.scale, first.size(pair.b) / pair.a.scale)
          try check(pair, autodiff: row[j], size: Swift.max(size[j], scale), first, depth: first.depth) { moves in
            self.evaluation.restore()
            _ = self.evaluation.sample(moves)
            return self.element(of: pass, pair.b)
          }
        }
      }
    }
    evaluation.restore()
    symmetry(second, sizes, perturbations)
  }

  /// One row of the Hessian: the gradient of a gradient's element.
  private func hessianRow(_ perturbation: Perturbation, _ perturbations: [Perturbation]) throws -> (
    [Double], [Double], Gradients?
  ) {
    guard let (leaf, position) = perturbation.element, let gradient = pass(0)[nodes[leaf]] else {
      return (perturbations.map { _ in 0 }, perturbations.map { _ in 0 }, nil)
    }
    var unit = [Double](repeating: 0, count: gradient.shape.elementCount)
    unit[position] = 1
    let upstream = gradient.shape.rank == 0 ? nil : graph.constant(Tensor(shape: gradient.shape, unit))
    let pass = graph.backward(from: gradient, upstream: upstream, wanted: nodes.map(\.id))
    let row = try RoundoffBound(pass, leaves: nodes)
    return (perturbations.map { row.slope($0) }, perturbations.map { row.size($0) }, pass)
  }

  private func element(of pass: Gradients?, _ perturbation: Perturbation) -> Double {
    guard let pass, let (leaf, position) = perturbation.element, let node = pass[nodes[leaf]] else { return 0 }
    return (try? node.value().element(position)) ?? .nan
  }

  private func check(
    _ pair: PerturbationPair, autodiff: Double, size: Double, _ first: RoundoffBound, depth: Int,
    claimed: ([PerturbedEvaluation.Move]) -> Double
  ) throws {
    var search = StepSearch(start: -3, lowest: -24, highest: pair.highest, targets: [size], power: 2)
    search.run { pair.difference($0, evaluation, first.noise) }
    var slope = search.best[0]
    if slope.bar.isInfinite, search.trouble?.flip != nil { slope.note = "a branch changes inside every stencil" }
    let side = Derivative(
      autodiff: autodiff, magnitude: size, roundOff: RoundoffBound.unit * Double(16 + 4 * depth) * size,
      noise: first.noise, value: evaluation.base[0])
    var entry = side.entry(
      slope, "\(pair.a.name(self)), \(pair.b.name(self))", "", order: 2, resolution: resolution * 10)
    if entry.verdict == .disagree, autodiff.isFinite,
      !isConfirmed(pair, slope, autodiff, first.noise, claimed)
    {
      entry.verdict = .inconclusive
      entry.note = "the function changes faster than any step that rounding allows"
    }
    entries.append(entry)
  }

  /// As for slopes: a plain difference still disagrees at a step over which the claim hardly changes.
  private func isConfirmed(
    _ pair: PerturbationPair, _ slope: Slope, _ autodiff: Double, _ noise: Double,
    _ claimed: ([PerturbedEvaluation.Move]) -> Double
  ) -> Bool {
    let difference = (autodiff - slope.value).magnitude
    for exponent in stride(from: Int(slope.step.exponent) + 2, to: -24, by: -2) {
      let s = Double(sign: .plus, exponent: exponent, significand: 1)
      guard case .slopes(let measured, let noises) = pair.difference(s, evaluation, noise) else { continue }
      if noises[0] > difference / 4 { return false }
      let ends = [pair.a, pair.b].flatMap { perturbation in
        [s, -s].map { (claimed(perturbation.moves($0)) - autodiff).magnitude }
      }
      let isSteady = ends.allSatisfy { $0 <= difference / 4 }
      if isSteady, (measured[0] - autodiff).magnitude >= difference / 2 { return true }
    }
    return false
  }

  private func symmetry(_ second: [[Double]], _ sizes: [[Double]], _ perturbations: [Perturbation]) {
    var worst = 0.0, place = ""
    for i in second.indices {
      for j in 0..<i where second[i][j].isFinite && second[j][i].isFinite {
        let size = Swift.max(sizes[i][j], sizes[j][i], second[i][j].magnitude, second[j][i].magnitude)
        let ratio = size > 0 ? (second[i][j] - second[j][i]).magnitude / size : 0
        if ratio > worst { (worst, place) = (ratio, "\(perturbations[i].name(self)), \(perturbations[j].name(self))") }
      }
    }
    let detail = "the two halves of the Hessian differ by at most \(Tensor.digits(worst)) of their size"
    opinions.append(
      .init(
        .symmetry, worst <= 1e-9 ? .agree : .disagree,
        worst <= 1e-9 ? detail : detail + ", at \(place)"))
  }

  // MARK: Along lines

  /// dⁿf/dtⁿ along each line by n backward passes, against differences.
  private func along(_ perturbations: [Perturbation], _ first: RoundoffBound, order: Int) throws {
    for perturbation in perturbations {
      evaluation.restore()
      try graph.scope { () throws -> Void in
        let (node, size) = try directional(perturbation, order)
        evaluation.restore()
        let autodiff = try node?.scalar() ?? 0
        let floor =
          first.size(perturbation) / (order == 2 ? perturbation.scale : perturbation.scale * perturbation.scale)
        let size1 = Swift.max(size, floor, autodiff.magnitude)
        var search = StepSearch(start: -3, lowest: -18, highest: perturbation.highest, targets: [size1], power: 2)
        search.run { perturbation.difference($0, evaluation, first.noise, order: order) }
        var slope = search.best[0]
        if slope.bar.isInfinite, search.trouble?.flip != nil { slope.note = "a branch changes inside every stencil" }
        let side = Derivative(
          autodiff: autodiff, magnitude: size1,
          roundOff: RoundoffBound.unit * Double(64 + 16 * first.depth) * size1, noise: first.noise,
          value: evaluation.base[0])
        let name = Array(repeating: perturbation.name(self), count: order).joined(separator: ", ")
        var entry = side.entry(slope, name, "", order: order, resolution: resolution * (order == 2 ? 10 : 1000))
        if entry.verdict == .disagree, autodiff.isFinite, !isSteady(node, perturbation, slope, autodiff) {
          entry.verdict = .inconclusive
          entry.note = "the derivative changes faster than any step that rounding allows"
        }
        entries.append(entry)
      }
    }
    evaluation.restore()
  }

  /// The nth derivative along a line as a node, `nil` where no path leads, and its size without cancellation.
  private func directional(_ perturbation: Perturbation, _ order: Int) throws -> (Node?, Double) {
    var function = output.shape.rank == 0 ? output : output.reshaped(to: []), size = 0.0
    for _ in 0..<order {
      let pass = graph.backward(from: function, upstream: nil, wanted: nodes.map(\.id))
      if let failure = pass.failure { throw failure }
      size = try graph.scope { () throws -> Double in try RoundoffBound(pass, leaves: nodes).size(perturbation) }
      var sum: Node?
      for (leaf, slopes) in perturbation.direction(evaluation).enumerated() {
        guard let gradient = pass[nodes[leaf]], slopes.contains(where: { $0 != 0 }) else { continue }
        let part = (gradient * graph.constant(Tensor(shape: gradient.shape, slopes))).sum()
        sum = sum.map { $0 + part } ?? part
      }
      guard let sum else { return (nil, 0) }
      function = sum
    }
    return (function, size)
  }

  /// Whether the claimed derivative is nearly constant over a stencil at which it is still refuted.
  private func isSteady(_ node: Node?, _ perturbation: Perturbation, _ slope: Slope, _ autodiff: Double) -> Bool {
    guard let node else { return true }
    let difference = (autodiff - slope.value).magnitude
    return [slope.step, slope.step / 4, slope.step / 16].contains { s in
      [s, -s].allSatisfy { offset in
        _ = perturbation.sample(evaluation, offset)
        let there = (try? node.scalar()) ?? .nan
        return (there - autodiff).magnitude <= difference / 4
      }
    }
  }
}

extension RoundoffBound {
  /// The gradient and its size along a perturbation.
  func slope(_ perturbation: Perturbation) -> Double { perturbation.weighted(gradients, { $0 }) }
  func size(_ perturbation: Perturbation) -> Double { perturbation.weighted(magnitudes, \.magnitude) }
}
