import CKernels
import Foundation
import Testing

@testable import ChainRuleCore

/// An operation, where it is sampled, and the error it may have.
struct Bound: Sendable, CustomTestStringConvertible {
  var name: String, op: Opcode, range: ClosedRange<Double>, spread = false, float: Double, double: Double
  var exact: @Sendable (Reference) -> Reference
  var testDescription: String { "\(name) on \(range)" }
}

private func sigmoid(_ x: Reference) -> Reference { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }
private func softplus(_ x: Reference) -> Reference { max(x, 0) + log1p(exp(-abs(x))) }

/// The bounds published in `Docs/Kernels.md`, in ulp.
let bounds: [Bound] = [
  Bound(name: "exp", op: .exp, range: -760...720, float: 1, double: 1) { exp($0) },
  Bound(name: "exp", op: .exp, range: -110...95, float: 1, double: 1) { exp($0) },
  Bound(name: "expm1", op: .expm1, range: -50...100, float: 1.6, double: 2) { expm1($0) },
  Bound(name: "expm1", op: .expm1, range: -1...1, float: 1.6, double: 2) { expm1($0) },
  Bound(name: "log", op: .log, range: 1e-40...1e38, spread: true, float: 1, double: 1) { log($0) },
  Bound(name: "log", op: .log, range: 0.5...2, float: 1, double: 1) { log($0) },
  Bound(name: "log1p", op: .log1p, range: -1...3, float: 1.5, double: 1.5) { log1p($0) },
  Bound(name: "log1p", op: .log1p, range: 1e-30...1e30, spread: true, float: 1.5, double: 1.5) { log1p($0) },
  Bound(name: "sqrt", op: .sqrt, range: 1e-38...1e38, spread: true, float: 0.5, double: 0.5) { $0.squareRoot() },
  Bound(name: "rsqrt", op: .rsqrt, range: 1e-38...1e38, spread: true, float: 1.5, double: 1.5) {
    1 / $0.squareRoot()
  },
  Bound(name: "reciprocal", op: .reciprocal, range: 1e-37...1e37, spread: true, float: 0.5, double: 0.5) { 1 / $0 },
  Bound(name: "sin", op: .sin, range: -10...10, float: 1.6, double: 1) { sin($0) },
  Bound(name: "sin", op: .sin, range: 1...1e30, spread: true, float: 1.6, double: 1) { sin($0) },
  Bound(name: "cos", op: .cos, range: -10...10, float: 1.6, double: 1) { cos($0) },
  Bound(name: "cos", op: .cos, range: -9e5...9e5, float: 1.6, double: 1) { cos($0) },
  Bound(name: "tanh", op: .tanh, range: -11...11, float: 2.5, double: 2.6) { tanh($0) },
  Bound(name: "tanh", op: .tanh, range: 1e-37...1, spread: true, float: 2.5, double: 2.6) { tanh($0) },
  Bound(name: "sigmoid", op: .sigmoid, range: -100...40, float: 2.5, double: 2.5, exact: sigmoid),
  Bound(name: "sigmoid", op: .sigmoid, range: -4...4, float: 2.5, double: 2.5, exact: sigmoid),
  Bound(name: "softplus", op: .softplus, range: -80...40, float: 2, double: 2, exact: softplus),
  Bound(name: "softplus", op: .softplus, range: -3...3, float: 2, double: 2, exact: softplus),
  Bound(name: "erf", op: .erf, range: -6.5...6.5, float: 1.5, double: 2) { erf($0) },
  Bound(name: "erf", op: .erf, range: 1e-37...1, spread: true, float: 1.5, double: 2) { erf($0) },
  Bound(name: "atan", op: .atan, range: -5...5, float: 2, double: 2) { atan($0) },
  Bound(name: "atan", op: .atan, range: 1e-30...1e30, spread: true, float: 2, double: 2) { atan($0) },
]

@Suite("Elementwise kernels") struct ElementwiseTests {
  @Test(arguments: variants, bounds) func staysWithinItsBound(variant: String, bound: Bound) {
    check(variant, bound, bound.float, Float.self)
    check(variant, bound, bound.double, Double.self)
  }

  private func check<T: KernelElement>(_ variant: String, _ bound: Bound, _ limit: Double, _: T.Type) {
    var dice = Dice(UInt64(bound.op.rawValue))
    let x: [T] = (0..<(heavy ? 200_000 : 100)).map { _ in
      T(bound.spread ? dice.magnitude(bound.range) : dice.number(bound.range))
    }
    var y = x
    with(variant) { T.elementwise(bound.op, x.count, &y, x, 1, nil, 0, nil, 0) }
    // Without a longer type the reference itself may be half an ulp off.
    let slack = T.isDouble && MemoryLayout<Reference>.size == 8 ? 1.0 : 0.01
    for (x, y) in zip(x, y) {
      let error = y.ulps(from: bound.exact(Reference(x)))
      if !(error <= limit + slack) {
        Issue.record("\(variant) \(T.self) \(bound.name)(\(x)) = \(y) is \(error) ulp off, allowed \(limit)")
        return
      }
    }
  }

  @Test(arguments: variants) func powersStayWithinTheirBound(variant: String) {
    powers(variant, 1, Float.self)
    powers(variant, 1.5, Double.self)
  }

  private func powers<T: KernelElement>(_ variant: String, _ limit: Double, _: T.Type) {
    var dice = Dice(5)
    let ranges: [(base: ClosedRange<Double>, exponent: ClosedRange<Double>)] = [
      (0.1...10, -10...10), (1e-30...1e30, -3...3), (0.9...1.1, -900...900), (0.999...1.001, -70_000...70_000),
    ]
    for (base, exponent) in ranges {
      let x: [T] = (0..<(heavy ? 100_000 : 200)).map { _ in T(dice.magnitude(base)) }
      let y: [T] = dice.array(x.count, exponent)
      var z = x
      with(variant) { T.elementwise(.pow, x.count, &z, x, 1, y, 1, nil, 0) }
      let slack = T.isDouble && MemoryLayout<Reference>.size == 8 ? 1.0 : 0.01
      for i in x.indices where !(z[i].ulps(from: pow(Reference(x[i]), Reference(y[i]))) <= limit + slack) {
        Issue.record("\(variant) \(T.self) pow(\(x[i]), \(y[i])) = \(z[i])")
        return
      }
    }
  }

  static let specials: [Double] = [
    0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, .infinity, -.infinity, .nan, 0x1p-1074, -0x1p-1074, 0x1p-1030, -0x1p-1030,
    1e-45, -1e-40, 1e-39,
    1e308, -1e308, 3e38, -3e38, 709.7, 710, -745, -746, 88.7, 89, -103, -104, -150, 1e15, 2.5e15, 1e16,
    4_503_599_627_370_497,
    1e22, 1e300, 2_147_483_648, 1e-20, 0.99999999, 0x1p-1022, 0x1p-126, 1000.5, -1000.5,
  ]

  @Test("NaN, infinities, denormals, −0 and overflow are as in the plain definition", arguments: variants)
  func specialValues(variant: String) {
    specials(variant, Float.self)
    specials(variant, Double.self)
  }

  private func specials<T: KernelElement>(_ variant: String, _: T.Type) {
    let x = Self.specials.map { T($0) }
    for op in Opcode.allCases {
      // Beside every third of them in the plain tier, other ones for each operation.
      let others = x.indices.filter { heavy || ($0 + Int(op.rawValue)) % 3 == 0 }.map { x[$0] }
      for second in op.arity > 1 ? others : [0] {
        for third in op.arity > 2 ? [0, 1, T.nan, -T.infinity] : [0] {
          var y = x
          with(variant) { T.elementwise(op, x.count, &y, x, 1, [second], 0, [third], 0) }
          for (x, y) in zip(x, y) {
            let plain = cr_scalar(op, Double(x), Double(second), Double(third)), expected = T(plain)
            let same = y.ulps(from: Reference(plain)) <= 4 && (y != 0 || expected != 0 || y.sign == expected.sign)
            if !same {
              Issue.record("\(variant) \(T.self) \(op.name)(\(x), \(second), \(third)) = \(y), not \(expected)")
            }
          }
        }
      }
    }
  }

  @Test(
    "Every length from 0 to 70, misaligned, in place and with scalar operands, and not one element beyond",
    arguments: variants)
  func lengths(variant: String) {
    lengths(variant, Float.self)
    lengths(variant, Double.self)
  }

  private func lengths<T: KernelElement>(_ variant: String, _: T.Type) {
    var dice = Dice(3)
    let a: [T] = dice.array(1100, 0.1...2), b: [T] = dice.array(1100, 0.1...2), c: [T] = dice.array(1100, 0.1...2)
    let sizes = Array(0...70) + [127, 255, 256, 257, 1000]
    for op in Opcode.allCases {
      for n in sizes where heavy || (n + Int(op.rawValue)) % 5 == 0 || n < 4 {
        let shift = n % 4, steps = dice.int(0...7)
        let step = (0..<3).map { Int32(steps >> $0 & 1) }
        var expected = a, actual = a
        for i in 0..<n {
          let x = a[shift + (step[0] == 1 ? i : 0)], y = b[shift + (step[1] == 1 ? i : 0)],
            z = c[shift + (step[2] == 1 ? i : 0)]
          expected[shift + i] = T(cr_scalar(op, Double(x), Double(y), Double(z)))
        }
        // In place: the first operand where it moves along.
        let apart = a
        with(variant) {
          actual.withUnsafeMutableBufferPointer { out in
            apart.withUnsafeBufferPointer { apart in
              b.withUnsafeBufferPointer { b in
                c.withUnsafeBufferPointer { c in
                  guard let out = out.baseAddress, let apart = apart.baseAddress, let b = b.baseAddress,
                    let c = c.baseAddress
                  else { return }
                  let first = step[0] == 1 ? UnsafePointer(out) : apart
                  T.elementwise(op, n, out + shift, first + shift, step[0], b + shift, step[1], c + shift, step[2])
                }
              }
            }
          }
        }
        for i in a.indices
        where !(actual[i].ulps(from: Reference(expected[i])) <= (i < shift || i >= shift + n ? 0 : 3)) {
          Issue.record(
            """
            \(variant) \(T.self) \(op.name), n \(n), steps \(step), element \(i - shift): \(actual[i]), \
            not \(expected[i])
            """
          )
          return
        }
      }
    }
  }
}
