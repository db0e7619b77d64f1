import ChainRuleLearning

/// y = a · sin(b · x + c): a layer is anything with parameters and a `callAsFunction`.
struct Wave: Model {
  let height = Parameter(1), rate = Parameter(1), start = Parameter(0)
  func callAsFunction(_ x: Node) -> Node {
    let graph = x.graph
    return graph.parameter(height) * sin(graph.parameter(rate) * x + graph.parameter(start))
  }
}

/// ln cosh d, a smooth |d|: a loss is any function of two nodes. Written so that large d cannot overflow.
func logCosh(_ prediction: Node, _ target: Node) -> Node {
  let d = abs(prediction - target)
  return (d + softplus(-2 * d) - 0.6931471805599453).mean()
}

func customLayerAndLoss() throws {
  let rows = (0..<64).map { [Double($0) / 8 - 4] }
  let graph = Graph()
  let x = graph.constant(rows)
  let examples = try Dataset(inputs: Tensor(rows), targets: (2.5 * sin(1.3 * x + 0.4)).value())
  let wave = Wave()
  let training = try Training(wave, loss: logCosh, optimizer: Adam(learningRate: 0.05), precision: .double)
  try training.run(on: examples, epochs: 300, batchSize: 64)
  for entry in wave.parameters { print(entry.path, entry.parameter.value) }
}
