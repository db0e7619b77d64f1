/// Plain data of a page, written as JSON in the order in which it was made.
indirect enum PageJSON: Equatable {
  case number(Double)
  case text(String)
  case truth(Bool)
  case list([PageJSON])
  case object([Entry])

  /// A key with what stands under it.
  struct Entry: Equatable {
    let key: String
    let value: PageJSON
  }

  static func integers(_ numbers: [Int]) -> PageJSON { .list(numbers.map { .number(Double($0)) }) }
  static func texts(_ texts: [String]) -> PageJSON { .list(texts.map { .text($0) }) }

  /// An object of these entries.
  static func of(_ entries: KeyValuePairs<String, PageJSON>) -> PageJSON {
    .object(entries.map { Entry(key: $0.key, value: $0.value) })
  }

  /// The text; `</script>` cannot occur in it.
  var written: String {
    switch self {
    case .number(let number) where !number.isFinite:
      Self.quoted(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
    case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .text(let text): Self.quoted(text)
    case .truth(let truth): truth ? "true" : "false"
    case .list(let items): "[" + items.map(\.written).joined(separator: ",") + "]"
    case .object(let entries):
      "{" + entries.map { Self.quoted($0.key) + ":" + $0.value.written }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "<": result += "\\u003c"
      case _ where scalar.value < 32 || scalar.value == 0x2028 || scalar.value == 0x2029:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
