/// A number of twice the precision: the unevaluated sum of two doubles, about 32 digits.
///
/// Sums and products keep the error that a double rounds away (error-free transformations: Dekker 1971, Knuth; Ogita,
/// Rump and Oishi 2005).
package struct DoubleDouble: Sendable, Hashable {
  /// The nearest double.
  package let high: Double
  /// What is left.
  package let low: Double

  /// One double.
  package init(_ value: Double) { (high, low) = (value, 0) }

  /// A sum whose second part is small beside the first.
  package init(_ high: Double, _ low: Double) {
    let sum = high + low
    self.high = sum
    self.low = sum.isFinite ? low - (sum - high) : 0
  }

  private init(exactly high: Double, _ low: Double) { (self.high, self.low) = (high, low) }

  /// a + b and what its rounding lost.
  private static func exactSum(_ a: Double, _ b: Double) -> DoubleDouble {
    let sum = a + b
    guard sum.isFinite else { return DoubleDouble(sum) }
    let part = sum - a
    return DoubleDouble(exactly: sum, (a - (sum - part)) + (b - part))
  }

  /// a · b and what its rounding lost.
  static func exactProduct(_ a: Double, _ b: Double) -> DoubleDouble {
    let product = a * b
    return product.isFinite ? DoubleDouble(exactly: product, (-product).addingProduct(a, b)) : DoubleDouble(product)
  }

  /// The sum.
  package static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let (highs, lows) = (exactSum(a.high, b.high), exactSum(a.low, b.low))
    let first = DoubleDouble(highs.high, highs.low + lows.high)
    return DoubleDouble(first.high, first.low + lows.low)
  }

  /// The number with its sign changed.
  package static prefix func - (a: DoubleDouble) -> DoubleDouble { DoubleDouble(exactly: -a.high, -a.low) }

  /// The difference.
  package static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + -b }

  /// The product.
  package static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let product = exactProduct(a.high, b.high)
    return product.high.isFinite
      ? DoubleDouble(product.high, product.low + (a.high * b.low + a.low * b.high)) : product
  }

  /// The quotient: a double's, corrected twice by what is left.
  package static func / (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let first = a.high / b.high
    guard first.isFinite, b.high.isFinite else { return DoubleDouble(first) }
    let rest = a - b * DoubleDouble(first)
    let second = rest.high / b.high
    let third = (rest - b * DoubleDouble(second)).high / b.high
    return DoubleDouble(first, second) + DoubleDouble(third)
  }

  /// The product with a power of two, which is exact.
  func scaled(by power: Double) -> DoubleDouble { DoubleDouble(exactly: high * power, low * power) }

  package var isFinite: Bool { high.isFinite }
  package var isNaN: Bool { high.isNaN }
  package var magnitude: DoubleDouble { isNegative ? -self : self }
  var isNegative: Bool { high < 0 || (high == 0 && low < 0) }
}

extension DoubleDouble: Comparable {
  /// By the high part, then by the low one.
  package static func < (a: DoubleDouble, b: DoubleDouble) -> Bool {
    a.high < b.high || (a.high == b.high && a.low < b.low)
  }
}

extension DoubleDouble: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A double.
  package init(floatLiteral value: Double) { self.init(value) }
  /// A whole number.
  package init(integerLiteral value: Int) { self.init(Double(value)) }
}
