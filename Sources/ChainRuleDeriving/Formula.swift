import ChainRuleCore

/// A formula as lectures write it: scalars, column vectors and matrices, simplified as it is built.
///
/// Every operation of this type is one equation per line; products and sums are kept flat, with one coefficient, like
/// terms collected and their parts in a fixed order, so that formulas which mean the same are often equal.
public indirect enum Formula: Hashable, Sendable {
  /// A number; it stretches to any size.
  case number(Double)
  /// A name with the size of its value.
  case name(String, Size)
  /// Terms, each of the size of the whole or a scalar.
  case sum([Formula])
  /// Factors multiplied element by element; scalars stretch.
  case product([Formula])
  /// A base and an exponent, element by element.
  case power(Formula, Formula)
  /// The product of two matrices.
  case matrixProduct(Formula, Formula)
  /// Rows and columns exchanged.
  case transposed(Formula)
  /// A function of the expression language, or `<`, `>`, `==`.
  case call(String, [Formula], Size)

  /// Rows and columns; a scalar has one of each, a vector one column.
  public struct Size: Hashable, Sendable {
    /// How many rows.
    public let rows: Int
    /// How many columns.
    public let columns: Int
    /// A size of so many rows and columns.
    public init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }
    static let scalar = Size(rows: 1, columns: 1)
    var isScalar: Bool { self == .scalar }
    var transposed: Size { Size(rows: columns, columns: rows) }

    /// The larger of two sizes of which one stretches.
    func joined(with other: Size) -> Size { isScalar ? other : self }
  }

  /// The size of the value, 1 × 1 where a scalar stretches.
  public var size: Size {
    switch self {
    case .number: .scalar
    case .name(_, let size), .call(_, _, let size): size
    case .sum(let parts), .product(let parts): parts.reduce(.scalar) { $0.joined(with: $1.size) }
    case .power(let base, let exponent): base.size.joined(with: exponent.size)
    case .matrixProduct(let a, let b): Size(rows: a.size.rows, columns: b.size.columns)
    case .transposed(let inner): inner.size.transposed
    }
  }

  /// How many names, numbers and operations it is made of.
  public var weight: Int {
    switch self {
    case .number, .name: 1
    case .sum(let parts), .product(let parts), .call(_, let parts, _): parts.reduce(1) { $0 + $1.weight }
    case .power(let a, let b), .matrixProduct(let a, let b): 1 + a.weight + b.weight
    case .transposed(let inner): 1 + inner.weight
    }
  }

  /// The vector or matrix whose length this is: f of √(Σ f²).
  var normed: Formula? {
    guard case .call("sqrt", let root, _) = self, case .call("sum", let inner, _) = root[0],
      case .power(let vector, .number(2)) = inner[0]
    else { return nil }
    return vector
  }

  var number: Double? { if case .number(let number) = self { number } else { nil } }
}

// MARK: The equations

extension Formula {
  /// a·f and b·f are (a + b)·f; numbers are added; 0 goes away.
  static func + (a: Formula, b: Formula) -> Formula {
    var terms: [Formula] = []
    var coefficients: [Formula: Double] = [:]
    var constant = 0.0
    for part in a.terms + b.terms {
      let (coefficient, rest) = part.scaled
      guard let rest else {
        constant += coefficient
        continue
      }
      if coefficients[rest] == nil { terms.append(rest) }
      coefficients[rest, default: 0] += coefficient
    }
    var parts = terms.compactMap { term in
      coefficients[term].flatMap { $0 == 0 ? nil : Formula.number($0) * term }
    }
    if constant != 0 || parts.isEmpty { parts.append(.number(constant)) }
    return parts.count == 1 ? parts[0] : .sum(parts.sorted(by: \.termOrder))
  }

  /// −f is −1·f.
  static prefix func - (a: Formula) -> Formula { .number(-1) * a }

  /// fᵐ·fⁿ is fᵐ⁺ⁿ for whole numbers m and n; numbers are multiplied; 0·f is 0 and 1·f is f, also where the 1 stands in
  /// every place.
  static func * (a: Formula, b: Formula) -> Formula {
    var coefficient = 1.0
    var bases: [Formula] = []
    var exponents: [Formula: Double] = [:]
    var others: [Formula] = []
    for part in a.factors + b.factors {
      let factor = part.withoutSign ?? part
      if factor != part { coefficient *= -1 }
      if let number = factor.number {
        coefficient *= number
        continue
      }
      let (base, exponent) = factor.wholePower
      guard let exponent else {
        others.append(factor)
        continue
      }
      if exponents[base] == nil { bases.append(base) }
      exponents[base, default: 0] += exponent
    }
    if coefficient == 0 { return .number(0) }
    var parts = bases.compactMap { base in exponents[base].flatMap { $0 == 0 ? nil : base.raw(to: $0) } } + others
    if parts.contains(where: { !$0.isOneEverywhere && !$0.size.isScalar }) { parts.removeAll(where: \.isOneEverywhere) }
    parts = Self.mergingOuterProducts(parts)
    parts = parts.sorted(by: \.factorOrder)
    if coefficient != 1 || parts.isEmpty { parts.insert(.number(coefficient), at: 0) }
    return parts.count == 1 ? parts[0] : .product(parts)
  }

  /// f⁰ is 1 and f¹ is f; (fᵐ)ⁿ is fᵐⁿ and (f·g)ⁿ is fⁿ·gⁿ for whole numbers m and n; e to the f is exp f.
  func raised(to exponent: Formula) -> Formula {
    guard let n = exponent.number else {
      return number == Double.e ? .call("exp", [exponent], exponent.size) : .power(self, exponent)
    }
    if let number {
      let value = ChainRuleDeriving.raised(number, n)
      if value.isFinite { return .number(value) }
    }
    if n == 0 { return .number(1) }
    if n == 1 { return self }
    guard n == n.rounded() else { return .power(self, exponent) }
    switch self {
    case .product(let factors): return factors.reduce(.number(1)) { $0 * $1.raised(to: exponent) }
    case .power(let base, .number(let m)) where m == m.rounded(): return base.raised(to: .number(m * n))
    case .matrixProduct(let column, let row) where column.size.columns == 1 && !size.isScalar:
      return column.raised(to: exponent).times(row.transpose.raised(to: exponent).transpose)
    default: return .power(self, exponent)
    }
  }

  /// The vector of so many ones.
  static func ones(_ count: Int) -> Formula { .call("ones", [.number(Double(count))], Size(rows: count, columns: 1)) }
}

extension Formula {
  var terms: [Formula] { if case .sum(let terms) = self { terms } else { [self] } }
  var factors: [Formula] { if case .product(let factors) = self { factors } else { [self] } }

  /// The coefficient, and what it multiplies; nothing for a number.
  private var scaled: (Double, Formula?) {
    if let number { return (number, nil) }
    guard case .product(let factors) = self, let number = factors[0].number else { return (1, self) }
    return (number, factors.count == 2 ? factors[1] : .product(Array(factors.dropFirst())))
  }

  var coefficient: Double { scaled.0 }

  /// −f − g as f + g, which it is the negative of.
  private var withoutSign: Formula? {
    guard case .sum(let terms) = self, terms.allSatisfy({ $0.coefficient < 0 }) else { return nil }
    return terms.map { -$0 }.reduce(.number(0), +)
  }

  /// xyᵀ ⊙ uvᵀ is (x ⊙ u)(y ⊙ v)ᵀ.
  private static func mergingOuterProducts(_ factors: [Formula]) -> [Formula] {
    func sides(_ factor: Formula) -> (Formula, Formula)? {
      guard case .matrixProduct(let column, let row) = factor, column.size.columns == 1, !factor.size.isScalar else {
        return nil
      }
      return (column, row.transpose)
    }
    let outer = factors.compactMap(sides)
    guard outer.count > 1 else { return factors }
    let left = outer.map(\.0).reduce(.number(1), *), right = outer.map(\.1).reduce(.number(1), *)
    return factors.filter { sides($0) == nil } + left.times(right.transpose).factors
  }

  private var wholePower: (Formula, Double?) {
    guard case .power(let base, .number(let exponent)) = self else { return (self, 1) }
    return exponent == exponent.rounded() ? (base, exponent) : (self, nil)
  }

  /// Written factors with signs between them: `dot` beside a number, `elementwise` between tensors.
  static func chain(
    _ factors: [Formula], dot: String, elementwise: String, _ write: (Formula) -> String
  ) -> String {
    var (text, size) = ("", Size.scalar)
    for factor in factors {
      if !text.isEmpty { text += size.isScalar || factor.size.isScalar ? dot : elementwise }
      text += write(factor)
      size = size.joined(with: factor.size)
    }
    return text
  }

  /// A product as a number and what stands above and below a line: negative whole powers stand below.
  var fraction: (coefficient: Double, above: [Formula], below: [Formula]) {
    var above: [Formula] = [], below: [Formula] = []
    for factor in factors where factor.number == nil {
      if case .power(let base, .number(let exponent)) = factor, exponent < 0, exponent == exponent.rounded() {
        below.append(base.raised(to: .number(-exponent)))
      } else {
        above.append(factor)
      }
    }
    return (coefficient, above, below)
  }

  private func raw(to exponent: Double) -> Formula { exponent == 1 ? self : .power(self, .number(exponent)) }

  var splitScalars: (Formula, Formula) {
    let scalars = factors.filter(\.size.isScalar), rest = factors.filter { !$0.size.isScalar }
    func joined(_ parts: [Formula]) -> Formula { parts.reduce(.number(1)) { $0 * $1 } }
    let (number, tensor) = joined(rest).scaled
    return tensor.map { (joined(scalars) * .number(number), $0) } ?? (joined(scalars), .number(number))
  }

  /// What is added stands before what is subtracted, a vector in every row and the number last of each.
  fileprivate var termOrder: Order {
    let last = number != nil ? 2 : splitScalars.1.isStretched ? 1 : 0
    return Order(level: (coefficient < 0 ? 3 : 0) + last, weight: 0, text: orderText)
  }

  /// Whether it is a vector in every row, 𝟏·bᵀ, or in every column.
  private var isStretched: Bool {
    switch self {
    case .matrixProduct(.call("ones", _, _), _), .matrixProduct(_, .transposed(.call("ones", _, _))): true
    default: false
    }
  }

  /// Whether it is 1 in every place of a matrix or a vector.
  private var isOneEverywhere: Bool {
    switch self {
    case .call("ones", _, _), .transposed(.call("ones", _, _)): true
    case .matrixProduct(let a, let b): a.isOneEverywhere && b.isOneEverywhere && a.size.columns == 1
    default: false
    }
  }
}

extension Double {
  static let e = 2.718281828459045
}

/// `base` to the `exponent` where that is exact enough to print: a whole power by repeated products.
func raised(_ base: Double, _ exponent: Double) -> Double {
  guard exponent == exponent.rounded(), abs(exponent) <= 64 else { return .nan }
  let product = (0..<Int(abs(exponent))).reduce(1.0) { value, _ in value * base }
  return exponent < 0 ? 1 / product : product
}
