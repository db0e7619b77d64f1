import ChainRule
import ChainRuleLearning
import Testing

/// What is said takes effect, or is refused: nothing that was set is ignored without a word.
@Suite struct StateTakesEffect {
  private struct Words: Model {
    let table: Embedding
    let head = Dense(2, 2, seed: 1)
    func callAsFunction(_ x: Node) -> Node { head(table(x)) }
  }

  // MARK: Padding

  static let optimizers: [any Optimizer] = [
    SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.1), Adam(learningRate: 0.1, weightDecay: 0.1),
    AdamW(learningRate: 0.1, weightDecay: 0.5), Lion(learningRate: 0.1, weightDecay: 0.5),
    RMSProp(learningRate: 0.1, momentum: 0.9, weightDecay: 0.1), NAdam(learningRate: 0.1, weightDecay: 0.1),
  ]

  @Test(arguments: optimizers.indices) func aPaddingRowIsNeverMoved(optimizer: Int) throws {
    for given in [true, false] {
      let table =
        given
        ? Embedding(weight: [[1, 2], [3, 4], [5, 6]], paddingIndex: 0)
        : Embedding(3, 2, paddingIndex: 0, seed: 3)
      let model = Words(table: table), before = table.weight.value.scalars
      var options = TrainingOptions()
      options.penalties = [.l2(0.1)]
      options.accumulation = optimizer % 2 + 1
      let training = try Training(
        model, loss: softmaxCrossEntropy, optimizer: Self.optimizers[optimizer], options: options)
      let data = try Dataset(inputs: Tensor(indices: [0, 1, 2, 1]), targets: Tensor(indices: [0, 1, 0, 1]))
      try training.run(on: data, epochs: 3, batchSize: 2)
      let after = table.weight.value.scalars
      #expect(after[0..<2] == before[0..<2], "\(after)")
      #expect(zip(after[2...], before[2...]).allSatisfy { $0 != $1 })
      if !given { #expect(after[0..<2] == [0, 0]) }
    }
  }

  // MARK: Freezing

  @Test func freezingTakesEffectOnALiveTraining() throws {
    let model = Sequential(Dense(2, 2, seed: 1), Dense(2, 2, seed: 2))
    let training = try Training(
      model, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.1))
    let data = try Dataset([[0, 1], [1, 0]], labels: [0, 1])
    let path = try #require(model.parameters.first?.path)
    func moves() throws -> Bool {
      let before = model.parameters[0].parameter.value
      try training.run(on: data, epochs: 1, batchSize: 2)
      return model.parameters[0].parameter.value != before
    }
    #expect(try moves())
    try model.freeze(path)
    #expect(try !moves())
    try model.unfreeze(path)
    #expect(try moves())
  }

  // MARK: Programs

  @Test func aProgramForAPredictionDoesNotTrain() throws {
    let graph = Graph(), weight = Parameter(2, name: "weight"), x = graph.input("x", shape: [])
    let w = graph.parameter(weight), f = w * x
    try graph.update(w, to: w - 0.5)
    #expect(throws: ChainRuleError.self) { try graph.compile(inputs: [x], outputs: [f]) }
    let prediction = try graph.compile(
      inputs: [x], outputs: [f], options: CompileOptions(includesRegisteredUpdates: false))
    #expect(try prediction.run([3])[0].scalar() == 6 && prediction.run([3])[0].scalar() == 6)
    let step = try graph.compile(
      inputs: [x], outputs: [f], options: CompileOptions(includesRegisteredUpdates: true))
    #expect(try step.run([3])[0].scalar() == 6 && step.run([3])[0].scalar() == 4.5)
    // Where other updates are listed, the program is a step.
    let count = graph.input("count", 0)
    let listed = try graph.compile(inputs: [x], outputs: [f], updates: [count: count + 1])
    #expect(try listed.run([3])[0].scalar() == 3 && listed.run([3])[0].scalar() == 1.5)
  }

  @Test(arguments: [Graph.Precision.single, .double]) func anInputThatIsNotListedIsStillAssigned(
    precision: Graph.Precision
  ) throws {
    let graph = Graph(precision), x = graph.input("x", shape: []), w = graph.input("w", [3, 4])
    let position = graph.input("i", Tensor(indices: [1]))
    let f = w.gathered(at: position) * x, scale = graph.input("scale", 2)
    let program = try graph.compile(inputs: [x], outputs: [f, x * scale])
    #expect(try program.run([2]).map(\.scalars) == [[8], [4]])
    w.assign([5, 6])
    scale.assign(10)
    #expect(try program.run([2]).map(\.scalars) == [[12], [20]])
    position.assign(Tensor(indices: [0]))
    #expect(try program.run([2])[0].scalars == [10])
    w.assign([1, 2, 3])
    #expect(throws: ChainRuleError.self) { try program.run([2]) }
    w.assign([7, 8])
    #expect(try program.run([2])[0].scalars == [14])
    #expect(throws: ChainRuleError.self) {
      try graph.compile(inputs: [], outputs: [f])
    }
  }

  @Test func inputsOfAScopeThatEndedDoNotTakeTheirPlace() throws {
    let graph = Graph(), x = graph.input("x", shape: [])
    let program: Program = try graph.scope { try graph.compile(inputs: [x], outputs: [x * graph.input("a", 2)]) }
    let b = graph.input("b", 5)
    let other = try graph.compile(inputs: [x], outputs: [x * b])
    #expect(try program.run([3])[0].scalar() == 6 && other.run([3])[0].scalar() == 15)
  }

  @Test func randomNumbersWithoutACounterDifferFromRunToRun() throws {
    let graph = Graph()
    let free = graph.randomNormal(shape: [4], seed: 1), flat = graph.randomUniform(shape: [4], seed: 2)
    let fixed = graph.randomNormal(shape: [4], seed: 1, counter: graph.constant(0))
    let program = try graph.compile(inputs: [], outputs: [free, flat, fixed])
    let (first, second, third) = (try program.run(), try program.run(), try program.run())
    #expect(try first[0] == free.value() && first[2] == fixed.value())
    for output in 0..<2 { #expect(first[output] != second[output] && second[output] != third[output]) }
    #expect(first[2] == second[2])
    let again = try graph.compile(inputs: [], outputs: [free])
    _ = try again.run()
    #expect(try again.run()[0] == second[0])
  }

  // MARK: Features of any size

  @Test(arguments: [1e200, 1, 1e-200]) func featuresOfAnySizeAreStandardized(size: Double) throws {
    let data = try Dataset([[size], [-size]], labels: [0, 1])
    #expect(try Standardization(fittedTo: data)(data).inputs.scalars == [1, -1])
  }
}
