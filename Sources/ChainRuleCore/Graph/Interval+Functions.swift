// What the rules of single primitives say about intervals: roots, powers, choices.
extension Interval {
  /// The square roots; nothing is known of the function where a number may be negative.
  var root: Interval {
    if upper < 0 || upper.isNaN { return .everything }
    let roots = Interval(
      Interval.root(Swift.max(lower, 0), .down), Interval.root(Swift.max(upper, 0), .up), regularity)
    return lower < 0 ? roots.limited(to: .unknown) : lower == 0 ? roots.limited(to: .continuous) : roots
  }

  /// Every power: of a base that is positive, the extremes lie at the corners, since b·ln a is linear in each.
  func raised(to exponent: Interval) -> Interval {
    let least = min(regularity, exponent.regularity)
    if lower > 0 || (lower == 0 && exponent.lower > 0) {
      let corners = [
        (lower, exponent.lower), (lower, exponent.upper), (upper, exponent.lower), (upper, exponent.upper),
      ]
      let values = corners.map { Interval.power($0.0, $0.1) }
      let smallest = values.map(\.lower).min() ?? 0, greatest = values.map(\.upper).max() ?? .infinity
      // At a base of 0 the slope by the base is 0, 1 or ∞, as the exponent is.
      let isSmooth = lower > 0 || exponent.lower >= 1
      return Interval(smallest, greatest, isSmooth ? least : min(least, .continuous))
    }
    guard exponent.isPoint, exponent.lower == exponent.lower.rounded() else { return .everything }
    return raised(toWhole: exponent.lower).limited(to: exponent.regularity)
  }

  /// A whole power of any base: even ones have a valley at 0, odd ones rise; negative ones have a pole there.
  private func raised(toWhole n: Double) -> Interval {
    if n < 0 {
      let below = raised(toWhole: -n)
      return Interval(1) / below
    }
    if n == 0 { return Interval(1, 1, regularity) }
    let isEven = n.truncatingRemainder(dividingBy: 2) == 0
    let from = isEven ? magnitude.lower : lower, to = isEven ? magnitude.upper : upper
    return Interval(Interval.power(from, n).lower, Interval.power(to, n).upper, regularity)
  }

  /// One power: by products that are rounded outward for a small whole exponent, and otherwise with the kernel's error.
  private static func power(_ base: Double, _ exponent: Double) -> Interval {
    if exponent == exponent.rounded(), (0...32).contains(exponent), base.isFinite {
      return (0..<Int(exponent)).reduce(Interval(1)) { power, _ in power * Interval(base) }
    }
    let value = Kernels.scalar(.pow, base, exponent)
    if value.isNaN { return .everything }
    if base == 0 || base == 1 { return Interval(value) }
    if value.isInfinite {
      return value > 0 ? Interval(.greatestFiniteMagnitude, value) : Interval(value, -.greatestFiniteMagnitude)
    }
    let error = PrimitiveTable[.pow].descriptor.accuracy.double * value.ulp
    let wide = Interval(sum(value, -error, .down), sum(value, error, .up))
    return base > 0 ? Interval(Swift.max(wide.lower, 0), wide.upper) : wide
  }

  /// The larger of two; a tie may be a kink.
  func larger(_ other: Interval) -> Interval {
    if lower > other.upper { return self }
    if other.lower > upper { return other }
    return Interval(
      Swift.max(lower, other.lower), Swift.max(upper, other.upper),
      min(regularity, other.regularity, .continuous))
  }

  /// 1 where every number is below every number of the other, 0 where none is, and otherwise both with a jump.
  func isLess(than other: Interval) -> Interval {
    let known = min(regularity, other.regularity)
    if upper < other.lower { return Interval(1, 1, known) }
    if lower > other.upper { return Interval(0, 0, known) }
    if isPoint, self.lower == other.lower, other.isPoint { return Interval(0, 0, min(known, .defined)) }
    return Interval(0, 1, min(known, .defined))
  }

  /// 1 for one number twice, 0 for intervals apart, and otherwise both with a jump.
  func isEqual(to other: Interval) -> Interval {
    let known = min(regularity, other.regularity)
    if upper < other.lower || lower > other.upper { return Interval(0, 0, known) }
    if isPoint, other.isPoint { return Interval(1, 1, min(known, .defined)) }
    return Interval(0, 1, min(known, .defined))
  }

  /// The first where this is not 0, the second where it is; both, with a jump, where that is not decided. What is not
  /// chosen does not count: not even that it has a pole.
  func chooses(_ chosen: Interval, _ other: Interval) -> Interval {
    if !contains(0) { return chosen.limited(to: regularity) }
    if isPoint { return other.limited(to: regularity) }
    return chosen.union(other).limited(to: min(regularity, .defined))
  }
}

// Special functions.
extension Interval {
  /// An even function that is positive, largest at 0 and falls on both sides.
  func bell(_ opcode: Opcode) -> Interval {
    let size = magnitude
    let (least, greatest) = (Kernels.scalar(opcode, size.upper), Kernels.scalar(opcode, size.lower))
    return Interval(Swift.max(least.nextDown, 0), greatest.nextUp, regularity)
  }

  /// −x ln x, largest at 1/e.
  var entropy: Interval {
    guard lower >= 0, upper.isFinite else { return .everything }
    let ends = [lower, upper].map { Kernels.scalar(.entropy, $0) }, crest = 0.36787944117144233
    let (least, greatest) = (Swift.min(ends[0], ends[1]), contains(crest) ? crest : Swift.max(ends[0], ends[1]))
    let image = Interval(least - 2 * least.ulp, greatest + 2 * greatest.ulp, regularity)
    return lower == 0 ? image.limited(to: .continuous) : image
  }

  /// The angle of the point (x, self): extremes lie at the corners where x is positive.
  func angle(beside x: Interval) -> Interval {
    guard x.lower > 0 else { return Interval(-(Double.pi.nextUp), Double.pi.nextUp).limited(to: .unknown) }
    let corners = [lower, upper].flatMap { y in [x.lower, x.upper].map { Kernels.scalar(.atan2, y, $0) } }
    let (least, greatest) = (corners.min() ?? 0, corners.max() ?? 0)
    return Interval(least - 2 * least.ulp, greatest + 2 * greatest.ulp, min(regularity, x.regularity))
  }
}
