/// Numbers as people write them: a fixed count of significant digits, no trailing zeros, no Foundation.
///
/// ```swift
/// NumberText.short(0.0363503063, digits: 4)   // "0.03635"
/// NumberText.short(-12)                       // "-12"
/// NumberText.typographic(-12)                 // "−12", with a true minus sign, for pictures
/// ```
///
/// The digits come from the shortest decimal that reads back to the same `Double`, rounded half to even;
/// the page's script follows the same rule, so that a number looks the same wherever it is drawn.
public enum NumberText {
  /// `value` with at most `digits` significant digits. Very small and very large numbers are written
  /// as `1.5e-07`; not-a-number and the infinities as `nan`, `inf`, `-inf`; both zeros as `0`.
  public static func short(_ value: Double, digits: Int = 6) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    guard value != 0 else { return "0" }
    var decimal = Decimal(value)
    // Digits before the point are never rounded away: 12345.6 is 12346, not 12350.
    decimal.round(to: Swift.max(1, digits, decimal.exponent < 7 ? decimal.exponent + 1 : 1))
    return (value < 0 ? "-" : "") + decimal.text(digits: Swift.max(1, digits))
  }

  /// `short`, with U+2212 for the minus sign and `∞` for infinity, as pictures and pages show it.
  public static func typographic(_ value: Double, digits: Int = 4) -> String {
    String(short(value, digits: digits).map { $0 == "-" ? "−" : $0 }).replacing("inf", with: "∞")
  }

  /// `short` as LaTeX: `1.5 \times 10^{-7}`, `\infty`, `\mathrm{nan}`.
  public static func latex(_ value: Double, digits: Int = 6) -> String {
    guard value.isFinite else { return value.isNaN ? "\\mathrm{nan}" : value < 0 ? "-\\infty" : "\\infty" }
    let text = short(value, digits: digits)
    guard let e = text.firstIndex(of: "e") else { return text }
    let exponent = Int(text[text.index(after: e)...]) ?? 0
    return "\(text[..<e]) \\times 10^{\(exponent)}"
  }

  /// `number` in parentheses where it is negative: `0.055 + (-0.019)`.
  public static func parenthesized(_ number: String) -> String {
    number.hasPrefix("-") || number.hasPrefix("−") ? "(\(number))" : number
  }

  /// `value` with exactly `places` digits after the point, for axes and aligned columns.
  public static func fixed(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return short(value) }
    var scale = 1.0
    let places = Swift.min(Swift.max(places, 0), 15)
    for _ in 0..<places { scale *= 10 }
    let scaled = (value * scale).rounded(.toNearestOrEven)
    guard abs(scaled) < 1e15 else { return short(value, digits: 15) }
    let whole = Int64(abs(scaled))
    let sign = scaled < 0 ? "-" : ""
    guard places > 0 else { return sign + String(whole) }
    var digits = String(whole)
    while digits.count <= places { digits = "0" + digits }
    let point = digits.index(digits.endIndex, offsetBy: -places)
    return sign + digits[..<point] + "." + digits[point...]
  }

  /// The digits of a positive number and the power of ten of its first digit.
  private struct Decimal {
    var digits: [UInt8]
    var exponent: Int

    init(_ value: Double) {
      var mantissa = Substring(value.magnitude.description)
      var exponent = 0
      if let e = mantissa.firstIndex(where: { $0 == "e" || $0 == "E" }) {
        exponent = Int(mantissa[mantissa.index(after: e)...]) ?? 0
        mantissa = mantissa[..<e]
      }
      var digits: [UInt8] = []
      var beforePoint = 0
      var sawPoint = false
      for byte in mantissa.utf8 {
        if byte == UInt8(ascii: ".") { sawPoint = true; continue }
        digits.append(byte - UInt8(ascii: "0"))
        if !sawPoint { beforePoint += 1 }
      }
      let leading = digits.prefix { $0 == 0 }.count
      digits.removeFirst(Swift.min(leading, digits.count - 1))
      self.digits = digits
      self.exponent = exponent + beforePoint - leading - 1
      trim()
    }

    mutating func trim() {
      while digits.count > 1, digits.last == 0 { digits.removeLast() }
    }

    mutating func round(to count: Int) {
      guard digits.count > count else { return }
      let rest = digits[count...]
      let half = rest.first == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
      let up = half ? digits[count - 1] % 2 == 1 : digits[count] >= 5
      digits.removeSubrange(count...)
      if up {
        var position = count - 1
        while position >= 0, digits[position] == 9 {
          digits[position] = 0
          position -= 1
        }
        if position >= 0 {
          digits[position] += 1
        } else {
          digits.insert(1, at: 0)
          exponent += 1
        }
      }
      trim()
    }

    func text(digits count: Int) -> String {
      func join(_ part: ArraySlice<UInt8>) -> String { part.map { String($0) }.joined() }
      if exponent < -4 || exponent >= Swift.max(count, 7) {
        let magnitude = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
        let fraction = digits.count > 1 ? "." + join(digits[1...]) : ""
        return "\(digits[0])\(fraction)e\(exponent < 0 ? "-" : "+")\(magnitude)"
      }
      if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + join(digits[...]) }
      if digits.count <= exponent + 1 {
        return join(digits[...]) + String(repeating: "0", count: exponent + 1 - digits.count)
      }
      return join(digits[...exponent]) + "." + join(digits[(exponent + 1)...])
    }
  }
}
