import ChainRuleLearning

func ownLoop() throws {
  let graph = Graph()
  let w = Parameter([[0.5], [-0.25]], name: "w"), b = Parameter([0.0], name: "b")
  let x = graph.input("x", shape: [3, 2]), y = graph.input("y", shape: [3, 1])
  let loss = meanSquaredError(x.matmul(graph.parameter(w)) + graph.parameter(b), y)

  let optimizer = try Adam(learningRate: 0.1).stepper(for: [w, b])
  let step = try graph.compile(inputs: [x, y], outputs: [loss], updates: optimizer.updates(of: loss))
  for count in 1...300 {
    let value = try step.run([[[1, 2], [3, -1], [0, 1]], [[4], [1], [2]]])[0]
    if count.isMultiple(of: 100) { print(count, try value.scalar() < 0.01) }
  }
  try optimizer.apply([[[1], [0]], [0]])  // gradients from elsewhere
  print(optimizer.stepCount)
}
