import ChainRuleCore

/// Steps that no period fits. Steps k/2ⁿ repeat sin 2πx at every one of them, and powers of one ratio may come close to
/// whole numbers (those of the golden ratio do): each step is therefore off its scale by up to 5 %, by a hash of the
/// point, its own number and what it is for. A function would have to know the hash to deceive all of them.
struct Steps {
  /// What the steps serve. A confirmation shares no step with the search that it confirms.
  enum Purpose: UInt64 { case search = 1, features, noise, confirmation, quadrature }

  private let seed: UInt64

  init(at point: some Sequence<Double>) {
    seed = point.reduce(0x243F_6A88_85A3_08D3) { RandomNumbers(seed: $0 ^ $1.bitPattern).mixed }
  }

  /// How many steps one extrapolation takes; each is about 1/√2 of the one before.
  static let count = 9

  /// The step of a number at a scale 2^exponent: about 2^(exponent − number/2).
  func step(_ number: Int, exponent: Int, for purpose: Purpose = .search) -> Double {
    let half = number.isMultiple(of: 2) ? 1 : 0.707
    let scale = Double(sign: .plus, exponent: exponent - number / 2, significand: half)
    let salt = UInt64(bitPattern: Int64(exponent &* 64 &+ number)) &* 8 &+ purpose.rawValue
    return scale * (0.95 + 0.1 * RandomNumbers(seed: seed ^ salt).first)
  }

  /// The step nearest to h for which x + h and x − h are floating-point numbers (as far as the larger of |x| and h
  /// allows), so that differences are taken over the distance they are divided by.
  static func exact(_ h: Double, from x: Double) -> Double {
    let outer = x.magnitude + h
    return outer.isFinite && outer > x.magnitude ? outer - x.magnitude : h
  }
}

extension RandomNumbers {
  fileprivate var mixed: UInt64 {
    var numbers = self
    return numbers.next()
  }
  fileprivate var first: Double {
    var numbers = self
    return numbers.uniform()
  }
}
