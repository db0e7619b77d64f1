import ChainRuleCore

/// What runs between known values.
public enum InterpolationMethod: Sendable, Hashable {
  /// Straight lines; the end values outside, as in `numpy.interp`.
  case linear
  /// The cubic spline whose first two pieces are one cubic, and whose last two are, as SciPy's `CubicSpline` by default
  /// (not-a-knot); outside, the end pieces go on.
  case cubic
  /// The cubic spline whose second derivatives are 0 at the ends.
  case naturalCubic
}

/// Values between `values` at `places`, both `[n]` with places in ascending order, at every element of `x`.
///
/// The gradient flows to x, places and values. At a place the piece to its right counts.
public func interpolate(
  _ x: Node, _ places: Node, _ values: Node, method: InterpolationMethod = .linear
) -> Node {
  if let broken = [x, places, values].first(where: { $0.error != nil }) { return broken }
  return x.graph.attempt(in: "interpolate") {
    guard places.shape.rank == 1, places.shape == values.shape, places.shape[0] >= 2 else {
      throw ChainRuleError(
        .shape, in: "interpolate", required: "places and values of one shape [n], n at least 2",
        got: "\(places.shape) and \(values.shape)")
    }
    let piece = x.graph.recordGeneral(
      SearchSorted(side: .right, givesPiece: true, isSmooth: method != .linear), [places, x])
    func ends(_ row: Node) -> (Node, Node) { (row.gathered(at: piece), row.gathered(at: piece + 1)) }
    let (start, end) = ends(places), (low, high) = ends(values), width = end - start
    let part = (x - start) / width
    if method == .linear {
      let part = clamp(part, min: 0, max: 1)
      return (1 - part) * low + part * high
    }
    let (bendLow, bendHigh) = ends(bends(places, values, isNatural: method == .naturalCubic)), rest = 1 - part
    let curve = rest * (square(rest) - 1) * bendLow + part * (square(part) - 1) * bendHigh
    return rest * low + part * high + square(width) / 6 * curve
  }
}

/// The second derivatives of a cubic spline at its places (de Boor, A Practical Guide to Splines, chapter IV):
/// hᵢ₋₁Mᵢ₋₁ + 2(hᵢ₋₁ + hᵢ)Mᵢ + hᵢMᵢ₊₁ = 6(slopeᵢ − slopeᵢ₋₁), with both ends eliminated.
private func bends(_ places: Node, _ values: Node, isNatural: Bool) -> Node {
  let count = places.shape[0]
  if count == 2 { return 0 * values }
  let widths = places.difference(), slopes = values.difference() / widths
  let before = widths[0..<(count - 2)], after = widths[1..<(count - 1)], right = 6 * slopes.difference()
  if isNatural {
    return tridiagonalSolve(lower: before, diagonal: 2 * (before + after), upper: after, right).bordered(1, 1, axis: 0)
  }
  if count == 3 { return (right / (3 * (before + after))).repeated(3) }  // a parabola
  // M₀ = (1 + r)·M₁ − r·M₂ with r = h₀/h₁, and likewise at the other end.
  let (first, last) = (widths[0..<1], widths[(count - 2)..<(count - 1)])
  let r = first / widths[1..<2], s = last / widths[(count - 3)..<(count - 2)], inner = count - 2
  func atStart(_ x: Node) -> Node { x.bordered(0, inner - 1, axis: 0) }
  func atEnd(_ x: Node) -> Node { x.bordered(inner - 1, 0, axis: 0) }
  let solution = tridiagonalSolve(
    lower: before - atEnd(last * s), diagonal: 2 * (before + after) + atStart(first * (1 + r)) + atEnd(last * (1 + s)),
    upper: after - atStart(first * r), right)
  let start = (1 + r) * solution[0..<1] - r * solution[1..<2]
  let end = (1 + s) * solution[(inner - 1)..<inner] - s * solution[(inner - 2)..<(inner - 1)]
  return concatenate([start, solution, end])
}
