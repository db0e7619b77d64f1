import ChainRule

func whyNoGradient() throws {
  let graph = Graph()
  let x = graph.input("x", 2), y = graph.input("y", 1.5), unused = graph.input("unused", 1)
  let f = x * floor(y)
  let gradients = f.backward()
  print("x:", try gradients[x]?.scalar() ?? .nan)
  for node in [y, unused] where gradients[node] == nil { print(gradients.whyNone(node) ?? "") }
}
