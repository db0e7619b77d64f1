import ChainRuleLearning
import Testing

/// logits = x · W + b
private struct SoftmaxRegression: Model {
  let layer: Dense
  func callAsFunction(_ x: Node) -> Node { layer(x) }
}

/// logits = relu(x · W₁ + b₁) · W₂ + b₂
private struct Network: Model {
  let hidden: Dense, output: Dense
  func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
}

/// Whole training runs on 500 digits beside those of PyTorch: the gradients of the first step, the loss of every step,
/// the parameters at the end.
@Suite struct TrainingAgreesWithPyTorch {
  static let file = Golden.file("training")
  static let cases = file["cases"].array.map(GoldenCase.init)

  @Test(arguments: cases) func inDouble(golden: GoldenCase) throws {
    try check(golden, .double, relative: 1e-8, absolute: 1e-10)
  }

  @Test(arguments: cases) func inSingle(golden: GoldenCase) throws {
    try check(golden, .single, relative: 1e-4, absolute: 1e-4)
  }

  /// Arrays of the library, by the fixture's names and in its layout.
  private typealias Arrays = [(name: String, parameter: Parameter)]

  private func check(_ golden: GoldenCase, _ precision: Graph.Precision, relative: Double, absolute: Double) throws {
    let initial = Self.file["problem"]["initial"][golden.json["model"].string ?? ""]
    func dense(_ weight: String, _ bias: String, activation: (@Sendable (Node) -> Node)? = nil) throws -> Dense {
      let weight = try #require(GoldenArray(initial[weight])), bias = try #require(GoldenArray(initial[bias]))
      return Dense(weight: weight.transposedTensor, bias: bias.tensor, activation: activation)
    }
    func arrays(_ layer: Dense, _ suffix: String) throws -> Arrays {
      [("W" + suffix, layer.weight), ("b" + suffix, try #require(layer.bias))]
    }
    let tolerance = Tolerance(relative: relative, absolute: absolute)
    if golden.json["model"].string == "mlp" {
      let model = Network(hidden: try dense("W1", "b1", activation: relu), output: try dense("W2", "b2"))
      try check(model, arrays(model.hidden, "1") + arrays(model.output, "2"), golden, precision, tolerance)
    } else {
      let model = SoftmaxRegression(layer: try dense("W", "b"))
      try check(model, arrays(model.layer, ""), golden, precision, tolerance)
    }
  }

  private func check(
    _ model: some Model, _ arrays: Arrays, _ golden: GoldenCase, _ precision: Graph.Precision, _ tolerance: Tolerance
  ) throws {
    let problem = Self.file["problem"]
    let examples = try Digits.bundled().all.examples(at: Array(0..<(try #require(problem["rows"].int))))
    let order = problem["batch_order"].array.map(\.ints), size = try #require(problem["batch"].int)
    let first = try examples.examples(at: Array(order[0].prefix(size)))
    let graph = Graph(precision)
    let loss = softmaxCrossEntropy(model(graph.constant(first.inputs)), graph.input("labels", first.targets))
    let gradients = loss.backward()
    for (name, parameter) in arrays {
      let gradient = try #require(gradients[graph.parameter(parameter)]).value()
      tolerance.compare(gradient, golden.json["first_step_gradients"][name], "\(golden.name), gradient of \(name)")
    }

    let training = try Training(
      model, loss: softmaxCrossEntropy, optimizer: try #require(golden.optimizer), precision: precision)
    try training.run(
      on: examples, epochs: problem["epochs"].int ?? 0, batchSize: size, order: .custom { epoch, _ in order[epoch] })
    let expected = golden.json["loss"].scalars
    #expect(training.history.stepLosses.count == expected.count)
    for (step, (got, want)) in zip(training.history.stepLosses, expected).enumerated() {
      tolerance.compare(got, want, "\(golden.name), loss of step \(step)")
    }
    for (name, parameter) in arrays {
      tolerance.compare(parameter.value, golden.json["final"][name], "\(golden.name), \(name) at the end")
    }
    let (final, metrics) = try training.evaluate(on: examples)
    tolerance.compare(final, try #require(golden.json["final_loss_all_rows"].double), "\(golden.name), final loss")
    let correct = try #require(golden.json["final_correct_all_rows"].double)
    #expect(abs((metrics["accuracy"] ?? 0) * Double(examples.count) - correct) < 1e-3)
  }
}

/// How far numbers may lie from the fixture's.
private struct Tolerance {
  let relative: Double, absolute: Double

  func compare(_ got: Double, _ want: Double, _ what: String, size: Double? = nil) {
    #expect(abs(got - want) <= relative * (size ?? abs(want)) + absolute, "\(what): \(got) instead of \(want)")
  }

  /// An array in × out beside the checksums of one out × in. A sum is as exact as the terms it is made of.
  func compare(_ tensor: Tensor, _ sums: JSON, _ what: String) {
    let values = tensor.shape.rank == 2 ? transposed(tensor).scalars : tensor.scalars
    let size = values.map { abs($0) }.reduce(0, +)
    let weighted = values.enumerated().map { Double($0 + 1) * $1 }.reduce(0, +) / Double(values.count)
    for (name, value) in [
      ("sum", values.reduce(0, +)), ("sum_abs", size), ("sum_squares", values.map { $0 * $0 }.reduce(0, +)),
      ("sum_weighted", weighted),
    ] {
      compare(value, sums[name].double ?? .nan, "\(what), \(name)", size: size)
    }
    for (value, expected) in zip(values, sums["first5"].scalars) { compare(value, expected, "\(what), first elements") }
  }
}
