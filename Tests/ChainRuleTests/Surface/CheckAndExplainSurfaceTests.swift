import ChainRule
import Testing

/// The checking and explaining names that outside programs compile against.
@Suite struct CheckAndExplainSurfaceTests {
  struct Cube: Primitive {
    let name = "cube"
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(3 * inputs[0] * inputs[0])
    }
  }

  @Test func checking() throws {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
    let f = (x + y) * z
    let report: GradientReport = try checkGradients(of: f, withRespectTo: [x, y, z])
    #expect(report.verdict == .agree)
    #expect(report.entries.count == 3)
    #expect("\(report)".contains("agree"))
    #expect(try checkGradients(of: f, withRespectTo: [x, y, z], order: 2).verdict == .agree)
    #expect(try checkPrimitive(Cube(), at: [Tensor([0.5, -1, 2])]).verdict == .agree)
  }

  @Test func explaining() throws {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
    let f = (x + y) * z
    let explanation: Explanation = try f.explain()
    for picture in [
      explanation.text(), explanation.svg(), explanation.html(), explanation.latex(), explanation.dot(),
      explanation.mermaid(),
    ] {
      #expect(picture.contains("-4") || picture.contains("−4"))
    }
    #expect(!explanation.frames.isEmpty)
    #expect(explanation.paths(from: x).count == 1)
  }
}
