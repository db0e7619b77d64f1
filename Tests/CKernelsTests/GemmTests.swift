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
      for avoidsPairs in [false, true] { agree(variant, UInt64(seed), Float.self, .bfloat16(avoidsPairs: avoidsPairs)) }
      agree(variant, UInt64(seed), Double.self)
    }
  }

  /// 1 + 2⁻⁸ is halfway between two numbers of 8 bits and goes to the even one; what is more goes up.
  @Test("Operands are rounded to bfloat16, to the nearest and to even, sums are not", arguments: variants)
  func operandsAreRounded(variant: String) {
    let a: [Float] = [1 + 0x1p-8, 1 + 0x1p-8 + 0x1p-20, 1 + 0x1.8p-7, -3.0078125, .infinity, .nan, 0, 1e-3]
    let rounded: [Float] = [1, 1 + 0x1p-7, 1 + 0x1p-6, -3, .infinity, .nan, 0, 0x1.06p-10]
    for avoidsPairs in [false, true] {
      cr_avoid_bfloat16_in_thread(avoidsPairs)
      defer { cr_avoid_bfloat16_in_thread(false) }
      for (i, number) in a.enumerated() {
        var g = cr_gemm()
        (g.m, g.n, g.k, g.lda, g.ldb, g.ldc, g.alpha, g.bfloat16) = (1, 2, 2, 2, 2, 2, 1, true)
        var c: [Float] = [0, 0]
        with(variant) {
          Float.prepare(&g)
          let scratch = Scratch(withUnsafePointer(to: g) { Float.scratchBytes($0) })
          Float.block(g, 0..<1, 0..<2, [number, 1], [1, 2, 0x1p-20, 0], nil, &c, scratch.base)
        }
        let expected = [rounded[i] + 0x1p-20, 2 * rounded[i]]
        #expect(zip(c, expected).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(number): \(c)")
      }
    }
  }

  private func geometry(_ dice: inout Dice, _ seed: UInt64) -> cr_gemm {
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
    return g
  }

  /// Operands of a product; exactly as many elements as may be read, so that the sanitizer sees more.
  private struct Operands<T: KernelElement> {
    let a: [T], b: [T], bias: [T]?, c: [T]

    init(_ dice: inout Dice, _ g: cr_gemm) {
      func size(_ rows: Int, _ columns: Int, _ row: Int) -> Int {
        rows == 0 || columns == 0 ? 0 : (rows - 1) * row + columns
      }
      a = dice.array(g.a_transposed ? size(g.k, g.m, g.lda) : size(g.m, g.k, g.lda))
      b = dice.array(g.b_transposed ? size(g.n, g.k, g.ldb) : size(g.k, g.n, g.ldb))
      bias = dice.chance(2) ? dice.array(g.n) : nil
      var c: [T] = dice.array(size(g.m, g.n, g.ldc))
      if g.beta == 0 {  // what was there may be anything
        for i in 0..<g.m { for j in 0..<g.n { c[i * g.ldc + j] = .nan } }
      }
      self.c = c
    }
  }

  /// The product by a variant, whole or cut at a row and a column.
  private func product<T: KernelElement>(
    _ name: String, _ geometry: cr_gemm, _ x: Operands<T>, cutAt cut: (row: Int, column: Int)?
  ) -> [T] {
    var g = geometry, out = x.c
    with(name) {
      T.prepare(&g)
      let scratch = Scratch(withUnsafePointer(to: g) { T.scratchBytes($0) })
      defer { withExtendedLifetime(scratch) {} }
      guard let (row, column) = cut else {
        return T.block(g, 0..<g.m, 0..<g.n, x.a, x.b, x.bias, &out, scratch.base)
      }
      for rows in [row..<g.m, 0..<row] {
        for columns in [0..<column, column..<g.n] { T.block(g, rows, columns, x.a, x.b, x.bias, &out, scratch.base) }
      }
    }
    return out
  }

  private enum Rounding {
    case none
    case bfloat16(avoidsPairs: Bool)
  }

  private func agree<T: KernelElement>(_ variant: String, _ seed: UInt64, _: T.Type, _ rounding: Rounding = .none) {
    var dice = Dice(seed)
    var g = geometry(&dice, seed)
    if case .bfloat16(let avoidsPairs) = rounding {
      g.bfloat16 = true
      cr_avoid_bfloat16_in_thread(avoidsPairs)
    }
    defer { cr_avoid_bfloat16_in_thread(false) }
    let operands = Operands<T>(&dice, g)
    let cut = (row: dice.int(0...g.m), column: dice.int(0...g.n))
    let plain = product("plain", g, operands, cutAt: nil), whole = product(variant, g, operands, cutAt: nil)
    let unit = T.isDouble ? 0x1p-52 : 0x1p-23, allowed = unit * (8 + 3 * Double(g.k))
    let name = "\(variant) \(T.self) seed \(seed) \(rounding)"
    for i in whole.indices where !(abs(Double(whole[i]) - Double(plain[i])) <= allowed) {
      let sizes = "[\(g.m), \(g.k)] × [\(g.k), \(g.n)]"
      Issue.record("\(name): \(sizes) at \(i): \(whole[i]), not \(plain[i])")
      return
    }
    if product(variant, g, operands, cutAt: cut) != whole {
      Issue.record("\(name): cut at row \(cut.row), column \(cut.column)")
    }
  }
}
