import ChainRule

/// What intervals prove about a gradient at a point: the digits that are certain, and claims that cannot be right.
struct Certificate {
  /// One element of the gradient.
  private struct Row {
    let name: String
    let interval: Interval
    /// The claimed number, and whether it lies outside whatever is rounded to it.
    var claim: (value: Double, isRefuted: Bool)?
  }

  private var rows: [Row]

  /// Whether a claim lies outside.
  var refutes: Bool { rows.contains { $0.claim?.isRefuted == true } }

  /// More numbers than this are not enclosed.
  private static let mostRows = 10_000

  /// Encloses the gradient of every element of the output by each input, one row for each entry of the report.
  /// - Throws: for higher orders and directions, for too many rows, and for primitives that have no rule for intervals.
  init(of output: Node, _ inputs: [Node], report: GradientReport, claims: [TypedClaim]) throws {
    let outputs = output.shape.elementCount, moved = inputs.reduce(0) { $0 + $1.shape.elementCount }
    guard report.order == 1, report.coverage.directions == 0, report.entries.count == outputs * moved else {
      throw UsageError("--certify goes with gradients of every element: without --order and --directions")
    }
    guard outputs * moved <= Self.mostRows else {
      throw UsageError("--certify encloses at most \(Self.mostRows) derivatives, not \(outputs * moved)")
    }
    let rows = try (0..<outputs).map { try Self.intervals(of: output, $0, inputs) }
    let claimed = Self.numbers(claims, inputs, output)
    var place = 0
    self.rows = report.entries.map { entry in
      let interval = rows[place % Swift.max(outputs, 1)][place / Swift.max(outputs, 1)]
      place += 1
      let names = [entry.name, entry.fullName].map { $0.filter { !$0.isWhitespace } }
      let claim = names.lazy.compactMap { claimed[$0] }.first.map { claim in
        let (low, high) = (claim.value - claim.half, claim.value + claim.half)
        return (claim.value, isRefuted: high.nextUp < interval.lower || low.nextDown > interval.upper)
      }
      return Row(name: outputs == 1 ? entry.name : entry.fullName, interval: interval, claim: claim)
    }
  }

  /// The enclosed derivatives of one element of the output, by every element of every input.
  private static func intervals(of output: Node, _ row: Int, _ inputs: [Node]) throws -> [Interval] {
    try output.graph.scope { () throws -> [Interval] in
      var unit = [Double](repeating: 0, count: output.shape.elementCount)
      unit[row] = 1
      let upstream = output.shape == .scalar ? nil : output.graph.constant(Tensor(shape: output.shape, unit))
      let gradients = output.backward(upstream: upstream)
      let found = inputs.map { gradients[$0] ?? output.graph.constant(0 as Double).broadcast(to: $0.shape) }
      return try output.graph.enclosures(of: found, over: []).flatMap(\.intervals)
    }
  }

  /// The claimed number of each element: also of a list, whose numbers stand in the elements' order, and of a single number
  /// for a whole tensor.
  private static func numbers(
    _ claims: [TypedClaim], _ inputs: [Node], _ output: Node
  ) -> [String: (value: Double, half: Double)] {
    var result: [String: (value: Double, half: Double)] = [:]
    for claim in claims {
      if let number = claim.number { result[claim.element] = number }
      guard let input = inputs.first(where: { $0.label == claim.name }), output.shape == .scalar else { continue }
      let count = input.shape.elementCount, parts = claim.parts
      guard parts.count == count || claim.number != nil else { continue }
      for place in 0..<count {
        let number = claim.number ?? parts[place]
        result[claim.name + input.shape.subscripts(of: place)] = number
      }
    }
    return result
  }

  /// A line for each element, as many as `limit`; refuted claims first.
  func text(limit: Int) -> String {
    let ordered = rows.filter { $0.claim?.isRefuted == true } + rows.filter { $0.claim?.isRefuted != true }
    let lines = ordered.prefix(limit).map { row in
      let digits = row.interval.certainDigits ?? "no digit: it lies in \(row.interval)"
      let claim = row.claim.map {
        $0.isRefuted ? ", refutes the claimed \($0.value)" : ", allows the claimed \($0.value)"
      }
      return "  certain  \(row.name) = \(digits)\(claim ?? "")"
    }
    let rest = rows.count - lines.count
    return (["by intervals, rounded outward, at these values:"] + lines + (rest > 0 ? ["  … \(rest) more"] : []))
      .joined(separator: "\n")
  }
}
