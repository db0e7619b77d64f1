import ChainRule

func implicitGradients() throws {
  let graph = Graph()

  // A ridge regression's weights as a function of λ, and how a validation loss changes with λ.
  let x = graph.constant([[1, 2], [3, -1], [0.5, 1.5]]), y = graph.constant([1, 2, 0.5]), lambda = graph.input("λ", 0.3)
  let w = try argmin(from: graph.constant([0, 0]), parameters: [lambda]) { w, p in
    square(x.matmul(w) - y).sum() + p[0] * square(w).sum()
  }
  print(try w.value())
  let loss = square(w - graph.constant([0.6, 0.1])).sum()
  print(try loss.gradients(withRespectTo: [lambda])[0].scalar())

  // A layer that is its own equilibrium: z = tanh(Wz + x).
  let weights = graph.input("W", [[0.3, -0.2], [0.1, 0.4]]), input = graph.input("x", [0.5, -1])
  let z = try fixedPoint(from: graph.constant([0, 0])) { z, _ in tanh(weights.matmul(z) + input) }
  print(try z.value(), try z.sum().gradients(withRespectTo: [input])[0].value())

  // y′ = −k·y at three times: y(t) = e^(−kt).
  let k = graph.input("k", 2), times = graph.constant([0, 0.5, 1])
  let trajectory = try odeint(from: graph.constant([1]), at: times, parameters: [k]) { _, y, p in -p[0] * y }
  print(try trajectory[2, 0].scalar(), try trajectory[2, 0].gradients(withRespectTo: [k])[0].scalar())
}
