import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// Near 0 a gradient may be right to ten digits and its derivative wrong in the first: steps of the input's own size do
/// not show it, nor does a comparison of gradients to five digits.
@Suite struct SmallScaleTests {
  typealias Case = BeliefTests.Case

  private func expect(_ one: Case) throws {
    let report = try one.report()
    #expect(one.verdicts == [report.verdict], "\(one.formula) at \(one.inputs): \(report)")
  }

  static let scales = [1e-3, -1e-6, 1e-9, -1e-10, 1e-11, 1e-12, 1e-15, 1e-16, -1e-20]

  @Test("a second derivative that is hidden whole is missed at no scale", arguments: scales)
  func hiddenCurvature(_ x: Double) throws {
    for formula in [
      "x+stoppingGradient(x^2)", "stoppingGradient(x^2/2)+x", "3*x+stoppingGradient(1-cos(x))",
      "4*x+stoppingGradient(100*x*x)", "7+2*x+stoppingGradient(1e5*x^2)", "exp(3)*x+stoppingGradient(x*sin(x))",
    ] {
      try expect(Case(formula, 2, .disagree, at: ("x", Tensor(x))))
      try expect(Case(formula, 3, .disagree, at: ("x", Tensor(x))))
    }
    try expect(Case("3*x+y+stoppingGradient(x*y)", 2, .disagree, at: ("x", Tensor(x)), ("y", Tensor(2 * x))))
    try expect(Case("3*x+y+stoppingGradient(x*y)", 2, .disagree, at: ("x", Tensor(x)), ("y", Tensor(1.5))))
    try expect(Case("sum(x)+stoppingGradient(sum(x^2))", 2, .disagree, at: ("x", Tensor([x, 3 * x]))))
  }

  @Test("a third derivative that is hidden whole is missed at no scale", arguments: scales)
  func hiddenThird(_ x: Double) throws {
    for formula in ["x^2+stoppingGradient(x^3)", "x^2/2+stoppingGradient(x-sin(x))", "x+x^2+stoppingGradient(5*x^3)"] {
      try expect(Case(formula, 3, .disagree, at: ("x", Tensor(x))))
    }
  }

  @Test("a fault of ten digits less is seen in twice the precision", arguments: [1e-3, 1e-6, 1e-9, 1e-10])
  func smallFaults(_ part: Double) throws {
    for x in [1e-9, 0.3, 1e4] {
      try expect(Case("x + \(part)*stoppingGradient(x)", 1, .disagree, at: ("x", Tensor(x))))
      try expect(Case("sin(x) + \(part)*stoppingGradient(sin(x))", 1, .disagree, at: ("x", Tensor(x))))
      try expect(Case("x^2 + \(part)*stoppingGradient(x^2)", 2, .disagree, at: ("x", Tensor(x))))
    }
    try expect(Case("x^2+x*stoppingGradient(x^2)", 2, .disagree, at: ("x", Tensor(part))))
  }

  @Test("the same functions with their gradients agree", arguments: scales)
  func rightOnes(_ x: Double) throws {
    for formula in [
      "x+x^2", "x^2/2+x", "3*x+1-cos(x)", "4*x+100*x*x", "7+2*x+1e5*x^2", "3*x", "2*x+7", "exp(3)*x", "x^2",
    ] {
      try expect(Case(formula, 2, .agree, at: ("x", Tensor(x))))
    }
    for formula in ["x^2+x^3", "x^2/2+x-sin(x)", "3*x", "x+x^2"] {
      try expect(Case(formula, 3, .agree, at: ("x", Tensor(x))))
    }
    for y in [2 * x, 1.5] {
      try expect(Case("3*x+y+x*y", 2, .agree, at: ("x", Tensor(x)), ("y", Tensor(y))))
      try expect(Case("3*x+y", 2, .agree, at: ("x", Tensor(x)), ("y", Tensor(y))))
    }
    try expect(Case("sum(x)+sum(x^2)", 2, .agree, at: ("x", Tensor([x, 3 * x]))))
  }
}

/// The same with primitives of one's own, which no higher precision computes.
@Suite struct SmallScaleInDoubleTests {
  /// x + x² whose gradient is 1, or 1 + 2x.
  private struct Bent: Primitive {
    let name = "bent", isRight: Bool
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 + $0 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(isRight ? 1 + 2 * inputs[0] : 1 + 0 * inputs[0])
    }
  }

  @Test("at no scale a gradient of 1 is believed where the curvature is 2", arguments: SmallScaleTests.scales)
  func bent(_ x: Double) throws {
    for isRight in [false, true] {
      let graph = Graph(), x = graph.input("x", Tensor(x)), output = graph.record(Bent(isRight: isRight), [x])
      for order in [2, 3] {
        let report = try checkGradients(of: output, withRespectTo: [x], order: order)
        #expect(report.verdict == (isRight ? .agree : .disagree), "\(report)")
      }
    }
  }
}
