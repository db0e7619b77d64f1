// Special functions of DoubleDouble: series whose terms have one sign, continued fractions, Stirling's series far out.
// Nothing where digits would cancel, or where the work would be long.
extension DoubleDouble {
  static let rootOfPi = DoubleDouble.pi.squareRoot

  // MARK: Error functions

  /// e^(x²) erfc x. From 1.5 on 1/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …)))) (DLMF 7.9.3).
  var erfcx: DoubleDouble {
    guard high >= 1.5 else { return (self * self).exp * erfc }
    guard high < 1e17 else { return 1 / (self * DoubleDouble.rootOfPi) }
    var rest = self
    for n in (1...Int(100 + 900 / (high * high))).reversed() { rest = self + DoubleDouble(0.5 * Double(n)) / rest }
    return 1 / (rest * DoubleDouble.rootOfPi)
  }

  var erfc: DoubleDouble { high < 1.5 ? 1 - erf : gaussian * erfcx }

  var gaussian: DoubleDouble { (-(self * self)).exp }

  /// erf⁻¹: a double, and Newton's steps by the side of erf that does not cancel.
  var inverseErf: DoubleDouble? {
    let x = magnitude, start = Kernels.scalar(.erfInverse, x.high)
    guard start.isFinite else { return nil }
    var y = DoubleDouble(start)
    for _ in 0..<2 {
      let off = x.high < 0.5 ? y.erf - x : (1 - x) - y.erfc
      y = y - off * DoubleDouble.rootOfPi * 0.5 * (y * y).exp
    }
    return isNegative ? -y : y
  }

  // MARK: The normal distribution

  private static let rootOfTwo = DoubleDouble(2).squareRoot

  var normalDensity: DoubleDouble { (self / DoubleDouble.rootOfTwo).gaussian / (DoubleDouble.pi * 2).squareRoot }

  var normalCDF: DoubleDouble { (-self / DoubleDouble.rootOfTwo).erfc * 0.5 }

  var logNormalCDF: DoubleDouble {
    let t = -self / DoubleDouble.rootOfTwo
    return t.high < 0 ? (-((-t).erfc * 0.5)).log1p : (t.erfcx * 0.5).log - t * t
  }

  /// φ(x)/Φ(x) = √(2/π)/erfcx(−x/√2) in the left half.
  var inverseMills: DoubleDouble {
    if high > 0 { return normalDensity / normalCDF }
    return (DoubleDouble(2) / DoubleDouble.pi).squareRoot / (-self / DoubleDouble.rootOfTwo).erfcx
  }

  // MARK: Gamma functions

  /// B₂, B₄, … B₃₂.
  private static let bernoulli: [DoubleDouble] = [
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798), (-174_611, 330),
    (854_513, 138), (-236_364_091, 2730), (8_553_103, 6), (-23_749_461_029, 870), (8_615_841_276_005, 14322),
    (-7_709_321_041_217, 510),
  ].map { DoubleDouble($0.0) / DoubleDouble($0.1) }

  /// How many steps of 1 lead to where Stirling's series has all its digits; `nil` where they are many, or end at a pole.
  private func stepsUp(_ enough: Double) -> Int? {
    guard high > -500, high.isFinite, !(high <= 0 && high == high.rounded() && low == 0) else { return nil }
    return high >= enough ? 0 : Int((enough - high).rounded(.up))
  }

  /// ln |Γ(x)|, to as many digits after the point as a number of the size of x ln x has.
  var logGamma: DoubleDouble? {
    guard let steps = stepsUp(32) else { return nil }
    var product: DoubleDouble = 1, logarithm: DoubleDouble = 0
    for step in 0..<steps {
      product = product * (self + DoubleDouble(Double(step)))
      if product.high.magnitude > 1e200 || product.high.magnitude < 1e-200 {
        (logarithm, product) = (logarithm + product.magnitude.log, 1)
      }
    }
    logarithm = logarithm + product.magnitude.log
    let x = self + DoubleDouble(Double(steps)), square = x * x
    var power = x, sum = (DoubleDouble.pi * 2).log * 0.5 - x
    for (k, number) in zip(1..., DoubleDouble.bernoulli) {
      sum = sum + number / (DoubleDouble(Double(2 * k * (2 * k - 1))) * power)
      power = power * square
      if !power.isFinite || power.high > 1e60 { break }
    }
    return (x - 0.5) * x.log + sum - logarithm
  }

  /// ψ⁽ⁿ⁾(x) for orders up to 20.
  func polygamma(_ n: Int) -> DoubleDouble? {
    guard (0...20).contains(n), let steps = stepsUp(Double(32 + n)) else { return nil }
    let factorials = (0...n).reduce(into: [DoubleDouble(1)]) { $0.append($0[$1] * DoubleDouble(Double($1 + 1))) }
    func power(_ x: DoubleDouble) -> DoubleDouble { x.raised(to: DoubleDouble(Double(n + 1))) }
    var below: DoubleDouble = 0
    for step in 0..<steps { below = below + 1 / power(self + DoubleDouble(Double(step))) }
    let x = self + DoubleDouble(Double(steps)), inverse = 1 / x
    // Of ψ: ln x − 1/2x − Σ B₂ₖ/(2k x²ᵏ); each derivative brings factors −(2k + n − 1)/x.
    var sum = n == 0 ? inverse * 0.5 - x.log : factorials[n - 1] / x.raised(to: DoubleDouble(Double(n)))
    if n > 0 { sum = sum + factorials[n] * 0.5 / power(x) }
    var term = (n == 0 ? inverse * inverse : factorials[n] * DoubleDouble(Double(n + 1)) / (power(x) * x)) * 0.5
    for (k, number) in zip(1..., DoubleDouble.bernoulli) {
      sum = sum + number * term
      let next = Double(2 * k + n) * Double(2 * k + n + 1)
      term = term * DoubleDouble(next) / DoubleDouble(Double((2 * k + 1) * (2 * k + 2))) * inverse * inverse
    }
    let total = sum + factorials[n] * below
    return n % 2 == 0 ? -total : total
  }

  /// ln B(a, b) for positive numbers of moderate size.
  static func logBeta(_ a: DoubleDouble, _ b: DoubleDouble) -> DoubleDouble? {
    guard a.high > 0, b.high > 0, a.high < 30, b.high < 30, let la = a.logGamma, let lb = b.logGamma,
      let sum = (a + b).logGamma
    else { return nil }
    return la + lb - sum
  }

  /// xᵃ⁻¹ e⁻ˣ/Γ(a).
  static func gammaDensity(_ a: DoubleDouble, _ x: DoubleDouble) -> DoubleDouble? {
    guard a.high > 0, a.high < 1e4, x.high > 0, x.high < 1e4, let gamma = a.logGamma else { return nil }
    return ((a - 1) * x.log - x - gamma).exp
  }

  /// P(a, x) = xᵃ e⁻ˣ/Γ(a + 1) · (1 + x/(a + 1) + x²/((a + 1)(a + 2)) + …).
  static func gammaIncomplete(_ a: DoubleDouble, _ x: DoubleDouble) -> DoubleDouble? {
    guard x.high < 300, let density = gammaDensity(a, x) else { return nil }
    var term = density * x / a, sum = term
    for k in 1...2_000 {
      term = term * x / (a + DoubleDouble(Double(k)))
      sum = sum + term
      if term.high <= 1e-34 * sum.high { return sum }
    }
    return nil
  }

  // MARK: Bessel functions and the sinc

  /// Iₙ(x) = (x/2)ⁿ/n! · Σ (x²/4)ᵏ/(k! (n + 1) … (n + k)).
  func besselI(_ n: Int) -> DoubleDouble? {
    guard (0...60).contains(n), high.magnitude < 500 else { return nil }
    var term: DoubleDouble = 1
    for k in 0..<n { term = term * self * 0.5 / DoubleDouble(Double(k + 1)) }
    let quarter = self * self * 0.25
    var sum = term
    for k in 1...2_000 {
      term = term * quarter / DoubleDouble(Double(k) * Double(n + k))
      sum = sum + term
      if term.high.magnitude <= 1e-34 * sum.high.magnitude { break }
    }
    return sum
  }

  /// The derivative of order n of sin(πx)/(πx): a series near 0, and by x·f = sin(πx)/π beyond.
  func sinc(_ n: Int) -> DoubleDouble? {
    guard (0...8).contains(n), high.magnitude < 1e9 else { return nil }
    if n == 0, high != 0, low == 0, high == high.rounded() { return 0 }
    let angle = self * DoubleDouble.pi
    guard high.magnitude < 2.5 else {
      let (sine, cosine) = angle.sineAndCosine
      var value = sine / angle, power: DoubleDouble = 1
      for k in 0..<n {
        let turned = [cosine, -sine, -cosine, sine][k % 4]
        value = (power * turned - DoubleDouble(Double(k + 1)) * value) / self
        power = power * DoubleDouble.pi
      }
      return value
    }
    let square = angle * angle
    var sum: DoubleDouble = 0
    // (−1)ᵏ (πx)²ᵏ/(2k + 1)!, differentiated n times: its terms from 2k ≥ n on.
    let first = (n + 1) / 2
    var term: DoubleDouble = first % 2 == 0 ? 1 : -1
    for place in 0..<2 * first { term = term * DoubleDouble.pi / DoubleDouble(Double(place + 2)) }
    for place in 0..<n { term = term * DoubleDouble(Double(2 * first - place)) }
    if 2 * first > n { term = term * self }
    for k in first...(first + 40) {
      sum = sum + term
      let m = Double(2 * k + 2)
      let grown = DoubleDouble(m * (m - 1)) / DoubleDouble((m - Double(n)) * (m - 1 - Double(n)))
      term = -(term * grown * square) / DoubleDouble(m * (m + 1))
    }
    return sum
  }
}
