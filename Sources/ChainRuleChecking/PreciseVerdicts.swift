import ChainRuleCore

/// The second opinion on every row, where the graph consists of the library's primitives: both sides in twice the
/// precision. The numeric one is a difference over a hundred-millionth of the input, which no period, narrow feature or
/// rounding of a double can deceive; the claimed one is the recorded gradient, evaluated with 32 digits, so that a
/// formula that is right is told from one that rounds.
extension GradientCheck {
  /// How many elements may be computed for rows that double precision left open or called wrong, for higher derivatives
  /// that are claimed to be 0 (near 0, differences of doubles show little of them), and for the others.
  private struct Limits { var open = 400_000, zero = 100_000, agreed = 20_000 }

  func confirmPrecisely(_ mode: CheckMode, _ rows: [RoundoffBound]) throws {
    guard case .full = mode else { return }
    evaluation.restore()
    guard let values = try PreciseEvaluation(graph, output: output.id, leaves: nodes.map(\.id)) else { return }
    var places: [String: Element] = [:]
    for leaf in nodes.indices {
      for position in evaluation.points[leaf].indices { places[name(leaf, position)] = (leaf, position) }
    }
    let outputs = Dictionary(outputNames.enumerated().map { ($1, $0) }) { first, _ in first }
    var claims = PreciseClaims(self), budget = Limits()
    for number in entries.indices where entries[number].autodiff.isFinite {
      if Swift.max(budget.open, budget.zero, budget.agreed) < (values.cost + 8) << 3 { break }
      let entry = entries[number], cost = (values.cost + 8) << (entry.order + 2)
      let isOpen = entry.verdict != .agree, isZero = entry.order > 1 && entry.autodiff == 0
      let part = isOpen ? \Limits.open : isZero ? \Limits.zero : \Limits.agreed
      guard budget[keyPath: part] >= cost else { continue }
      var elements = entry.name.split(separator: ", ").compactMap { places[String($0)] }
      if elements.count == 1 { elements = Array(repeating: elements[0], count: entry.order) }
      guard elements.count == entry.order, let row = outputs[entry.output] else { continue }
      budget[keyPath: part] -= cost
      guard
        let slope = try PreciseSlope.find(
          values, evaluation.points, along: elements, of: row, noise: rows[row].noise),
        let claim = try claims.derivative(along: elements, of: row)
      else { continue }
      var decided = entry
      // What looked like a kink may be a narrow feature, or a function that leaps between neighbouring doubles.
      decided.kink = nil
      let isDecided = decided.decide(slope, claim, resolution: resolution(order: entry.order))
      if entry.kink == nil || isDecided { entries[number] = decided }
    }
  }
}

/// One element of one checked node.
typealias Element = (leaf: Int, position: Int)

/// The recorded derivatives in twice the precision, a backward pass at a time.
private struct PreciseClaims {
  private let check: GradientCheck
  /// By output row and the elements before the last: the derivatives by every element.
  private var found: [[Int]: [[DoubleDouble]]?] = [:]

  init(_ check: GradientCheck) { self.check = check }

  /// The claimed derivative; `nil` where the gradient holds a primitive that has no precise form.
  mutating func derivative(along elements: [Element], of row: Int) throws -> DoubleDouble? {
    let key = [row] + elements.dropLast().flatMap { [$0.leaf, $0.position] }
    if found[key] == nil { found[key] = .some(try derivatives(Array(elements.dropLast()), row)) }
    guard let last = elements.last, let all = found[key] ?? nil else { return nil }
    return all[last.leaf].isEmpty ? 0 : all[last.leaf][last.position]
  }

  private func derivatives(_ elements: [Element], _ row: Int) throws -> [[DoubleDouble]]? {
    let graph = check.graph, leaves = check.nodes.map(\.id)
    let point = check.evaluation.points.map { $0.map { DoubleDouble($0) } }
    return try graph.scope { () throws -> [[DoubleDouble]]? in
      var pass = check.pass(row)
      for (leaf, position) in elements {
        guard let gradient = pass[check.nodes[leaf]] else { return point.map { _ in [] } }
        var unit = [Double](repeating: 0, count: gradient.shape.elementCount)
        unit[position] = 1
        let upstream = gradient.shape.rank == 0 ? nil : graph.constant(Tensor(shape: gradient.shape, unit))
        pass = graph.backward(from: gradient, upstream: upstream, wanted: leaves)
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
