import ChainRule
import Testing

/// Formulas that somebody claims, right and wrong ones.
@Suite("Claims that are formulas")
struct FormulaClaimTests {
  typealias Judgement = GradientReport.JudgedClaim.Judgement

  struct Case: Sendable, CustomTestStringConvertible {
    let function: String, claim: String
    let judgement: Judgement
    var shapes: [String: [Int]] = [:]
    /// What mends it, or the part of the domain where it holds.
    var says: String?
    var testDescription: String { "\(function): \(claim)" }

    init(
      _ function: String, _ claim: String, _ judgement: Judgement, _ shapes: [String: [Int]] = [:], says: String? = nil
    ) {
      (self.function, self.claim, self.judgement, self.shapes, self.says) = (function, claim, judgement, shapes, says)
    }
  }

  static let scalars: [Case] = [
    Case("sigmoid(x)", "x = exp(-x)/(1+exp(x))^2", .disagrees, says: "exp(-x)/(1+exp(-x))^2"),
    Case("sigmoid(x)", "x = exp(-x)/(1+exp(-x))^2", .identical),
    Case("sigmoid(x)", #"x = \sigma'(x)"#, .identical),
    Case("tanh(x)", "x = 1 - tanh(x)^2", .identical),
    Case("tanh(x)", "x = 4/(exp(x)+exp(-x))^2", .identical),
    Case("x^3", "x = 3x^2", .identical),
    Case("x^3", "x = 3*x^2*(x-3)/(x-3)", .agreesWhere, says: "x ≠ 3"),
    Case("x^2", "x = 2*sqrt(x)^2", .agreesWhere),
    Case("x*log(x)", "x = log(x) + x/x", .identical),
    Case("sin(x)^2", "x = sin(2*x)", .agrees),
    Case("sin(x)^2", "x = 2*sin(x)", .disagrees),
    Case("sin(x)", "x = 1 - x^2/2 + x^4/24", .disagrees),
    Case("x^2", "x = 2*x + 1e-9", .disagrees),
    Case("x^2", "x = 2.00000000000002*x", .disagrees),
    Case("exp(x)*sin(x)", "x = exp(x)*(sin(x)+cos(x))*(1+1e-13)", .disagrees),
    Case("0.1*x^3", "x = 3*x^2/10", .identical),
    Case("x/3", "x = 0.333333333333333", .disagrees),
    Case("x^1.1", "x = 1.1*x^0.1", .agrees),
    Case("sin(x)/x", "x = cos(x)/x - sin(x)/x^2", .identical),
    Case("hypot(x, 2)", "x = x/sqrt(x^2 + 4)", .agrees),
    Case("atan2(x, 2)", "x = 2/(x^2 + 4)", .agrees),
    Case("atan2(x, 2)", "x = 2/(x^2 + 2)", .disagrees),
    Case("lgamma(x)", "x = digamma(x)*(1 + 1e-14)", .disagrees),
    Case("x^2", "x = 2.0000001*x", .disagrees),
    Case("x^2", "x = 2*x + max(0, x-1000)", .agreesWhere, says: "x < 1000"),
    Case("exp(x)", "x = (1 + x/1e6)^1e6", .disagrees),
    Case("log(x)", "x = 1/(x+1e-8)", .disagrees),
    Case("x^2", "x = 2*round(x*100)/100", .disagrees),
    Case("x^2", "x = 2*x + sin(pi*100*x)", .disagrees),
    Case("x^2", "x = 2*x*(1 - 1e-13)", .disagrees),
    Case("0.1*x^2 + 0.2*x^2", "x = 0.6*x", .agrees),
    Case("exp(-x^2/2)", "x = x*exp(-x^2/2)", .disagrees, says: "-(x*exp(-x^2/2))"),
    Case("abs(x)", "x = 1", .agreesWhere, says: "x > 0"),
    Case("sqrt(x^2)", "x = 1", .agreesWhere, says: "x > 0"),
    Case("relu(x)", "x = (x > 0)", .agrees),
    Case("x*log(x) - x", #"x = \log_2 x"#, .disagrees),
    Case("x*log(x) - x", #"x = \log_{10}(x)"#, .disagrees),
    Case("(x*log(x) - x)/log(2)", #"x = \log_2(x)"#, .identical),
    Case("x^(1/3)", #"x = \frac{1}{3 \sqrt[3]{x}^2}"#, .agrees),
    Case("sqrt(3)*x^2/2", #"x = \sqrt[3]{x}"#, .disagrees),
    Case("x*asin(x) + sqrt(1-x^2)", #"x = \sin^{-1} x"#, .identical),
    Case("x^2", "x = 2*x + 1e-18*x", .disagrees),
    Case("x^2", "x = 2*x*(1 + 0.000001*0.000001*0.00000001)", .undecided),
    Case("x^2", "x = 2*x^1e300", .disagrees),
    Case("x^2", "x = 3*x^20000000000000000000", .disagrees),
    Case("exp(x)", "x = e^x", .identical),
    Case("2*x", "x = 2 + relu(x-1e13)", .agreesWhere),
    Case("x^2", "x = 2*x + (x>3.3333)*(x<3.3334)", .agreesWhere),
    Case("x/y", "y = x/y^2", .disagrees),
    Case("x^x", "x = x*x^(x-1)", .disagrees),
    Case("1/x", "x = -x^(-2)", .identical),
    Case("-(y*log(a) + (1-y)*log(1-a))", "∂L/∂a = -y/a - (1-y)/(1-a)", .disagrees, says: "-y/a + (1-y)/(1-a)"),
    Case("-(y*log(sigmoid(z)) + (1-y)*log(1-sigmoid(z)))", #"z = \sigma(z) - y"#, .identical),
    Case("a = sigmoid(z); (a - y)^2", "∂a/∂z = a(1-a)", .identical),
    Case("a = sigmoid(z); (a - y)^2", "∂a/∂z = z(1-z)", .disagrees, says: "a(1-a)"),
    Case("a = sigmoid(z); (a - y)^2", "a = 1/(1+e^(-z))", .identical),
    Case("w*x + b", #"\frac{\partial f}{\partial w} = x"#, .identical),
    Case("x^2*y^3", "y = 3 x^2 y^3", .disagrees),
    Case("log(a*b)", "a = 1/(a*b)", .disagrees),
    Case("exp(-(x-m)^2/(2*s^2))", #"m = \frac{x-m}{s^2} e^{-\frac{(x-m)^2}{2 s^2}}"#, .identical),
    Case("x^2*y", "∂²f/∂x∂y = 2x", .agrees),
    Case("sigmoid(x)", #"\frac{d}{dx} \sigma(x) = \sigma(x)(1-\sigma(x))"#, .identical),
    Case("sigmoid(x)", #"\frac{d\sigma}{dx} = \sigma(x)(1-\sigma(x))"#, .identical),
    Case("sigmoid(x)", "dy/dx = exp(-x)/(1+exp(x))^2", .disagrees, says: "exp(-x)/(1+exp(-x))^2"),
    Case("x^2", "f'(x) = 2x", .identical),
    Case("x^2/2", #"L = \frac12 x^2"#, .identical),
    Case("maximum(0, 1 - t*y)", "y = t*(1 - t*y > 0)", .disagrees),
  ]

  static let square = ["x": [3], "A": [3, 3]]
  static let net = ["W1": [4, 3], "W2": [2, 4], "x": [3], "y": [2]]
  static let netSource = "h = tanh(W1@x); s = W2@h; sum((s-y)^2)"

  static let tensors: [Case] = [
    Case("sum((W@x-y)^2)", #"\frac{\partial L}{\partial W} = 2 (W x - y) x^\top"#, .identical, linear),
    Case("sum((W@x-y)^2)", "W = (W x - y) x^T", .disagrees, linear, says: "2(Wx − y)xᵀ"),
    Case("sum((W@x-y)^2)", "x = 2 W (W x - y)", .disagrees, linear, says: "2Wᵀ(Wx − y)"),
    Case("sum((W@x-y)^2)", "W = 2 x (W x - y)", .disagrees, linear),
    Case("sum((W@x-y)^2)", #"W[0,1] = 2 (W x - y)_1 x_2"#, .agrees, linear),
    Case("norm(W@x-y)^2", "W = 2(Wx-y)xᵀ", .identical, linear),
    Case("x @ A @ x", "x = (A + A^T) x", .identical, square),
    Case("x @ A @ x", "x = 2 A x", .agreesWhere, square, says: "A is symmetric"),
    Case("x @ A @ x", "A = x x^T", .identical, square),
    Case("sum((A@x-b)^2)/2", "x = A(Ax-b)", .disagrees, ["A": [3, 3], "x": [3], "b": [3]], says: "Aᵀ(Ax-b)"),
    Case(
      "sum(relu(W@x+b))", "b = Wx+b > -1", .agreesWhere, ["W": [3, 2], "x": [2], "b": [3]],
      says: "every input is positive"),
    Case("-sum(y*log(softmax(z)))", "z = softmax(z) - y", .agreesWhere, ["y": [3], "z": [3]], says: "sum(y) = 1"),
    Case("s = softmax(z); s", #"\frac{\partial s}{\partial z} = \text{diag}(s) - s s^\top"#, .agrees, ["z": [3]]),
    Case("s = softmax(z); s", "∂s/∂z = s(1-s)", .disagrees, ["z": [3]]),
    Case("sum(sigmoid(z))", "z = σ(z)⊙(1-σ(z))", .identical, ["z": [3]]),
    Case(netSource, #"∂L/∂W1 = ((W2^T (2(s - y))) \odot (1 - h \odot h)) x^\top"#, .identical, net),
    Case(netSource, #"∂L/∂W1 = ((W2^T (2(s - y))) \odot (1 - h)) x^\top"#, .disagrees, net),
    Case(netSource, "dh = 2 W2^T(s-y)", .identical, net),
    Case(netSource, "dh = 2 W2 (s-y)", .disagrees, net),
    Case("sum((X@w-y)^2) + l*sum(w^2)", "w = 2X^T(X w - y) + 2 l w", .identical, ridge),
    Case("sum((X@w-y)^2) + l*sum(w^2)", "w = 2X^T(X w - y) + l w", .disagrees, ridge),
    Case("-sum(y*log(a))", #"L = -\sum_i y_i \log a_i"#, .identical, ["y": [3], "a": [3]]),
    Case("sum((x-y)^2)/2", #"L = \frac{1}{2} \|x - y\|^2"#, .identical, ["y": [3], "x": [3]]),
    Case("logDeterminant(A)", #"A = A^{-\top}"#, .identical, square),
    Case("logDeterminant(A)", #"A = A^{-1}"#, .agreesWhere, square, says: "A is symmetric"),
    Case("determinant(A)", #"A = \det(A) A^{-\top}"#, .agrees, square),
    Case("x @ inverse(A) @ x", #"A = -A^{-\top} x x^\top A^{-\top}"#, .identical, square),
    Case("x @ inverse(A) @ x", #"A = A^{-\top} x x^\top A^{-\top}"#, .disagrees, square),
    Case("trace(A)", #"L = \operatorname{tr}(A A^{-1} A)"#, .agrees, square),
  ]
  static let linear = ["W": [3, 2], "x": [2], "y": [3]]
  static let ridge = ["X": [4, 3], "w": [3], "y": [4]]

  @Test(arguments: scalars + tensors) func areJudged(claim: Case) throws {
    let judged = try Self.judge(claim.function, claim.claim, claim.shapes)
    #expect(judged.judgement == claim.judgement, "\(judged.lines)")
    if let says = claim.says {
      #expect(judged.condition == says || judged.repair?.formula == says, "\(judged.lines)")
    }
    #expect((judged.difference != nil) == [.disagrees, .agreesWhere].contains(judged.judgement) || judged.points == 0)
  }

  /// Both values at the point that is shown are what a reader computes there.
  @Test func theShownPointShowsTheDifference() throws {
    let judged = try Self.judge("sigmoid(x)", "x = exp(-x)/(1+exp(x))^2", [:])
    let difference = try #require(judged.difference)
    #expect(difference.point == "x = 1")
    // e⁻¹/(1 + e)² and e⁻¹/(1 + e⁻¹)², by Python.
    #expect((difference.claimed - 0.026608531672933936).magnitude < 1e-15)
    #expect((difference.computed - 0.19661193324148185).magnitude < 1e-15)
  }

  @Test(arguments: [
    (#"\foo x"#, "'\\foo' is not understood"), (#"\frac{1}{x"#, "never closed"), (#"(a \odot"#, "a value is missing"),
    (#"\sum_i x"#, "carries its index"), ("q*x", "'q' has no value"), (#"\|x"#, "never closed"),
  ])
  func whatIsNotUnderstoodIsShownWithACaret(text: String, message: String) throws {
    do {
      _ = try Self.judge("x^2 + a", "x = " + text, [:])
      Issue.record("\(text) was understood")
    } catch let error as ExpressionError {
      #expect(error.description.contains(message) && error.description.contains("^"), "\(error)")
    }
  }

  @Test func aNameWithoutMeaningIsRefused() {
    #expect(throws: ChainRuleError.self) { try Self.judge("x^2", "w = 2x", [:]) }
    #expect(throws: ChainRuleError.self) { try Self.judge("x^2", "∂L/∂w = 2x", [:]) }
  }

  @Test func besideNumbersInSwift() throws {
    let graph = Graph()
    let x = graph.input("x", [2, 1]), w = graph.input("W", [[0.5, -1], [2, 0.25]])
    let h = sigmoid(w.matmul(x)).named("h")
    let loss = h.sum()
    let before = try w.value()
    let report = try checkGradients(
      of: loss, withRespectTo: [w, x],
      claiming: [
        "W[0,1]": .formula("h[0](1 - h[0])x[1]"), "W[0,0]": 0.5, "h[0]": 0.5, "dh": .formula("1"), "x[0]": 0.25,
      ])
    #expect(report.judgedClaims.map(\.subject) == ["∂f/∂W[0][1]", "∂f/∂h", "h[0]"])
    #expect(report.judgedClaims.allSatisfy { $0.verdict == .agree }, "\(report)")
    #expect(report.entries.first { $0.name == "W[0][0]" }?.alone == .nobody)
    #expect(report.entries.first { $0.name == "x[0]" }?.alone == .claim)
    #expect(report.verdict == .disagree)
    #expect(try w.value() == before && graph.nodeCount < 12)
    let plain = try checkGradients(of: loss, withRespectTo: [x], claiming: ["x[0]": 0.25])
    #expect(plain.judgedClaims.isEmpty)
  }

  // MARK: Helpers

  static func judge(_ function: String, _ claim: String, _ shapes: [String: [Int]]) throws
    -> GradientReport.JudgedClaim
  {
    let graph = Graph(.double), expression = try Expression(function, names: [])
    let values = expression.inputs.map { ($0, Tensor(shape: Shape(shapes[$0] ?? []), repeating: 0.5)) }
    let inputs = expression.inputs(in: graph, values: values)
    let (output, names) = try expression.recordNaming(in: graph, inputs: inputs)
    let claimed = try ClaimedGraph(output: output, names: names, hasValues: false)
    let sides = claim.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix { $0 == " " } }
    let name = String(sides[0]).replacing(" ", with: sides[0].contains("\\") ? " " : "")
    return try claimed.judge(name, formula: String(sides[1]))
  }
}
