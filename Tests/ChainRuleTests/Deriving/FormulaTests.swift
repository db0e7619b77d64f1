import Testing

import ChainRule
@testable import ChainRuleCore

/// Formulas of gradients: as lectures write them, and equal to the gradient once they are typed in again.
@Suite("Gradients as formulas")
struct FormulaTests {
  struct Example: Sendable {
    let source: String
    let by: String
    var shapes: [String: [Int]] = [:]
    let text: String
  }

  static let regression = ["X": [5, 3], "w": [3], "y": [5], "l": []]
  static let batch = ["X": [5, 3], "W": [3, 4], "b": [4], "Y": [5, 4]]
  static let matrix = ["W": [3, 4], "x": [4], "y": [3]]

  @Test(arguments: [
    Example(source: "sigmoid(w*x)", by: "w", text: "x·σ(w·x)·(1 − σ(w·x))"),
    Example(source: "e^(e^(x^2))", by: "x", text: "2x·e^(x²)·e^(e^(x²))"),
    Example(source: "exp(exp(x^2))", by: "x", text: "2x·e^(x²)·e^(e^(x²))"),
    Example(source: "sum((W@x - y)^2)", by: "W", shapes: matrix, text: "2(Wx − y)xᵀ"),
    Example(source: "sum((W@x - y)^2)", by: "x", shapes: matrix, text: "2Wᵀ(Wx − y)"),
    Example(source: "x @ A @ x", by: "A", shapes: ["A": [4, 4], "x": [4]], text: "xxᵀ"),
    Example(source: "x @ A @ x", by: "x", shapes: ["A": [4, 4], "x": [4]], text: "(A + Aᵀ)x"),
    Example(source: "x^2 + 3*x + 1", by: "x", text: "2x + 3"),
    Example(source: "log(x) / y", by: "y", text: "−log(x)/y²"),
    Example(source: "tanh(x)", by: "x", text: "1 − tanh(x)²"),
    Example(source: "sqrt(x)", by: "x", text: "0.5/√(x)"),
    Example(source: "trace(transposed(F) @ F)", by: "F", shapes: ["F": [4, 3]], text: "2F"),
    Example(source: "trace(A @ B)", by: "A", shapes: ["A": [4, 3], "B": [3, 4]], text: "Bᵀ"),
    Example(source: "M[1, 1]", by: "M", shapes: ["M": [3, 3]], text: "[[0, 0, 0], [0, 1, 0], [0, 0, 0]]"),
    Example(source: "x[0]*x[1] + x[0]^2", by: "x", shapes: ["x": [3]], text: "[x[1] + 2x[0], x[0], 0]"),
    Example(source: "sum((x - mean(x))^2)", by: "x", shapes: ["x": [4]], text: "2(x − 0.25sum(x))"),
    Example(source: "sum((X@w - y)^2) + l*sum(w^2)", by: "w", shapes: regression, text: "2Xᵀ(Xw − y) + 2l·w"),
    Example(source: "sum(softplus(X@w) - y*(X@w))", by: "w", shapes: regression, text: "Xᵀ(σ(Xw) − y)"),
    Example(source: "-sum([0, 1, 0]*log(softmax(W@x)))", by: "W", shapes: matrix, text: "(softmax(Wx) − [0, 1, 0])xᵀ"),
    Example(source: "-(y*log(sigmoid(w*x)) + (1-y)*log(1-sigmoid(w*x)))", by: "w", text: "x·(σ(w·x) − y)"),
    Example(source: "softmax(z)", by: "z", shapes: ["z": [3]], text: "diag(softmax(z)) − softmax(z)softmax(z)ᵀ"),
    Example(source: "W@x", by: "x", shapes: matrix, text: "W"),
    Example(source: "sigmoid(z)", by: "z", shapes: ["z": [3]], text: "diag(σ(z) ⊙ (1 − σ(z)))"),
    // A bias in every row of a batch.
    Example(source: "sum((X@W + b - Y)^2)", by: "b", shapes: batch, text: "2(XW + ones(5)bᵀ − Y)ᵀones(5)"),
    Example(source: "sum((X@W + b - Y)^2)", by: "W", shapes: batch, text: "2Xᵀ(XW + ones(5)bᵀ − Y)"),
    Example(source: "sum(logSumExp(X@W, axis: 1))", by: "W", shapes: batch, text: "Xᵀsoftmax(XW)"),
    Example(source: "sum(logSumExp(W, axis: 0))", by: "W", shapes: batch, text: "softmax(Wᵀ)ᵀ"),
    Example(source: "sum(sum(W, axis: 0) * b)", by: "W", shapes: batch, text: "ones(3)bᵀ"),
    // Lengths of vectors.
    Example(source: "norm(x)", by: "x", shapes: ["x": [4]], text: "x/‖x‖"),
    Example(source: "norm(X@w - y)", by: "w", shapes: regression, text: "Xᵀ(Xw − y)/‖Xw − y‖"),
    Example(
      source: "dot(x, y)/(norm(x)*norm(y))", by: "x", shapes: ["x": [4], "y": [4]],
      text: "(y/‖x‖ − xᵀy·x/‖x‖³)/‖y‖"),
  ])
  func areWrittenAsInLectures(example: Example) throws {
    let formula = try Self.check(example.source, by: example.by, shapes: example.shapes, seed: 7)
    #expect(formula == example.text)
  }

  @Test(arguments: [
    ("sum(sigmoid(W@x - y))", matrix), ("sum(tanh(W@x) * y)", matrix), ("sum(relu(W@x) / (2 + y))", matrix),
    ("sum(y * log(softmax(W@x)))", matrix), ("logSumExp(W@x) - sum(y*(W@x))", matrix),
    ("mean((sigmoid(W@x) - y)^2) + 0.1*sum(W^2)", matrix), ("sum(exp(transposed(W) @ y))", matrix),
    ("sum((sigmoid(V @ tanh(W@x)) - y)^2)", ["V": [3, 5], "W": [5, 4], "x": [4], "y": [3]]),
    ("sum(A @ A * A)", ["A": [3, 3]]), ("sum((transposed(A) @ A)^2)", ["A": [3, 3]]),
    ("sum(W1 @ W2 * c)", ["W1": [3, 4], "W2": [4, 2], "c": []]),
    ("sqrt(1 + sum(x^2))", ["x": [4]]), ("sum(x/(1 + sum(x^2)))", ["x": [4]]), ("e^(-e) * x^e", ["x": [], "e": []]),
    ("mean((sigmoid(tanh(X@W + b)@transposed(W) + c) - X)^2)", batch.merging(["c": [3]]) { a, _ in a }),
    ("-sum(Y*log(softmax(X@W + b)))", batch), ("sum(X@W)", batch), ("sum(softmax(X@W, axis: 0)*Y)", batch),
    ("sum(norm(X, axis: 1))", batch), ("sum((X@W - b)/(1 + Y^2))", batch), ("norm(x)*log(norm(x))", ["x": [4]]),
    ("sum((x - mean(x))/sqrt(mean((x - mean(x))^2) + 1) * y)", ["x": [4], "y": [4]]),
    ("sum(x^3 * (x < 0.7)) * maximum(a, b)", ["x": [4], "a": [], "b": []]),
  ])
  func ofVectorsAndMatricesEqualTheGradient(source: String, shapes: [String: [Int]]) throws {
    var judged = 0
    for by in try Expression(source).inputs.sorted() {
      for seed in 1...3 {
        do {
          _ = try Self.check(source, by: by, shapes: shapes, seed: UInt64(seed))
          judged += 1
        } catch let error as ChainRuleError where error.origin == "derivation" {
          // Refused rather than wrong.
        }
      }
    }
    #expect(judged > 0, "every formula of \(source) was refused")
  }

  @Test func ofEveryElementwiseFunctionEqualTheGradient() throws {
    var judged = 0
    for (opcode, descriptor) in PrimitiveTable.descriptors {
      guard let call = descriptor.call else { continue }
      let names = Array(["a", "b", "c"].prefix(opcode.arity))
      var domains: [String: PrimitiveDescriptor.Domain] = [:]
      for (index, name) in names.enumerated() {
        domains[name] = descriptor.domains[Swift.min(index, descriptor.domains.count - 1)]
      }
      for name in names {
        for seed in 1...5 {
          do {
            _ = try Self.check(
              "\(call)(\(names.joined(separator: ", ")))", by: name,
              shapes: Dictionary(uniqueKeysWithValues: names.map { ($0, []) }), domains: domains, seed: UInt64(seed))
            judged += 1
          } catch let error as ChainRuleError where error.origin == "gradients(withRespectTo:)" {
            // A function of steps has no gradient.
          }
        }
      }
    }
    #expect(judged > 100)
  }

  /// 500 in the heavy tier.
  private static let formulas = isHeavy ? 500 : 100

  @Test(arguments: 1...formulas) func ofRandomFormulasEqualTheGradient(seed: Int) throws {
    var random = RandomNumbers(seed: UInt64(seed) &* 7919)
    let source = Self.formula(&random, depth: 4)
    for by in ["x", "y", "z"] {
      _ = try Self.check("\(source) + 0*(x + y + z)", by: by, shapes: ["x": [], "y": [], "z": []], seed: UInt64(seed))
    }
  }

  @Test(arguments: ["1/2x", "x y", "2 x"]) func productsThatAreNotClearAreRefused(source: String) {
    #expect(throws: ExpressionError.self) { try Expression(source, names: ["x", "y"]) }
  }

  @Test func wordsAreSplitOnlyWhereNoNameForbidsIt() throws {
    #expect(try Expression("Wx", names: ["W", "x"]).inputs == ["W", "x"])
    #expect(try Expression("Wx", names: ["W", "x", "Wx"]).inputs == ["Wx"])
    #expect(try Expression("Wx").inputs == ["Wx"])
    #expect(try Expression("aab", names: ["a", "ab", "aa", "b"]).inputs == ["aab"])
  }

  // MARK: Helpers

  /// Derives, types the formula in again, and compares at random points. Returns the formula.
  static func check(
    _ source: String, by: String, shapes given: [String: [Int]],
    domains: [String: PrimitiveDescriptor.Domain] = [:], seed: UInt64
  ) throws -> String {
    var random = RandomNumbers(seed: seed)
    let expression = try Expression(source)
    let graph = Graph(.double)
    let values = expression.inputs.map { name in
      let range = domains[name]?.samples ?? 0.3...1.4
      return (name, Tensor(shape: Shape(given[name] ?? []), Self.numbers(&random, range, Shape(given[name] ?? []))))
    }
    let inputs = expression.inputs(in: graph, values: values)
    let output = try expression.record(in: graph, inputs: inputs)
    let node = try #require(inputs[by])
    let text = try output.derivation(withRespectTo: [node]).formula(of: node).text
    let derivative =
      try output.shape.rank == 0
      ? output.gradients(withRespectTo: [node])[0] : output.jacobian(withRespectTo: node)
    try expect(text, inputs, in: graph, equals: derivative, "\(source) by \(by)")
    return text
  }

  /// Types a formula in again and compares its value.
  static func expect(
    _ text: String, _ inputs: [String: Node], in graph: Graph, equals derivative: Node, _ what: String
  ) throws {
    let truth = try derivative.value(), shape = derivative.shape
    let again = try Expression(text, names: Set(inputs.keys)).record(in: graph, inputs: inputs)
    let value = try (again.shape == shape ? again : again.broadcast(to: shape)).value()
    for (a, b) in zip(value.scalars, truth.scalars) {
      #expect(abs(a - b) <= 1e-12 * Swift.max(1, abs(b)), "\(what): \(text) is \(a), the derivative \(b)")
    }
  }

  private static func numbers(_ random: inout RandomNumbers, _ range: ClosedRange<Double>, _ shape: Shape) -> [Double] {
    (0..<shape.elementCount).map { _ in Double.random(in: range, using: &random) }
  }

  private static func formula(_ random: inout RandomNumbers, depth: Int) -> String {
    if depth == 0 || Int.random(in: 0..<6, using: &random) == 0 {
      return ["x", "y", "z", "2", "0.5", "x", "y", "3"].randomElement(using: &random)!
    }
    let a = formula(&random, depth: depth - 1), b = formula(&random, depth: depth - 1)
    return [
      "(\(a) + \(b))", "(\(a) - \(b))", "(\(a) * \(b))", "(\(a) / (2 + (\(b))^2))", "sin(\(a))", "tanh(\(a))",
      "sigmoid(\(a))", "sqrt(1 + (\(a))^2)", "log(2 + cos(\(a)))", "exp(-(\(a))^2)", "(-\(a))", "cos(\(a))^3",
      "(1 + (\(a))^2)^(\(Int.random(in: -2...2, using: &random)))", "(2 + sin(\(a)))^(tanh(\(b)))", "atan(\(a))",
    ].randomElement(using: &random)!
  }
}
