import CKernels
import Testing

@testable import ChainRuleCore

@Suite("Reductions") struct ReductionTests {
  static let shapes: [(outer: Int, n: Int, inner: Int)] =
    (0...70).filter { heavy || $0 < 36 || $0 > 62 }.map { (2, $0, 1) } + [
      (1, 127, 1), (3, 1023, 1), (1, 1024, 1), (1, 1025, 1), (1, 5000, 1), (1, 1, 1), (4, 3, 2), (2, 10, 7),
      (3, 65, 16), (1, 200, 33),
      (2, 7, 300), (1, 64, 256), (1, 129, 257),
    ]

  @Test(arguments: variants) func agreeWithThePlainLoops(variant: String) {
    agree(variant, Float.self)
    agree(variant, Double.self)
  }

  private func agree<T: KernelElement>(_ variant: String, _: T.Type) {
    var dice = Dice(1)
    for (outer, n, inner) in Self.shapes {
      let a: [T] = dice.array(outer * n * inner + 3, 0.5...1.5), shift = n % 4
      for r in [Kernels.Reduction.sum, .product, .max, .min, .logSumExp] {
        // The plain loops add up one after the other in double, and a column of ours 64 rows in T.
        let limit = r == .max || r == .min ? 0 : 4 + Double(min(n, r == .product || T.isDouble ? n : 64)) / 4
        var plain = [T](repeating: 7, count: outer * inner), fast = plain
        with("plain") { a.withUnsafeBufferPointer { T.reduce(r, outer, n, inner, &plain, $0.baseAddress! + shift) } }
        with(variant) { a.withUnsafeBufferPointer { T.reduce(r, outer, n, inner, &fast, $0.baseAddress! + shift) } }
        for (p, f) in zip(plain, fast) where !(f.ulps(from: Reference(p)) <= limit) {
          Issue.record("\(variant) \(T.self) reduction \(r.rawValue) of [\(outer), \(n), \(inner)]: \(f), not \(p)")
          return
        }
      }
      guard n > 0 else { continue }
      for reverse in [false, true] {
        var plain = [T](repeating: 7, count: outer * n * inner), fast = plain
        with("plain") { T.cumulativeSum(outer, n, inner, reverse, &plain, a) }
        with(variant) { T.cumulativeSum(outer, n, inner, reverse, &fast, a) }
        #expect(plain == fast)
      }
      var plain = [T](repeating: 7, count: outer * n * inner), fast = plain
      with("plain") { T.softmax(outer, n, inner, &plain, a) }
      with(variant) { T.softmax(outer, n, inner, &fast, a) }
      // A row's sum is rounded once per addition in the plain loop: its error walks like the root of n.
      let limit = 8 + Double(n).squareRoot() / 4
      for (p, f) in zip(plain, fast) where !(f.ulps(from: Reference(p)) <= limit) {
        Issue.record("\(variant) \(T.self) softmax of [\(outer), \(n), \(inner)]: \(f), not \(p)")
        return
      }
    }
  }

  @Test("Sums have the same bits in every variant and at every alignment") func sumsDependOnTheLengthAlone() {
    var dice = Dice(2)
    for n in [1, 31, 32, 33, 100, 1000, 1024, 4097] {
      let values: [Float] = dice.array(n)
      var seen: Set<UInt32> = []
      for variant in variants {
        for shift in 0..<5 {
          let padded = [Float](repeating: 0, count: shift) + values
          var sum: Float = 0
          with(variant) {
            padded.withUnsafeBufferPointer { Float.reduce(.sum, 1, n, 1, &sum, $0.baseAddress! + shift) }
          }
          seen.insert(sum.bitPattern)
        }
      }
      #expect(seen.count == 1)
    }
  }

  @Test("A long sum of floats is exact to the last place", arguments: variants) func longSums(variant: String) {
    let n = heavy ? 10_000_000 : 200_000
    var dice = Dice(9)
    let a: [Float] = dice.array(n, 0...1)
    let exact = a.reduce(0.0) { $0 + Double($1) }
    var sum: Float = 0
    with(variant) { Float.reduce(.sum, 1, n, 1, &sum, a) }
    #expect(abs(Double(sum) - exact) / exact < 1e-6)
  }

  @Test(arguments: variants) func notANumberAndInfinitiesAreHandedOn(variant: String) {
    for n in [1, 5, 16, 33, 70] {
      for place in [0, n / 2, n - 1] {
        var a = [Float](repeating: 1, count: n)
        a[place] = .nan
        var out: Float = 0
        for r in [Kernels.Reduction.sum, .product, .max, .min, .logSumExp] {
          with(variant) { Float.reduce(r, 1, n, 1, &out, a) }
          #expect(out.isNaN)
        }
        a[place] = .infinity
        for r in [Kernels.Reduction.sum, .max, .logSumExp] {
          with(variant) { Float.reduce(r, 1, n, 1, &out, a) }
          #expect(out == .infinity)
        }
        let low = [Float](repeating: -.infinity, count: n)
        with(variant) { Float.reduce(.logSumExp, 1, n, 1, &out, low) }
        #expect(out == -.infinity)
      }
    }
    var out: Float = 0
    with(variant) { Float.reduce(.logSumExp, 1, 3, 1, &out, [1000, 1000, 1000] as [Float]) }
    #expect(abs(out - 1001.0986) < 1e-3)
  }

  @Test("The first maximum wins, and NaN is the maximum", arguments: variants) func argmax(variant: String) {
    argmax(variant, Float.self)
    argmax(variant, Double.self)
  }

  private func argmax<T: KernelElement>(_ variant: String, _: T.Type) {
    var dice = Dice(4)
    for (outer, n, inner) in Self.shapes where n > 0 {
      var a: [T] = (0..<outer * n * inner).map { _ in T(dice.int(0...5)) }
      if dice.chance(3) { a[dice.int(0...a.count - 1)] = .nan }
      var plain = [Int32](repeating: -1, count: outer * inner), fast = plain
      with("plain") { T.argmax(outer, n, inner, &plain, a) }
      with(variant) { T.argmax(outer, n, inner, &fast, a) }
      #expect(plain == fast)
    }
  }
}
