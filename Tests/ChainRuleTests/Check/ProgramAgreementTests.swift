import Foundation
import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// The row "program and evaluation agree": what really runs is held against what was checked.
@Suite struct ProgramAgreementTests {
  private func opinion(_ report: GradientReport) throws -> GradientReport.Opinion {
    try #require(report.opinions.first { $0.kind == .program })
  }

  @Test("programs of the library's primitives agree", arguments: [Graph.Precision.double, .single])
  func library(_ precision: Graph.Precision) throws {
    let graph = Graph(precision), x = graph.input("x", [[0.3, -1.2], [4, 0.5]]),
      w = graph.input("w", [[1, 2], [-1, 3]])
    for output in [
      tanh(x.matmul(w)).sum(), softmax(x.matmul(w)), logSumExp(3 * x), (exp(x) * sin(w)).mean(), relu(x) + abs(w),
      log(sigmoid(x)) - x / w, layerNormalized(x),
    ] {
      let report = try checkGradients(of: output, withRespectTo: [x, w])
      #expect(try opinion(report).verdict == .agree, "\(report)")
    }
  }

  private func layerNormalized(_ x: Node) -> Node { (x - x.mean()) / sqrt(square(x).mean() + 1e-5) }

  /// Equal to every other one although they scale differently: a program computes equal primitives once.
  struct Scale: Primitive {
    let factor: Double
    var name: String { "scale" }
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { factor * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(inputs[0].graph.constant(factor))
    }
    static func == (a: Scale, b: Scale) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
  }

  @Test("a primitive that a program takes for another one is caught and named") func wrongEquality() throws {
    let graph = Graph(), x = graph.input("x", [0.5, -2])
    let two = graph.record(Scale(factor: 2), [x]).named("two"),
      three = graph.record(Scale(factor: 3), [x]).named("three")
    let report = try checkGradients(of: (sin(two) * three).sum(), withRespectTo: [x])
    #expect(report.verdict == .disagree)
    #expect(report.entries.allSatisfy { $0.verdict == .agree })
    let found = try opinion(report)
    #expect(found.verdict == .disagree)
    #expect(found.detail.contains("the first node that differs is three = scale(x)"), "\(found.detail)")
    #expect("\(report)".contains("disagree  program and evaluation agree: in double precision on "))
  }

  /// Right in itself, but its gradient is made of primitives that are told apart by nothing.
  struct Bent: Primitive {
    let power: Double
    var name: String { "bent" }
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { Foundation.pow($0, power) } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(power * inputs[0].graph.record(Slope(power: power - 1), [inputs[0]]))
    }
  }

  struct Slope: Primitive {
    let power: Double
    var name: String { "slope" }
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { Foundation.pow($0, power) } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(power * pow(inputs[0], power - 1))
    }
    static func == (a: Slope, b: Slope) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
  }

  @Test("a local gradient that a program drops is blamed on its node") func droppedRule() throws {
    let graph = Graph(), x = graph.input("x", [0.5, 2])
    let square = graph.record(Bent(power: 2), [x]).named("square"),
      cube = graph.record(Bent(power: 3), [x]).named("cube")
    let report = try checkGradients(of: (square + cube).sum(), withRespectTo: [x])
    let found = try opinion(report)
    #expect(report.entries.allSatisfy { $0.verdict == .agree } && found.verdict == .disagree, "\(report)")
    #expect(found.detail.contains("belongs to the gradient of") && found.detail.contains("bent(x)"), "\(found.detail)")
  }

  @Test("rounding at a tie is no difference") func ties() throws {
    let graph = Graph(), x = graph.input("x", [0.1, 0.2, 0.3]), w = graph.input("w", [1, 1, -1])
    let report = try checkGradients(of: relu((x * w).sum()) + x.sum(), withRespectTo: [x, w])
    #expect(try opinion(report).verdict == .agree, "\(report)")
  }

  @Test("a mistake of the gradient itself is not the program's") func wrongRule() throws {
    let graph = Graph(), x = graph.input("x", [0.5, 2])
    let slip = ElementwiseFunction("slip", { $0 * $0 }, derivative: { 3 * $0 })
    let report = try checkGradients(of: slip(x).sum(), withRespectTo: [x])
    #expect(report.verdict == .disagree && report.blame?.primitive == "slip")
    #expect(try opinion(report).verdict == .agree)
  }

  /// 1e30² is too large for single precision; 1e-200² is 0 in both.
  @Test("it is said what was compared", arguments: [(1e30, false), (1e150, false), (3, true), (1e-200, true)])
  func compared(_ x: Double, _ isAll: Bool) throws {
    let graph = Graph(), x = graph.input("x", Tensor(x)), y = graph.input("y", 0.5)
    let found = try opinion(try checkGradients(of: x * x * y * 1e-5 + x * y, withRespectTo: [x, y]))
    #expect(found.verdict == .agree)
    #expect(found.detail.contains("are not finite") == !isAll, "\(found.detail)")
  }

  @Test("a check without gradients compares values and says so") func valuesAlone() throws {
    let graph = Graph(), x = graph.input("x", 2)
    let found = try opinion(try checkGradients(of: x.stoppingGradient() + 1, withRespectTo: [x]))
    #expect(found.detail == "values, in both precisions, on every instruction set of this machine")
  }
}
