import Testing

import ChainRule
@testable import ChainRulePage

@Suite struct PageTableTests {
  @Test func everyRuleIsWritten() throws {
    let script = try PageTable().script()
    #expect(script.contains("\"sigmoid\":{"))
    #expect(script.contains("\"matmul\":{"))
  }
}
