import CKernels
import Foundation
import Testing

@testable import ChainRuleCore

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

#if arch(x86_64)
  typealias Reference = Float80
#else
  typealias Reference = Double
#endif

extension KernelElement {
  /// Distance to a more exact value in units of the last place.
  func ulps(from exact: Reference) -> Double {
    let nearest = Self(exact)
    if isNaN || nearest.isNaN { return isNaN && nearest.isNaN ? 0 : .infinity }
    if isInfinite || nearest.isInfinite { return self == nearest ? 0 : .infinity }
    let unit = Swift.max(nearest.ulp, Self.leastNonzeroMagnitude)
    return Double(abs(Reference(self) - exact) / Reference(unit))
  }
}
