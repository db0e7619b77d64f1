import ChainRuleLearning
import Foundation

func metaLearning() throws {
  // Sines of any height and phase, ten points of each: a start is learnt from which one step of descent is enough
  // (Finn, Abbeel and Levine 2017).
  let start = withSeed(1) {
    Sequential(Dense(1, 40, activation: .tanh), Dense(40, 40, activation: .tanh), Dense(40, 1))
  }
  let parameters = start.trainableParameters.map(\.parameter)
  let tasks = 4, points = 10
  /// The network with other weights: nodes instead of parameters.
  func network(_ x: Node, _ weights: [Node]) -> Node {
    let h = tanh(tanh(x.matmul(weights[0]) + weights[1]).matmul(weights[2]) + weights[3])
    return h.matmul(weights[4]) + weights[5]
  }
  /// The weights after one step on known points, as nodes, so that a gradient runs through the step.
  func adapted(_ weights: [Node], _ x: Node, _ y: Node) throws -> [Node] {
    let slopes = try meanSquaredError(network(x, weights), y).gradients(withRespectTo: weights)
    return zip(weights, slopes).map { $0 - 0.05 * $1 }
  }
  func recorded() throws -> (graph: Graph, inputs: [Node], before: Node, after: Node) {
    let graph = Graph(.single)
    let (x, y) = (graph.input("x", shape: [tasks, points, 1]), graph.input("y", shape: [tasks, points, 1]))
    let (newX, newY) = (
      graph.input("new x", shape: [tasks, points, 1]), graph.input("new y", shape: [tasks, points, 1])
    )
    let weights = parameters.map { graph.parameter($0) }
    let before = (0..<tasks).map { meanSquaredError(network(newX[$0], weights), newY[$0]) }
    let after = try (0..<tasks).map {
      meanSquaredError(network(newX[$0], try adapted(weights, x[$0], y[$0])), newY[$0])
    }
    return (graph, [x, y, newX, newY], stack(before).mean(), stack(after).mean())
  }
  var numbers = RandomNumbers(seed: 2)
  func sines() -> [Tensor] {
    var parts = [[Double]](repeating: [], count: 4)
    for _ in 0..<tasks {
      let (height, phase) = (0.5 + 2 * numbers.uniform(), Double.pi * numbers.uniform())
      for part in [0, 2] {
        let xs = (0..<points).map { _ in 6 * numbers.uniform() - 3 }
        parts[part] += xs
        parts[part + 1] += xs.map { height * sin($0 + phase) }
      }
    }
    return parts.map { Tensor(shape: [tasks, points, 1], $0) }
  }

  let (graph, inputs, before, after) = try recorded()
  let steps = try Adam(learningRate: 2e-3).stepper(for: start.trainableParameters)
  let learn = try graph.compile(inputs: inputs, outputs: [after], updates: steps.updates(of: after))
  let measure = try graph.compile(inputs: inputs, outputs: [before, after])
  func errors() throws -> (before: Double, after: Double) {
    var sums = (0.0, 0.0)
    for _ in 0..<50 {
      let values = try measure.run(sines()).map { try $0.scalar() / 50 }
      sums = (sums.0 + values[0], sums.1 + values[1])
    }
    return sums
  }
  let untaught = try errors()
  for _ in 0..<1500 { _ = try learn.run(sines()) }
  let taught = try errors()
  print("a step from any start leaves more than half of the error:", untaught.after > 0.5 * untaught.before)
  print("from the one that was learnt less than a third:", taught.after < taught.before / 3)
  print("and less than half of what the other leaves:", taught.after < untaught.after / 2)
}
