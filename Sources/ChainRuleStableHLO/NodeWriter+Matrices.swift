import ChainRuleCore
import ChainRuleMathematics

// Linear algebra: what the format has (Cholesky, triangular systems), and the rest by loops over rows and columns. The
// matrices of a batch lie along one axis.

extension NodeWriter {
  func matrix(_ form: MathematicalForm) -> StableHLOValue? { solved(form) ?? factored(form) ?? decomposed(form) }

  private func solved(_ form: MathematicalForm) -> StableHLOValue? {
    switch form {
    case .cholesky: return cholesky()
    case .triangularSolve(let isLower, let isTransposed):
      let a = flat(x)
      refuse(where: diagonal(a).compared("EQ", 0), Self.singular(primitive.name))
      return triangularSolve(a, flat(inputs[1]), isLower, isTransposed).reshaped(to: lengths)
    case .solve(let isTransposed):
      return solve(Factors(flat(x), self), flat(inputs[1]), isTransposed).reshaped(to: lengths)
    case .cofactors:
      let factors = Factors(flat(x), self), other = Factors(flat(inputs[1]), self)
      let inverse = solve(other, identity(flat(x)), true)
      let determinant = factors.determinant(self).spread(to: inverse.dimensions, at: [0])
      return (inverse * determinant).reshaped(to: lengths)
    case .matrixExponential: return matrixExponential(flat(x)).reshaped(to: lengths)
    default: return nil
    }
  }

  private func factored(_ form: MathematicalForm) -> StableHLOValue? {
    switch form {
    case .determinant: return Factors(flat(x), self).determinant(self).reshaped(to: lengths)
    case .logDeterminant:
      return body.sum(diagonal(Factors(flat(x), self).values).abs.log, [1]).reshaped(to: lengths)
    case .determinantSign:
      let factors = Factors(flat(x), self), signs = diagonal(factors.values).map("stablehlo.sign")
      return (factors.sign * body.reduced(signs, [1], from: 1, "stablehlo.multiply")).reshaped(to: lengths)
    case .pivotOrder: return Factors(flat(x), self).order.converted(to: body.number).reshaped(to: lengths)
    case .triangularFactors: return Factors(flat(x), self).values.reshaped(to: lengths)
    case .permuteRows(let isTransposed):
      let a = flat(x), order = inputs[1].converted(to: .int32).reshaped(to: Array(a.dimensions.dropLast()))
      let places = order.spread(to: a.dimensions, at: [0, 1])
      return (isTransposed ? scatteredAlong(a, places, 1, a.type) : gatherAlong(a, places, 1)).reshaped(to: lengths)
    case .triangle(let isLower, let offset, let weight): return triangle(x, isLower, offset, weight)
    default: return nil
    }
  }

  // MARK: Shapes

  /// A batch along one axis.
  func flat(_ x: StableHLOValue) -> StableHLOValue {
    let matrix = Array(x.dimensions.suffix(2))
    return x.reshaped(to: [x.dimensions.dropLast(2).reduce(1, *)] + matrix)
  }

  /// 1 where the column is the row, in the shape of a batch of matrices.
  func isDiagonal(_ dimensions: [Int]) -> StableHLOValue {
    let rank = dimensions.count
    return body.positions(dimensions, axis: rank - 2).compared("EQ", body.positions(dimensions, axis: rank - 1))
  }

  func identity(_ like: StableHLOValue) -> StableHLOValue {
    isDiagonal(like.dimensions).select(like.filled(1), 0)
  }

  /// `[batch, n]`.
  func diagonal(_ a: StableHLOValue) -> StableHLOValue {
    let sums = body.sum(isDiagonal(a.dimensions).select(a, 0), [2]), n = Swift.min(a.dimensions[1], a.dimensions[2])
    return sums.part(0, n, axis: 1)
  }

  func turned(_ a: StableHLOValue) -> StableHLOValue { a.transposed([0, 2, 1]) }

  private func triangle(_ x: StableHLOValue, _ isLower: Bool, _ offset: Int, _ weight: Double) -> StableHLOValue {
    let rank = x.dimensions.count, rows = body.positions(x.dimensions, axis: rank - 2)
    let gaps = body.positions(x.dimensions, axis: rank - 1) - rows
    let bound = Double(Swift.max(-0x7fff_ffff, Swift.min(0x7fff_ffff, offset)))
    let kept = gaps.compared(isLower ? "LE" : "GE", bound).select(x, 0)
    if weight == 1 { return kept }
    return gaps.compared("EQ", 0).select(kept * weight, kept)
  }

  static func singular(_ name: String) -> ChainRuleError {
    ChainRuleError(
      .value, in: name, required: "an invertible matrix", got: "one with a pivot of 0",
      hint: "leastSquares and pseudoInverse take matrices of any rank.")
  }

  // MARK: Systems

  private func cholesky() -> StableHLOValue {
    let a = flat(x), symmetric = (a + turned(a)) * 0.5
    let factor = body.emit("stablehlo.cholesky", [symmetric], "lower = true", results: [a.type])[0]
    let lower = triangle(factor, true, 0, 1)
    refuse(
      where: diagonal(lower).compared("GT", 0).map("stablehlo.not"),
      ChainRuleError(
        .value, in: primitive.name, required: "a positive definite matrix", got: "one with a pivot that is not above 0",
        hint: "Add a small multiple of the identity where rounding made it indefinite."))
    return lower.reshaped(to: lengths)
  }

  func triangularSolve(
    _ a: StableHLOValue, _ b: StableHLOValue, _ isLower: Bool, _ isTransposed: Bool, hasOnes: Bool = false
  ) -> StableHLOValue {
    body.emit(
      "stablehlo.triangular_solve", [a, b],
      "left_side = true, lower = \(isLower), unit_diagonal = \(hasOnes), "
        + "transpose_a = #stablehlo<transpose \(isTransposed ? "TRANSPOSE" : "NO_TRANSPOSE")>",
      results: [b.type])[0]
  }

  func solve(_ factors: Factors, _ b: StableHLOValue, _ isTransposed: Bool) -> StableHLOValue {
    refuse(where: diagonal(factors.values).compared("EQ", 0), Self.singular(primitive.name))
    let places = factors.order.spread(to: b.dimensions, at: [0, 1])
    if isTransposed {
      let upper = triangularSolve(factors.values, b, false, true)
      let lower = triangularSolve(factors.values, upper, true, true, hasOnes: true)
      return scatteredAlong(lower, places, 1, b.type)
    }
    let lower = triangularSolve(factors.values, gatherAlong(b, places, 1), true, false, hasOnes: true)
    return triangularSolve(factors.values, lower, false, false)
  }

  // MARK: Exponential

  /// Padé's approximant of order 13 after halvings, then as many squarings (Higham 2005).
  private func matrixExponential(_ a: StableHLOValue) -> StableHLOValue {
    let one = StableHLOType([], body.number), index = StableHLOType([], .int32)
    let norm = body.largest(body.sum(a.abs, [2]), [0, 1])
    let raised = (norm * 0.25).log * 1.4426950408889634
    let halvings = norm.compared("GT", 4).select((raised.floor + 1).maximum(body.constant(0, one)), 0)
    let scale = body.constant(2, one).with("stablehlo.power", -halvings)
    let start = rational(a * scale.spread(to: a.dimensions, at: []))
    let count = halvings.converted(to: .int32)
    return body.loop([body.whole(0, index), start], while: { $0[0].compared("LT", count) }) { all in
      [all[0] + 1, matmul(all[1], all[1])]
    }[1]
  }

  private func rational(_ a: StableHLOValue) -> StableHLOValue {
    let b: [Double] = [
      64_764_752_532_480_000, 32_382_376_266_240_000, 7_771_770_303_897_600, 1_187_353_796_428_800,
      129_060_195_264_000, 10_559_470_521_600, 670_442_572_800, 33_522_128_640, 1_323_241_920, 40_840_800, 960_960,
      16_380, 182, 1,
    ]
    let unit = identity(a), a2 = matmul(a, a), a4 = matmul(a2, a2), a6 = matmul(a4, a2)
    func sum(_ places: [Int], _ powers: [StableHLOValue]) -> StableHLOValue {
      let terms = zip(places, powers).map { $1 * b[$0] }
      return terms.dropFirst().reduce(terms[0], +)
    }
    let oddHigh = matmul(a6, sum([13, 11, 9], [a6, a4, a2]))
    let odd = matmul(a, oddHigh + sum([7, 5, 3, 1], [a6, a4, a2, unit]))
    let evenHigh = matmul(a6, sum([12, 10, 8], [a6, a4, a2]))
    let even = evenHigh + sum([6, 4, 2, 0], [a6, a4, a2, unit])
    return solve(Factors(even - odd, self), even + odd, false)
  }
}

/// L below the diagonal and U on and above it, by columns with partial pivoting.
struct Factors {
  let values: StableHLOValue
  /// Which row moved to each place, Int32 `[batch, m]`.
  let order: StableHLOValue
  /// 1 or −1 for each matrix: the sign of the order.
  let sign: StableHLOValue

  init(_ a: StableHLOValue, _ writer: NodeWriter) {
    let body = writer.body, (batch, m, n) = (a.dimensions[0], a.dimensions[1], a.dimensions[2])
    let rows = body.positions([batch, m], axis: 1), columns = body.positions([batch, m, n], axis: 2)
    let ones = body.constant(1, StableHLOType([batch], a.type.element))
    let end = body.repeated(Swift.min(m, n), [a, rows, ones]) { step, all in
      let (a, order, sign) = (all[0], all[1], all[2]), here = step.spread(to: [batch, m], at: [])
      let sizes = body.row(a, step, axis: 2).reshaped(to: [batch, m]).abs
      let winner = Self.winner(rows.compared("GE", here).select(sizes, -1), rows, body)
      let place = winner.spread(to: [batch, m], at: [0])
      let exchange = rows.compared("EQ", here).select(place, rows.compared("EQ", place).select(here, rows))
      let moved = writer.gatherAlong(a, exchange.spread(to: [batch, m, n], at: [0, 1]), 1)
      let nextOrder = writer.gatherAlong(order, exchange, 1)
      let isSwapped = winner.compared("NE", step.spread(to: [batch], at: []))
      let reduced = Self.eliminated(moved, step, rows, columns, body)
      return [reduced, nextOrder, isSwapped.select(-sign, sign)]
    }
    (values, order, sign) = (end[0], end[1], end[2])
  }

  /// The first place of the largest along the last axis.
  private static func winner(
    _ sizes: StableHLOValue, _ places: StableHLOValue, _ body: StableHLOBuilder
  ) -> StableHLOValue {
    let best = body.largest(sizes, [1]).spread(to: sizes.dimensions, at: [0])
    let none = body.constant(Double(Int32.max), places.type)
    let first = body.reduced(
      sizes.compared("EQ", best).or(sizes.isNaN).select(places, none), [1], from: Double(Int32.max),
      "stablehlo.minimum")
    return first
  }

  private static func eliminated(
    _ a: StableHLOValue, _ step: StableHLOValue, _ rows: StableHLOValue, _ columns: StableHLOValue,
    _ body: StableHLOBuilder
  ) -> StableHLOValue {
    let all = a.dimensions, here = step.spread(to: all, at: [])
    let column = body.row(a, step, axis: 2)
    let row = body.row(a, step, axis: 1), pivot = body.row(row, step, axis: 2).reshaped(to: [all[0]])
    let divisor = pivot.spread(to: column.dimensions, at: [0])
    let isBelow = rows.compared("GT", step.spread(to: rows.dimensions, at: []))
    let factor = isBelow.reshaped(to: column.dimensions)
      .select(divisor.compared("EQ", 0).select(0, column / divisor), 0).reshaped(to: [all[0], all[1]])
    let wide = factor.spread(to: all, at: [0, 1])
    let rest = a - wide * row.reshaped(to: [all[0], all[2]]).spread(to: all, at: [0, 2])
    let isRight = columns.compared("GT", here)
    let inColumn = columns.compared("EQ", here).and(isBelow.spread(to: all, at: [0, 1]))
    return isRight.select(rest, inColumn.select(wide, a))
  }

  /// `[batch]`.
  func determinant(_ writer: NodeWriter) -> StableHLOValue {
    sign * writer.body.reduced(writer.diagonal(values), [1], from: 1, "stablehlo.multiply")
  }
}
