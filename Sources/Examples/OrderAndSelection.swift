import ChainRule

func orderAndSelection() throws {
  let graph = Graph()
  let x = graph.input("x", [0.3, -1.2, 0.8, 2])

  // Gradients go back to where each element came from.
  print(try x.sorted().value(), try x.argsort().value().indices)
  let (values, places) = x.topK(2)
  print(try values.value(), try places.value().indices)
  print(try x.quantile(0.9).gradients(withRespectTo: [x])[0].value())

  // The distance of two samples (Wasserstein, in one dimension) by sorting.
  let y = graph.constant([1, -0.5, 0.2, 1.4])
  let distance = abs(x.sorted() - y.sorted()).mean()
  print(try distance.scalar(), try distance.gradients(withRespectTo: [x])[0].value())

  // Running products are right where factors are 0; the positive elements, four of them, then zeros.
  let factors = graph.input("factors", [2, 0, 5])
  print(try factors.cumulativeProduct().sum().gradients(withRespectTo: [factors])[0].value())
  print(try x.selected(where: x .> 0, count: 4).value())

  // Two elements are equal: what the gradient is there is a convention, and the checker says so.
  let tied = graph.input("tied", [1, 1])
  let report = try checkGradients(of: tied.sorted()[0], withRespectTo: [tied])
  print(report.verdict, report.entries[0].kink?.primitive ?? "")
}
