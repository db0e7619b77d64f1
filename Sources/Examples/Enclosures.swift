import ChainRule

func enclosures() throws {
  let graph = Graph()
  let x = graph.input("x", [0.5, -1]), w = graph.input("w", [[1, -2], [0.5, 1]]), v = graph.input("v", [1, -1])
  let y = sigmoid(v.matmul(tanh(w.matmul(x))))

  print("output", try y.enclosure(over: [x: -1...1])[0])  // whatever x is, between −1 and 1
  let slope = try y.gradients(withRespectTo: [x])[0]
  let digits = try slope.enclosure().intervals.map { $0.certainDigits ?? "none" }
  print("gradient", digits.joined(separator: ", "))  // digits that no rounding can change

  let t = graph.input("t", 1)
  print("1/t over 1…2:", try reciprocal(t).enclosure(over: [t: 1...2]).regularity)
  print("1/t over −1…2:", try reciprocal(t).enclosure(over: [t: -1...2]).regularity)
}
