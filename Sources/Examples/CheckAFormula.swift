import ChainRule

func checkAFormula() throws {
  let graph = Graph()
  let x = graph.input("x", 0.5), y = graph.input("y", -2)
  let f = exp(sin(x) * y).named("f")
  let report = try checkGradients(of: f, withRespectTo: [x, y], claiming: ["x": -0.673, "y": 0.19])
  print(report.verdict)
  for entry in report.entries {
    print(entry.name, entry.verdict, "claimed", entry.claimed ?? .nan, "computed", Tensor(entry.autodiff))
  }
}
