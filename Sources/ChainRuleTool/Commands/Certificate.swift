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

  /// Encloses the gradient of a single number by each input, one row for each entry of the report.
  /// - Throws: for more outputs than one, and for primitives that have no rule for intervals.
  init(of output: Node, _ inputs: [Node], report: GradientReport, claims: [TypedClaim]) throws {
    guard output.shape == .scalar else {
      throw UsageError("--certify needs one number as the output, not shape \(output.shape); sum(…) makes it one")
    }
    let gradients = output.backward()
    let found = inputs.map { gradients[$0] ?? output.graph.constant(0 as Double).broadcast(to: $0.shape) }
    let intervals = try output.graph.enclosures(of: found, over: []).flatMap(\.intervals)
    guard intervals.count == report.entries.count else {
      throw UsageError("--certify goes with gradients of every element: without --order and --directions")
    }
    rows = zip(report.entries, intervals).map { entry, interval in
      let names = [entry.name, entry.fullName].map { $0.filter { !$0.isWhitespace } }
      let claim = claims.first { names.contains($0.element) }?.number.map { claim in
        let (low, high) = (claim.value - claim.half, claim.value + claim.half)
        return (claim.value, isRefuted: high.nextUp < interval.lower || low.nextDown > interval.upper)
      }
      return Row(name: entry.name, interval: interval, claim: claim)
    }
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
