import ChainRule

func randomNumbersWithGradients() throws {
  let graph = Graph()
  let a = graph.input("a", 2.5)

  // 20,000 gamma numbers: the gradient of their mean by the concentration is near 1, as that of the true mean.
  let z = graph.randomGamma(concentration: a, shape: [20_000], seed: 1)
  let slope = try z.mean().gradients(withRespectTo: [a])[0]
  print((try z.mean().scalar() * 100).rounded() / 100, (try slope.scalar() * 100).rounded() / 100)

  // A program counts its runs: each has numbers of its own, and the same ones the next time.
  let program = try graph.compile(inputs: [a], outputs: [z.mean()])
  let (first, second) = (try program.run([2.5])[0], try program.run([2.5])[0])
  print(first == second)

  // With a constant counter they are given, and differences confirm the gradient.
  let given = graph.randomBeta(a, graph.constant(1.5), shape: [4], seed: 2, counter: graph.constant(7))
  print(try checkGradients(of: square(given).sum(), withRespectTo: [a], order: 2).verdict)

  print(try graph.randomPermutation(6, seed: 3).value().indices)
}
