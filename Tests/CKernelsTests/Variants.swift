import CKernels
import Foundation
import Testing

/// The variants this machine can run. The choice is per thread, so that other tests do not notice.
let variants: [String] = ["baseline", "avx2", "avx512", "neon"].filter { name in
  defer { cr_select_isa_of_thread(nil) }
  return cr_select_isa_of_thread(name)
}

/// Runs `body` with one variant of the kernels.
func with<R>(_ variant: String, _ body: () throws -> R) rethrows -> R {
  precondition(cr_select_isa_of_thread(variant))
  defer { cr_select_isa_of_thread(nil) }
  return try body()
}

/// Long sweeps, for release builds: `CHAINRULE_HEAVY=1 swift test -c release`.
let heavy = ProcessInfo.processInfo.environment["CHAINRULE_HEAVY"] == "1"

/// Numbers that depend on the seed alone (splitmix64).
struct Dice {
  var state: UInt64
  init(_ seed: UInt64) { state = seed &+ 0x9e37_79b9_7f4a_7c15 }

  mutating func bits() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
  mutating func unit() -> Double { Double(bits() >> 11) * 0x1p-53 }
  mutating func number(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + unit() * (range.upperBound - range.lowerBound)
  }
  /// Evenly spread exponents; both bounds above 0.
  mutating func magnitude(_ range: ClosedRange<Double>) -> Double {
    exp(number(log(range.lowerBound)...log(range.upperBound)))
  }
  mutating func int(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(bits() % UInt64(range.upperBound - range.lowerBound + 1))
  }
  mutating func chance(_ oneIn: Int) -> Bool { int(1...oneIn) == 1 }
  mutating func array<T: KernelElement>(_ count: Int, _ range: ClosedRange<Double> = -1...1) -> [T] {
    (0..<count).map { _ in T(number(range)) }
  }
}

/// The functions of one element type.
protocol KernelElement: BinaryFloatingPoint, Sendable {
  static var isDouble: Bool { get }
  /// Distance to a more exact value in units of the last place.
  func ulps(from exact: Reference) -> Double

  static func elementwise(
    _ op: Opcode, _ n: Int, _ out: UnsafeMutablePointer<Self>, _ a: UnsafePointer<Self>, _ aStep: Int32,
    _ b: UnsafePointer<Self>?, _ bStep: Int32, _ c: UnsafePointer<Self>?, _ cStep: Int32)
  static func runBlocks(
    _ code: [cr_slot_code], _ blocks: [cr_block], _ twice: Bool, _ slots: [UnsafeMutablePointer<Self>?], _ n: Int)
  static func reduce(
    _ r: cr_reduction, _ outer: Int, _ n: Int, _ inner: Int, _ out: UnsafeMutablePointer<Self>, _ a: UnsafePointer<Self>
  )
  static func argmax(_ outer: Int, _ n: Int, _ inner: Int, _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Self>)
  static func softmax(_ outer: Int, _ n: Int, _ inner: Int, _ out: UnsafeMutablePointer<Self>, _ a: UnsafePointer<Self>)
  static func cumulativeSum(
    _ outer: Int, _ n: Int, _ inner: Int, _ reverse: Bool, _ out: UnsafeMutablePointer<Self>,
    _ a: UnsafePointer<Self>)
  static func copyStrided(_ shape: [Int], _ strides: [Int], _ out: UnsafeMutablePointer<Self>, _ a: UnsafePointer<Self>)
  static func placeStrided(
    _ shape: [Int], _ strides: [Int], _ out: UnsafeMutablePointer<Self>, _ a: UnsafePointer<Self>)
  static func take(
    _ outer: Int, _ n: Int, _ inner: Int, _ indices: [Int32], _ out: UnsafeMutablePointer<Self>,
    _ a: UnsafePointer<Self>)
  static func takeTransposed(
    _ outer: Int, _ n: Int, _ inner: Int, _ indices: [Int32], _ out: UnsafeMutablePointer<Self>,
    _ a: UnsafePointer<Self>)
  static func prepare(_ g: inout cr_gemm)
  static func scratch(_ g: cr_gemm) -> Int
  static func block(
    _ g: cr_gemm, _ rows: Range<Int>, _ columns: Range<Int>, _ a: [Self], _ b: [Self], _ bias: [Self]?,
    _ c: UnsafeMutablePointer<Self>, _ scratch: UnsafeMutableRawPointer)
  static func convolve(_ v: cr_conv, _ x: [Self], _ w: [Self], cut: Int) -> [Self]
  static func convolveInputGradient(_ v: cr_conv, _ dy: [Self], _ w: [Self], cut: Int) -> [Self]
  static func convolveWeightGradient(_ v: cr_conv, _ x: [Self], _ dy: [Self], backwards: Bool) -> (
    dw: [Self], db: [Self]
  )
  static func pool(_ q: cr_pool, planes: Int, _ x: [Self], _ dy: [Self]) -> Pooled<Self>
}

struct Pooled<T: Sendable> {
  var max: [T], places: [Int32], average: [T], averageGradient: [T]
}

#if arch(x86_64)
  typealias Reference = Float80
#else
  typealias Reference = Double
#endif

extension Float: KernelElement {
  static var isDouble: Bool { false }
}
extension Double: KernelElement {
  static var isDouble: Bool { true }
}
extension KernelElement {
  func ulps(from exact: Reference) -> Double {
    let nearest = Self(exact)
    if isNaN || nearest.isNaN { return isNaN && nearest.isNaN ? 0 : .infinity }
    if isInfinite || nearest.isInfinite { return self == nearest ? 0 : .infinity }
    let unit = Swift.max(nearest.ulp, Self.leastNonzeroMagnitude)
    return Double(abs(Reference(self) - exact) / Reference(unit))
  }
}
