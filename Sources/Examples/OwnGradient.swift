import ChainRule

func ownGradient() throws {
  let graph = Graph()
  let x = graph.input("x", [-1, 0.3, 800])

  // log(1 + eˣ) by its definition overflows; its gradient need not.
  let y = withGradient(of: [x], name: "softplus", value: { log(1 + exp($0[0])) }) { upstream, x, _ in
    [upstream / (1 + exp(-x[0]))]
  }
  print(try y.sum().gradients(withRespectTo: [x])[0].value())

  // Rounding, trained as if it were not there.
  let levels = straightThrough(x) { round($0 * 4) / 4 }
  print(try levels.value(), try levels.sum().gradients(withRespectTo: [x])[0].value())

  // A wrong pullback is found, and named.
  let z = graph.input("z", 0.7)
  let wrong = withGradient(of: [z], name: "mySquare", value: { $0[0] * $0[0] }) { upstream, z, _ in
    [3 * upstream * z[0]]
  }
  let report = try checkGradients(of: wrong, withRespectTo: [z])
  print(report.verdict)
}
