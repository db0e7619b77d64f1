import ChainRule
import Testing

struct Cube: Primitive {
  let name = "cube"
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 } }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(3 * inputs[0] * inputs[0])
  }
}

struct WrongTanh: Primitive {
  let name = "wrongTanh"
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { 2 / (1 + 1 / ($0 * $0 + 1)) } }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(1 - output * output)
  }
}

@Suite struct CheckGradientsTests {
  @Test func threeNumbersAgree() throws {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
    let report = try checkGradients(of: (x + y) * z, withRespectTo: [x, y, z])
    #expect(report.verdict == .agree)
    #expect(report.entries.map(\.autodiff) == [-4, -4, 3])
  }

  @Test func aPrimitiveOfOnesOwnAgrees() throws {
    let report = try checkPrimitive(Cube(), at: [Tensor([0.5, -1, 2])])
    #expect(report.verdict == .agree)
    #expect(report.entries.count == 9)
  }

  @Test func aWrongPrimitiveIsBlamed() throws {
    let graph = Graph()
    let x = graph.input("x", [0.3, -1.2]), w = graph.input("w", [[0.1, 0.4], [2, -0.7]])
    let hidden = graph.record(WrongTanh(), [w.matmul(x)]).named("hidden")
    let report = try checkGradients(of: square(hidden).sum(), withRespectTo: [x, w])
    #expect(report.verdict == .disagree)
    #expect(report.blame?.primitive == "wrongTanh")
  }
}
