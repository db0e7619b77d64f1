#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The incomplete gamma function seen from log z, for samples and how they move with the concentration a.
///
/// With p = zᵃe⁻ᶻ/Γ(a), the density of log z, and φ(s) = a·s − z·(eˢ − 1):
/// - below, P(a, z) = p·∫_{−∞}^0 e^φ ds, or p·Σ tₙ with tₙ = zⁿ/(a(a + 1)…(a + n));
/// - above, Q(a, z) = p·∫_0^∞ e^φ ds.
///
/// A sample that keeps its probability while a moves has d log z/da = −(∂P/∂a)/p (Figurnov, Mohamed and Mnih 2018):
/// ∫ e^φ·(ψ(a) − log z − s) ds below, Σ tₙ·(ψ(a + n + 1) − log z) as a series, and ∫ e^φ·(log z − ψ(a) + s) ds above.
/// Below the mean (z ≤ a) and above it every term of these is positive, so that nothing cancels.
struct GammaTails {
  let a: Double, logarithm: Double
  let z: Double
  /// Whether the sums are those below z.
  let isLower: Bool
  private let psi: Double

  init(_ a: Double, logarithm: Double) {
    (self.a, self.logarithm, z) = (a, logarithm, exp(logarithm))
    isLower = z <= a
    psi = Self.digamma(a)
  }

  /// log p.
  var logDensity: Double {
    if a < 10 { return a * logarithm - z - Self.logGamma(a) }
    let t = logarithm - log(a)  // near 0 where a is large
    return -a * (expm1(t) - t) + 0.5 * log(a / (2 * .pi)) - Self.stirling(a)
  }

  /// P/p below, Q/p above.
  var ratio: Double { integral { _, _ in 1 } }

  /// d log z/da.
  var slope: Double {
    integral { psi, s in isLower ? psi - logarithm - s : logarithm - psi + s }
  }

  /// ∂(d log z/da)/∂ log z = ψ(a) − log z − (a − z)·(d log z/da).
  var slopeByLogarithm: Double { psi - logarithm - (a - z) * slope }

  /// ∂(d log z/da)/∂a = −(∂²P/∂a²)/p − (log z − ψ(a))·(d log z/da).
  var slopeByConcentration: Double {
    let trigamma = Self.trigamma(a)
    let second = integral(
      { psi, s in
        let distance = logarithm - psi + s
        return isLower ? trigamma - distance * distance : distance * distance - trigamma
      }, inSeries: { psi, next in Self.trigamma(a + next) - (logarithm - psi) * (logarithm - psi) })
    return second - (logarithm - psi) * slope
  }

  /// ∫ e^φ·weight(ψ(a), s) ds over the side of z. In the series s stands for −Σ 1/(a + k), that is in ψ(a + n + 1).
  private func integral(
    _ weight: (_ psi: Double, _ s: Double) -> Double, inSeries: ((_ psi: Double, _ next: Double) -> Double)? = nil
  ) -> Double {
    if isLower, a < 200 {
      var (term, sum, n, psi) = (1 / a, 0.0, 0.0, Self.digamma(a + 1))
      while n < 10_000 {
        sum += term * (inSeries?(psi, n + 1) ?? weight(psi, 0))
        n += 1
        term *= z / (a + n)
        psi += 1 / (a + n)
        if term * (1 + n) < 1e-18 / a || term == 0 { break }
      }
      return sum
    }
    let end = reach
    guard end.magnitude < 1e6 else { return z == .infinity ? 0 : .nan }
    let panels = 1 + Int(end.magnitude / 4)
    var sum = 0.0
    for panel in 0..<panels {
      for (node, share) in Self.legendre {
        let s = end * (Double(panel) + node) / Double(panels)
        sum += share * exp(a * s - z * expm1(s)) * weight(psi, s)
      }
    }
    return sum * end.magnitude / Double(panels)
  }

  /// Where e^φ has become e⁻⁴⁰, on the side of z: by Newton's method from beyond, φ being concave.
  private var reach: Double {
    let curvature = Swift.max(z, a), bound = (80 / curvature).squareRoot()
    var s = isLower ? -Swift.max(bound * 1.5, 40 / a) : Swift.min(bound * 1.5 + 1, log1p(40 / z) + 1)
    if isLower { s = Swift.max(s, -(40 + z) / a) }
    for _ in 0..<50 {
      let value = a * s - z * expm1(s) + 40, rate = a - z * exp(s)
      guard value < 0, rate != 0 else { break }
      let step = value / rate
      s -= step
      if step.magnitude < 1e-3 * s.magnitude { break }
    }
    return s
  }

  // MARK: Functions of a

  // Those of the kernels are right to half a unit, in pairs of doubles, and take 1 to 10 microseconds; here they stand
  // in every step of a sample, where a few units make no difference.

  /// log Γ(a) for a > 0: Stirling's series from 10 on.
  static func logGamma(_ a: Double) -> Double {
    var (x, product) = (a, 1.0)
    while x < 10 {
      product *= x
      x += 1
    }
    return (x - 0.5) * log(x) - x + 0.5 * log(2 * Double.pi) + stirling(x) - log(product)
  }

  /// What Stirling's formula lacks, 1/(12a) − 1/(360a³) + …, for a ≥ 10.
  private static func stirling(_ a: Double) -> Double {
    let r = 1 / (a * a)
    return (1.0 / 12 + r * (-1.0 / 360 + r * (1.0 / 1260 + r * (-1.0 / 1680 + r * (1.0 / 1188 - r * 691.0 / 360360)))))
      / a
  }

  static func digamma(_ a: Double) -> Double {
    var (x, sum) = (a, 0.0)
    while x < 10 {
      sum -= 1 / x
      x += 1
    }
    let r = 1 / (x * x)
    let series =
      r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 - r * 691.0 / 32760)))))
    return sum + log(x) - 0.5 / x - series
  }

  static func trigamma(_ a: Double) -> Double {
    var (x, sum) = (a, 0.0)
    while x < 10 {
      sum += 1 / (x * x)
      x += 1
    }
    let r = 1 / (x * x)
    let series = r * (1.0 / 6 - r * (1.0 / 30 - r * (1.0 / 42 - r * (1.0 / 30 - r * (5.0 / 66 - r * 691.0 / 2730)))))
    return sum + 1 / x + r / 2 + series / x
  }

  // MARK: Quadrature

  /// Gauss and Legendre's 48 places in 0…1, and their weights.
  private static let legendre: [(Double, Double)] = {
    let count = 48
    return (0..<count).map { number in
      var x = cos(.pi * (Double(number) + 0.75) / (Double(count) + 0.5)), slope = 0.0
      for _ in 0..<8 {
        var (last, value) = (1.0, x)
        for k in 2...count {
          (last, value) = (value, ((2 * Double(k) - 1) * x * value - (Double(k) - 1) * last) / Double(k))
        }
        slope = Double(count) * (x * value - last) / (x * x - 1)
        x -= value / slope
      }
      return ((1 - x) / 2, 1 / ((1 - x * x) * slope * slope))
    }
  }()
}

extension GammaTails {
  /// log z with P(a, z) = u: Newton's method on the logarithm of the probability below or above, both concave in log z.
  static func quantile(_ a: Double, _ u: Double) -> Double {
    var x = start(a, u)
    for _ in 0..<60 {
      let tails = GammaTails(a, logarithm: x), ratio = tails.ratio
      let distance = tails.logDensity + log(ratio) - (tails.isLower ? log(u) : log1p(-u))
      let step = tails.isLower ? distance * ratio : -distance * ratio
      guard step.isFinite else { break }
      x -= step
      if step.magnitude < 1e-9 * Swift.max(1, x.magnitude) { break }
    }
    return x
  }

  /// P(a, z).
  var below: Double {
    let share = exp(logDensity) * ratio
    return isLower ? share : 1 - share
  }

  /// Wilson and Hilferty's cube of a normal number where a is not small, and P ≈ zᵃ/Γ(a + 1).
  private static func start(_ a: Double, _ u: Double) -> Double {
    let cube = 1 - 1 / (9 * a) + normalQuantile(u) / (3 * a.squareRoot())
    if a > 0.5, cube > 0.2 { return log(a) + 3 * log(cube) }
    return Swift.min((log(u) + logGamma(a + 1)) / a, log(a - log1p(-u)))
  }

  /// The formula 26.2.23 of Abramowitz and Stegun, to 4.5e−4, and a step of Newton's method twice.
  static func normalQuantile(_ u: Double) -> Double {
    let tail = Swift.min(u, 1 - u), t = (-2 * log(tail)).squareRoot()
    var x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    for _ in 0..<2 {
      x += (0.5 * erfc(x / 2.0.squareRoot()) - tail) / exp(-x * x / 2) * (2 * Double.pi).squareRoot()
    }
    return u < 0.5 ? -x : x
  }
}
