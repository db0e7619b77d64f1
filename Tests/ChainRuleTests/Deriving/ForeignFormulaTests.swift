import ChainRule
import Testing

/// What is no formula of the library's is refused, whatever it is called.
@Suite struct ForeignFormulaTests {
  struct Add: Primitive {
    let name = "add"
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { 3 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(output.graph.constant(index == 0 ? 3 : 0 as Double))
    }
  }

  struct OwnSine: ElementwisePrimitive {
    static let opcode = Opcode.sin
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient { .factor(output) }
  }

  @Test func aPrimitiveThatTakesAName() throws {
    let graph = Graph()
    let x = graph.input("x", 0.5), y = graph.input("y", 2)
    for own in [graph.record(Add(), [x, y]), graph.record(OwnSine(), [x])] {
      #expect(throws: ChainRuleError.self) { try (own * own).derivation(withRespectTo: [x]) }
    }
  }

  @Test func twoInputsOfOneName() throws {
    let graph = Graph()
    let a = graph.input("x", 0.5), b = graph.input("x", 2)
    #expect(throws: ChainRuleError.self) { try (a * a * b).derivation(withRespectTo: [a]) }
  }

  @Test func aNodeThatWasNotAskedFor() throws {
    let graph = Graph(), other = Graph()
    let x = graph.input("x", 0.5), y = graph.input("y", 2), foreign = other.input("x", 1)
    let derivation = try (x * x * y).derivation(withRespectTo: [x])
    #expect(derivation.formula(of: x).text == "2x·y")
    #expect(derivation.formula(of: y).text == "nan" && derivation.formula(of: foreign).text == "nan")
  }
}
