import Testing

import ChainRule
@testable import ChainRulePage

@Suite struct PageTableTests {
  @Test func everyRuleIsWritten() throws {
    let script = try PageTable().script()
    #expect(script.contains("\"sigmoid\":{"))
    #expect(script.contains("\"matmul\":{"))
  }

  /// What a formula can call is held against the page, each by one of its names.
  @Test func theCorpusHoldsEveryFunction() {
    let text = (PageSamples.corpus + PageSamples.functions + PageSamples.textsAndNumbers + [RandomFormulas.names])
      .joined(separator: "\n")
    let elementwise = Set(PrimitiveTable.descriptors.compactMap(\.descriptor.call))
    let missing = ExpressionFunction.all.filter { function in
      !elementwise.contains(function.name) && !([function.name] + function.aliases).contains { text.contains("\($0)(") }
    }
    #expect(missing.map(\.name) == [])
  }

  /// Words for people stand in the two tables, so that another language is another table.
  @Test func noSentenceStandsOutsideOfTheTables() {
    let script = (FormulaScript.engine + FormulaScript.reader)
      .replacing(FormulaScript.sentences, with: "").replacing(FormulaScript.strings, with: "")
    // What the reciprocals in derivatives of vectors are of is the name of their primitive.
    #expect(Self.sentences(in: script) == ["singular value"])
    #expect(Self.sentences(in: "say(\"kept\"); throw new Error('it is not there'); f(`a ${b} cannot be`)").count == 2)
    #expect(Self.sentences(in: FormulaScript.sentences).count > 60)
  }

  /// String literals in which two words follow each other; selectors, classes and formulas of examples are none.
  private static func sentences(in script: String) -> [String] {
    var found: [String] = []
    for line in script.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("//") {
      for match in line.matches(of: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/) {
        let literal = match.output.replacing(/\$\{[^{}]*\}/, with: "§").dropFirst().dropLast()
        if literal.contains(/(?:^| |§)[A-Za-z][a-z]+,? (?:[a-z]{2,}|§)(?: |$|,|\.)/) { found.append(String(literal)) }
      }
    }
    return found
  }
}
