import ChainRule

/// A claim as it is typed behind `--claim`: `W[0][1]=-0.029`, `x = exp(-x)`, `\frac{\partial L}{\partial W} = …`.
struct TypedClaim {
  let text: String
  /// What stands on the left, without spaces.
  let name: String
  /// What stands on the right.
  let claim: String
  /// The number that it is, and half a unit of its last digit.
  let number: (value: Double, half: Double)?

  /// How rows of a report write the name: `W[0,1]` is `W[0][1]`.
  var element: String { name.replacing(",", with: "][") }

  init(_ text: String) throws {
    guard let equals = Self.equalsSign(of: text) else {
      throw UsageError("--claim is written NAME=NUMBER or NAME=FORMULA, as in 'W[0][1]=-0.029', not '\(text)'")
    }
    self.text = text
    name = String(text[..<equals]).trimmed
    claim = String(text[text.index(after: equals)...]).trimmed
    guard !name.isEmpty, !claim.isEmpty else {
      throw UsageError("--claim is written NAME=NUMBER or NAME=FORMULA, as in 'W[0][1]=-0.029', not '\(text)'")
    }
    let digits = claim.filter { !$0.isWhitespace }
    guard let value = try? Tensor(literal: digits), value.shape == .scalar, let number = try? value.scalar() else {
      self.number = nil
      return
    }
    guard number.isFinite else { throw UsageError("--claim needs a number that is finite, not '\(digits)'") }
    guard let half = Self.halfUnit(of: digits) else {
      throw UsageError("--claim needs a whole number behind the e of '\(digits)'")
    }
    self.number = (number, half)
  }

  /// The numbers of a list, each with half a unit of its last digit; none where it holds anything else.
  var parts: [(value: Double, half: Double)] {
    guard claim.hasPrefix("[") else { return [] }
    let words = claim.split { "[], ;".contains($0) || $0.isWhitespace }.map(String.init)
    let numbers = words.compactMap { word -> (value: Double, half: Double)? in
      guard let value = try? Tensor(literal: word).scalar(), let half = Self.halfUnit(of: word) else { return nil }
      return (value, half)
    }
    return numbers.count == words.count ? numbers : []
  }

  private static func halfUnit(of digits: String) -> Double? {
    let isTyped = digits.allSatisfy { "0123456789.+-eE/−".contains($0) }
    return isTyped ? GradientReport.Claim.halfUnit(ofDigits: digits) : 0
  }

  /// The equals sign that is no part of a comparison, nor of what stands in brackets: the last one before a number, as
  /// in `f[0] / x[0]=1`, else the first.
  private static func equalsSign(of text: String) -> String.Index? {
    var depth = 0, found: [String.Index] = []
    var last: Character = " "
    for index in text.indices {
      let character = text[index]
      if "([{".contains(character) { depth += 1 } else if ")]}".contains(character) { depth -= 1 }
      let next = text.index(after: index) < text.endIndex ? text[text.index(after: index)] : " "
      if character == "=", depth <= 0, next != "=", !"=<>!".contains(last) { found.append(index) }
      last = character
    }
    return found.first
  }

  /// What comes of it on a recorded expression.
  func judged(in graph: ClaimedGraph) throws -> GradientReport.JudgedClaim {
    do {
      if number != nil, graph.hasValues {
        return try graph.judge(name, number: claim.filter { !$0.isWhitespace })
      }
      return try graph.judge(name, formula: claim)
    } catch let error as ChainRuleError {
      throw UsageError("--claim: \(error.required) is needed, not \(error.got)")
    } catch let error as ExpressionError {
      throw UsageError("--claim: \(error)")
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
