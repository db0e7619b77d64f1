import ChainRuleFiles
import ChainRuleLearning

/// Two arms that wind around each other.
func spirals(_ count: Int, seed: UInt64) throws -> Dataset {
  var numbers = RandomNumbers(seed: seed)
  let graph = Graph()
  let place = graph.input("place", Tensor((0..<count).map { Double($0 / 2) / Double(count / 2) }))
  let side = graph.constant((0..<count).map { $0 % 2 == 0 ? 1.0 : -1.0 })
  let noise = graph.constant((0..<2 * count).map { _ in 0.03 * numbers.normal() }).reshaped(to: [count, 2])
  let angle = 9 * place
  let points = stack([side * place * cos(angle), side * place * sin(angle)], axis: 1) + noise
  return try Dataset(inputs: points.value(), targets: Tensor(indices: (0..<count).map { $0 % 2 }))
}

/// A disc inside a ring.
func circles(_ count: Int, seed: UInt64) throws -> Dataset {
  var numbers = RandomNumbers(seed: seed)
  let graph = Graph()
  let radius = graph.constant((0..<count).map { ($0 % 2 == 0 ? 0.35 : 0.85) + 0.08 * numbers.normal() })
  let angle = graph.constant((0..<count).map { _ in 2 * Double.pi * numbers.uniform() })
  let points = stack([radius * cos(angle), radius * sin(angle)], axis: 1)
  return try Dataset(inputs: points.value(), targets: Tensor(indices: (0..<count).map { $0 % 2 }))
}

/// The plane coloured by what the model thinks of it, with the examples on top.
func picture(of model: some Model, _ examples: Dataset, side: Int = 60) throws -> String {
  let cells = (0..<side * side).map {
    [Double($0 % side), Double($0 / side)].map { 2.4 * ($0 + 0.5) / Double(side) - 1.2 }
  }
  let graph = Graph()
  let share = try softmax(graph.constant(try model.predict(Tensor(cells)))).value()
  var svg =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(side) \(side)\" shape-rendering=\"crispEdges\">\n"
  for cell in 0..<side * side {
    let warmth = Int((255 * share[cell, 1]).rounded())
    svg += "<rect x=\"\(cell % side)\" y=\"\(cell / side)\" width=\"1\" height=\"1\" "
    svg += "fill=\"rgb(\(warmth / 2 + 120),170,\((255 - warmth) / 2 + 120))\"/>\n"
  }
  for row in 0..<examples.count {
    let (x, y) = (examples.inputs[row, 0], examples.inputs[row, 1])
    let fill = examples.targets[row] == 1 ? "#b03010" : "#1040a0"
    svg += "<circle cx=\"\((x + 1.2) / 2.4 * Double(side))\" cy=\"\((y + 1.2) / 2.4 * Double(side))\" "
    svg += "r=\"0.6\" fill=\"\(fill)\"/>\n"
  }
  return svg + "</svg>\n"
}

/// `swift run Examples Playground FOLDER` draws what the models learnt.
func playground() throws {
  for (name, examples) in [("spirals", try spirals(200, seed: 1)), ("circles", try circles(200, seed: 1))] {
    let model = withSeed(3) {
      Sequential {
        Dense(2, 24, activation: { tanh($0) })
        Dense(24, 24, activation: { tanh($0) })
        Dense(24, 2)
      }
    }
    let training = try Training(model, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01))
    try training.run(on: examples, epochs: 400, batchSize: 200)
    print(name, "accuracy", try training.evaluate(on: examples).metrics["accuracy"] ?? .nan)
    guard let folder = CommandLine.arguments.dropFirst(2).first else { continue }
    try writeAtomically(Array(try picture(of: model, examples).utf8), to: "\(folder)/\(name).svg")
  }
}
