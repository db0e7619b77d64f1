import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleExpression

/// Whatever is typed, there is a graph or an ``ExpressionError`` whose caret stands in the text.
@Suite("Expressions out of random words")
struct ExpressionFuzzTests {
  /// Words that come up often, so that brackets close and operators find their operands.
  private static let common = [
    "x", "v", "W", "2", "0.5", "(", ")", "(", ")", "[", "]", ",", ",", ":", "+", "-", "*", "/", "^", "@", ";", "a = ",
    "\n",
  ]
  private static let rare = [
    "=", "==", "<", ">", "**", ".", ".sum(", "#", " ", "\t", "\r\n", "1e999", "1e-999", ".5e", "1.", "99999999999",
    "-1",
    "inf", "nan", "pi", "true", "false", "é", "e\u{301}", "θ", "½", "²", "−", "÷", "{", "|", "'", "🙂", "👩‍👩‍👧", "\0",
    "\u{FEFF}",
    "i", "unknown", "[1, 2]", "[[1, 2], [3]]", "[]", "[0:1]", "[::-1]", "[0, 1]",
  ]
  private static let calls = ExpressionFunction.all.flatMap { [$0.name] + $0.aliases }.map { $0 + "(" }
  private static let labels = Set(ExpressionFunction.all.flatMap(\.options).flatMap(\.names)).sorted().map { $0 + ": " }

  private func sentence(_ random: inout RandomNumbers) -> String {
    func pick(_ words: [String]) -> String { words[Int(random.next() % UInt64(words.count))] }
    var source = ""
    for _ in 0..<(1 + random.next() % 16) {
      switch random.next() % 10 {
      case 0: source += pick(Self.rare)
      case 1: source += pick(Self.calls)
      case 2: source += pick(Self.labels)
      default: source += pick(Self.common)
      }
    }
    return source
  }

  /// A call with everything in its place, but for the kinds and counts of the arguments.
  private func call(_ random: inout RandomNumbers) -> String {
    func pick(_ words: [String]) -> String { words[Int(random.next() % UInt64(words.count))] }
    let function = ExpressionFunction.all[Int(random.next() % UInt64(ExpressionFunction.all.count))]
    let values = [
      "x", "v", "W", "i", "0", "1", "-1", "2", "0.5", "1e9", "nan", "[0, 1]", "[1]", "[]", "[[0], [1]]", "true",
    ]
    var arguments = (0..<(random.next() % 4)).map { _ in pick(values) }
    for _ in 0..<(random.next() % 3) where !function.options.isEmpty {
      arguments.append(pick(function.options.flatMap(\.names)) + ": " + pick(values))
    }
    return pick([function.name] + function.aliases) + "(" + arguments.joined(separator: ", ") + ")"
  }

  private func check(_ source: String) {
    let values: [String: Tensor] = [
      "x": Tensor(0.5), "v": Tensor([1, 2, 3]), "W": Tensor([[1, 2, 3], [4, 5, 6]]), "i": Tensor([2, 0]),
    ]
    do {
      _ = try Expression(source).record(in: Graph(), values: values)
    } catch let error as ExpressionError {
      let count = source.utf8.count
      #expect(0 <= error.range.lowerBound && error.range.upperBound <= count, "\(source.debugDescription)")
      #expect(error.excerpt.contains("^") && !error.message.isEmpty, "\(source.debugDescription)")
    } catch {
      Issue.record("\(source.debugDescription) throws \(error)")
    }
    do { _ = try Tensor(literal: source) } catch { #expect(error is ExpressionError, "\(source.debugDescription)") }
  }

  @Test("Words in any order", arguments: 0..<4)
  func words(seed: Int) {
    var random = RandomNumbers(seed: UInt64(seed))
    for _ in 0..<1500 { check(sentence(&random)) }
  }

  @Test("Every function with any arguments", arguments: 0..<4)
  func arguments(seed: Int) {
    var random = RandomNumbers(seed: UInt64(100 + seed))
    for _ in 0..<1500 { check(call(&random)) }
  }
}
