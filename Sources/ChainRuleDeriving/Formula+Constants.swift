/// Numbers with many digits as lectures write them.
extension Formula {
  /// The same with 0.333… as 1/3, 0.693… as ln 2, 0.3989… as 1/√(2π): numbers that are a simple fraction, also of √2, √3, π,
  /// √π, √(2π), ln 2 or ln 10.
  var withKnownConstants: Formula {
    hasLongNumber ? spelled(without: names.contains("pi") || names.contains("π")) : self
  }

  private var hasLongNumber: Bool {
    switch self {
    case .number(let number): Self.isLong(number)
    case .name: false
    case .sum(let parts), .product(let parts), .call(_, let parts, _): parts.contains(where: \.hasLongNumber)
    case .power(let a, let b), .matrixProduct(let a, let b): a.hasLongNumber || b.hasLongNumber
    case .transposed(let inner): inner.hasLongNumber
    }
  }

  private static func isLong(_ number: Double) -> Bool {
    number.isFinite && (1e-4..<1e4).contains(number.magnitude) && number != (number * 1e4).rounded() / 1e4
  }

  private func spelled(without pi: Bool) -> Formula {
    func all(_ parts: [Formula]) -> [Formula] { parts.map { $0.spelled(without: pi) } }
    switch self {
    case .number(let number): return Self.factors(of: number, pi).map { Self.together($0) } ?? self
    case .name: return self
    case .sum(let terms): return .sum(all(terms))
    case .product(let factors):
      if let number = factors[0].number, let known = Self.factors(of: number, pi) {
        return .product(known + all(Array(factors.dropFirst())))
      }
      return .product(all(factors))
    case .call(let name, let parts, let size): return .call(name, all(parts), size)
    case .power(let a, let b): return .power(a.spelled(without: pi), b.spelled(without: pi))
    case .matrixProduct(let a, let b): return .matrixProduct(a.spelled(without: pi), b.spelled(without: pi))
    case .transposed(let inner): return .transposed(inner.spelled(without: pi))
    }
  }

  private static func together(_ factors: [Formula]) -> Formula { factors.count == 1 ? factors[0] : .product(factors) }

  /// What makes up a number; nothing for one that is no such.
  private static func factors(of number: Double, _ withoutPi: Bool) -> [Formula]? {
    guard isLong(number) else { return nil }
    let sign = number < 0 ? -1.0 : 1, size = number.magnitude
    func factors(_ p: Double, _ q: Double, _ others: [Formula]) -> [Formula] {
      (sign * p == 1 && !(others.isEmpty && q == 1) ? [] : [.number(sign * p)])
        + (q == 1 ? [] : [.power(.number(q), .number(-1))]) + others
    }
    if let (p, q) = ratio(size, upTo: 1000, within: 2e-16) { return factors(p, q, []) }
    var best: (p: Double, q: Double, constant: Formula)?
    for (constant, value) in known where !(withoutPi && constant.holdsPi) {
      for (ratio, factor) in [
        (ratio(size / value, upTo: 16, within: 8e-16), constant),
        (ratio(size * value, upTo: 16, within: 8e-16), .power(constant, .number(-1))),
      ] {
        if let (p, q) = ratio, best.map({ p + q < $0.p + $0.q }) ?? true { best = (p, q, factor) }
      }
    }
    if let best { return factors(best.p, best.q, [best.constant]) }
    return nil
  }

  private static func ratio(_ number: Double, upTo most: Int, within tolerance: Double) -> (Double, Double)? {
    for q in 1...most {
      let p = (number * Double(q)).rounded()
      if p > 0, p <= Double(most), (p / Double(q) - number).magnitude <= tolerance * number { return (p, Double(q)) }
    }
    return nil
  }

  private var holdsPi: Bool {
    switch self {
    case .call("pi", _, _): true
    case .call(_, let parts, _), .product(let parts): parts.contains(where: \.holdsPi)
    default: false
    }
  }

  private static let known: [(Formula, Double)] = {
    func root(_ formula: Formula) -> Formula { .call("sqrt", [formula], .scalar) }
    let pi = Formula.call("pi", [], .scalar)
    return [
      (root(.number(2)), 2.0.squareRoot()), (root(.number(3)), 3.0.squareRoot()), (pi, Double.pi),
      (root(pi), Double.pi.squareRoot()), (root(.product([.number(2), pi])), (2 * Double.pi).squareRoot()),
      (.call("log", [.number(2)], .scalar), 0.6931471805599453),
      (.call("log", [.number(10)], .scalar), 2.302585092994046),
    ]
  }()
}
