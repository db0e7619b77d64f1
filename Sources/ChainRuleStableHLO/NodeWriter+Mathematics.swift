import ChainRuleCore
import ChainRuleMathematics

// Primitives of whole tensors: order, recurrences, transforms.

extension NodeWriter {
  func mathematical(_ form: MathematicalForm) throws -> StableHLOValue? { ordered(form) ?? run(form) ?? matrix(form) }

  private func ordered(_ form: MathematicalForm) -> StableHLOValue? {
    switch form {
    case .argsort(let axis, let isDescending, let count): argsort(x, axis, isDescending, count)
    case .cumulativeArgmax(let axis): cumulativeArgmax(axis)
    case .quantilePlace(let length): quantilePlace(length)
    case .truePlaces(let count): truePlaces(count)
    case .searchSorted(let isLeft, let givesPiece): searchSorted(isLeft, givesPiece)
    default: nil
    }
  }

  private func run(_ form: MathematicalForm) -> StableHLOValue? {
    switch form {
    case .linearRecurrence(let axis, let isReversed): linearRecurrence(axis, isReversed)
    case .cumulativeLogSumExp(let axis): cumulativeLogSumExp(axis)
    case .fourierTransform(let isInverse, let isMean): fourierTransform(isInverse, isMean)
    case .tridiagonalSolve: tridiagonalSolve()
    default: nil
    }
  }

  // MARK: Order

  /// Positions in order: equals stay in theirs, NaN is the largest.
  func argsort(_ x: StableHLOValue, _ axis: Int, _ isDescending: Bool, _ count: Int?) -> StableHLOValue {
    let places = body.positions(x.dimensions, axis: axis)
    let number = StableHLOType([], x.type.element), index = StableHLOType([], .int32)
    let comparator = body.region([number, number, index, index]) { all in
      let (a, b) = isDescending ? (all[1], all[0]) : (all[0], all[1])
      let bIsLast = b.isNaN.and(a.compared("EQ", a))
      return [a.compared("LT", b).or(bIsLast)]
    }
    let sorted = body.emit(
      "stablehlo.sort", [x, places], "dimension = \(axis) : i64, is_stable = true", results: [x.type, places.type],
      regions: [comparator])[1]
    return count.map { sorted.part(0, $0, axis: axis) } ?? sorted
  }

  private func cumulativeArgmax(_ axis: Int) -> StableHLOValue {
    let places = body.positions(x.dimensions, axis: axis), length = x.dimensions[axis]
    var (value, winner, reach) = (x, places, 1)
    while reach < length {
      let before = shifted(value, axis, by: reach, filling: 0), other = shifted(winner, axis, by: reach, filling: 0)
      let isEarlierLarger = value.isNaN.map("stablehlo.not").and(before.compared("GE", value))
      let takes = places.compared("GE", Double(reach)).and(before.isNaN.or(isEarlierLarger))
      (value, winner) = (takes.select(before, value), takes.select(other, winner))
      reach *= 2
    }
    return winner
  }

  private func quantilePlace(_ length: Int) -> StableHLOValue {
    let isInside = x.compared("GE", 0).and(x.compared("LE", 1))
    refuse(
      where: isInside.map("stablehlo.not"),
      ChainRuleError(.value, in: "quantile", required: "a q from 0 to 1", got: "another", hint: "0.5 is the median."))
    let place = (x * Double(length - 1)).converted(to: .int32)
    return place.minimum(place.filled(Double(length - 2))).maximum(place.filled(0))
  }

  /// The k-th place is how many positions have fewer than k of the marks up to them.
  private func truePlaces(_ count: Int) -> StableHLOValue {
    let rank = x.dimensions.count, length = x.dimensions[rank - 1]
    let marks = x.compared("NE", 0).converted(to: .int32)
    let sums = cumulative(marks, rank - 1, false, from: 0, "stablehlo.add")
    let wide = Array(x.dimensions.dropLast()) + [count, length]
    let spread = sums.spread(to: wide, at: Array(0..<rank - 1) + [rank])
    let wanted = body.positions(wide, axis: rank - 1)
    return body.sum(spread.compared("LE", wanted).converted(to: .int32), [rank])
  }

  private func searchSorted(_ isLeft: Bool, _ givesPiece: Bool) -> StableHLOValue {
    let numbers = inputs[1], rank = numbers.dimensions.count, length = x.dimensions[x.dimensions.count - 1]
    checkAscending(strictly: givesPiece)
    let wide = numbers.dimensions + [length]
    let axes = x.dimensions.count == 1 ? [rank] : Array(0..<rank - 1) + [rank]
    let row = x.spread(to: wide, at: axes), wanted = numbers.spread(to: wide, at: Array(0..<rank))
    func isLess(_ a: StableHLOValue, _ b: StableHLOValue) -> StableHLOValue {
      a.compared("LT", b).or(b.isNaN.and(a.compared("EQ", a)))
    }
    let counts = isLeft ? isLess(row, wanted) : isLess(wanted, row).map("stablehlo.not")
    let place = body.sum(counts.converted(to: .int32), [rank])
    guard givesPiece else { return place }
    return (place - 1).minimum(place.filled(Double(length - 2))).maximum(place.filled(0))
  }

  private func checkAscending(strictly: Bool) {
    let axis = x.dimensions.count - 1, length = x.dimensions[axis]
    guard length > 1 else { return }
    let first = x.part(0, length - 1, axis: axis), second = x.part(1, length - 1, axis: axis)
    let falls = first.compared(strictly ? "GE" : "GT", second).or(first.isNaN.and(second.compared("EQ", second)))
    refuse(
      where: falls,
      ChainRuleError(
        .value, in: primitive.name, required: strictly ? "places in ascending order, each once" : "ascending rows",
        got: "others", hint: "Sort them with sorted()."))
  }

  // MARK: Recurrences

  private func linearRecurrence(_ axis: Int, _ isReversed: Bool) -> StableHLOValue {
    let length = x.dimensions[axis]
    return body.repeated(length, [inputs[1]]) { step, carried in
      let place = isReversed ? step.filled(Double(length - 1)) - step : step
      let before = isReversed ? place + 1 : place - 1
      let now =
        body.row(x, place, axis: axis) * body.row(carried[0], before, axis: axis)
        + body.row(inputs[1], place, axis: axis)
      let first = step.compared("EQ", 0).spread(to: now.dimensions, at: [])
      let value = first.select(body.row(inputs[1], place, axis: axis), now)
      return [body.replaced(carried[0], place, by: value, axis: axis)]
    }[0]
  }

  private func cumulativeLogSumExp(_ axis: Int) -> StableHLOValue {
    scanned(x, axis, false, filling: -.infinity) { now, before, _ in
      let gap = now.compared("EQ", before).select(0, (now - before).abs)
      return now.maximum(before) + (-gap).exp.log1p
    }
  }

  private func fourierTransform(_ isInverse: Bool, _ isMean: Bool) -> StableHLOValue {
    let rank = x.dimensions.count, length = x.dimensions[rank - 1]
    let rows = Array(x.dimensions.dropLast(2)) + [length]
    let parts = (0..<2).map { x.part($0, 1, axis: rank - 2).reshaped(to: rows) }
    let element: StableHLOType.Element = body.number == .double ? .complexDouble : .complexSingle
    let complex = StableHLOType(rows, element)
    let pair = body.emit("stablehlo.complex", parts, results: [complex])[0]
    let kind = isInverse ? "IFFT" : "FFT"
    let turned = body.emit(
      "stablehlo.fft", [pair], "fft_type = #stablehlo<fft_type \(kind)>, fft_length = array<i64: \(length)>",
      results: [complex])[0]
    let single = Array(x.dimensions.dropLast(2)) + [1, length]
    let results = ["stablehlo.real", "stablehlo.imag"].map {
      body.emit($0, [turned], results: [StableHLOType(rows, body.number)])[0].reshaped(to: single)
    }
    let value = body.concatenated(results, axis: rank - 2)
    if isInverse == isMean { return value }
    return isInverse ? value * Double(length) : value / Double(length)
  }

  private func tridiagonalSolve() -> StableHLOValue {
    let axis = x.dimensions.count - 1, length = x.dimensions[axis]
    let (lower, upper) = (x, inputs[2])
    func row(_ x: StableHLOValue, _ place: StableHLOValue) -> StableHLOValue { body.row(x, place, axis: axis) }
    let forth = body.repeated(length - 1, [inputs[1], inputs[3]]) { step, carried in
      let place = step + 1, factor = row(lower, place) / row(carried[0], step)
      let pivot = row(carried[0], place) - factor * row(upper, step)
      let value = row(carried[1], place) - factor * row(carried[1], step)
      return [
        body.replaced(carried[0], place, by: pivot, axis: axis),
        body.replaced(carried[1], place, by: value, axis: axis),
      ]
    }
    refuse(
      where: forth[0].compared("EQ", 0),
      ChainRuleError(
        .value, in: primitive.name, required: "a matrix that is eliminated without exchanges of rows",
        got: "the pivot 0"))
    let last = body.whole(length - 1, StableHLOType([], .int32))
    let start = body.replaced(forth[1], last, by: row(forth[1], last) / row(forth[0], last), axis: axis)
    return body.repeated(length - 1, [start]) { step, carried in
      let place = last - 1 - step
      let value = (row(carried[0], place) - row(upper, place) * row(carried[0], place + 1)) / row(forth[0], place)
      return [body.replaced(carried[0], place, by: value, axis: axis)]
    }[0]
  }
}
