@testable import ChainRuleDrawing

extension PackedText {
  /// What the page's script does with a packed text, in Swift.
  static func unpack(_ packed: String) -> String {
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf16
    let tilde = UInt16(UInt8(ascii: "~"))
    let units = Array(packed.utf16)
    var value = [UInt16: Int](), result: [UInt16] = [], position = 0
    for (digit, unit) in digits.enumerated() { value[unit] = digit }
    while position < units.count {
      if units[position] != tilde || position + 1 < units.count && units[position + 1] == tilde {
        result.append(units[position])
        position += units[position] == tilde ? 2 : 1
        continue
      }
      guard position + 4 < units.count else { break }
      let numbers = units[(position + 1)...(position + 4)].map { value[$0] ?? 0 }
      let start = result.count - 1 - (numbers[0] << 12 | numbers[1] << 6 | numbers[2])
      guard start >= 0 else { break }
      for offset in 0..<(numbers[3] + 6) { result.append(result[start + offset]) }
      position += 5
    }
    return String(decoding: result, as: UTF16.self)
  }
}
