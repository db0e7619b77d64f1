import ChainRuleCore

/// A derivative by differences in twice the precision.
struct PreciseSlope {
  let value: DoubleDouble, bar: Double
  /// Whether nothing moved at any step: 0 as far as the bar tells.
  var isStill = false

  /// The derivative along the given lines (the same one twice for a second derivative), of one element of the output.
  ///
  /// Steps shrink from about 2⁻²⁶ of the input (2⁻¹⁶ at order 3), or grow from there where rounding dominates, until
  /// two extrapolations of three differences agree to nine digits, all on the point's branch; the bar is their
  /// difference and the rounding. Where none do, and the input is small, from 2⁻¹³ of 1: the curvature of x + x² at
  /// 1e-20 shows over no step of the input's size. `nil` at a kink, a jump, an edge of the domain. Of the output's `noise` in doubles, 2⁻⁵⁰ is left
  /// here: ln(1 + x²) has the rounding of 1, however small it is.
  static func find(
    _ f: PreciseEvaluation, _ inDoubles: PerturbedEvaluation, along lines: [PreciseLine], of row: Int, noise: Double
  ) throws -> PreciseSlope? {
    let own = lines.map(\.size), wide = lines.map(\.wideSize)
    let base = inDoubles.points.map { $0.map { DoubleDouble($0) } }
    func samples(_ sizes: [Double], _ isBorder: Bool) -> Samples {
      Samples(
        f: f, inDoubles: inDoubles, base: base, lines: lines, sizes: sizes, row: row, noise: 0x1p-50 * noise,
        isBorder: isBorder)
    }
    let isBorder = samples(own, false).isBetweenBranches
    let found = try samples(own, isBorder).slope(from: lines.count < 3 ? -26 : -16)
    if let found, !found.isStill { return found }
    return own == wide ? found : try samples(wide, isBorder).slope(from: -13) ?? found
  }
}

/// The function around a point that is moved along lines by parts of their sizes.
private struct Samples {
  let f: PreciseEvaluation, inDoubles: PerturbedEvaluation, base: [[DoubleDouble]]
  let lines: [PreciseLine], sizes: [Double]
  let row: Int
  /// A bound for what rounding inside the function does to its value.
  let noise: Double
  /// Whether the point itself lies between two branches: then the slopes on both sides are compared instead.
  let isBorder: Bool

  /// Whether another branch is taken at a few neighbouring numbers.
  var isBetweenBranches: Bool {
    [1, -1].contains { side in inDoubles.takesAnotherBranch(moves(lines.map { _ in side }, 0x1p-50)) }
  }

  /// What an attempt teaches about where to go on.
  private enum Outcome {
    case found(PreciseSlope)
    case still(bar: Double), noisy, truncated, blocked
  }

  func slope(from first: Int) throws -> PreciseSlope? {
    var still: Double?
    func attempt(_ exponent: Int) throws -> Outcome {
      let outcome = try self.attempt(exponent)
      if case .still(let bar) = outcome { still = Swift.min(still ?? bar, bar) }
      return outcome
    }
    descent: for exponent in stride(from: first, through: -80, by: -9) {
      switch try attempt(exponent) {
      case .found(let slope): return slope
      case .blocked: return nil
      case .still, .noisy: break descent
      case .truncated: continue
      }
    }
    // By smaller steps rounding hides yet more of it.
    for exponent in [first + 7, first + 14] where exponent < 0 {
      switch try attempt(exponent) {
      case .found(let slope): return slope
      case .blocked, .truncated: return nil
      case .still, .noisy: continue
      }
    }
    return still.map { PreciseSlope(value: 0, bar: $0, isStill: true) }
  }

  /// Differences at three steps of which no two share a measure with the input or with each other: no period fits them.
  private func attempt(_ exponent: Int) throws -> Outcome {
    let step = Double(sign: .plus, exponent: exponent, significand: 1.6829419696157930).short
    let steps = [step, (0.413790411 * step).short, (0.135790411 * step).short]
    var found: [(value: DoubleDouble, rounding: Double)] = []
    for step in steps {
      guard let difference = try difference(step) else { return .blocked }
      guard difference.value.isFinite else { return .truncated }
      found.append(difference)
    }
    if found.allSatisfy({ $0.value.high.magnitude <= $0.rounding }) { return .still(bar: found[0].rounding) }
    let (wide, narrow) = (extrapolated(found, steps, 0), extrapolated(found, steps, 1))
    let gap = (wide.value - narrow.value).magnitude.high, bar = gap + narrow.rounding
    guard bar <= 1e-9 * narrow.value.high.magnitude else { return gap > narrow.rounding ? .truncated : .noisy }
    return try isSmooth(steps[2]) ? .found(PreciseSlope(value: narrow.value, bar: bar)) : .truncated
  }

  /// Two differences without the term in h² (Richardson 1911).
  private func extrapolated(_ found: [(value: DoubleDouble, rounding: Double)], _ steps: [Double], _ first: Int)
    -> (value: DoubleDouble, rounding: Double)
  {
    let ratio = steps[first] / steps[first + 1], weight = 1 / (ratio * ratio - 1)
    let (a, b) = (found[first], found[first + 1])
    return (b.value + (b.value - a.value) * DoubleDouble(weight), (1 + weight) * b.rounding + weight * a.rounding)
  }

  private func moves(_ signs: [Int], _ step: Double) -> [(line: PreciseLine, offset: Double)] {
    var moves: [(line: PreciseLine, offset: Double)] = []
    for (sign, (line, size)) in zip(signs, zip(lines, sizes)) where sign != 0 {
      let offset = Double(sign) * step * size
      if let place = moves.firstIndex(where: { $0.line == line }) {
        moves[place].offset += offset
      } else {
        moves.append((line, offset))
      }
    }
    return moves.filter { $0.offset != 0 }
  }

  private func value(_ signs: [Int], _ step: Double) throws -> DoubleDouble? {
    try f.sample(base, moves: moves(signs, step))?[row]
  }

  /// The central difference of as many orders as there are lines, each of which moves up and down.
  private func difference(_ step: Double) throws -> (value: DoubleDouble, rounding: Double)? {
    var sum: DoubleDouble = 0, largest = 0.0
    for corner in 0..<(1 << lines.count) {
      let signs = lines.indices.map { corner >> $0 & 1 == 0 ? 1 : -1 }
      // Half a stencil on another branch may look smooth to nine digits.
      if !isBorder, inDoubles.takesAnotherBranch(moves(signs, step)) { return (DoubleDouble(.nan), 0) }
      guard let value = try value(signs, step) else { return nil }
      sum = sum + (signs.reduce(1, *) > 0 ? value : -value)
      largest = Swift.max(largest, value.high.magnitude)
    }
    // Values so small have lost digits to the type's smallest exponent; 0 everywhere says nothing that doubles do not.
    guard largest == 0 || largest > 1e-250 else { return nil }
    let divisor = sizes.reduce(1) { $0 * (2 * step * $1) }
    return (sum / DoubleDouble(divisor), Swift.max(0x1p-92 * largest, noise) / divisor)
  }

  /// Whether the derivatives from the left and from the right are one: of the order that is asked for along a single
  /// line, of order 1 along each of several.
  private func isSmooth(_ step: Double) throws -> Bool {
    let isSingle = lines.allSatisfy { $0 == lines[0] }
    for moved in lines.indices.prefix(isSingle ? 1 : lines.count) {
      /// The difference of n + 1 points on one side, in the direction of growing x.
      func oneSided(_ side: Int, _ step: Double) throws -> Double? {
        let order = isSingle ? lines.count : 1
        var sum: DoubleDouble = 0, binomial = 1.0
        for k in 0...order {
          let place = lines.indices.map { $0 == moved ? side * k : 0 }
          guard let value = try value(place, step) else { return nil }
          sum = sum + DoubleDouble((order - k) % 2 == 0 ? binomial : -binomial) * value
          binomial *= Double(order - k) / Double(k + 1)
        }
        return side < 0 && order % 2 == 1 ? -sum.high : sum.high
      }
      guard let right = try oneSided(1, step), let left = try oneSided(-1, step),
        let here = try value(lines.map { _ in 0 }, step), right.isFinite, left.isFinite
      else { return false }
      let gap = (right - left).magnitude
      if gap <= 1e-4 * Swift.max(right.magnitude, left.magnitude) + 0x1p-88 * here.high.magnitude { continue }
      // A derivative of 0 bends, too: that of x² at 0. Half the step shrinks such gaps once more than those of a kink.
      guard let nearRight = try oneSided(1, step / 2), let nearLeft = try oneSided(-1, step / 2) else { return false }
      let order = isSingle ? lines.count : 1
      if (nearRight - nearLeft).magnitude > 0.7 * gap * Double(sign: .plus, exponent: -order, significand: 1) {
        return false
      }
    }
    return true
  }
}

extension Double {
  /// The number with 40 digits after the first, so that small multiples of it are exact: a step of 3h that is rounded
  /// would spoil a third difference.
  fileprivate var short: Double {
    let unit = Double(sign: .plus, exponent: exponent - 40, significand: 1)
    return (self / unit).rounded() * unit
  }
}
