import CKernels
import Testing

@testable import ChainRuleCore

@Suite("Matrix products") struct GemmTests {
  @Test(
    "Random shapes, transposes, strides and epilogues agree with the plain loops, and cutting C changes no bit",
    arguments: variants)
  func agree(variant: String) {
    for seed in 0..<(heavy ? 4000 : 150) {
      agree(variant, UInt64(seed), Float.self)
      agree(variant, UInt64(seed), Double.self)
    }
  }

  private func agree<T: KernelElement>(_ variant: String, _ seed: UInt64, _: T.Type) {
    var dice = Dice(seed)
    var g = cr_gemm()
    g.m = dice.chance(8) ? 1 : dice.int(1...(dice.chance(3) ? 70 : 20))
    g.n = dice.chance(8) ? 1 : dice.int(1...(dice.chance(3) ? 90 : 20))
    g.k = dice.int(0...(dice.chance(4) ? 70 : 25))
    if seed % 40 == 7 { (g.m, g.n, g.k) = (50, 70, dice.int(300...700)) }  // several steps of k
    if seed % 40 == 9 { (g.m, g.n, g.k) = (8, dice.int(500...600), 12) }  // several blocks of columns
    g.a_transposed = dice.chance(2)
    g.b_transposed = dice.chance(2)
    g.lda = max(1, (g.a_transposed ? g.m : g.k) + (dice.chance(3) ? dice.int(1...5) : 0) + (dice.chance(20) ? 1024 : 0))
    g.ldb = max(1, (g.b_transposed ? g.k : g.n) + (dice.chance(3) ? dice.int(1...5) : 0))
    g.ldc = g.n + (dice.chance(3) ? 2 : 0)
    g.alpha = dice.chance(2) ? 1 : 1.5
    g.beta = dice.chance(2) ? 0 : 0.5
    g.relu = dice.chance(2)
    // Exactly as many elements as may be read, so that the sanitizer sees more.
    func size(_ rows: Int, _ columns: Int, _ row: Int) -> Int {
      rows == 0 || columns == 0 ? 0 : (rows - 1) * row + columns
    }
    let a: [T] = dice.array(g.a_transposed ? size(g.k, g.m, g.lda) : size(g.m, g.k, g.lda))
    let b: [T] = dice.array(g.b_transposed ? size(g.n, g.k, g.ldb) : size(g.k, g.n, g.ldb))
    let bias: [T]? = dice.chance(2) ? dice.array(g.n) : nil
    var c: [T] = dice.array(size(g.m, g.n, g.ldc))
    if g.beta == 0 {  // what was there may be anything
      for i in 0..<g.m { for j in 0..<g.n { c[i * g.ldc + j] = .nan } }
    }
    let (m, n) = (Int(g.m), Int(g.n))
    let row = dice.int(0...m), column = dice.int(0...n)
    var results: [[T]] = []
    for (name, cut) in [("plain", false), (variant, false), (variant, true)] {
      var out = c
      with(name) {
        T.prepare(&g)
        let scratch = Scratch(withUnsafePointer(to: g) { T.scratchBytes($0) })
        defer { withExtendedLifetime(scratch) {} }
        if cut {
          for rows in [row..<m, 0..<row] {
            for columns in [0..<column, column..<n] { T.block(g, rows, columns, a, b, bias, &out, scratch.base) }
          }
        } else {
          T.block(g, 0..<m, 0..<n, a, b, bias, &out, scratch.base)
        }
      }
      results.append(out)
    }
    let unit = T.isDouble ? 0x1p-52 : 0x1p-23, allowed = unit * (8 + 3 * Double(g.k))
    for i in c.indices where !(abs(Double(results[1][i]) - Double(results[0][i])) <= allowed) {
      Issue.record(
        "\(variant) \(T.self) seed \(seed): [\(m), \(g.k)] × [\(g.k), \(n)] at \(i): \(results[1][i]), not \(results[0][i])"
      )
      return
    }
    if results[1] != results[2] {
      Issue.record("\(variant) \(T.self) seed \(seed): cut at row \(row), column \(column)")
    }
  }
}
