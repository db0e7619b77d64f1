/// The numbers between two bounds, and how a function behaves on the way to them.
///
/// Arithmetic rounds outward: the true result of any numbers of the operands lies between the bounds of the result.
///
/// ```swift
/// let x = Interval(1.9, 2.1)
/// print(x * x)                    // [3.61, 4.41], a hair wider than both
/// print(x.contains(2))            // true
/// ```
public struct Interval: Sendable, Hashable {
  /// The smaller bound; −∞ where there is none.
  public var lower: Double
  /// The larger bound; ∞ where there is none.
  public var upper: Double
  /// The least that is proved of the function whose values these are.
  public var regularity: Regularity

  /// What is proved of a function over the whole box that its values were enclosed over; each includes those before.
  public enum Regularity: Int, Sendable, Comparable {
    /// Nothing: it may not be defined everywhere (a pole, the logarithm of a negative number).
    case unknown
    /// It is defined everywhere, and may jump.
    case defined
    /// It is continuous, and may have a kink.
    case continuous
    /// It is differentiable: no kink, jump or pole lies in the box.
    case smooth
    /// Orders by what is proved.
    public static func < (a: Regularity, b: Regularity) -> Bool { a.rawValue < b.rawValue }
  }

  /// The numbers from `lower` to `upper`.
  public init(_ lower: Double, _ upper: Double, _ regularity: Regularity = .smooth) {
    (self.lower, self.upper, self.regularity) = (lower, upper, regularity)
  }

  /// One number.
  public init(_ number: Double) { self.init(number, number) }

  /// Every number, of a function about which nothing is known.
  public static let everything = Interval(-.infinity, .infinity, .unknown)

  /// Upper less lower bound.
  public var width: Double { Interval.sum(upper, -lower, .up) }
  /// Whether the number lies between the bounds.
  public func contains(_ number: Double) -> Bool { lower <= number && number <= upper }
  /// Whether it is one number.
  public var isPoint: Bool { lower == upper }

  /// The same bounds where at most `other` is proved.
  func limited(to other: Regularity) -> Interval { Interval(lower, upper, min(regularity, other)) }

  /// The smallest interval that holds both.
  func union(_ other: Interval) -> Interval {
    Interval(Swift.min(lower, other.lower), Swift.max(upper, other.upper), min(regularity, other.regularity))
  }
}

// MARK: Directed rounding

extension Interval {
  /// Where a bound is rounded to.
  enum Direction { case down, up }

  /// a + b, rounded in one direction: the error of the nearest sum is known exactly (Knuth's TwoSum).
  static func sum(_ a: Double, _ b: Double, _ direction: Direction) -> Double {
    let s = a + b
    if s.isInfinite { return a.isFinite && b.isFinite ? overflowed(s, direction) : s }
    if s.isNaN { return direction == .up ? .infinity : -.infinity }
    let t = s - a
    return moved(s, error: (a - (s - t)) + (b - t), direction)
  }

  /// a · b, rounded in one direction; 0 · ∞ is 0, as for bounds that are limits.
  static func product(_ a: Double, _ b: Double, _ direction: Direction) -> Double {
    if a == 0 || b == 0 { return 0 }
    let p = a * b
    if p.isInfinite { return a.isFinite && b.isFinite ? overflowed(p, direction) : p }
    if p.magnitude < smallestExact {  // the sign is certain even where the product is not
      let next = moved(p, error: 0, both: true, direction)
      return (a < 0) == (b < 0) ? Swift.max(0, next) : Swift.min(0, next)
    }
    return moved(p, error: (-p).addingProduct(a, b), direction)
  }

  /// a / b for b ≠ 0, rounded in one direction.
  static func quotient(_ a: Double, _ b: Double, _ direction: Direction) -> Double {
    if a == 0 { return 0 }
    if b.isInfinite { return a.isInfinite ? (direction == .up ? .infinity : -.infinity) : 0 }
    let q = a / b
    if q.isInfinite { return a.isFinite ? overflowed(q, direction) : q }
    if q.magnitude < smallestExact || a.magnitude < smallestExact {
      let next = moved(q, error: 0, both: true, direction)
      return (a < 0) == (b < 0) ? Swift.max(0, next) : Swift.min(0, next)
    }
    let rest = a.addingProduct(-q, b)
    return moved(q, error: b < 0 ? -rest : rest, direction)
  }

  /// √a for a ≥ 0, rounded in one direction.
  static func root(_ a: Double, _ direction: Direction) -> Double {
    let r = a.squareRoot()
    if r == 0 || r.isInfinite { return r }
    if a < smallestExact { return moved(r, error: 0, both: true, direction) }
    return moved(r, error: a.addingProduct(-r, r), direction)
  }

  /// Below this the error of a product is not a number of its own.
  private static let smallestExact = 1e-270

  private static func overflowed(_ infinite: Double, _ direction: Direction) -> Double {
    let largest = Double.greatestFiniteMagnitude
    return switch direction {
    case .down: infinite > 0 ? largest : infinite
    case .up: infinite > 0 ? infinite : -largest
    }
  }

  /// The next number where the exact value lies beyond; with `both`, on either side.
  private static func moved(_ value: Double, error: Double, both: Bool = false, _ direction: Direction) -> Double {
    switch direction {
    case .down: error < 0 || both ? value.nextDown : value
    case .up: error > 0 || both ? value.nextUp : value
    }
  }
}

// MARK: Arithmetic

extension Interval {
  /// Every sum of two numbers.
  public static func + (a: Interval, b: Interval) -> Interval {
    Interval(sum(a.lower, b.lower, .down), sum(a.upper, b.upper, .up), min(a.regularity, b.regularity))
  }

  /// The numbers with their sign changed.
  public static prefix func - (a: Interval) -> Interval { Interval(-a.upper, -a.lower, a.regularity) }

  /// Every difference of two numbers.
  public static func - (a: Interval, b: Interval) -> Interval { a + -b }

  /// Every product of two numbers.
  public static func * (a: Interval, b: Interval) -> Interval {
    let pairs = [(a.lower, b.lower), (a.lower, b.upper), (a.upper, b.lower), (a.upper, b.upper)]
    return Interval(
      pairs.map { product($0.0, $0.1, .down) }.min() ?? 0, pairs.map { product($0.0, $0.1, .up) }.max() ?? 0,
      min(a.regularity, b.regularity))
  }

  /// Every quotient; of a divisor that may be 0, every number, and nothing is known of the function.
  public static func / (a: Interval, b: Interval) -> Interval {
    if b.contains(0) {
      if b.lower == 0, b.upper > 0, a.lower >= 0 {
        return Interval(quotient(a.lower, b.upper, .down), .infinity, .unknown)
      }
      return .everything
    }
    let pairs = [(a.lower, b.lower), (a.lower, b.upper), (a.upper, b.lower), (a.upper, b.upper)]
    return Interval(
      pairs.map { quotient($0.0, $0.1, .down) }.min() ?? 0, pairs.map { quotient($0.0, $0.1, .up) }.max() ?? 0,
      min(a.regularity, b.regularity))
  }

  /// The squares.
  public var squared: Interval {
    let (near, far) = (magnitude.lower, magnitude.upper)
    return Interval(Interval.product(near, near, .down), Interval.product(far, far, .up), regularity)
  }

  /// The absolute values.
  public var magnitude: Interval {
    if lower >= 0 { return self }
    if upper <= 0 { return -self }
    return Interval(0, Swift.max(-lower, upper), min(regularity, .continuous))
  }
}
