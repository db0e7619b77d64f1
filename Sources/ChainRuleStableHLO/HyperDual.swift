import ChainRuleCore

/// A number with its derivatives in two directions and the mixed one: what a function is computed in whose derivatives
/// nobody has a formula for (hyper-dual numbers, Fike and Alonso 2011).
struct HyperDual {
  let value: StableHLOValue
  /// By the first direction, by the second, by both; `nil` for a constant.
  let slopes: [StableHLOValue]?

  init(_ value: StableHLOValue, _ slopes: [StableHLOValue]? = nil) { (self.value, self.slopes) = (value, slopes) }

  /// Moves along these of both directions.
  init(_ value: StableHLOValue, along directions: (Bool, Bool)) {
    let unit = [directions.0, directions.1, false].map { value.filled($0 ? 1 : 0) }
    self.init(value, directions.0 || directions.1 ? unit : nil)
  }

  /// A constant with slopes of 0 where others have slopes.
  func lifted(_ hasSlopes: Bool) -> HyperDual {
    slopes == nil && hasSlopes ? HyperDual(value, [Double](repeating: 0, count: 3).map { value.filled($0) }) : self
  }

  /// A function of it with its first and second derivative there.
  func applied(
    _ f: StableHLOValue, _ first: @autoclosure () -> StableHLOValue, _ second: @autoclosure () -> StableHLOValue
  )
    -> HyperDual
  {
    guard let slopes else { return HyperDual(f) }
    let (first, second) = (first(), second())
    return HyperDual(f, [first * slopes[0], first * slopes[1], second * slopes[0] * slopes[1] + first * slopes[2]])
  }

  var log: HyperDual { applied(value.log, 1 / value, -1 / value.squared) }
  var log1p: HyperDual { applied(value.log1p, 1 / (1 + value), -1 / (1 + value).squared) }
  var exp: HyperDual {
    let power = value.exp
    return applied(power, power, power)
  }
  var lgamma: HyperDual {
    applied(
      value.map("chlo.lgamma"), value.map("chlo.digamma"), value.filled(1).with("chlo.polygamma", value))
  }
  private var reciprocal: HyperDual {
    let r = 1 / value
    return applied(r, -r.squared, 2 * r.squared * r)
  }

  static func + (a: HyperDual, b: HyperDual) -> HyperDual {
    let slopes = a.slopes.map { a in b.slopes.map { b in zip(a, b).map { $0 + $1 } } ?? a } ?? b.slopes
    return HyperDual(a.value + b.value, slopes)
  }
  static prefix func - (a: HyperDual) -> HyperDual { HyperDual(-a.value, a.slopes?.map { -$0 }) }
  static func - (a: HyperDual, b: HyperDual) -> HyperDual {
    HyperDual(a.value - b.value, (a + -b).slopes)
  }
  static func * (a: HyperDual, b: HyperDual) -> HyperDual {
    let value = a.value * b.value
    guard let s = a.slopes else { return HyperDual(value, b.slopes?.map { a.value * $0 }) }
    guard let t = b.slopes else { return HyperDual(value, s.map { $0 * b.value }) }
    return HyperDual(
      value,
      [
        s[0] * b.value + a.value * t[0], s[1] * b.value + a.value * t[1],
        s[2] * b.value + s[0] * t[1] + s[1] * t[0] + a.value * t[2],
      ])
  }
  static func / (a: HyperDual, b: HyperDual) -> HyperDual {
    if a.slopes == nil && b.slopes == nil { return HyperDual(a.value / b.value) }
    return HyperDual(a.value / b.value, (a * b.reciprocal).slopes)
  }
  static func + (a: HyperDual, b: Double) -> HyperDual { HyperDual(a.value + b, a.slopes) }
  static func - (a: HyperDual, b: Double) -> HyperDual { HyperDual(a.value - b, a.slopes) }
  static func - (a: Double, b: HyperDual) -> HyperDual { HyperDual(a - b.value, b.slopes?.map { -$0 }) }
  static func + (a: Double, b: HyperDual) -> HyperDual { b + a }
  static func / (a: Double, b: HyperDual) -> HyperDual { HyperDual(b.value.filled(a)) / b }

  /// One of two where a mask holds.
  static func select(_ mask: StableHLOValue, _ a: HyperDual, _ b: HyperDual) -> HyperDual {
    let hasSlopes = a.slopes != nil || b.slopes != nil
    let (a, b) = (a.lifted(hasSlopes), b.lifted(hasSlopes))
    let slopes = a.slopes.flatMap { s in b.slopes.map { t in zip(s, t).map { mask.select($0, $1) } } }
    return HyperDual(mask.select(a.value, b.value), slopes)
  }
}

extension StableHLOBuilder {
  /// A loop over hyper-dual numbers; the step is given its number from 0, in the precision of the module and the shape
  /// of the carried values.
  func repeated(
    _ count: Int, _ start: [HyperDual], hasSlopes: Bool, _ step: (HyperDual, [HyperDual]) -> [HyperDual]
  ) -> [HyperDual] {
    let width = hasSlopes ? 4 : 1
    func flat(_ numbers: [HyperDual]) -> [StableHLOValue] {
      numbers.flatMap { [$0.value] + ($0.lifted(hasSlopes).slopes ?? []) }
    }
    func grouped(_ values: [StableHLOValue]) -> [HyperDual] {
      stride(from: 0, to: values.count, by: width).map {
        HyperDual(values[$0], hasSlopes ? Array(values[$0 + 1..<$0 + 4]) : nil)
      }
    }
    let lengths = start[0].value.dimensions
    return grouped(
      repeated(count, flat(start)) { number, carried in
        flat(step(HyperDual(number.converted(to: self.number).spread(to: lengths, at: [])), grouped(carried)))
      })
  }
}
