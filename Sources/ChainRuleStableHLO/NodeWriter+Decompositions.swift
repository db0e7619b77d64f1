import ChainRuleCore
import ChainRuleMathematics

// Orthogonal factors, eigenvalues and singular values: Gram and Schmidt made twice, and Jacobi's rotations.

extension NodeWriter {
  func decomposed(_ form: MathematicalForm) -> StableHLOValue? {
    switch form {
    case .orthogonalFactors: return orthogonalFactors(flat(x)).reshaped(to: lengths)
    case .eigh(let valuesOnly):
      let both = eigh(flat(x))
      return (valuesOnly ? both.part(0, 1, axis: 1) : both).reshaped(to: lengths)
    case .singularValues(let valuesOnly):
      let a = flat(x), parts = singular(a)
      let row = parts.s.reshaped(to: [a.dimensions[0], 1, parts.s.dimensions[1]])
      let isDeficient = parts.s.compared("EQ", 0)
      if valuesOnly { return row.reshaped(to: lengths) }
      refuse(where: isDeficient, Self.deficient(primitive.name))
      return body.concatenated([parts.u, row, parts.v], axis: 1).reshaped(to: lengths)
    case .pseudoInverse: return pseudoInverse(flat(x)).reshaped(to: lengths)
    case .reciprocals:
      let least = leastDivisor(x)
      refuse(where: x.abs.compared("LE", least), Self.deficient(primitive.name))
      return 1 / x
    case .reciprocalGaps: return pairs { $1 - $0 }
    case .reciprocalSums: return pairs { $0 + $1 }
    default: return nil
    }
  }

  private static func deficient(_ name: String) -> ChainRuleError {
    ChainRuleError(
      .value, in: name, required: "a matrix of full rank, and values that differ", got: "another",
      hint: "This library's own programs take some that other engines do not.")
  }

  private var epsilon: Double { body.number == .double ? Double.ulpOfOne : Double(Float.ulpOfOne) }

  /// Divisors up to it are 0 to rounding.
  private func leastDivisor(_ x: StableHLOValue) -> StableHLOValue {
    let axis = x.dimensions.count - 1
    return body.spread(body.largest(x.abs, [axis]), over: [axis], to: x.dimensions) * (8 * epsilon)
  }

  private func pairs(_ divisor: (StableHLOValue, StableHLOValue) -> StableHLOValue) -> StableHLOValue {
    let rank = x.dimensions.count, batch = Array(0..<rank - 1)
    let first = x.spread(to: lengths, at: batch + [rank - 1]), second = x.spread(to: lengths, at: batch + [rank])
    let least = leastDivisor(x).spread(to: lengths, at: batch + [rank - 1]), value = divisor(first, second)
    let isSame = body.positions(lengths, axis: rank - 1).compared("EQ", body.positions(lengths, axis: rank))
    refuse(
      where: value.abs.compared("LE", least).and(isSame.map("stablehlo.not")),
      ChainRuleError(
        .gradient, in: "derivative of vectors", required: "values that differ by more than rounding",
        got: "two that are equal, or 0"))
    return isSame.select(0, 1 / value)
  }

  // MARK: Gram and Schmidt

  private func orthogonalFactors(_ a: StableHLOValue) -> StableHLOValue {
    let (batch, m, n) = (a.dimensions[0], a.dimensions[1], a.dimensions[2])
    let start = [a * 0, body.constant(0, a.type.with([batch, n, n]))]
    let end = body.repeated(n, start) { step, all in
      let (q, r) = (all[0], all[1])
      var column = body.row(a, step, axis: 2)
      var weights = column.body.constant(0, column.type.with([batch, n, 1]))
      for _ in 0..<2 {
        let part = matmul(q, column, true)
        column = column - matmul(q, part)
        weights = weights + part
      }
      let length = body.sum(column.squared, [1, 2]).sqrt
      let wide = length.spread(to: column.dimensions, at: [0])
      let unit = wide.compared("EQ", 0).select(0, column / wide)
      let isHere = body.positions([batch, n, 1], axis: 1).compared("EQ", step.spread(to: [batch, n, 1], at: []))
      let row = isHere.select(length.spread(to: [batch, n, 1], at: [0]), weights)
      return [body.replaced(q, step, by: unit, axis: 2), body.replaced(r, step, by: row, axis: 2)]
    }
    let least = body.largest(diagonal(end[1]), [1]) * (Double(m) * epsilon)
    refuse(
      where: diagonal(end[1]).compared("LE", least.spread(to: [batch, n], at: [0])), Self.deficient(primitive.name))
    return body.concatenated(end, axis: 1)
  }

  // MARK: Rotations

  /// All pairs of columns in turn, as often as it takes for numbers of this precision.
  private func sweeps(
    _ n: Int, _ start: [StableHLOValue],
    _ rotate: (_ p: StableHLOValue, _ q: StableHLOValue, _ all: [StableHLOValue]) -> [StableHLOValue]
  ) -> [StableHLOValue] {
    let pairs = (0..<n).flatMap { p in (p + 1..<Swift.max(p + 1, n)).map { (p, $0) } }
    if pairs.isEmpty { return start }
    let table = [pairs.map(\.0), pairs.map(\.1)].map { body.constant(Tensor(indices: $0)) }
    let count = pairs.count * (body.number == .double ? 12 : 9)
    return body.repeated(count, start) { step, all in
      let place = step.with("stablehlo.remainder", step.filled(Double(pairs.count)))
      let (p, q) = (body.row(table[0], place).reshaped(to: []), body.row(table[1], place).reshaped(to: []))
      return rotate(p, q, all)
    }
  }

  /// Cosine and sine, `[batch]`, that bring [[a, b], [b, d]] to a diagonal.
  private func rotation(
    _ a: StableHLOValue, _ b: StableHLOValue, _ d: StableHLOValue
  ) -> (c: StableHLOValue, s: StableHLOValue) {
    let ratio = (d - a) / (b * 2), size = ratio.abs
    let tangent = ratio.compared("LT", 0).select(ratio.filled(-1), 1) / (size + hypotenuseOfOne(size))
    let t = b.compared("EQ", 0).select(0, tangent)
    let c = 1 / (1 + t.squared).sqrt
    return (c, t * c)
  }

  /// √(1 + x²) without overflow.
  private func hypotenuseOfOne(_ x: StableHLOValue) -> StableHLOValue {
    let large = x.maximum(x.filled(1)), small = x.minimum(x.filled(1)) / large
    return large * (1 + small.squared).sqrt
  }

  private func turnedPair(
    _ x: StableHLOValue, _ p: StableHLOValue, _ q: StableHLOValue, _ c: StableHLOValue, _ s: StableHLOValue, axis: Int
  ) -> StableHLOValue {
    let first = body.row(x, p, axis: axis), second = body.row(x, q, axis: axis)
    let (c, s) = (c.spread(to: first.dimensions, at: [0]), s.spread(to: first.dimensions, at: [0]))
    let moved = body.replaced(x, p, by: c * first - s * second, axis: axis)
    return body.replaced(moved, q, by: s * first + c * second, axis: axis)
  }

  private func eigh(_ a: StableHLOValue) -> StableHLOValue {
    let (batch, n) = (a.dimensions[0], a.dimensions[1])
    func element(_ x: StableHLOValue, _ i: StableHLOValue, _ j: StableHLOValue) -> StableHLOValue {
      body.row(body.row(x, i, axis: 1), j, axis: 2).reshaped(to: [batch])
    }
    let end = sweeps(n, [(a + turned(a)) * 0.5, identity(a)]) { p, q, all in
      let (c, s) = rotation(element(all[0], p, p), element(all[0], p, q), element(all[0], q, q))
      let rows = turnedPair(all[0], p, q, c, s, axis: 1)
      return [turnedPair(rows, p, q, c, s, axis: 2), turnedPair(all[1], p, q, c, s, axis: 2)]
    }
    let values = diagonal(end[0]), order = argsort(values, 1, false, nil)
    let vectors = gatherAlong(end[1], order.spread(to: a.dimensions, at: [0, 2]), 2)
    let sorted = gatherAlong(values, order, 1).reshaped(to: [batch, 1, n])
    return body.concatenated([sorted, vectors * signs(vectors)], axis: 1)
  }

  /// ±1 for each column: the first element of at least 0.9 of the largest becomes positive.
  private func signs(_ vectors: StableHLOValue) -> StableHLOValue {
    let all = vectors.dimensions, largest = body.largest(vectors.abs, [1]).spread(to: all, at: [0, 2])
    let rows = body.positions(all, axis: 1)
    let isLarge = vectors.abs.compared("GE", largest * 0.9)
    let first = body.reduced(
      isLarge.select(rows, rows.filled(Double(Int32.max))), [1], from: Double(Int32.max), "stablehlo.minimum")
    let isFirst = rows.compared("EQ", first.spread(to: all, at: [0, 2]))
    let value = body.sum(isFirst.select(vectors, 0), [1])
    return value.compared("LT", 0).select(value.filled(-1), 1).spread(to: all, at: [0, 2])
  }

  /// Columns of A are turned against each other until they are orthogonal; their lengths are the singular values.
  private func singular(_ a: StableHLOValue) -> (u: StableHLOValue, s: StableHLOValue, v: StableHLOValue) {
    let (batch, m, n) = (a.dimensions[0], a.dimensions[1], a.dimensions[2])
    if m < n {
      let other = singular(turned(a)), sign = signs(other.v)
      return (
        other.v * sign, other.s,
        other.u
          * sign.part(0, 1, axis: 1).reshaped(to: [batch, m])
          .spread(to: other.u.dimensions, at: [0, 2])
      )
    }
    let unit = body.constant(0, a.type.with([batch, n, n]))
    let end = sweeps(n, [a, isDiagonal(unit.dimensions).select(unit.filled(1), 0)]) { p, q, all in
      let first = body.row(all[0], p, axis: 2), second = body.row(all[0], q, axis: 2)
      let (c, s) = rotation(
        body.sum(first.squared, [1, 2]), body.sum(first * second, [1, 2]), body.sum(second.squared, [1, 2]))
      return all.map { turnedPair($0, p, q, c, s, axis: 2) }
    }
    let sizes = body.sum(end[0].squared, [1]).sqrt, order = argsort(sizes, 1, true, nil)
    let s = gatherAlong(sizes, order, 1)
    func sorted(_ x: StableHLOValue) -> StableHLOValue {
      gatherAlong(x, order.spread(to: x.dimensions, at: [0, 2]), 2)
    }
    let columns = sorted(end[0]), wide = s.spread(to: columns.dimensions, at: [0, 2])
    let u = wide.compared("EQ", 0).select(0, columns / wide), sign = signs(u)
    let signOfV = sign.part(0, 1, axis: 1).reshaped(to: [batch, n]).spread(to: [batch, n, n], at: [0, 2])
    return (u * sign, s, sorted(end[1]) * signOfV)
  }

  private func pseudoInverse(_ a: StableHLOValue) -> StableHLOValue {
    let parts = singular(a), limit = Double(Swift.max(a.dimensions[1], a.dimensions[2])) * epsilon
    let largest = body.largest(parts.s, [1]).spread(to: parts.s.dimensions, at: [0]) * limit
    let inverses = parts.s.compared("GT", largest).select(1 / parts.s, 0)
    return matmul(parts.v * inverses.spread(to: parts.v.dimensions, at: [0, 2]), parts.u, false, true)
  }
}
