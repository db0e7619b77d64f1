import ChainRule

func higherDerivatives() throws {
  let graph = Graph()
  let x = graph.input("x", 0.5), y = graph.input("y", 2)
  let f = 100 * pow(y - x * x, 2) + pow(x - 1, 2)
  let slopes = try f.gradients(withRespectTo: [x, y])
  print("gradient", try slopes.map { try $0.scalar() })

  let hessian = try f.hessian(withRespectTo: [x, y])
  print("Hessian", try hessian.map { row in try row.map { try $0.scalar() } })

  let along = try f.tangent(along: [(x, 1), (y, 0.5)])
  print("along (1, 0.5)", try along.scalar())
}
