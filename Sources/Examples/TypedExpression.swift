import ChainRule

func typedExpression() throws {
  let graph = Graph()
  let f = try Expression("h = sigmoid(w * x); (h - 1)^2").record(in: graph, values: ["w": 0.5, "x": 2])
  print(try f.value())

  do { _ = try Expression("1 + sigmod(x)").record(in: graph, values: ["x": 1]) } catch { print(error) }
}
