import Foundation
import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// What the checker says of right and wrong functions that were chosen to deceive its steps, in families.
@Suite struct BeliefTests {
  /// A formula at a point, and what must be said of it.
  struct Case: CustomTestStringConvertible {
    let formula: String, inputs: [(String, Tensor)], order: Int, verdicts: Set<GradientReport.Verdict>
    var testDescription: String { formula }

    init(_ formula: String, _ order: Int = 1, _ verdicts: GradientReport.Verdict..., at inputs: (String, Tensor)...) {
      (self.formula, self.inputs, self.order, self.verdicts) = (formula, inputs, order, Set(verdicts))
    }

    func report() throws -> GradientReport {
      let graph = Graph(), expression = try Expression(formula)
      let nodes = expression.inputs(in: graph, values: inputs.map { ($0.0, $0.1) })
      let output = try expression.record(in: graph, inputs: nodes)
      return try checkGradients(of: output, withRespectTo: inputs.compactMap { nodes[$0.0] }, order: order)
    }
  }

  private func expect(_ one: Case) throws {
    let report = try one.report()
    #expect(one.verdicts.contains(report.verdict), "\(one.formula): \(report)")
  }

  @Test("no period fits the steps", arguments: [1.0, 2, 8, 64, 1024])
  func periods(_ frequency: Double) throws {
    for number in 0..<8 {
      let x = Tensor((2000 + 3.77 * Double(number)) / frequency), w = "\(frequency)*2*pi*x"
      try expect(Case("sin(\(w))", 1, .agree, at: ("x", x)))
      try expect(Case("cos(\(w))*x", 1, .agree, at: ("x", x)))
      try expect(Case("x^2 + stoppingGradient(5*cos(\(w)+0.3))", 1, .disagree, at: ("x", x)))
      try expect(Case("3*x + stoppingGradient(sin(\(w)+0.1))", 1, .disagree, at: ("x", x)))
    }
  }

  static let narrow = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
  @Test("narrow features are seen below the first steps", arguments: narrow)
  func features(_ width: Double) throws {
    let u = "((x-1)/\(width))", near = Tensor(1 + 0.5 * width)
    try expect(Case("exp(-\(u)^2)", 1, .agree, at: ("x", near)))
    try expect(Case("stoppingGradient(exp(-\(u)^2))", 1, .disagree, at: ("x", near)))
    try expect(Case("x + (x-1)*exp(-\(u)^2)", 1, .agree, at: ("x", 1)))
    try expect(Case("x + stoppingGradient((x-1)*exp(-\(u)^2))", 1, .disagree, at: ("x", 1)))
    try expect(Case("stoppingGradient(relu(\(width)-abs(x-1)))", 1, .disagree, at: ("x", near)))
    try expect(Case("relu(\(width)-abs(x-1)) + x", 1, .agree, at: ("x", near)))
    try expect(Case("sin(x) + stoppingGradient(tanh(\(u)))", 1, .disagree, at: ("x", 1)))
  }

  @Test("second and third derivatives by differences of the gradient", arguments: [5.0454, 5.33, 20.07, 377.323])
  func oscillations(_ x: Double) throws {
    for number in 0..<3 {
      let x = Tensor(x + 0.137 * Double(number))
      try expect(Case("sin(100*x)", 2, .agree, at: ("x", x)))
      try expect(Case("sin(50*x)", 3, .agree, at: ("x", x)))
      try expect(Case("sin(x)", 3, .agree, at: ("x", x)))
      try expect(Case("sin(x^2)", 2, .agree, at: ("x", x)))
      try expect(Case("cos(30*x)*y", 2, .agree, at: ("x", x), ("y", 2)))
      try expect(
        Case("sin(100*x) + 0.01*x*stoppingGradient(x) - 0.005*stoppingGradient(x)^2", 2, .disagree, at: ("x", x)))
    }
  }

  @Test("a second derivative that is missing is missed at no scale", arguments: [1e-20, 1e-9, 1e-3, 1, 40])
  func missingSecond(_ x: Double) throws {
    let bent = "x*stoppingGradient(x) - stoppingGradient(x)^2/2"
    for formula in ["1 + x + \(bent)", "exp(0.01*x) + \(bent)", "3*x + 2*(\(bent))", "sin(x) - x + \(bent)"] {
      try expect(Case(formula, 2, .disagree, at: ("x", Tensor(x))))
    }
    for formula in ["x^2", "3*x", "x*(1+x)", "exp(0.01*x)"] {
      try expect(Case(formula, 2, .agree, at: ("x", Tensor(x))))
    }
  }

  @Test("a claim outside the slopes of both sides is wrong; between them it is a convention")
  func kinks() throws {
    for factor in [2.0, 5, 100] {
      let off = "\(factor)*x - \(factor)*stoppingGradient(x)"
      try expect(Case("relu(x) + \(off)", 1, .disagree, at: ("x", 0)))
      try expect(Case("abs(x) + \(off)", 1, .disagree, at: ("x", 0)))
      try expect(Case("relu(x - 3) + \(off)", 1, .disagree, at: ("x", 3)))
    }
    for formula in ["relu(x)", "abs(x)", "norm([1,2]*x)", "abs(x)+abs(x-1e-12)"] {
      let report = try Case(formula, at: ("x", 0)).report()
      #expect(report.verdict == .inconclusive && report.entries[0].kink != nil, "\(report)")
    }
    for formula in ["gathered(x, argmax(x))", "max(x)"] {
      let report = try Case(formula, at: ("x", [1, 1])).report()
      #expect(report.verdict == .inconclusive && report.entries[0].kink != nil, "\(report)")
    }
    for formula in ["x*abs(x)", "abs(x)^3", "abs(x)^1.5", "relu(x)^2", "x^3"] {
      try expect(Case(formula, 1, .agree, at: ("x", 0)))
    }
    let right = try Case("abs(x)+abs(x-1e-12)", at: ("x", 0)).report().entries[0].kink?.right ?? .nan
    #expect(abs(right) < 1e-6)
  }

  @Test("a function that leaps between neighbouring numbers is no mistake at one point")
  func leaps() throws {
    try expect(Case("sigmoid(t-u)", 1, .agree, at: ("t", 1.7e18), ("u", 1.7e18)))
    for scale in ["1e17", "1e18", "1e19"] {
      try expect(Case("tanh(\(scale)*(x-1))", 1, .agree, at: ("x", 1)))
      try expect(Case("atan(\(scale)*(x-1))", 1, .agree, at: ("x", 1)))
    }
  }

  @Test("small faults in large sums", arguments: ["1e-5", "1e-6", "1e-7"])
  func smallFaults(_ size: String) throws {
    for f in ["sin(x)", "exp(x)", "tanh(x)"] {
      try expect(Case("1e4 + \(f) + \(size)*(\(f)-stoppingGradient(\(f)))", 1, .disagree, at: ("x", 0.7)))
    }
  }

  @Test("underflow inside the function, and infinities that are masked")
  func nearZeroAndInfinity() throws {
    try expect(Case("where(equal(square(x), 0), 0, x)", 1, .disagree, at: ("x", 0)))
    try expect(Case("exp(where(equal(square(x), 0), 0, 2*x))", 1, .disagree, at: ("x", 0)))
    try expect(Case("where(equal(x^4, 0), 0, sin(x))", 1, .disagree, at: ("x", 0)))
    for formula in ["where(x > 0, x, x/0)", "where(x > 0, x, log(x-1))", "1/(1+exp(-800*x))", "atan(x/(x-1))"] {
      _ = try Case(formula, 2, at: ("x", 1)).report()
      _ = try Case(formula, 1, at: ("x", -1)).report()
    }
    _ = try Case("atan(y/x)", at: ("x", 0), ("y", 0)).report()
    let infinite = try Case("x + 1/y", at: ("x", 1), ("y", Tensor(.infinity))).report()
    #expect(infinite.verdict == .inconclusive)
  }

  @Test(
    "a gradient of NaN where the function has a slope is wrong",
    arguments: [
      "where(equal(U, 0), 1, sin(U)/U)", "where(equal(U, 0), 0.5, (1-cos(U))/U^2)", "where(equal(U, 0), 0, U*U/U)",
      "where(equal(U, 0), 0, U^2*sin(1/U))", "sqrt(U)*sqrt(U)", "where(equal(U, 0), 1, expm1(U)/U)",
      "where(equal(U, 0), 0, norm([U,U])^3/norm([U,U]))", "where(equal(U, 0), 1, tanh(U)/U) + 2",
    ])
  func notANumber(_ formula: String) throws {
    for (place, shifted) in [(0.0, "x"), (1, "(x-1)"), (-3, "(x+3)")] {
      let report = try Case(formula.replacing("U", with: shifted), at: ("x", Tensor(place))).report()
      #expect(report.verdict == .disagree && report.entries[0].autodiff.isNaN, "\(formula) at \(place): \(report)")
    }
  }

  @Test("the gradient's own rounding at order 2", arguments: [-710.0, -30, 3, 700])
  func roundedSecond(_ y: Double) throws {
    try expect(Case("logSumExp([y,y])", 2, .agree, at: ("y", Tensor(y))))
    try expect(Case("softplus(y) - y", 2, .agree, at: ("y", Tensor(y))))
  }
}

/// Claims, forward mode, and the two together with kinks.
@Suite struct BeliefInClaimsTests {
  private func report(_ formula: String, _ inputs: [(String, Tensor)], _ claims: [GradientReport.Claim], order: Int = 1)
    throws -> GradientReport
  {
    let graph = Graph(), expression = try Expression(formula)
    let nodes = expression.inputs(in: graph, values: inputs.map { ($0.0, $0.1) })
    let output = try expression.record(in: graph, inputs: nodes).named("f")
    var report = try checkGradients(of: output, withRespectTo: inputs.compactMap { nodes[$0.0] }, order: order)
    try report.judge(claims)
    return report
  }

  @Test(
    "a number stands for half a unit of its last digit",
    arguments: [(5.0, 0.5, true), (5, 0.05, false), (5.45, 0.05, true)])
  func digits(_ claim: Double, _ half: Double, _ fits: Bool) throws {
    let found = try report("5.4*x", [("x", 1)], [.init("x", claim, half: half)])
    #expect((found.verdict == .agree) == fits, "\(found)")
    #expect(try report("5.4*x", [("x", 1)], [.init("x", 5)]).verdict == .agree)
    #expect(try report("1234*x", [("x", 1)], [.init("x", 1200, half: 50)]).verdict == .agree)
    #expect(try report("1234*x", [("x", 1)], [.init("x", 1200)]).verdict == .disagree)
  }

  @Test("names with and without spaces") func names() throws {
    #expect(try report("x^3", [("x", 2)], [.init("x, x", 12)], order: 2).verdict == .agree)
    #expect(try report("x^3", [("x", 2)], [.init("x,x", 13)], order: 2).verdict == .disagree)
    #expect(try report("x^2", [("x", [0.5, 1])], [.init("f[0] / x[0]", 1)]).verdict == .agree)
    #expect(try report("x^2", [("x", [0.5, 1])], [.init("f[1]/x[1]", 2)]).verdict == .agree)
    let error = #expect(throws: ChainRuleError.self) { try report("x^2", [("x", [0.5, 1])], [.init("x[0]", 1)]) }
    #expect(error?.required == "the name of one checked element (f[0] / x[0], f[1] / x[0])")
  }

  @Test("at a kink both slopes and what lies between them may be claimed", arguments: [0.0, 0.5, 1])
  func kinks(_ claim: Double) throws {
    #expect(try report("relu(x)", [("x", 0)], [.init("x", claim)]).verdict == .inconclusive)
    #expect(try report("relu(x)", [("x", 0)], [.init("x", claim + 2)]).verdict == .disagree)
    #expect(try report("relu(x)", [("x", 0)], [.init("x", -3 - claim)]).verdict == .disagree)
  }

  /// A linear map whose `apply` is wrong while its `transpose` is right.
  private struct Skewed: Primitive {
    let name = "skewed", factor: Double
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { 2 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .linear(apply: { 2 * factor * $0 }, transpose: { 2 * $0 })
    }
  }

  @Test(
    "a wrong apply is seen beside a large summand, and so is one that gives no number",
    arguments: [1.01, .nan, .infinity])
  func forwardMode(_ factor: Double) throws {
    let graph = Graph(), x = graph.input("x", [1, 2]), y = graph.input("y", 3)
    let output = graph.record(Skewed(factor: factor), [x]).sum() + 1e14 * y
    let found = try checkGradients(of: output, withRespectTo: [x, y])
    #expect(found.opinions.contains { $0.kind == .modes && $0.verdict == .disagree }, "\(found)")
    let right = graph.record(Skewed(factor: 1), [x]).sum() + 1e3 * y
    #expect(try checkGradients(of: right, withRespectTo: [x, y]).verdict == .agree)
  }

  @Test("a chain whose slopes vanish costs no more than one whose slopes do not", arguments: [20, 40])
  func vanishingSlopes(_ count: Int) throws {
    let graph = Graph(), inputs = (0..<count).map { graph.input("x\($0)", 0.3 + 0.01 * Double($0)) }
    let output = (0..<800).reduce(inputs[0]) { h, step in tanh(0.5 * h + inputs[step * count / 800]) }
    let found = try checkGradients(of: output, withRespectTo: inputs)
    #expect(found.verdict != .disagree)
    #expect(found.coverage.evaluations < 500 * count, "\(found.coverage)")
  }
}
