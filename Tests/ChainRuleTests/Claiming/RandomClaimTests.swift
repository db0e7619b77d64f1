import ChainRule
import Testing

@testable import ChainRuleClaiming

/// Gradients of random formulas as claims, right as they are and wrong after one slip.
@Suite("Random claims")
struct RandomClaimTests {
  @Test(arguments: 1...(isHeavy ? 60 : 6)) func rightOnesAreNeverWrongAndWrongOnesNeverRight(seed: Int) throws {
    var random = RandomNumbers(seed: UInt64(seed) &* 104_729)
    let source = "\(Self.formula(&random, depth: 2)) * x + 0*y"
    let graph = Graph(.double), expression = try Expression(source)
    let inputs = expression.inputs(in: graph, values: [("x", Tensor(0.5)), ("y", Tensor(0.5))])
    let output = try expression.record(in: graph, inputs: inputs)
    let x = try #require(inputs["x"])
    let text = try output.derivation(withRespectTo: [x]).formula(of: x).text
    let claimed = try ClaimedGraph(output: output, names: inputs, hasValues: false)
    let right = try claimed.judge("x", formula: text)
    #expect(right.judgement == .identical || right.judgement == .agrees, "\(source): \(right.lines)")

    let edits = ClaimEdits(try Expression(text, names: ["x", "y"]), names: inputs).all.shuffled(using: &random)
    for edit in edits.prefix(4) {
      guard let changed = try? Expression(edit.text, names: ["x", "y"]) else { continue }
      guard let differs = try Self.differ(changed, try Expression(text, names: ["x", "y"]), &random), differs else {
        continue
      }
      let judged = try claimed.judge("x", formula: edit.text)
      #expect(![.identical, .agrees].contains(judged.judgement), "\(source) by x: \(edit.text) is no \(text)")
    }
  }

  /// Whether two formulas visibly differ in plain doubles; nil where they have no values.
  static func differ(_ a: Expression, _ b: Expression, _ random: inout RandomNumbers) throws -> Bool? {
    var compared = 0
    for _ in 0..<40 {
      let values = ["x", "y"].map { ($0, Tensor(Double.random(in: -3...3, using: &random))) }
      let graph = Graph(.double), pairs = Dictionary(uniqueKeysWithValues: values)
      guard let left = try? a.record(in: graph, values: pairs).scalar(),
        let right = try? b.record(in: graph, values: pairs).scalar()
      else { return nil }
      if !right.isFinite { continue }
      compared += 1
      if !left.isFinite || abs(left - right) > 1e-6 * max(abs(left), abs(right)) { return true }
    }
    return compared > 0 ? false : nil
  }

  private static func formula(_ random: inout RandomNumbers, depth: Int) -> String {
    if depth == 0 { return ["x", "y", "2", "x", "3"].randomElement(using: &random)! }
    let a = formula(&random, depth: depth - 1), b = formula(&random, depth: depth - 1)
    return [
      "(\(a) + \(b))", "(\(a) - \(b))", "(\(a) * \(b))", "(\(a) / (2 + (\(b))^2))", "sin(\(a))", "tanh(\(a))",
      "sigmoid(\(a))", "log(2 + cos(\(a)))", "exp(-(\(a))^2)", "(1 + (\(a))^2)^(-2)", "atan(\(a))",
    ].randomElement(using: &random)!
  }
}

/// Derivations as lectures write them, line by line.
@Suite("Derivations in files")
struct ClaimedDerivationTests {
  @Test func statementsOfOneLineAreSplit() throws {
    let text = "a = sigmoid(w*x); L = (a-y)^2\n∂L/∂a = 2(a-y);\\; ∂a/∂w = a*(1+a)*x"
    let derivation = try ClaimedDerivation(text, definesFunction: true)
    #expect(derivation.definitions == "a = sigmoid(w*x)\nL = (a-y)^2")
    #expect(derivation.steps.map(\.line) == [2, 2])
  }

  static let slide = """
    # logistic regression, as a slide has it
    L = -(y*log(a) + (1 - y)*log(1 - a))
    a = sigmoid(z)
    z = w*x + b
    ∂L/∂a = -y/a - (1 - y)/(1 - a)
    ∂a/∂z = a(1 - a)
    ∂L/∂z = ∂L/∂a * ∂a/∂z = a - y
    δ = a - y
    ∂L/∂w = δ x
    """

  private func report(_ text: String, values: [String: Tensor]? = nil) throws -> ClaimedDerivation.Report {
    let derivation = try ClaimedDerivation(text, definesFunction: true)
    let graph = Graph(.double), expression = try Expression(derivation.definitions)
    let inputs = expression.inputs(in: graph, values: expression.inputs.map { ($0, values?[$0] ?? Tensor(0.5)) })
    let (output, names) = try expression.recordNaming(in: graph, inputs: inputs)
    return try derivation.judged(in: ClaimedGraph(output: output, names: names, hasValues: values != nil))
  }

  @Test func theFirstWrongLineIsNamed() throws {
    let report = try report(Self.slide.replacing("δ x", with: "∂L/∂a * ∂a/∂z * x"))
    #expect(report.firstWrong == 5)
    #expect(report.judged.map(\.line) == [5, 6, 7, 7, 9])
    #expect(report.judged.map(\.claim.verdict) == [.disagree, .agree, .agree, .agree, .agree])
    #expect(report.judged[0].claim.repair?.formula == "-y/a + (1 - y)/(1 - a)")
    // With a = σ(0.75) and y = 0.5, −y(1 − a) − (1 − y)a is −0.5, and a − y is 0.179178699….
    #expect(
      report.effect?.hasPrefix("with line 5, ∂L/∂w is -0.25 instead of 0.0895893") == true, "\(report.effect ?? "")")
  }

  @Test func aRightDerivationHasNoWrongLine() throws {
    let report = try report(Self.slide.replacing("-y/a - (1", with: "-y/a + (1"))
    #expect(report.firstWrong == nil && report.effect == nil)
    #expect(report.judged.count == 5)
  }

  @Test func numbersOfValuesAreJudgedAtGivenOnes() throws {
    let text = "a = sigmoid(w*x)\nL = (a - y)^2\na = 0.73\n∂L/∂a = -0.54 = 2(a - y)\n"
    let report = try report(text, values: ["w": 0.5, "x": 2, "y": 1])
    #expect(report.judged.map(\.claim.verdict) == [.agree, .agree, .agree])
  }

  @Test(arguments: ["∂L/∂a", "a = b\nb = a\n∂a/∂b = 1", "a = x^2", "a = x^2\n∂a/∂q = 2"])
  func whatIsNoDerivationIsRefused(text: String) {
    #expect(throws: ExpressionError.self) { try report(text) }
  }
}
