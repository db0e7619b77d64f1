import ChainRule

/// A number as somebody types it, ½, 1/3, −0,5 or 2.50, with half a unit of the last digit that was written.
struct TypedNumber {
  let value: Double
  let slack: Double

  /// Nil where the text is no number.
  init?(_ text: String) {
    let plain = Self.plain(text)
    guard let value = try? Tensor(literal: plain).scalar(), value.isFinite else { return nil }
    self.value = value
    let digits = plain.drop { $0 == "-" || $0 == "+" || $0 == " " }
    let isWritten = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
    let places = digits.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.count ?? 0
    slack = isWritten && !text.contains(where: { Self.fractions[$0] != nil }) ? Self.halfUnit(places) : 0
  }

  private static func halfUnit(_ places: Int) -> Double { (0..<places).reduce(0.5) { half, _ in half / 10 } }

  /// Whether the digits that were written are those of `truth`, and are enough to count.
  func agrees(with truth: Double) -> Bool {
    (value - truth).magnitude <= slack * (1 + 1e-9) + 1e-9 * truth.magnitude
      && (value != 0 || truth.magnitude < 1e-9)
      && (slack < 0.006 || slack <= 0.05 * truth.magnitude || value == truth)
  }

  private static let fractions: [Character: String] = [
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅙": "1/6", "⅛": "1/8",
  ]

  /// The text with signs of a keyboard.
  static func plain(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "−", "–": result += "-"
      case ",": result += text.contains("[") ? "," : "."
      default:
        guard let fraction = fractions[character] else {
          result.append(character)
          continue
        }
        result += result.last?.isNumber == true ? " + " + fraction : fraction
      }
    }
    // 2½ is 2 + 1/2, and −2½ is −(2 + 1/2).
    if result.hasPrefix("-"), result.contains(" + ") { return "-(" + result.dropFirst() + ")" }
    return result
  }
}
