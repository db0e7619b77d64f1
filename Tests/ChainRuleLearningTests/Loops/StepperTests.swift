import ChainRule
import ChainRuleTraining
import Testing

@Suite("Optimizers in loops of one's own")
struct StepperTests {
  private let inputs: Tensor = [[1, 2], [3, -1], [0, 1], [2, 2]], targets: Tensor = [[1], [2], [-1], [0]]

  static let optimizers: [any Optimizer] = [
    SGD(learningRate: 0.1, momentum: 0.9), Adam(learningRate: 0.05), AdamW(learningRate: 0.05),
    NAdam(learningRate: 0.05),
    RAdam(learningRate: 0.05), RMSProp(learningRate: 0.05), AdaGrad(learningRate: 0.1), Lion(learningRate: 0.01),
    AdaDelta(learningRate: 1), AdaMax(learningRate: 0.05),
  ]

  /// A layer in double precision, and its loss.
  private func problem() throws -> (graph: Graph, x: Node, y: Node, parameters: [Parameter], loss: Node) {
    let graph = Graph()
    let w = Parameter([[0.5], [-0.25]], name: "w"), b = Parameter([0.1], name: "b")
    let x = graph.input("x", shape: [4, 2]), y = graph.input("y", shape: [4, 1])
    let loss = meanSquaredError(x.matmul(graph.parameter(w)) + graph.parameter(b), y)
    return (graph, x, y, [w, b], loss)
  }

  /// The program that updates, gradients that are applied, and `Training` make the same steps.
  @Test(arguments: optimizers.indices) func threeWaysMakeTheSameSteps(index: Int) throws {
    let optimizer = Self.optimizers[index]
    let (graph, x, y, parameters, loss) = try problem()
    let stepper = try optimizer.stepper(for: parameters)
    let step = try graph.compile(inputs: [x, y], outputs: [loss], updates: stepper.updates(of: loss))
    let losses = try (0..<5).map { _ in try step.run([inputs, targets])[0].scalar() }

    let other = try problem()
    let applied = try optimizer.stepper(for: other.parameters)
    let gradients = try other.graph.compile(
      inputs: [other.x, other.y],
      outputs: [other.loss]
        + other.loss.gradients(
          withRespectTo: other.parameters.map { other.graph.parameter($0) }))
    for loss in losses {
      let values = try gradients.run([inputs, targets])
      #expect(try values[0].scalar() == loss)
      try applied.apply(Array(values.dropFirst()))
    }
    #expect(zip(parameters, other.parameters).allSatisfy { $0.value == $1.value })
    #expect(stepper.stepCount == 5 && applied.stepCount == 5)

    let model = Sequential(Dense(2, 1))
    for (entry, start) in zip(model.parameters, try problem().parameters) {
      entry.parameter.value = start.value.reshaped(to: entry.parameter.shape)
    }
    var options = TrainingOptions()
    options.precision = .double
    let training = try Training(model, loss: meanSquaredError, optimizer: optimizer, options: options)
    let history = try training.run(
      on: Dataset(inputs: inputs, targets: targets), epochs: 5, batchSize: 4, progress: .none)
    for (epoch, loss) in zip(history, losses) { #expect(abs(epoch.loss - loss) < 1e-12) }
  }

  @Test func twoSteppersTrainTwoHalvesOfOneGraph() throws {
    let graph = Graph()
    let a = Parameter(1, name: "a"), b = Parameter(2, name: "b")
    let (x, y) = (graph.parameter(a), graph.parameter(b))
    // A game: a wants x·y small, b wants it large.
    let value = x * y
    let down = try SGD(learningRate: 0.1).stepper(for: [a]), up = try SGD(learningRate: 0.1).stepper(for: [b])
    let first = try graph.compile(inputs: [], outputs: [value], updates: down.updates(of: value))
    let second = try graph.compile(inputs: [], outputs: [value], updates: up.updates(of: -value))
    _ = try first.run()
    #expect(try a.value.scalar() == 0.8 && b.value.scalar() == 2)
    _ = try second.run()
    #expect(try a.value.scalar() == 0.8 && abs(b.value.scalar() - 2.08) < 1e-15)
  }

  @Test func theRateAndTheStateBelongToTheStepper() throws {
    let (graph, x, y, parameters, loss) = try problem()
    let stepper = try Adam(learningRate: 0.1).stepper(for: parameters)
    let step = try graph.compile(inputs: [x, y], outputs: [loss], updates: stepper.updates(of: loss))
    for _ in 0..<3 { _ = try step.run([inputs, targets]) }
    let (kept, values) = (stepper.state, parameters.map(\.value))
    #expect(kept.paths.contains("step") && kept.paths.contains { $0.hasPrefix("w/") })
    _ = try step.run([inputs, targets])
    let after = parameters.map(\.value)
    try stepper.restore(kept)
    for (parameter, value) in zip(parameters, values) { parameter.value = value }
    _ = try step.run([inputs, targets])
    #expect(parameters.map(\.value) == after)
    stepper.learningRate = 0
    _ = try step.run([inputs, targets])
    #expect(parameters.map(\.value) == after)
  }

  @Test func mistakesAreNamed() throws {
    let (graph, _, _, parameters, loss) = try problem()
    #expect(throws: ChainRuleError.self) { try Adam(learningRate: 0.1).stepper(for: [Parameter]()) }
    #expect(throws: ChainRuleError.self) { try Adam(learningRate: -1).stepper(for: parameters) }
    let stepper = try SGD(learningRate: 0.1).stepper(for: parameters)
    #expect(throws: ChainRuleError.self) { try stepper.apply([Tensor([1])]) }
    #expect(throws: ChainRuleError.self) { try stepper.apply([Tensor([1]), Tensor([1])]) }
    #expect(throws: ChainRuleError.self) { try stepper.updates(of: graph.parameter(parameters[0])) }
    #expect(throws: ChainRuleError.self) { try stepper.updates(of: graph.constant(1)) }
    #expect(throws: ChainRuleError.self) { try stepper.restore(ModelState()) }
    _ = loss
  }
}
