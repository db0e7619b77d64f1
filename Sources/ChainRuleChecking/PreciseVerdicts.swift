import ChainRuleCore

/// The second opinion on every row, where the graph consists of the library's primitives: both sides in twice the
/// precision. The numeric one is a difference over a hundred-millionth of the input, which no period, narrow feature or
/// rounding of a double can deceive; the claimed one is the recorded gradient, evaluated with 32 digits, so that a
/// formula that is right is told from one that rounds.
extension GradientCheck {
  /// How many elements may be computed for rows that double precision left open or called wrong, for higher derivatives
  /// that are claimed to be 0 (near 0, differences of doubles show little of them), and for the others.
  private struct Limits { var open = 400_000, zero = 100_000, agreed = 20_000 }

  func confirmPrecisely(_ rows: [RoundoffBound]) throws {
    evaluation.restore()
    guard let values = try PreciseEvaluation(graph, output: output.id, leaves: nodes.map(\.id)) else { return }
    let known = preciseLines()
    let outputs = Dictionary(outputNames.enumerated().map { ($1, $0) }) { first, _ in first }
    var claims = PreciseClaims(self), budget = Limits()
    for number in entries.indices where entries[number].autodiff.isFinite {
      if Swift.max(budget.open, budget.zero, budget.agreed) < (values.cost + 8) << 3 { break }
      let entry = entries[number], cost = (values.cost + 8) << (entry.order + 2)
      let isOpen = entry.verdict != .agree, isZero = entry.order > 1 && entry.autodiff == 0
      let part = isOpen ? \Limits.open : isZero ? \Limits.zero : \Limits.agreed
      guard budget[keyPath: part] >= cost else { continue }
      var lines = entry.name.split(separator: ", ").compactMap { known[String($0)] }
      if lines.count == 1 { lines = Array(repeating: lines[0], count: entry.order) }
      guard lines.count == entry.order, let row = outputs[entry.output] else { continue }
      budget[keyPath: part] -= cost
      let found = try PreciseSlope.find(values, evaluation, along: lines, of: row, noise: rows[row].noise)
      evaluation.restore()
      guard let slope = found, let claim = try claims.derivative(along: lines, of: row) else { continue }
      var decided = entry
      if slope.isStill {
        let scale = try claims.scale(along: lines, of: row, evaluation.points)
        if decided.standsStill(slope, claim, scale, resolution(order: entry.order)) { entries[number] = decided }
        continue
      }
      // What looked like a kink may be a narrow feature, or a function that leaps between neighbouring doubles.
      decided.kink = nil
      let isDecided = decided.decide(slope, claim, resolution: resolution(order: entry.order))
      if entry.kink == nil || isDecided { entries[number] = decided }
    }
  }

  /// The lines of all rows by the names that these have.
  private func preciseLines() -> [String: PreciseLine] {
    var lines: [String: PreciseLine] = [:]
    for leaf in nodes.indices {
      for (position, x) in evaluation.points[leaf].enumerated() {
        lines[name(leaf, position)] = PreciseLine((leaf, position), at: x, number: lines.count)
      }
    }
    for (name, direction) in namedDirections { lines[name] = PreciseLine(direction: direction, number: lines.count) }
    return lines
  }
}

/// The recorded derivatives in twice the precision, a backward pass at a time.
private struct PreciseClaims {
  private let check: GradientCheck
  /// By output row and the lines before the last: the derivatives by every element.
  private var found: [[Int]: [[DoubleDouble]]?] = [:]

  init(_ check: GradientCheck) { self.check = check }

  /// The claimed derivative; `nil` where the gradient holds a primitive that has no precise form.
  mutating func derivative(along lines: [PreciseLine], of row: Int) throws -> DoubleDouble? {
    let key = [row] + lines.dropLast().map(\.number)
    if found[key] == nil { found[key] = .some(try derivatives(Array(lines.dropLast()), row)) }
    guard let last = lines.last, let all = found[key] ?? nil else { return nil }
    return last.weights.reduce(DoubleDouble(0)) { sum, part in
      let leaf = all[part.element.leaf]
      return leaf.isEmpty ? sum : sum + leaf[part.element.position] * DoubleDouble(part.weight)
    }
  }

  /// The function's own scale of a derivative: that of one order less over a distance at which it may have changed.
  mutating func scale(along lines: [PreciseLine], of row: Int, _ points: [[Double]]) throws -> Double {
    guard lines.count > 1 else { return 0 }
    return try lines.indices.reduce(0) { largest, dropped in
      let moved = lines[dropped].weights.reduce(1.0) {
        Swift.max($0, lines[dropped].weights.count > 1 ? 1 : points[$1.element.leaf][$1.element.position].magnitude)
      }
      var rest = lines
      rest.remove(at: dropped)
      return Swift.max(largest, (try derivative(along: rest, of: row)?.high.magnitude ?? 0) / moved)
    }
  }

  private func derivatives(_ lines: [PreciseLine], _ row: Int) throws -> [[DoubleDouble]]? {
    let graph = check.graph, leaves = check.nodes.map(\.id)
    let point = check.evaluation.points.map { $0.map { DoubleDouble($0) } }
    return try graph.scope { () throws -> [[DoubleDouble]]? in
      var pass = check.pass(row)
      for line in lines {
        var slope: Node?
        for (leaf, node) in check.nodes.enumerated() {
          guard let gradient = pass[node], let weights = line.slopes(of: leaf, count: point[leaf].count) else {
            continue
          }
          let part = (gradient * graph.constant(Tensor(shape: gradient.shape, weights))).sum()
          slope = slope.map { $0 + part } ?? part
        }
        guard let slope else { return point.map { _ in [] } }
        pass = graph.backward(from: slope, upstream: nil, wanted: leaves)
      }
      if let failure = pass.failure { throw failure }
      var result: [[DoubleDouble]] = []
      for node in check.nodes {
        guard let gradient = pass[node] else {
          result.append([])
          continue
        }
        guard let values = try PreciseEvaluation(graph, output: gradient.id, leaves: leaves)?.sample(point) else {
          return nil
        }
        result.append(values)
      }
      return result
    }
  }
}

extension GradientReport.Entry {
  /// Judges a row that doubles left open and that claims 0, where no step moves anything: whether the rounding of twice
  /// the precision is small beside the function's own scale of that derivative.
  fileprivate mutating func standsStill(
    _ slope: PreciseSlope, _ claim: DoubleDouble, _ scale: Double, _ resolution: Double
  ) -> Bool {
    guard verdict == .inconclusive, kink == nil, autodiff == 0, claim == 0, slope.bar <= resolution * scale else {
      return false
    }
    (verdict, numeric, error, relativeError) = (.agree, 0, slope.bar, 0)
    (stencil, note) = (.central, "by differences in twice the precision")
    return true
  }

  /// Judges the row by a slope in twice the precision: whether the recorded formula is right, and whether its value in
  /// double is.
  ///
  /// Constants in formulas are doubles: by as much as the formula's value in double is off, so may they be.
  /// - Returns: whether it agrees or disagrees by these slopes.
  mutating func decide(_ slope: PreciseSlope, _ claim: DoubleDouble, resolution: Double) -> Bool {
    let size = Swift.max(slope.value.high.magnitude, claim.high.magnitude)
    let difference = (claim - slope.value).magnitude.high
    let constants = 1e-13 * size + 4 * (DoubleDouble(autodiff) - claim).magnitude.high
    let isRight = difference <= slope.bar + constants
    guard isRight || difference > 4 * (slope.bar + constants) else { return false }
    let before = verdict
    let off = (autodiff - slope.value.high).magnitude
    if isRight, off > slope.bar + resolution * size {
      guard before != .agree else { return false }
      verdict = .inconclusive
      note =
        "the formula of the gradient is right (by differences in twice the precision), and rounds here by "
        + "\(Tensor.digits(off)); a formula that cancels less would decide"
      return false
    }
    verdict = isRight ? .agree : .disagree
    guard verdict != before || !isRight else { return true }
    (numeric, error, stencil) = (slope.value.high, slope.bar, .central)
    let larger = Swift.max(autodiff.magnitude, numeric.magnitude)
    relativeError = larger == 0 ? 0 : (autodiff - numeric).magnitude / larger
    note = "by differences in twice the precision"
    return true
  }
}
