import ChainRuleCore

/// A matrix of intervals: what it computes holds for every matrix with elements out of them.
struct IntervalMatrix {
  let rows: Int, columns: Int
  private(set) var elements: [Interval]

  init(_ rows: Int, _ columns: Int, _ element: (_ row: Int, _ column: Int) -> Interval) {
    (self.rows, self.columns) = (rows, columns)
    elements = (0..<rows * columns).map { element($0 / columns, $0 % columns) }
  }

  /// Numbers, one matrix.
  init(_ tensor: Tensor) {
    let values = tensor.scalars, columns = tensor.shape[-1]
    self.init(tensor.shape[-2], columns) { Interval(values[$0 * columns + $1]) }
  }

  static func identity(_ count: Int) -> IntervalMatrix { .init(count, count) { Interval($0 == $1 ? 1 : 0) } }

  subscript(row: Int, column: Int) -> Interval {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  var middle: Tensor {
    Tensor(shape: [rows, columns], elements.map { $0.lower / 2 + $0.upper / 2 })
  }
  var transposed: IntervalMatrix { .init(columns, rows) { self[$1, $0] } }
  var symmetric: IntervalMatrix { .init(rows, columns) { (self[$0, $1] + self[$1, $0]) * Interval(0.5) } }
  var isFinite: Bool { elements.allSatisfy { $0.lower.isFinite && $0.upper.isFinite } }
  var regularity: Interval.Regularity { elements.map(\.regularity).min() ?? .smooth }

  static func + (a: IntervalMatrix, b: IntervalMatrix) -> IntervalMatrix {
    .init(a.rows, a.columns) { a[$0, $1] + b[$0, $1] }
  }
  static func - (a: IntervalMatrix, b: IntervalMatrix) -> IntervalMatrix {
    .init(a.rows, a.columns) { a[$0, $1] - b[$0, $1] }
  }
  static func * (a: IntervalMatrix, b: IntervalMatrix) -> IntervalMatrix {
    .init(a.rows, b.columns) { row, column in
      (0..<a.columns).reduce(Interval(0)) { $0 + a[row, $1] * b[$1, column] }
    }
  }
  static func * (a: Interval, b: IntervalMatrix) -> IntervalMatrix { .init(b.rows, b.columns) { a * b[$0, $1] } }

  /// What is on and below the diagonal, or on and above it.
  func triangle(isLower: Bool) -> IntervalMatrix {
    .init(rows, columns) { row, column in (isLower ? column <= row : column >= row) ? self[row, column] : Interval(0) }
  }

  /// Above √(Σ aᵢⱼ²), and above the largest sum of magnitudes in a row.
  var frobenius: Double { elements.map(\.squared).reduce(Interval(0), +).image(.sqrt).upper }
  var rowSum: Double {
    (0..<rows).map { row in (0..<columns).reduce(Interval(0)) { $0 + self[row, $1].magnitude }.upper }.max() ?? 0
  }

  // MARK: Solutions

  /// X of A·X = B: around an approximate solution x, |X − x| ≤ |r| + β/(1 − β)·max |r| with C ≈ A⁻¹, r = C·(B − A·x) and
  /// β = ‖I − C·A‖ < 1, which proves that A is invertible (Rump 1983).
  /// - Throws: where that is not proved.
  func solved(_ b: IntervalMatrix, in name: String) throws -> IntervalMatrix {
    guard isFinite, b.isFinite else { throw Self.maybeSingular(in: name) }
    let identity = Tensor.identities([rows, rows], .float64)
    let (inverse, failed) = try Kernels.solve(factors: try Kernels.lu(middle), identity, isTransposed: false)
    let c = IntervalMatrix(inverse), beta = (Self.identity(rows) - c * self).rowSum
    guard failed == 0, c.isFinite, beta < 1 else { throw Self.maybeSingular(in: name) }
    let x = IntervalMatrix(try Kernels.matmul(inverse, b.middle)), rest = c * (b - self * x)
    let factor = Interval(beta) / (Interval(1) - Interval(beta))
    let largest = (0..<b.columns).map { column in
      Interval((0..<rows).map { rest[$0, column].magnitude.upper }.max() ?? 0)
    }
    let least = Swift.min(regularity, b.regularity)
    return .init(rows, b.columns) { row, column in
      let radius = (Interval(rest[row, column].magnitude.upper) + factor * largest[column]).upper
      let sum = x[row, column] + Interval(-radius, radius)
      return Interval(sum.lower, sum.upper, least)
    }
  }

  static func maybeSingular(in name: String) -> ChainRuleError {
    ChainRuleError(
      .value, in: name, required: "a matrix that is proved invertible over the whole box",
      got: "one that may be singular",
      hint: "Make the box smaller.")
  }

  // MARK: Factorizations

  /// L and U, one in the other, of A with its rows in an order; nothing where a pivot may be 0.
  func eliminated(choosesPivots: Bool = true) -> (factors: IntervalMatrix, sign: Double)? {
    var a = self, sign = 1.0
    for step in 0..<rows {
      if choosesPivots {
        let sizes = (step..<rows).map { (a[$0, step].lower / 2 + a[$0, step].upper / 2).magnitude }
        let best = step + (sizes.indices.max { sizes[$0] < sizes[$1] } ?? 0)
        if best != step {
          for column in 0..<columns { (a[step, column], a[best, column]) = (a[best, column], a[step, column]) }
          sign = -sign
        }
      }
      guard !a[step, step].contains(0), a[step, step].lower.isFinite, a[step, step].upper.isFinite else { return nil }
      for row in step + 1..<Swift.max(rows, step + 1) {
        a[row, step] = a[row, step] / a[step, step]
        for column in step + 1..<Swift.max(columns, step + 1) {
          a[row, column] = a[row, column] - a[row, step] * a[step, column]
        }
      }
    }
    return (a, sign)
  }

  /// det A by elimination, else what Hadamard's bound leaves.
  var determinant: Interval {
    if let (factors, sign) = eliminated() {
      return (0..<rows).reduce(Interval(sign)) { $0 * factors[$1, $1] }
    }
    let bound = rowLengths.reduce(Interval(1), *).upper
    return bound.isFinite ? Interval(-bound, bound, regularity) : .everything
  }

  /// ln |det A|.
  var logDeterminant: Interval {
    if let (factors, _) = eliminated() {
      return (0..<rows).reduce(Interval(0)) { $0 + factors[$1, $1].magnitude.image(.log) }
    }
    return Interval(-.infinity, rowLengths.reduce(Interval(0)) { $0 + $1.image(.log) }.upper, .unknown)
  }

  private var rowLengths: [Interval] {
    (0..<rows).map { row in (0..<columns).reduce(Interval(0)) { $0 + self[row, $1].squared }.image(.sqrt) }
  }

  /// L of A = L·Lᵀ.
  /// - Throws: where A is not proved positive definite.
  func cholesky(in name: String) throws -> IntervalMatrix {
    var l = IntervalMatrix(rows, rows) { _, _ in Interval(0) }
    for column in 0..<rows {
      let square = (0..<column).reduce(self[column, column]) { $0 - l[column, $1].squared }
      guard square.lower > 0, square.upper.isFinite else {
        throw ChainRuleError(
          .value, in: name, required: "a matrix that is proved positive definite over the whole box",
          got: "one that may not be", hint: "Make the box smaller.")
      }
      l[column, column] = square.image(.sqrt)
      for row in column + 1..<Swift.max(rows, column + 1) {
        let rest = (0..<column).reduce(self[row, column]) { $0 - l[row, $1] * l[column, $1] }
        l[row, column] = rest / l[column, column]
      }
    }
    return l
  }

  /// Around λ of V·diag λ·Vᵀ, as far as V is not orthogonal (Ostrowski) and A is another matrix (Weyl).
  func eigenvalues(_ values: [Double], _ vectors: IntervalMatrix) -> [Interval] {
    let middle = vectors * .init(rows, rows) { $0 == $1 ? Interval(values[$0]) : Interval(0) } * vectors.transposed
    let skew = (vectors.transposed * vectors - .identity(rows)).frobenius
    return Self.spread(values, around: (symmetric - middle).frobenius, skew)
  }

  /// The same for the singular values of U·diag s·Vᵀ.
  func singularValues(_ u: IntervalMatrix, _ values: [Double], _ v: IntervalMatrix) -> [Interval] {
    let count = values.count
    let middle = u * .init(count, count) { $0 == $1 ? Interval(values[$0]) : Interval(0) } * v.transposed
    let skews = [u, v].map { Interval(($0.transposed * $0 - .identity(count)).frobenius) }
    let skew = (skews[0] + skews[1] + skews[0] * skews[1]).upper
    return Self.spread(values, around: (self - middle).frobenius, skew).map {
      Interval(Swift.max(0, $0.lower), $0.upper, $0.regularity)
    }
  }

  private static func spread(_ values: [Double], around distance: Double, _ skew: Double) -> [Interval] {
    guard skew < 0.5, distance.isFinite else { return values.map { _ in .everything } }
    let found = values.map { value in
      let radius = (Interval(skew) * Interval(value.magnitude) + Interval(distance)).upper
      return Interval(value) + Interval(-radius, radius)
    }
    let sorted = found.sorted { $0.lower < $1.lower }
    let areApart = zip(sorted, sorted.dropFirst()).allSatisfy { $0.upper < $1.lower }
    return areApart ? found : found.map { Interval($0.lower, $0.upper, .continuous) }
  }

  /// e^A: of A/2ˢ the series up to the 20th power and a bound on the rest, squared s times.
  var exponential: IntervalMatrix? {
    let size = rowSum
    guard size.isFinite, size < 500 else { return nil }
    let halvings = size > 0.5 ? Swift.max(0, (size * 2).exponent + 1) : 0
    let a = Interval(Double(sign: .plus, exponent: -halvings, significand: 1)) * self
    var term = Self.identity(rows), sum = term, bound = Interval(1)
    for power in 1...20 {
      term = (Interval(1) / Interval(Double(power))) * (term * a)
      sum = sum + term
      bound = bound * Interval(a.rowSum) / Interval(Double(power))
    }
    let rest = bound.upper  // the terms behind add up to less, each at most half of the one before it
    sum = sum + .init(rows, rows) { _, _ in Interval(-rest, rest) }
    for _ in 0..<halvings { sum = sum * sum }
    return sum
  }
}

extension Enclosure {
  /// The matrices of a batch.
  var matrices: [IntervalMatrix] {
    let (m, n) = (shape[-2], shape[-1])
    return (0..<(m * n == 0 ? 0 : intervals.count / (m * n))).map { batch in
      IntervalMatrix(m, n) { intervals[(batch * m + $0) * n + $1] }
    }
  }

  init(shape: Shape, matrices: [IntervalMatrix]) { self.init(shape: shape, matrices.flatMap(\.elements)) }
}
