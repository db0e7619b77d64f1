import ChainRuleLearning
import Foundation

func physicsInformed() throws {
  // u″ + u = 0 with u(0) = 0 and u′(0) = 1 has the solution sin x: a network that satisfies it, without any data.
  let network = withSeed(1) { Sequential(Dense(1, 12, activation: .tanh), Dense(12, 1)) }
  let points = Tensor(shape: [33, 1], (0...32).map { Double($0) * Double.pi / 32 })
  let objective = try Objective(of: network.parameters.map(\.parameter)) { graph in
    let x = graph.input("x", points), u = network(x)
    let first = try u.sum().gradients(withRespectTo: [x])[0]
    let second = try first.sum().gradients(withRespectTo: [x])[0]
    let equation = square(second + u).mean()
    return equation + square(u[0, 0]) + square(first[0, 0] - 1)
  }
  let minimum = try objective.minimize(with: .lbfgs(memory: 20), tolerance: 1e-6, iterations: 400)
  let u = try network.predict(points, precision: .double).scalars
  let largest = zip(u, points.scalars).map { abs($0 - sin($1)) }.max() ?? .nan
  print("from", (minimum.values.first ?? 0) > 0.01, "to", minimum.value < 1e-4)
  print("within 0.01 of the sine:", largest < 0.01)
}
