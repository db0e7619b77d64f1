import ChainRule

/// What an answer is made of, and its text.
enum JSON {
  case null
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case numbers([Double])
  case list([JSON])
  case object(KeyValuePairs<String, JSON>)

  /// The rows of a tensor of shape `[n, m]`.
  static func rows(_ tensor: Tensor) -> JSON {
    let width = tensor.shape[1], numbers = tensor.scalars
    return .list((0..<tensor.shape[0]).map { .numbers(Array(numbers[$0 * width..<($0 + 1) * width])) })
  }

  /// - Throws: where a number is not finite, which JSON has no text for.
  func write(into line: inout String) throws {
    switch self {
    case .null: line += "null"
    case .flag(let flag): line += flag ? "true" : "false"
    case .integer(let integer): line += "\(integer)"
    case .number(let number):
      guard number.isFinite else {
        throw ChainRuleError(.value, in: "output", required: "numbers that JSON can write", got: "\(number)")
      }
      line += "\(number)"
    case .text(let text): Self.write(text, into: &line)
    case .numbers(let numbers): try Self.write(numbers, "[", "]", into: &line) { try JSON.number($0).write(into: &$1) }
    case .list(let items): try Self.write(items, "[", "]", into: &line) { try $0.write(into: &$1) }
    case .object(let fields):
      try Self.write(fields, "{", "}", into: &line) { field, line in
        Self.write(field.key, into: &line)
        line += ":"
        try field.value.write(into: &line)
      }
    }
  }

  private static func write<Items: Collection>(
    _ items: Items, _ open: String, _ close: String, into line: inout String,
    each: (Items.Element, inout String) throws -> Void
  ) rethrows {
    line += open
    var isFirst = true
    for item in items {
      if !isFirst { line += "," }
      isFirst = false
      try each(item, &line)
    }
    line += close
  }

  private static func write(_ text: String, into line: inout String) {
    line += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": line += "\\" + String(scalar)
      case "\n": line += "\\n"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: line.unicodeScalars.append(scalar)
      }
    }
    line += "\""
  }
}
