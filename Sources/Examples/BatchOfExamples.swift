import ChainRule

func batchOfExamples() throws {
  let graph = Graph()
  let w = graph.input("w", [0.5, -1]), xs = graph.input("xs", [[1, 2], [3, 0], [0, -1]]),
    ys = graph.input("ys", [1, 0, 2])

  // Written for one example, recorded for all of them.
  let norms = try vectorized { x in x.norm() }(xs)
  print(try norms.value())

  // The gradient of each example's loss, shortened to a norm of at most 1 and added up, as private training does.
  let gradients = try perExampleGradients(
    of: { x, y in square((w * x).sum() - y) }, over: [xs, ys], withRespectTo: [w])[0]
  print(try gradients.value())
  let lengths = gradients.norm(axes: [1], keepingDimensions: true)
  print(try (gradients / maximum(lengths, 1)).sum(axes: [0]).value())
}
