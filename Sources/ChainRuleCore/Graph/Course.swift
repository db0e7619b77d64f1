extension PrimitiveDescriptor {
  /// How an elementwise primitive runs over its domain, from which its values over whole intervals follow.
  public enum Course: Sendable {
    /// It never falls; `hasJumps` where it is a staircase.
    case rising(hasJumps: Bool = false)
    /// It never rises.
    case falling
    /// It falls up to a point and rises from there on.
    case valley(at: Double)
    /// It swings between −1 and 1 with period 2π; the place of one crest.
    case wave(crest: Double)
    /// A rule of its own: the interval of the values, from one interval for each operand.
    case rule(@Sendable ([Interval]) -> Interval)
  }

  /// The values over an interval for each operand, wider than the truth by the kernel's stated error and one rounding;
  /// `nil` where the descriptor does not say how it runs.
  func image(of opcode: Opcode, _ operands: [Interval]) -> Interval? {
    switch course {
    case nil: return nil
    case .rule(let rule)?: return rule(operands)
    case .rising(let hasJumps)?:
      return piece(opcode, operands[0]) { x in
        let values = ends(opcode, x.lower, x.upper)
        let jumps = hasJumps && Kernels.scalar(opcode, x.lower.nextDown) != Kernels.scalar(opcode, x.upper.nextUp)
        return jumps ? values.limited(to: .defined) : values
      }
    case .falling?: return piece(opcode, operands[0]) { ends(opcode, $0.upper, $0.lower) }
    case .valley(let bottom)?:
      return piece(opcode, operands[0]) { x in
        if x.lower >= bottom { return ends(opcode, x.lower, x.upper) }
        if x.upper <= bottom { return ends(opcode, x.upper, x.lower) }
        return ends(opcode, bottom, x.lower).union(ends(opcode, bottom, x.upper))
      }
    case .wave(let crest)?: return wave(opcode, operands[0], crest: crest)
    }
  }

  /// The image over what lies in the domain, with what the edges and kinks leave of the regularity.
  private func piece(_ opcode: Opcode, _ x: Interval, _ image: (Interval) -> Interval) -> Interval {
    let (least, greatest) = domains.first?.bounds ?? (-.infinity, .infinity)
    if x.lower.isNaN || x.upper.isNaN || x.upper < least || x.lower > greatest { return .everything }
    var result = image(Interval(Swift.max(x.lower, least), Swift.min(x.upper, greatest)))
    result.regularity = min(result.regularity, x.regularity)
    if x.lower < least || x.upper > greatest { return result.limited(to: .unknown) }
    for edge in [least, greatest] where edge.isFinite && x.contains(edge) {
      result = result.limited(to: Kernels.scalar(opcode, edge).isFinite ? .continuous : .unknown)
    }
    let isBent = kinks.contains(where: x.contains) || (domains.first == .nonzero && x.contains(0))
    return isBent ? result.limited(to: .continuous) : result
  }

  /// From the value at one end to the value at the other, widened by the kernel's error, and kept between the values
  /// that the kernel has at ±∞: exact limits where they are whole, else rounded ones such as π/2.
  private func ends(_ opcode: Opcode, _ low: Double, _ high: Double) -> Interval {
    let result = Interval(value(opcode, low).lower, value(opcode, high).upper)
    guard domains.first == .everywhere else { return result }
    let (a, b) = (Kernels.scalar(opcode, -.infinity), Kernels.scalar(opcode, .infinity))
    guard a.isFinite || b.isFinite, !a.isNaN, !b.isNaN else { return result }
    let (least, greatest) = (Swift.min(a, b), Swift.max(a, b))
    return Interval(
      Swift.max(result.lower, least == least.rounded() ? least : least.nextDown),
      Swift.min(result.upper, greatest == greatest.rounded() ? greatest : greatest.nextUp))
  }

  /// The value at one number, widened by the kernel's error.
  private func value(_ opcode: Opcode, _ x: Double) -> Interval {
    let value = Kernels.scalar(opcode, x)
    if value.isNaN { return .everything }
    if accuracy == .none { return Interval(value) }
    if value.isInfinite {  // a limit, or too large for the type
      let (least, greatest) = domains.first?.bounds ?? (-.infinity, .infinity)
      if x.isInfinite || x == least || x == greatest { return Interval(value) }
      let end = Double.greatestFiniteMagnitude
      return value > 0 ? Interval(end, .infinity) : Interval(-.infinity, -end)
    }
    if value == 0 {  // a root; or a plateau of numbers too small for the type
      let isPlateau = Kernels.scalar(opcode, x.nextUp) == 0 && Kernels.scalar(opcode, x.nextDown) == 0
      let least = Double.leastNonzeroMagnitude
      return isPlateau && x.isFinite ? Interval(-least, least) : Interval(0)
    }
    let error = accuracy.double * value.ulp
    return Interval(Interval.sum(value, -error, .down), Interval.sum(value, error, .up))
  }

  private func wave(_ opcode: Opcode, _ x: Interval, crest: Double) -> Interval {
    let whole = Interval(-1, 1, x.regularity)
    guard x.lower.isFinite, x.upper.isFinite else { return whole.limited(to: .unknown) }
    guard x.lower.magnitude < 1e15, x.upper.magnitude < 1e15, x.upper - x.lower < 2 * .pi else { return whole }
    var result = ends(opcode, x.lower, x.lower).union(ends(opcode, x.upper, x.upper))
    if Self.meets(crest, x) { result.upper = 1 }
    if Self.meets(crest + .pi, x) { result.lower = -1 }
    return Interval(Swift.max(result.lower, -1), Swift.min(result.upper, 1), x.regularity)
  }

  /// Whether some point + 2πk may lie in the interval; the rounding of the division counts as a meeting.
  private static func meets(_ point: Double, _ x: Interval) -> Bool {
    let (first, last) = ((x.lower - point) / (2 * .pi), (x.upper - point) / (2 * .pi))
    let slack = 4 * Swift.max(first.magnitude, last.magnitude, 1).ulp
    return (first - slack).rounded(.up) <= (last + slack).rounded(.down)
  }
}

extension PrimitiveDescriptor.Domain {
  /// Where the domain ends.
  var bounds: (Double, Double) {
    switch self {
    case .everywhere, .nonzero, .condition: (-.infinity, .infinity)
    case .above(let lower): (lower, .infinity)
    case .below(let upper): (-.infinity, upper)
    case .between(let lower, let upper): (lower, upper)
    }
  }
}

extension Interval {
  /// The values of an elementwise primitive of one operand.
  package func image(_ opcode: Opcode) -> Interval {
    PrimitiveTable[opcode].descriptor.image(of: opcode, [self]) ?? .everything
  }
}
