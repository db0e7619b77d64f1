/// A seeded generator of 64-bit numbers (SplitMix64: Steele, Lea and Flood 2014), the same on every platform.
public struct RandomNumbers: RandomNumberGenerator, Sendable {
  private var state: UInt64
  static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// A generator at the start of the seed's sequence; equal seeds give equal numbers.
  public init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mixed(state)
  }

  /// A number in [0, 1) with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  package static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  static func unit(_ value: UInt64) -> Double { Double(mixed(value) >> 11) * 0x1p-53 }
}
