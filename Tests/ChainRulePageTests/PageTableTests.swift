import Testing

import ChainRule
@testable import ChainRulePage

@Suite struct PageTableTests {
  @Test func everyRuleIsWritten() throws {
    let script = try PageTable().script()
    #expect(script.contains("\"sigmoid\":{"))
    #expect(script.contains("\"matmul\":{"))
  }

  /// Words for people stand in the two tables, so that another language is another table.
  @Test func noSentenceStandsOutsideOfTheTables() {
    let script = (FormulaScript.engine + FormulaScript.reader)
      .replacing(FormulaScript.sentences, with: "").replacing(FormulaScript.strings, with: "")
    #expect(Self.sentences(in: script) == [])
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
