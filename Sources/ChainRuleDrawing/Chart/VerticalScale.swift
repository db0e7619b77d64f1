/// Round numbers along a vertical axis, and where a value lies between the lowest and the highest.
struct VerticalScale {
  private(set) var low: Double
  private(set) var high: Double
  private(set) var ticks: [Double] = []
  let isLogarithmic: Bool
  private static let farthest = 4e307

  init(values: [Double], isLogarithmic: Bool, bounds: ClosedRange<Double>? = nil) {
    self.isLogarithmic = isLogarithmic
    low = Swift.min(values.min() ?? 0, bounds?.lowerBound ?? .infinity)
    high = Swift.max(values.max() ?? 1, bounds?.upperBound ?? -.infinity)
    if isLogarithmic {
      var decade = 1.0
      if low <= 0 { low = 1e-3 }
      while decade > low, decade > 1e-300 { decade /= 10 }
      while decade * 10 <= low, decade < 1e300 { decade *= 10 }
      if decade >= 1e300 { decade = 1e299 }
      low = decade
      var all = [decade]
      while decade < high || all.count < 2, decade < 1e300 {
        decade *= 10
        all.append(decade)
      }
      high = decade
      let step = Swift.max(1, all.count / 7)
      ticks = stride(from: 0, to: all.count, by: step).map { all[$0] }
      return
    }
    // Farther apart, their difference would be infinite; nearer, the step between two ticks would be 0.
    func held(_ value: Double) -> Double { Swift.min(Swift.max(value, -Self.farthest), Self.farthest) }
    (low, high) = (held(low), held(high))
    if high - low < 1e-290 { (low, high) = (low - 0.5 * Swift.max(1, abs(low)), high + 0.5 * Swift.max(1, abs(high))) }
    var step = 1.0
    while step > (high - low) / 4 { step /= 10 }
    while step * 10 < (high - low) / 4 { step *= 10 }
    if step * 5 <= (high - low) / 3 { step *= 5 } else if step * 2 <= (high - low) / 3 { step *= 2 }
    low = (low / step).rounded(.down) * step
    high = (high / step).rounded(.up) * step
    let count = Int(((high - low) / step).rounded())
    // The ticks are multiples of the step, so that 0.3 is not written as 0.30000000000000004.
    ticks = (0...Swift.max(1, Swift.min(count, 20))).map { ((low / step).rounded() + Double($0)) * step }
  }

  func place(of value: Double) -> Double {
    guard isLogarithmic else { return Swift.min(1, Swift.max(0, (value - low) / (high - low))) }
    return (VerticalScale.log10(value) - VerticalScale.log10(low))
      / (VerticalScale.log10(high) - VerticalScale.log10(low))
  }

  /// Decimal logarithm without Foundation, to the precision of a pixel: exponent and a series of the significand.
  static func log10(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return 0 }
    let significand = value.significand, z = (significand - 1) / (significand + 1), z2 = z * z
    let natural = 2 * z * (1 + z2 * (1 / 3 + z2 * (1 / 5 + z2 * (1 / 7 + z2 / 9))))
    return (Double(value.exponent) * 0.6931471805599453 + natural) / 2.302585092994046
  }
}
