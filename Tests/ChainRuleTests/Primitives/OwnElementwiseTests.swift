import Testing

import ChainRule

/// A type of one's own that conforms to the public `ElementwisePrimitive`: the kernel's value, a local gradient of its
/// own. Here with the straight-through gradient 1.
private struct StraightFloor: ElementwisePrimitive {
  static let opcode = Opcode.floor
  let name = "straightFloor"
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.constant(1).broadcast(to: output.shape))
  }
}

/// A value of one's own as well: the opcode only says what a kernel would do.
private struct DoubledSine: ElementwisePrimitive {
  static let opcode = Opcode.sin
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { 2 * sine($0) } }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(2 * cos(inputs[0]))
  }
  private func sine(_ x: Double) -> Double { (try? sin(Graph().constant(x)).scalar()) ?? .nan }
}

/// A wrong local gradient under the opcode of a right one.
private struct TanhByItsName: ElementwisePrimitive {
  static let opcode = Opcode.tanh
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(1 - output)
  }
}

private struct Scaled: ElementwisePrimitive {
  static let opcode = Opcode.multiply
  let factor: Double
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0] * inputs[1] * Tensor(factor) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(factor * inputs[1 - index])
  }
}

@Suite("An elementwise primitive of one's own keeps its value and its gradient") struct OwnElementwiseTests {
  @Test(arguments: [Graph.Precision.double, .single])
  func inEvaluationAndPrograms(precision: Graph.Precision) throws {
    let graph = Graph(precision)
    let x = graph.input("x", [0.5, 1.75, -0.25]), y = graph.input("y", [2, 3, 4])
    let outputs = [
      graph.record(StraightFloor(), [x]), graph.record(DoubledSine(), [x]), graph.record(Scaled(factor: 10), [x, y]),
    ]
    let gradients = try outputs.map { try $0.sum().gradients(withRespectTo: [x])[0] }
    let expected: [[Double]] = [
      [0, 1, -1], [0.958851, 1.967972, -0.494808], [10, 52.5, -10],
      [1, 1, 1], [1.755165, -0.356492, 1.937825], [20, 30, 40],
    ]
    let program = try graph.compile(inputs: [x, y], outputs: outputs + gradients)
    let values = try program.run([[0.5, 1.75, -0.25], [2, 3, 4]])
    for (position, want) in expected.enumerated() {
      let evaluated = try (outputs + gradients)[position].value()
      for (index, number) in want.enumerated() {
        #expect(abs(evaluated[index] - number) < 2e-6, "\(position): \(evaluated)")
        #expect(abs(values[position][index] - number) < 2e-6, "\(position): \(values[position])")
      }
    }
    #expect(outputs[0].primitive is StraightFloor && outputs[1].primitive is DoubledSine)
  }

  @Test func theCheckJudgesWhatItWasGiven() throws {
    #expect(try checkPrimitive(TanhByItsName(), at: [[0.3, -0.8]]).verdict == .disagree)
    #expect(try checkPrimitive(DoubledSine(), at: [[0.3, -0.8]]).verdict == .agree)
    let graph = Graph(), x = graph.input("x", 0.4)
    let report = try checkGradients(of: graph.record(TanhByItsName(), [x]).named("mine"), withRespectTo: [x])
    #expect(report.verdict == .disagree && report.blame?.node == "mine")
  }

  @Test func twoOfOneTypeThatDifferAreTwoNodes() throws {
    let graph = Graph(), x = graph.input("x", 2), y = graph.input("y", 3)
    let sum = graph.record(Scaled(factor: 1), [x, y]) + graph.record(Scaled(factor: 10), [x, y])
    #expect(try sum.scalar() == 66)
    #expect(try graph.compile(inputs: [x, y], outputs: [sum]).run([2, 3])[0].scalar() == 66)
  }
}
