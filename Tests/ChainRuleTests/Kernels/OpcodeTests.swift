import Testing

@testable import ChainRuleCore

@Suite struct OpcodeTests {
  @Test func allCasesAreTheNumbersFromZeroOn() {
    #expect(Opcode.allCases.map { Int($0.rawValue) } == Array(0..<Opcode.count))
    #expect(Opcode.allCases.first == .copy && Opcode.allCases.contains(.where))
  }

  @Test("Every operation of the kernels has its primitive, of its name and arity", arguments: Opcode.allCases)
  func primitives(opcode: Opcode) {
    let primitive = PrimitiveTable[opcode]
    #expect(primitive.name == opcode.name && primitive.arity == opcode.arity)
  }
}
