import ChainRule

func recordOnce() throws {
  let graph = Graph()
  let x = graph.input("x", shape: [4]), y = graph.input("y", shape: [4])
  let slope = graph.parameter(Parameter(0, name: "slope"))
  let offset = graph.parameter(Parameter(0, name: "offset"))
  let error = slope * x + offset - y
  let loss = (error * error).mean()
  let gradients = try loss.gradients(withRespectTo: [slope, offset])

  let step = try graph.compile(
    inputs: [x, y], outputs: [loss],
    updates: [slope: slope - 0.1 * gradients[0], offset: offset - 0.1 * gradients[1]])
  print("loss", try step.run([[0, 1, 2, 3], [1, 3, 5, 7]])[0])
  for _ in 0..<300 { _ = try step.run([[0, 1, 2, 3], [1, 3, 5, 7]]) }
  print("y =", try slope.value(), "x +", try offset.value())
}
