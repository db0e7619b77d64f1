import ChainRule

func fitALine() throws {
  let graph = Graph()
  let x = graph.constant([0, 1, 2, 3])
  let y = graph.constant([1, 3, 5, 7])
  let slope = graph.input("slope", 0), offset = graph.input("offset", 0)
  let error = slope * x + offset - y
  let loss = (error * error).mean()

  let gradients = try loss.gradients(withRespectTo: [slope, offset])
  print("loss", try loss.value())
  for _ in 0..<300 {
    let downhill = try gradients.map { try $0.scalar() }
    slope.assign(Tensor(try slope.scalar() - 0.1 * downhill[0]))
    offset.assign(Tensor(try offset.scalar() - 0.1 * downhill[1]))
  }
  print("y =", try slope.value(), "x +", try offset.value())
}
