import Foundation

/// The JavaScript that descriptors give to pages, read and computed without an engine: numbers, the operands `a`, `b`
/// and `c`, functions of `Math`, arithmetic, comparisons and one choice `x ? y : z`.
struct PageInstruction {
  struct Mistake: Error, CustomStringConvertible { let description: String }

  let text: String
  private let tokens: [String]

  init(_ text: String) throws {
    self.text = text
    tokens = text.matches(of: /Math\.\w+|\d+(\.\d+)?|[abc]|===|!==|[<>]=?|[-+*\/?:(),]/).map { String($0.output.0) }
    guard tokens.joined() == text.filter({ $0 != " " }) else {
      throw Mistake(description: "\(text) holds what pages do not use")
    }
  }

  func value(_ operands: [Double]) throws -> Double {
    var reader = Reader(text: text, tokens: tokens[...], operands: operands)
    let value = try reader.choice()
    guard reader.tokens.isEmpty else { throw reader.mistake }
    return value
  }

  private struct Reader {
    let text: String
    var tokens: ArraySlice<String>
    let operands: [Double]

    var mistake: Mistake { Mistake(description: "\(text) is not understood at \(tokens.joined())") }

    private mutating func take(_ choices: String...) -> String? {
      guard let next = tokens.first, choices.contains(next) else { return nil }
      return tokens.removeFirst()
    }

    private mutating func expect(_ token: String) throws { if take(token) == nil { throw mistake } }

    mutating func choice() throws -> Double {
      let condition = try comparison()
      guard take("?") != nil else { return condition }
      let first = try choice()
      try expect(":")
      let second = try choice()
      return condition != 0 && !condition.isNaN ? first : second
    }

    private mutating func comparison() throws -> Double {
      let left = try sum()
      guard let sign = take("<", ">", "<=", ">=", "===", "!==") else { return left }
      let right = try sum()
      let holds =
        switch sign {
        case "<": left < right
        case ">": left > right
        case "<=": left <= right
        case ">=": left >= right
        case "===": left == right
        default: left != right
        }
      return holds ? 1 : 0
    }

    private mutating func sum() throws -> Double {
      var value = try product()
      while let sign = take("+", "-") { value = try sign == "+" ? value + product() : value - product() }
      return value
    }

    private mutating func product() throws -> Double {
      var value = try factor()
      while let sign = take("*", "/") { value = try sign == "*" ? value * factor() : value / factor() }
      return value
    }

    private mutating func factor() throws -> Double {
      if take("-") != nil { return try -factor() }
      if take("(") != nil {
        let value = try choice()
        try expect(")")
        return value
      }
      guard let token = tokens.popFirst() else { throw mistake }
      if let position = ["a", "b", "c"].firstIndex(of: token), position < operands.count { return operands[position] }
      if let number = Double(token) { return number }
      try expect("(")
      var arguments = [try choice()]
      while take(",") != nil { arguments.append(try choice()) }
      try expect(")")
      if let function = Self.unary[token], arguments.count == 1 { return function(arguments[0]) }
      if let function = Self.binary[token], arguments.count == 2 { return function(arguments[0], arguments[1]) }
      throw Mistake(description: "\(text) calls \(token) with \(arguments.count) numbers")
    }

    private static let unary: [String: @Sendable (Double) -> Double] = [
      "Math.abs": { abs($0) }, "Math.acos": { acos($0) }, "Math.acosh": { acosh($0) }, "Math.asin": { asin($0) },
      "Math.asinh": { asinh($0) }, "Math.atan": { atan($0) }, "Math.atanh": { atanh($0) }, "Math.cbrt": { cbrt($0) },
      "Math.ceil": { ceil($0) }, "Math.cos": { cos($0) }, "Math.cosh": { cosh($0) }, "Math.exp": { exp($0) },
      "Math.expm1": { expm1($0) }, "Math.floor": { floor($0) }, "Math.log": { log($0) }, "Math.log10": { log10($0) },
      "Math.log1p": { log1p($0) }, "Math.log2": { log2($0) }, "Math.round": { floor($0 + 0.5) },
      "Math.sign": { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }, "Math.sin": { sin($0) }, "Math.sinh": { sinh($0) },
      "Math.sqrt": { sqrt($0) }, "Math.tan": { tan($0) }, "Math.tanh": { tanh($0) }, "Math.trunc": { trunc($0) },
    ]

    private static let binary: [String: @Sendable (Double, Double) -> Double] = [
      "Math.max": { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) },
      "Math.min": { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) },
      "Math.pow": { pow($0, $1) }, "Math.hypot": { hypot($0, $1) }, "Math.atan2": { atan2($0, $1) },
    ]
  }
}
