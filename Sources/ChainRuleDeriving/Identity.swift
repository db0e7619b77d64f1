import ChainRuleCore

extension Node {
  /// Whether a claim is proved to be this function of the inputs, everywhere where this and `functions` are defined.
  ///
  /// Both sides are brought to one fraction over exponentials, whose numerator has to vanish by the equations of
  /// ``Formula``. Those hold wherever both sides are defined, so the claim has to be defined wherever this is: what it
  /// divides by, and what it takes logarithms and roots of, must do so here as well, or be positive by its form.
  /// `false` says nothing.
  package func isIdentical(to claim: Node, onTheDomainOf functions: [Node]) -> Bool {
    var reader = FormulaReader()
    guard let own = try? reader.formula(of: self), let other = try? reader.formula(of: claim),
      own.weight + other.weight <= Fraction.mostParts,
      own.size == other.size || own.size.isScalar || other.size.isScalar,
      own.hasOrdinaryNumbers, other.hasOrdinaryNumbers
    else { return false }
    guard let a = Fraction(own), let b = Fraction(other),
      let left = (a.above * b.below).expanded(mostTerms: Fraction.mostTerms),
      let right = (b.above * a.below).expanded(mostTerms: Fraction.mostTerms)
    else { return false }
    guard left + -right == .number(0) || (left + -right).expanded(mostTerms: Fraction.mostTerms) == .number(0) else {
      return false
    }
    guard let needed = try? IdentityRequirements(of: [claim], &reader),
      let given = try? IdentityRequirements(of: functions + [self], &reader)
    else { return false }
    return needed.areMet(by: given)
  }
}

extension Formula {
  /// Whether no number in it is so large or small beside the others that adding them would lose one.
  fileprivate var hasOrdinaryNumbers: Bool {
    switch self {
    case .number(let number): number == 0 || (1e-6...1e6).contains(number.magnitude)
    case .name: true
    case .sum(let parts), .product(let parts), .call(_, let parts, _): parts.allSatisfy(\.hasOrdinaryNumbers)
    case .power(let a, let b), .matrixProduct(let a, let b): a.hasOrdinaryNumbers && b.hasOrdinaryNumbers
    case .transposed(let inner): inner.hasOrdinaryNumbers
    }
  }
}

/// A formula as one fraction, with functions of exponentials written as exponentials.
private struct Fraction {
  static let mostParts = 600, mostTerms = 1500
  var above: Formula, below: Formula

  init(_ above: Formula, over below: Formula) { (self.above, self.below) = (above, below) }

  init?(_ formula: Formula) {
    switch formula {
    case .number, .name: self.init(formula, over: .number(1))
    case .sum(let terms):
      var total = Fraction(.number(0), over: .number(1))
      for term in terms {
        guard let part = Fraction(term) else { return nil }
        total = total.plus(part)
      }
      self = total
    case .product(let factors):
      var product = Fraction(.number(1), over: .number(1))
      for factor in factors {
        guard let part = Fraction(factor) else { return nil }
        product = product.times(part)
      }
      self = product
    case .power(let base, .number(let exponent)) where exponent == exponent.rounded() && exponent.magnitude <= 12:
      guard let inner = Fraction(base) else { return nil }
      self = inner.raised(to: Int(exponent))
    case .power(let base, let exponent):
      self.init(.power(Self.normal(base), Self.normal(exponent)), over: .number(1))
    case .matrixProduct(let a, let b): self = Self.matrixProduct(a, b)
    case .transposed(let inner): self = Self.linear(inner) { $0.transpose } ?? .init(formula, over: .number(1))
    case .call(let name, let arguments, let size):
      guard let fraction = Self.call(name, arguments, size) else { return nil }
      self = fraction
    }
    guard above.weight + below.weight <= 20 * Self.mostParts else { return nil }
  }

  private func plus(_ other: Fraction) -> Fraction {
    if below == other.below { return Fraction(above + other.above, over: below) }
    return Fraction(above * other.below + other.above * below, over: below * other.below)
  }

  private func times(_ other: Fraction) -> Fraction {
    Fraction(Self.reduced(above * other.above), over: Self.reduced(below * other.below))
  }

  private func raised(to exponent: Int) -> Fraction {
    let (a, b) = exponent < 0 ? (below, above) : (above, below), n = Formula.number(Double(exponent.magnitude))
    return Fraction(Self.reduced(a.raised(to: n)), over: Self.reduced(b.raised(to: n)))
  }

  /// √f² is f, |f|² is f² and cos² f is 1 − sin² f.
  private static func reduced(_ formula: Formula) -> Formula {
    let factors = formula.factors
    return factors.map { factor -> Formula in
      guard case .power(.call(let name, let arguments, let size), .number(let exponent)) = factor, exponent >= 2 else {
        return factor
      }
      let half = Formula.number((exponent / 2).rounded(.down)), isOdd = exponent.truncatingRemainder(dividingBy: 2) == 1
      let rest = isOdd ? Formula.call(name, arguments, size) : .number(1)
      switch name {
      case "sqrt": return arguments[0].raised(to: half) * rest
      case "abs": return arguments[0].raised(to: .number(2)).raised(to: half) * rest
      case "cos":
        let sine = Formula.call("sin", arguments, size)
        return (.number(1) + -(sine * sine)).raised(to: half) * rest
      default: return factor
      }
    }.reduce(.number(1), *)
  }

  /// The formula in the form that other formulas are compared in; itself where it has none.
  private static func normal(_ formula: Formula) -> Formula {
    guard let fraction = Fraction(formula) else { return formula }
    let above = fraction.above.expanded(mostTerms: 200) ?? fraction.above
    let below = fraction.below.expanded(mostTerms: 200) ?? fraction.below
    return above * below.raised(to: .number(-1))
  }

  // MARK: Functions

  private static func call(_ name: String, _ arguments: [Formula], _ size: Formula.Size) -> Fraction? {
    let one = Fraction(.number(1), over: .number(1)), minusOne = Fraction(.number(-1), over: .number(1))
    switch name {
    case "exp": return exponential(arguments[0])
    case "sigmoid":
      let e = exponential(arguments[0])
      return e.times(e.plus(one).raised(to: -1))
    case "tanh":
      let e = exponential(.number(2) * arguments[0])
      return e.plus(minusOne).times(e.plus(one).raised(to: -1))
    case "sinh", "cosh":
      let e = exponential(arguments[0]), sign = Fraction(.number(name == "sinh" ? -1 : 1), over: .number(1))
      return e.plus(e.raised(to: -1).times(sign)).times(Fraction(.number(0.5), over: .number(1)))
    case "softplus":
      return Fraction(.call("log", [normal(.number(1) + .call("exp", arguments, size))], size), over: .number(1))
    case "sum":
      if let split = linear(arguments[0], stretched: true, { summed($0, over: arguments[0].size) }) { return split }
    default: break
    }
    return Fraction(.call(name, arguments.map(normal), size), over: .number(1))
  }

  /// e to a sum is a product; a whole coefficient is a power, a negative one stands below the line.
  private static func exponential(_ argument: Formula) -> Fraction {
    let terms = (argument.expanded(mostTerms: 40) ?? argument).terms
    var result = Fraction(.number(1), over: .number(1))
    for term in terms {
      if case .call("log", let inner, _) = term, let inside = Fraction(inner[0]) {
        result = result.times(inside)
        continue
      }
      let coefficient = term.coefficient, isWhole = coefficient == coefficient.rounded() && coefficient.magnitude <= 8
      if term.number != nil || !isWhole {
        let sign = term.coefficient < 0
        let power = Fraction(.call("exp", [normal(sign ? -term : term)], term.size), over: .number(1))
        result = result.times(sign ? power.raised(to: -1) : power)
      } else {
        let rest = term * .number(1 / coefficient)
        result = result.times(
          Fraction(.call("exp", [normal(rest)], rest.size), over: .number(1)).raised(to: Int(coefficient)))
      }
    }
    return result
  }

  // MARK: Linear maps

  /// A linear map of each term, scalars before it; nothing where a term stretches to the size of the others, unless the
  /// map knows how, or where tensors are divided by.
  private static func linear(
    _ argument: Formula, stretched: Bool = false, _ map: (Formula) -> Formula
  ) -> Fraction? {
    guard let inside = Fraction(argument), inside.below.size.isScalar,
      let terms = inside.above.expanded(mostTerms: 200)?.terms
    else { return nil }
    guard stretched || terms.allSatisfy({ $0.size == argument.size }) else { return nil }
    let mapped = terms.map { term in
      let (scalars, rest) = term.splitScalars
      return scalars * map(rest)
    }
    return Fraction(mapped.reduce(.number(0), +), over: inside.below)
  }

  private static func summed(_ term: Formula, over size: Formula.Size) -> Formula {
    term.size.isScalar ? .number(Double(size.rows * size.columns)) * term : .call("sum", [term], .scalar)
  }

  private static func matrixProduct(_ a: Formula, _ b: Formula) -> Fraction {
    let whole = Fraction(.matrixProduct(normal(a), normal(b)), over: .number(1))
    guard let left = linear(a, { $0 }), let right = linear(b, { $0 }) else { return whole }
    var terms: [Formula] = []
    for x in left.above.terms {
      for y in right.above.terms {
        let (c, tensorX) = x.splitScalars, (d, tensorY) = y.splitScalars
        terms.append(c * d * flat(tensorX, tensorY))
      }
    }
    return Fraction(terms.reduce(.number(0), +), over: left.below * right.below)
  }

  /// A(BC) and (AB)C are one product; a row times a column is a number.
  private static func flat(_ a: Formula, _ b: Formula) -> Formula {
    if case .matrixProduct(let c, let d) = b { return .matrixProduct(flat(a, c), d) }
    return .matrixProduct(a, b)
  }
}
