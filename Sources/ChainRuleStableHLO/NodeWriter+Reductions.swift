import ChainRuleCore

// Sums, extremes, products of matrices, and what runs along an axis.

extension NodeWriter {
  func reduction(_ form: PrimitiveForm) -> StableHLOValue? {
    switch form {
    case .sum(let axes): body.sum(x, axes)
    case .extremum(let isMaximum, let axes): isMaximum ? body.largest(x, axes) : body.smallest(x, axes)
    case .logSumExp(let axes): logSumExp(x, axes)
    case .softmax(let axis): softmax(axis)
    case .argmax(let axis): argmax(axis)
    case .cumulativeSum(let axis, let isReversed): cumulative(x, axis, isReversed, from: 0, "stablehlo.add")
    case .matmul(let left, let right, let isRounded): matmul(x, inputs[1], left, right, isRounded)
    default: nil
    }
  }

  func logSumExp(_ x: StableHLOValue, _ axes: [Int]) -> StableHLOValue {
    if axes.isEmpty { return x }
    let largest = body.largest(x, axes)
    // Infinite ones are the result themselves.
    let shift = largest.abs.compared("EQ", .infinity).select(0, largest)
    let powers = (x - body.spread(shift, over: axes, to: x.dimensions)).exp
    return body.sum(powers, axes).log + shift
  }

  private func softmax(_ axis: Int) -> StableHLOValue {
    let largest = body.largest(x, [axis])
    let shift = largest.compared("EQ", -.infinity).select(0, largest)
    let powers = (x - body.spread(shift, over: [axis], to: x.dimensions)).exp
    let sum = body.sum(powers, [axis])
    let divisor = sum.compared("EQ", 0).select(1, sum)
    return powers / body.spread(divisor, over: [axis], to: x.dimensions)
  }

  /// The first place of the largest; the first NaN wins.
  private func argmax(_ axis: Int) -> StableHLOValue {
    let places = body.positions(x.dimensions, axis: axis)
    let largest = body.spread(body.largest(x, [axis]), over: [axis], to: x.dimensions)
    let isWinner = x.compared("EQ", largest).or(x.isNaN)
    let none = body.constant(Double(Int32.max), places.type)
    return body.reduced(isWinner.select(places, none), [axis], from: Double(Int32.max), "stablehlo.minimum")
  }

  /// What an operation makes of all elements up to each: log₂ n rounds, each of which reaches twice as far.
  func cumulative(
    _ x: StableHLOValue, _ axis: Int, _ isReversed: Bool, from start: Double, _ operation: String
  ) -> StableHLOValue {
    scanned(x, axis, isReversed) { now, before, _ in now.with(operation, before) }
  }

  /// `join` is given the value at a place, that of `reach` places before (the filling where there is none), and reach.
  func scanned(
    _ x: StableHLOValue, _ axis: Int, _ isReversed: Bool, filling: Double = 0,
    _ join: (_ now: StableHLOValue, _ before: StableHLOValue, _ reach: Int) -> StableHLOValue
  ) -> StableHLOValue {
    var (value, reach) = (x, 1)
    let length = x.dimensions[axis]
    while reach < length {
      value = join(value, shifted(value, axis, by: isReversed ? -reach : reach, filling: filling), reach)
      reach *= 2
    }
    return value
  }

  /// Every element moved along an axis.
  func shifted(_ x: StableHLOValue, _ axis: Int, by reach: Int, filling: Double) -> StableHLOValue {
    var (low, high) = (x.dimensions.map { _ in 0 }, x.dimensions.map { _ in 0 })
    (low[axis], high[axis]) = (Swift.max(0, reach), Swift.max(0, -reach))
    let kept = x.part(reach > 0 ? 0 : -reach, x.dimensions[axis] - Swift.abs(reach), axis: axis)
    return kept.padded(low, high, with: filling)
  }

  func matmul(
    _ a: StableHLOValue, _ b: StableHLOValue, _ transposesLeft: Bool = false, _ transposesRight: Bool = false,
    _ isRounded: Bool = false
  ) -> StableHLOValue {
    let rank = a.dimensions.count, batch = Array(0..<rank - 2), element = isRounded ? .bfloat16 : a.type.element
    return body.product(
      a.converted(to: element), b.converted(to: element), as: a.type.element, batch: (batch, batch),
      over: ([transposesLeft ? rank - 2 : rank - 1], [transposesRight ? rank - 1 : rank - 2]))
  }
}
