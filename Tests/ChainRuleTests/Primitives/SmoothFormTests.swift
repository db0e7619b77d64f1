import ChainRule
import Testing

/// What is smooth as a whole though a piece of it is not: derivatives are those of the whole.
@Suite struct SmoothForms {
  /// The second derivatives of f along every pair of elements.
  private func hessian(_ at: Tensor, _ f: (Node) -> Node) throws -> [Double] {
    let x = Graph().input("x", at)
    return try f(x).sum().hessian(withRespectTo: [x])[0][0].value().scalars
  }

  @Test(arguments: [
    "square(norm(v))", "norm(v)^2", "norm(v) * norm(v)", "(-norm(v))^2", "sqrt(sum(v^2))^2", "(2 * norm(v))^2 / 4",
    "norm(norm(v))^2", "square(abs(norm(v)))", "(norm(v) / 2)^2 * 4", "square(norm([v, v])) / 2", "squaredNorm(v)",
    "norm(abs(v))^2", "sum(abs(v)^2)", "sum(abs(v) * abs(v))", "sum(abs(abs(v))^2)", "sum(sqrt(v^4))",
    "sum(sqrt(square(square(v))))", "sum(sqrt(v^2)^2)", "sum(max(v, -v)^2)", "sum(relu(v^2))", "sum(max(v^2, 0))",
    "abs(sum(v^2))", "sum((3 * abs(v))^2) / 9", "sum(abs(v * 2)^2) / 4", "sum(square(abs(v)[::-1]))",
    "sqrt(norm(v)^4)",
  ])
  func theHessianAtZeroIsThatOfTheSmoothWhole(formula: String) throws {
    let graph = Graph(), v = graph.input("v", [0, 0])
    let f = try Expression(formula).record(in: graph, inputs: ["v": v])
    #expect(try f.hessian(withRespectTo: [v])[0][0].value().scalars == [2, 0, 0, 2], "\(formula)")
    let report = try checkGradients(of: f, withRespectTo: [v], order: 2)
    #expect(report.verdict == .agree, "\(formula): \(report)")
    let program = try graph.compile(inputs: [v], outputs: [f, f.hessian(withRespectTo: [v])[0][0]])
    #expect(try program.run([[0, 0]])[1].scalars == [2, 0, 0, 2], "\(formula)")
    #expect(abs(try program.run([[3, 4]])[0].scalar() - 25) < 1e-13, "\(formula)")
  }

  @Test(arguments: [
    ("abs(x)^4", 0.0, 0.0), ("sqrt(x^6)", 0, 0), ("cos(abs(x))", 0, -1), ("cosh(abs(x))", 0, 1),
    ("cbrt(x)^3", 1, 0), ("cbrt(x^3)", 1, 0), ("x^2 * abs(x)", 0, 0), ("abs(x)^3", 0, 0),
  ])
  func derivativesAtZero(formula: String, first: Double, second: Double) throws {
    let graph = Graph(), x = graph.input("x", 0)
    let f = try Expression(formula).record(in: graph, inputs: ["x": x])
    #expect(try f.gradients(withRespectTo: [x])[0].scalar() == first, "\(formula)")
    #expect(try f.hessian(withRespectTo: [x])[0][0].scalar() == second, "\(formula)")
  }

  @Test func aNormOfNormsIsSmoothWhereOneOfThemIsZero() throws {
    // ‖v‖ of (0, 0, 3, 4): the Hessian's first entry is 1/5.
    let x = Graph().input("x", [[0, 0], [3, 4]])
    for keeping in [false, true] {
      let f = x.norm(axes: [1], keepingDimensions: keeping).norm()
      #expect(try f.hessian(withRespectTo: [x])[0][0].value().scalars[0] == 0.2)
    }
  }

  @Test func valuesKeepTheirRange() throws {
    let x = Graph().input("x", [1e200, -1e-200])
    #expect(try sqrt(square(x)).value().scalars == [1e200, 1e-200])
    #expect(try x.norm(axes: []).norm().scalar() == 1e200)
  }

  /// What no equation proves smooth is not called agreement.
  @Test(arguments: ["cos(norm(v))", "exp(norm(v)) - norm(v)", "norm(v) * sin(norm(v))"])
  func aSecondDerivativeByConventionIsNoAgreement(formula: String) throws {
    let graph = Graph(), v = graph.input("v", [0, 0])
    let f = try Expression(formula).record(in: graph, inputs: ["v": v])
    #expect(try checkGradients(of: f, withRespectTo: [v], order: 2).verdict != .agree, "\(formula)")
  }
}

/// Derivatives of functions that have come to rest: small, and right to the last digits (mpmath).
@Suite struct SaturatedDerivatives {
  private static let cases: [(String, Double, Double)] = [
    ("sigmoid(x)", 37.43, 5.5508250862537188e-17), ("sigmoid(x)", -37.43, 5.5508250862537188e-17),
    ("sigmoid(x)", 40, 4.248354255291589e-18), ("sigmoid(x)", 700, 9.8596765437597709e-305),
    ("tanh(x)", 19.5, 4.6192896692063143e-17), ("tanh(x)", -25, 7.7149993918556711e-22),
    ("tanh(x)", 350, 3.9438706175039083e-304), ("tanh(x)", 0, 1),
  ]

  @Test(arguments: cases)
  func theSlope(formula: String, at: Double, slope: Double) throws {
    for shape in [Shape.scalar, [3]] {
      let graph = Graph(), x = graph.input("x", Tensor(shape: shape, repeating: at))
      let f = try Expression(formula).record(in: graph, inputs: ["x": x]).sum()
      let g = try f.gradients(withRespectTo: [x])[0]
      let program = try graph.compile(inputs: [x], outputs: [g])
      for value in [try g.value(), try program.run([Tensor(shape: shape, repeating: at)])[0]] {
        #expect(value.scalars.allSatisfy { abs($0 - slope) <= 1e-14 * slope }, "\(value.scalars)")
      }
    }
  }

  @Test func theSecondSlopeOfSoftplus() throws {
    let x = Graph().input("x", 37.43)
    let first = try softplus(x).gradients(withRespectTo: [x])[0], second = try first.gradients(withRespectTo: [x])[0]
    #expect(abs(try second.scalar() / 5.5508250862537188e-17 - 1) < 1e-14)
    #expect(abs(try second.gradients(withRespectTo: [x])[0].scalar() / -5.5508250862537188e-17 - 1) < 1e-14)
  }
}
