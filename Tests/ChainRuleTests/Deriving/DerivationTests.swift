import ChainRule
import Testing

/// What a derivation offers beside the formula of a gradient: names for parts, steps, second derivatives, notations.
@Suite("Derivations")
struct DerivationTests {
  struct Network {
    let graph = Graph(.double)
    let inputs: [String: Node]
    let output: Node

    init(_ source: String, _ shapes: [String: [Int]], seed: UInt64 = 3) throws {
      var random = RandomNumbers(seed: seed)
      let expression = try Expression(source)
      let values = expression.inputs.map { name in
        let shape = Shape(shapes[name] ?? [])
        return (
          name, Tensor(shape: shape, (0..<shape.elementCount).map { _ in Double.random(in: 0.2...1.3, using: &random) })
        )
      }
      inputs = expression.inputs(in: graph, values: values)
      output = try expression.record(in: graph, inputs: inputs)
    }
  }

  static let layers = ["W1": [4, 3], "W2": [2, 4], "x": [3], "y": [2]]
  static let networks: [(source: String, by: [String], shapes: [String: [Int]])] = [
    ("sum((sigmoid(W2@tanh(W1@x))-y)^2)", ["W1", "W2", "x", "y"], layers),
    ("h=tanh(W1@x); o=sigmoid(W2@h); sum((o-y)^2)", ["W1", "W2"], layers),
    ("a=sigmoid(w*x+b); -(y*log(a)+(1-y)*log(1-a))", ["w", "b"], [:]),
    ("z=W1@x; h=relu(z); -sum(y*log(softmax(W2@h)))", ["W1", "W2"], layers),
  ]

  /// Parts and gradients, typed in one after the other, are the gradients.
  @Test(arguments: networks.indices) func partsAreWhatTheyStandFor(number: Int) throws {
    let (source, by, shapes) = Self.networks[number]
    let network = try Network(source, shapes)
    let nodes = try by.map { try #require(network.inputs[$0]) }
    let short = try network.output.derivation(withRespectTo: nodes).abbreviated
    #expect(!short.parts.isEmpty, "\(source)")
    var names = network.inputs
    for part in short.parts {
      let formula = try Expression(part.formula.text, names: Set(names.keys))
      names[part.name] = try formula.record(in: network.graph, inputs: names)
    }
    for (node, gradient) in zip(nodes, short.gradients) {
      let truth = try network.output.gradients(withRespectTo: [node])[0]
      try FormulaTests.expect(gradient.formula.text, names, in: network.graph, equals: truth, source)
    }
  }

  @Test func aTwoLayerNetworkIsWrittenAsInLectures() throws {
    let network = try Network(Self.networks[0].source, Self.layers)
    let nodes = try ["W1", "W2"].map { try #require(network.inputs[$0]) }
    let short = try network.output.derivation(withRespectTo: nodes).abbreviated
    let lines = (short.parts + short.gradients).map { "\($0.name) = \($0.formula.text)" }
    #expect(
      lines == [
        "h = tanh(W1 @ x)", "s = σ(W2 @ h)", "δ = s ⊙ (s − y) ⊙ (1 − s)", "W1 = 2(W2ᵀδ ⊙ (1 − h²))xᵀ", "W2 = 2δhᵀ",
      ])
  }

  /// Each line, typed in after those above it, has the value of what it names.
  @Test(arguments: networks.indices) func stepsLeadToTheGradient(number: Int) throws {
    let (source, by, shapes) = Self.networks[number]
    let network = try Network(source, shapes)
    let nodes = try by.map { try #require(network.inputs[$0]) }
    let steps = try network.output.derivationSteps(withRespectTo: nodes)
    var names = network.inputs
    for step in steps {
      names[step.symbol] = try Expression(step.formula.text, names: Set(names.keys))
        .record(in: network.graph, inputs: names)
    }
    #expect(try names["f"]?.scalar() == network.output.scalar())
    for (name, node) in zip(by, nodes) {
      let truth = try network.output.gradients(withRespectTo: [node])[0]
      try FormulaTests.expect("∂f/∂\(name)", names, in: network.graph, equals: truth, source)
    }
    #expect(steps.filter { $0.symbol.hasPrefix("∂") }.allSatisfy { !$0.rule.isEmpty })
  }

  @Test func pathsAreCounted() throws {
    let network = try Network("a = x*y; b = a + x; a*b", [:])
    let steps = try network.output.derivationSteps(withRespectTo: [#require(network.inputs["x"])])
    #expect(steps.map(\.symbol) == ["a", "b", "f", "∂f/∂b", "∂f/∂a", "∂f/∂x"])
    #expect(steps.last?.rule == "sum over the paths through a and b")
  }

  static let hessians: [(source: String, by: String, shapes: [String: [Int]], text: String)] = [
    ("sum((X@w - y)^2)", "w", ["X": [5, 3], "w": [3], "y": [5]], "2XᵀX"),
    ("x @ A @ x", "x", ["A": [3, 3], "x": [3]], "A + Aᵀ"),
    ("logSumExp(z)", "z", ["z": [4]], "diag(softmax(z)) − softmax(z)softmax(z)ᵀ"),
    ("sum(sigmoid(x))", "x", ["x": [3]], "diag(σ(x) ⊙ (1 − σ(x)) ⊙ (1 − 2σ(x)))"),
    ("sum(x^2)", "x", ["x": [3]], "2identity(3)"),
    ("norm(x)", "x", ["x": [3]], "identity(3)/‖x‖ − xxᵀ/‖x‖³"),
    ("log(norm(x))", "x", ["x": [3]], "identity(3)/‖x‖² − 2xxᵀ/‖x‖⁴"), ("sum(x)^2", "x", ["x": [3]], ""),
    ("x^3", "x", [:], "6x"),
    ("exp(sum(w*x))", "x", ["w": [3], "x": [3]], "e^sum(w ⊙ x)·wwᵀ"),
  ]

  @Test(arguments: hessians.indices) func secondDerivativesOfVectors(number: Int) throws {
    let (source, by, shapes, text) = Self.hessians[number]
    let network = try Network(source, shapes)
    let node = try #require(network.inputs[by])
    do {
      let second = try network.output.secondDerivatives(withRespectTo: [node])[0].formula.text
      let truth = try network.output.hessian(withRespectTo: [node])[0][0]
      try FormulaTests.expect(second, network.inputs, in: network.graph, equals: truth, source)
      if !text.isEmpty { #expect(second == text) }
    } catch let error as ChainRuleError where error.origin == "derivation" && text.isEmpty {
      // Refused rather than wrong.
    }
  }

  @Test func otherNotations() throws {
    let network = try Network("sum((W@x - y)^2)/n", ["W": [3, 2], "x": [2], "y": [3]])
    let w = try #require(network.inputs["W"])
    let formula = try network.output.derivation(withRespectTo: [w]).formula(of: w)
    #expect(formula.text == "2(Wx − y)xᵀ/n")
    #expect(
      try formula.swift(function: "slope", inputs: ["W", "x", "y", "n"])
        == "func slope(W: Node, x: Node, y: Node, n: Node) -> Node {\n  "
        + "2.0 * (W.matmul(x) - y).reshaped(to: [3, 1]).matmul(x.reshaped(to: [1, 2])) / n\n}")
    #expect(throws: ChainRuleError.self) { try formula.swift(function: "slope", inputs: ["W"]) }
    let parts = formula.mathML.matches(of: /<(\/?)(\w+)[^>]*>/)
    var open: [Substring] = []
    for part in parts where part.0.last != "/" {
      if part.1.isEmpty { open.append(part.2) } else { #expect(open.popLast() == part.2) }
    }
    #expect(open.isEmpty && formula.mathML.contains("<mfrac>"))
  }
}
