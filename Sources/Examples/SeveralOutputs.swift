import ChainRuleLearning

/// Reads a digit, and how much ink it took, from the upper and the lower half of its picture.
struct HalvesReader: Parameterized {
  var upper = Dense(32, 24, activation: .relu), lower = Dense(32, 24, activation: .relu)
  var digit = Dense(48, 10), ink = Dense(48, 1)
  func callAsFunction(_ top: Node, _ bottom: Node) -> (digit: Node, ink: Node) {
    let both = concatenate([upper(top), lower(bottom)], axis: 1)
    return (digit(both), ink(both))
  }
}

func severalOutputs() throws {
  func halves(_ digits: Dataset) throws -> Dataset {
    let x = Graph(.single).constant(digits.inputs)
    return try Dataset(
      inputs: ["top": x[0..., 0..<32].value(), "bottom": x[0..., 32..<64].value()],
      targets: ["digit": digits.targets, "ink": x.mean(axes: [1], keepingDimensions: true).value()])
  }
  let digits = try Digits.bundled(), test = try halves(digits.test)
  let training = try Training(
    withSeed(1) { HalvesReader() },
    losses: [NamedLoss("digit", softmaxCrossEntropy), NamedLoss("ink", weight: 5, meanSquaredError)],
    optimizer: Adam(learningRate: 0.005)
  ) { reader, inputs in
    let (digit, ink) = reader(inputs.top, inputs.bottom)
    return ["digit": digit, "ink": ink]
  }
  let history = try training.run(on: halves(digits.training), validatingOn: test, epochs: 20)
  let last = history.last?.validationMetrics ?? [:]
  print(last.keys.sorted())
  print("digit accuracy", last["digit_accuracy"] ?? .nan)
  print("ink is missed by less than 0.02:", (last["ink_loss"] ?? .nan).squareRoot() < 0.02)
  print(try training.outputs(for: test).mapValues(\.shape).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })
}
