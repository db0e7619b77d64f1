import ChainRule

func gradientAsFormula() throws {
  let graph = Graph()
  let w = graph.input("w", 0.5), x = graph.input("x", 2)
  let derivation = try sigmoid(w * x).derivation(withRespectTo: [w, x])
  print(derivation.formula(of: w).text)
  print(derivation.formula(of: x).latex)
}
