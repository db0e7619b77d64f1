/// Numbers as most cells spell them, read from bytes: a sign, digits, a mark and digits. What is spelled otherwise, or has
/// too many digits to be exact in two steps, is left to the general reader, which gives the same number where both do.
enum PlainNumber {
  private static let powers: [Double] = (0...22).map { power in (0..<power).reduce(1.0) { value, _ in value * 10 } }

  /// The nearest double: a whole number below 2⁵³ divided by a power of ten up to 10²² is rounded once.
  /// Source: Clinger 1990.
  /// - Parameter mark: what stands before decimals.
  static func value(_ bytes: UnsafeBufferPointer<UInt8>, mark: UInt8) -> Double? {
    powers.withUnsafeBufferPointer { value(bytes, mark: mark, powers: $0) }
  }

  /// Looks the powers of ten up once for many numbers.
  static func withPowers<Result>(_ body: (UnsafeBufferPointer<Double>) throws -> Result) rethrows -> Result {
    try powers.withUnsafeBufferPointer(body)
  }

  static func value(
    _ bytes: UnsafeBufferPointer<UInt8>, mark: UInt8, powers: UnsafeBufferPointer<Double>
  ) -> Double? {
    var place = 0
    let count = bytes.count
    guard count > 0, count <= 20 else { return nil }
    let isNegative = bytes[0] == UInt8(ascii: "-")
    if isNegative || bytes[0] == UInt8(ascii: "+") { place = 1 }
    var number: UInt64 = 0, digits = 0, decimals = -1
    while place < count {
      let byte = bytes[place]
      if byte &- UInt8(ascii: "0") < 10 {
        number = number &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
        digits += 1
        if decimals >= 0 { decimals += 1 }
      } else if byte == mark, decimals < 0, digits > 0 {
        decimals = 0
      } else {
        return nil
      }
      place += 1
    }
    guard digits > 0, digits <= 19, number <= 1 << 53, decimals != 0 else { return nil }
    let value = decimals > 0 ? Double(number) / powers[decimals] : Double(number)
    return isNegative ? -value : value
  }

  /// The bytes without white space of ASCII around them; nil where that is not all there may be.
  static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
    var (low, high) = (0, bytes.count)
    while low < high, isSpace(bytes[low]) { low += 1 }
    while low < high, isSpace(bytes[high - 1]) { high -= 1 }
    guard low < high else { return UnsafeBufferPointer(rebasing: bytes[low..<high]) }
    // A letter of more bytes may be white space, too.
    guard bytes[low] < 0x80, bytes[high - 1] < 0x80 else { return nil }
    return UnsafeBufferPointer(rebasing: bytes[low..<high])
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte >= 9 && byte <= 13 }
}
