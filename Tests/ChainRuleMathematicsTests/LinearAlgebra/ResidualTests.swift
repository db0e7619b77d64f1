import ChainRule
import Foundation
import Testing

/// The ratios of LAPACK's own tests (TESTING/LIN and TESTING/EIG) on its kinds of matrices: residuals over n·ε of the
/// matrix's 1-norm, with ε half a unit in the last place. LAPACK passes below 30 (LIN) and 50 (EIG); the bounds here are
/// what Docs/LinearAlgebra.md prints.
@Suite struct ResidualTests {
  static let sizes = [1, 2, 3, 5, 10, 50]

  /// How the matrices of a row are made: from their size and a random orthogonal matrix, in units of rounding ε.
  struct Kind: Sendable, CustomTestStringConvertible {
    let name: String
    let isDefinite: Bool, isSingular: Bool
    let make: @Sendable (_ n: Int, _ epsilon: Double) throws -> Tensor
    var testDescription: String { name }

    init(
      _ name: String, definite: Bool = false, singular: Bool = false,
      make: @escaping @Sendable (_ n: Int, _ epsilon: Double) throws -> Tensor
    ) { (self.name, isDefinite, isSingular, self.make) = (name, definite, singular, make) }
  }

  /// Q·diag(d)·Qᵀ with a random orthogonal Q.
  static func symmetric(_ n: Int, _ spectrum: (Double) -> Double) throws -> Tensor {
    let graph = Graph(), q = qr(graph.constant(sample([n, n], seed: 17))).q
    let d = (0..<n).map { spectrum(n == 1 ? 0 : Double($0) / Double(n - 1)) }
    return try (q * graph.constant(Tensor(d)).reshaped(to: [1, n])).matmul(q.transposed()).value()
  }

  static func elements(_ n: Int, _ element: (_ row: Int, _ column: Int) -> Double) -> Tensor {
    Tensor(shape: [n, n], (0..<n * n).map { element($0 / n, $0 % n) })
  }

  static let kinds: [Kind] = [
    Kind("diagonal", definite: true) { n, _ in elements(n) { $0 == $1 ? 1 + Double($0) : 0 } },
    Kind("upper triangular") { n, _ in
      let x = sample([n, n], seed: 3).scalars
      return elements(n) { $0 > $1 ? 0 : $0 == $1 ? 2 + x[$0] : x[$0 * n + $1] }
    },
    Kind("random") { n, _ in sample([n, n], seed: 5) },
    Kind("κ = 2", definite: true) { n, _ in try symmetric(n) { 2 - $0 } },
    Kind("κ = √(0.1/ε)", definite: true) { n, e in try symmetric(n) { pow(0.1 / e, -0.5 * $0) } },
    Kind("κ = 0.1/ε, graded") { n, e in try symmetric(n) { pow(0.1 / e, -$0) } },
    Kind("one 1, else 10ε") { n, e in try symmetric(n) { $0 == 0 ? 1 : 10 * e } },
    Kind("signs alternate") { n, _ in try symmetric(n) { Int(($0 * Double(n - 1)).rounded()) % 2 == 0 ? 1 : -1 } },
    Kind("first column 0", singular: true) { n, _ in
      let x = sample([n, n], seed: 7).scalars
      return elements(n) { $1 == 0 ? 0 : x[$0 * n + $1] }
    },
    Kind("last half 0", singular: true) { n, _ in
      let x = sample([n, n], seed: 9).scalars
      return elements(n) { $1 >= n / 2 ? 0 : x[$0 * n + $1] }
    },
    Kind("near underflow", definite: true) { n, e in
      let smallest = e > 1e-10 ? 1e-31 : 1e-292
      return try symmetric(n) { smallest * (2 - $0) }
    },
    Kind("near overflow", definite: true) { n, e in
      let largest = e > 1e-10 ? 1e31 : 1e291
      return try symmetric(n) { largest * (2 - $0) }
    },
    Kind("rows graded") { n, e in
      let x = sample([n, n], seed: 11).scalars
      return elements(n) { x[$0 * n + $1] * pow(e, Double($0) / Double(n)) }
    },
    Kind("Hilbert") { n, _ in elements(n) { 1 / Double($0 + $1 + 1) } },
    Kind("minimum of i and j", definite: true) { n, _ in elements(n) { Double(min($0, $1) + 1) } },
    Kind("Frank") { n, _ in elements(n) { $1 < $0 - 1 ? 0 : Double(n - max($0, $1)) } },
    Kind("Wilkinson") { n, _ in
      elements(n) {
        $0 == $1 ? n == 1 ? 1 : abs(Double($0) - Double(n - 1) / 2) : abs($0 - $1) == 1 ? 1 : 0
      }
    },
    Kind("Kahan") { n, _ in
      elements(n) { row, column in row > column ? 0 : pow(sin(1.2), Double(row)) * (row == column ? 1 : -cos(1.2)) }
    },
  ]

  /// What is measured, in the order of the table's columns.
  static let columns = [
    "A − LLᵀ", "A − PLU", "b − Ax", "I − AA⁻¹", "A − QR", "I − QᵀQ", "A − VΛVᵀ", "I − VᵀV", "A − USWᵀ", "I − UᵀU",
    "I − WᵀW",
  ]

  /// The table in the document, by the first word of each row; nothing where a cell is a dash.
  static let printed: [String: [Double?]] = {
    let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    let page = (try? String(contentsOf: root.appending(path: "Docs/LinearAlgebra.md"), encoding: .utf8)) ?? ""
    let rows = page.split(separator: "\n").map {
      $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    guard let head = rows.firstIndex(where: { $0.dropFirst() == columns[...] }) else { return [:] }
    let cells = rows[(head + 2)...].prefix { $0.count == columns.count + 1 }
    return Dictionary(cells.map { ($0[0], $0.dropFirst().map(Double.init)) }, uniquingKeysWith: { first, _ in first })
  }()

  private static func norm(_ x: Node) throws -> Double {
    try abs(x).sum(axes: [-2]).value().scalars.reduce(0) { $1.isFinite ? max($0, $1) : .infinity }
  }

  /// The ratios of one matrix; none where a function refuses it as it should.
  static func ratios(_ kind: Kind, _ n: Int, _ precision: Graph.Precision) throws -> [String: Double] {
    let epsilon = precision == .single ? 0x1p-24 : 0x1p-53, graph = Graph(precision)
    let a = graph.constant(try kind.make(n, epsilon)), size = try norm(a), unit = Double(n) * epsilon
    let one = graph.constant(Tensor([Double](repeating: 1, count: n))).diagonalMatrix()
    var found: [String: Double] = [:]
    func add(_ name: String, _ residual: Node, over scale: Double) throws {
      let value = try norm(residual)
      found[name] = max(found[name] ?? 0, value == 0 ? 0 : value / (scale * unit))
    }
    func orthogonal(_ name: String, _ q: Node) throws {
      let k = q.shape[-1], identity = one[0..<k, 0..<k]
      try add(name, q.transposed().matmul(q) - identity, over: 1)
    }
    if kind.isDefinite {
      let l = cholesky(a)
      try add("A − LLᵀ", l.matmul(l.transposed()) - a, over: size)
    }
    let (p, l, u) = lu(a)
    try add("A − PLU", p.matmul(l).matmul(u) - a, over: size)
    if !kind.isSingular {
      let b = graph.constant(sample([n, 2], seed: 19)), x = solve(a, b), inverse = inverse(a)
      try add("b − Ax", b - a.matmul(x), over: size * norm(x) / Double(n))
      try add("I − AA⁻¹", one - a.matmul(inverse), over: size * norm(inverse))
    }
    let half = max(1, n / 2)
    for matrix in [a, a[0..., 0..<half], a[0..<half]] {
      let (q, r) = qr(matrix), (left, s, right) = svd(matrix), k = s.shape[-1], own = max(try norm(matrix), size * 1e-3)
      try add("A − QR", q.matmul(r) - matrix, over: own)
      try orthogonal("I − QᵀQ", q)
      try add("A − USWᵀ", (left * s.reshaped(to: [1, k])).matmul(right.transposed()) - matrix, over: own)
      try orthogonal("I − UᵀU", left)
      try orthogonal("I − WᵀW", right)
    }
    let (values, vectors) = eigh(a), part = 0.5 * a + 0.5 * a.transposed()
    try add("A − VΛVᵀ", (vectors * values.reshaped(to: [1, n])).matmul(vectors.transposed()) - part, over: size)
    try orthogonal("I − VᵀV", vectors)
    return found
  }

  @Test(arguments: kinds) func ratiosAreThoseOfLAPACK(kind: Kind) throws {
    var worst: [String: Double] = [:]
    for precision in [Graph.Precision.double, .single] {
      for n in Self.sizes {
        for (name, value) in try Self.ratios(kind, n, precision) {
          #expect(value.isFinite, "\(name), n = \(n), \(precision)")
          worst[name] = max(worst[name] ?? 0, value)
        }
      }
    }
    let row = Self.columns.map { name in worst[name] }
    if ProcessInfo.processInfo.environment["CHAINRULE_PRINT_RATIOS"] != nil {
      print(
        "| \(kind.name) | " + row.map { $0.map { String(format: "%.2f", $0) } ?? "–" }.joined(separator: " | ") + " |")
    }
    // Other instruction sets round otherwise: a cell may double, and no more.
    let cells = try #require(Self.printed[kind.name])
    for (name, (value, cell)) in zip(Self.columns, zip(row, cells)) {
      #expect((value == nil) == (cell == nil), "\(name)")
      #expect(value ?? 0 <= 2 * (cell ?? 0) + 0.5, "\(name): \(value ?? 0)")
    }
  }

  @Test func everyRowOfTheTableIsMeasured() {
    #expect(Set(Self.printed.keys) == Set(Self.kinds.map(\.name)))
    #expect(Self.printed.values.joined().allSatisfy { $0 ?? 0 < 10 })
  }
}
