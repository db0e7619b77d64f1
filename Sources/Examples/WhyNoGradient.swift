import ChainRule

func whyNoGradient() throws {
  let graph = Graph()
  let x = graph.input("x", 2), unused = graph.input("unused", 1)
  let f = x * floor(x)
  let gradients = f.backward()
  print(try gradients[x]?.scalar() ?? .nan)
  print(gradients[unused] as Any)
  print(gradients.whyNone(unused) ?? "")
}
