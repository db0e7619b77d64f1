import ChainRuleLearning

struct Gate: Model {
  let weight = Parameter([[0.5, -1], [2, 0.25]], name: "weight")
  let threshold = Parameter([0.1, -0.2], name: "threshold")
  func callAsFunction(_ x: Node) -> Node {
    let graph = x.graph
    return x * sigmoid(x.matmul(graph.parameter(weight)) - graph.parameter(threshold))
  }
}

func checkAModel() throws {
  let graph = Graph()  // double precision: the model is the one that is trained in single
  let gate = Gate()
  let x = graph.input("x", [[1, 2], [-0.5, 3]])
  let loss = meanSquaredError(gate(x), graph.constant([[1, 0], [0, 1]]))
  let parameters = [graph.parameter(gate.weight), graph.parameter(gate.threshold)]
  let report = try checkGradients(of: loss, withRespectTo: [x] + parameters)
  print(report.verdict, report.entries.count)
}
