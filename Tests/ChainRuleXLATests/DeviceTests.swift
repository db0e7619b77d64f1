import ChainRuleLearning
import Testing

@testable import ChainRuleXLA

// Models of every kind, trained on several devices beside one.

struct Perceptron: Model {
  var hidden = Dense(6, 8, activation: { tanh($0) }, seed: 1)
  var output = Dense(8, 3, seed: 2)
  func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
}

struct ImageNetwork: Model {
  var first = Conv2D(1, 4, kernel: [3, 3], padding: [1], seed: 1)
  var norm = BatchNorm(4)
  var second = Conv2D(4, 4, kernel: [3, 3], stride: [2], activation: { relu($0) }, seed: 2)
  var output = Dense(4 * 4, 3, seed: 3)
  func callAsFunction(_ x: Node) -> Node {
    let image = maxPool2d(relu(norm(first(x.reshaped(to: [x.shape[0], 1, 10, 10])))), window: [2, 2], padding: [0])
    let small = second(image)
    return output(small.reshaped(to: [x.shape[0], small.shape.elementCount / x.shape[0]]))
  }
}

struct SequenceNetwork: Model {
  var memory = LSTM(3, 5, returnsSequence: false, seed: 1)
  var output = Dense(5, 3, seed: 2)
  func callAsFunction(_ x: Node) -> Node { output(memory(x.reshaped(to: [x.shape[0], 4, 3]))) }
}

struct SmallTransformer: Model {
  var embedding = Dense(3, 8, seed: 1)
  var block = TransformerBlock(8, heads: 2, isCausal: true, seed: 2)
  var output = Dense(8, 3, seed: 3)
  func callAsFunction(_ x: Node) -> Node {
    output(block(embedding(x.reshaped(to: [x.shape[0], 4, 3]))).mean(axes: [1]))
  }
}

@Suite(.serialized, .plugin) struct DeviceTests {
  static func dataset(_ features: Int, count: Int = 22) throws -> Dataset {
    var numbers = RandomNumbers(seed: 5)
    let x = Tensor(shape: [count, features], (0..<count * features).map { _ in numbers.uniform() * 2 - 1 })
    return try Dataset(inputs: x, targets: Tensor(indices: (0..<count).map { ($0 * 7) % 3 }, shape: [count]))
  }

  /// Losses of epochs and the parameters at the end, in double; the last batch is uneven.
  static func train<M: Model>(
    _ model: M, _ features: Int, on engine: any Engine, epochs: Int = 34,
    optimizer: any Optimizer = SGD(learningRate: 0.05, momentum: 0.5)
  ) throws -> (losses: [Double], state: [Double]) {
    let training = try Training(model, loss: softmaxCrossEntropy, optimizer: optimizer, on: engine, precision: .double)
    let data = try dataset(features)
    let history = try training.run(on: data, validatingOn: data, epochs: epochs, batchSize: 8)
    return (
      history.map(\.loss) + history.map { $0.validationLoss ?? 0 },
      training.parameters.flatMap { $0.parameter.value.scalars }
    )
  }

  static func expectEqual(_ a: [Double], _ b: [Double], _ bound: Double, _ what: String) {
    #expect(a.count == b.count)
    let worst = zip(a, b).map { abs($0 - $1) / max(1, abs($0)) }.max() ?? 0
    #expect(worst <= bound, "\(what): \(worst)")
  }

  private func compare<M: Model>(_ name: String, _ features: Int, _ model: () -> M) throws {
    let ours = try Self.train(model(), features, on: BuiltInEngine())
    for devices in [1, 2, 4] {
      let theirs = try Self.train(model(), features, on: try TestPlugin.engine(devices: devices))
      Self.expectEqual(ours.losses, theirs.losses, 1e-12, "losses over 100 steps of \(name) on \(devices)")
      Self.expectEqual(ours.state, theirs.state, 1e-12, "parameters after 100 steps of \(name) on \(devices)")
    }
  }

  @Test func perceptron() throws { try compare("the perceptron", 6) { Perceptron() } }
  @Test func images() throws { try compare("the image network", 100) { ImageNetwork() } }
  @Test func sequences() throws { try compare("the LSTM", 12) { SequenceNetwork() } }
  @Test func transformer() throws { try compare("the transformer", 12) { SmallTransformer() } }

  @Test func adamStaysTogetherOnFourDevices() throws {
    let adam = Adam(learningRate: 0.01)
    let ours = try Self.train(Perceptron(), 6, on: BuiltInEngine(), epochs: 6, optimizer: adam)
    let theirs = try Self.train(Perceptron(), 6, on: try TestPlugin.engine(devices: 4), epochs: 6, optimizer: adam)
    Self.expectEqual(ours.losses, theirs.losses, 1e-11, "losses")
    Self.expectEqual(ours.state, theirs.state, 1e-10, "parameters")
  }

  /// Each device keeps a part of what is learned and of the optimizer's memory.
  @Test func sharedParametersStayTogether() throws {
    let engine = try OpenXLA(plugin: TestPlugin.path ?? "", devices: 4, shardsParameters: true)
    let ours = try Self.train(Perceptron(), 6, on: BuiltInEngine())
    let theirs = try Self.train(Perceptron(), 6, on: engine)
    Self.expectEqual(ours.losses, theirs.losses, 1e-12, "losses")
    Self.expectEqual(ours.state, theirs.state, 1e-12, "parameters")
  }

  /// Weights in parts on the devices of a group, columns of the first and rows of the second of a pair; groups share the
  /// batches. Two devices of one group, four of one, and four of two.
  @Test(arguments: [(2, 2), (4, 4), (4, 2)]) func annotatedParametersStayTogether(_ count: Int, _ group: Int) throws {
    let optimizer = SGD(learningRate: 0.05, momentum: 0.5)
    func compare<M: Model>(_ name: String, _ features: Int, _ make: () -> M, _ axes: [String: Int]) throws {
      let engine = try OpenXLA(plugin: TestPlugin.path ?? "", devices: count, tensorParallel: group)
      let model = make(),
        training = try Training(
          model, loss: softmaxCrossEntropy, optimizer: optimizer, on: engine, precision: .double)
      for entry in model.parameters {
        if let axis = axes[entry.path] { try engine.share(entry.parameter, along: axis) }
      }
      let data = try Self.dataset(features)
      let losses = try training.run(on: data, epochs: 34, batchSize: 8).map(\.loss)
      // The optimizer's memory of a parameter lies as the parameter does.
      #expect(engine.parameters.withLock { $0.values.filter { $0.parts?.count == group }.count } == 2 * axes.count)
      let ours = try Self.train(make(), features, on: BuiltInEngine())
      Self.expectEqual(Array(ours.losses.prefix(34)), losses, 1e-12, "losses of \(name)")
      let state = training.parameters.flatMap { $0.parameter.value.scalars }
      Self.expectEqual(ours.state, state, 1e-12, "parameters of \(name)")
    }
    try compare("the perceptron", 6, { Perceptron() }, ["hidden.weight": 1, "hidden.bias": 0, "output.weight": 0])
    let block = SmallTransformer()
    let axes = Dictionary(
      uniqueKeysWithValues: block.parameters.filter { $0.parameter.shape.rank == 2 && $0.path.hasPrefix("block") }
        .map { ($0.path, $0.parameter.shape[1] >= $0.parameter.shape[0] ? 1 : 0) })
    #expect(axes.count >= 4)
    try compare("the transformer", 12, { SmallTransformer() }, axes)
  }

  @Test func sharesThatDoNotFitAreRefused() throws {
    let engine = try OpenXLA(plugin: TestPlugin.path ?? "", devices: 4, tensorParallel: 2)
    let odd = Parameter(Tensor(shape: [3, 4], repeating: 1))
    #expect(throws: ChainRuleError.self) { try engine.share(odd, along: 0) }
    #expect(throws: ChainRuleError.self) { try engine.share(odd, along: 2) }
    #expect(throws: ChainRuleError.self) { try engine.share(odd, along: -1) }
    #expect(throws: ChainRuleError.self) { try OpenXLA(plugin: TestPlugin.path ?? "", devices: 4, tensorParallel: 3) }
  }

  /// New parameters in the memory of the old ones: the same numbers as without, or a plugin that is refused.
  @Test(arguments: [1, 2]) func donatedMemoryHoldsTheSameNumbers(_ devices: Int) throws {
    let path = TestPlugin.path ?? ""
    let engine: OpenXLA
    do { engine = try OpenXLA(plugin: path, devices: devices, donates: true) } catch let error as ChainRuleError {
      #expect(error.got.contains("numbers that differ"), "\(error)")
      print("donation is refused: \(error.got)")
      return
    }
    // The old memory is gone after a step: it was donated.
    let graph = Graph(.double), weight = Parameter(Tensor(shape: [4], [1, 2, 3, 4])), w = graph.parameter(weight)
    let step = try graph.compile(inputs: [], outputs: [], updates: [w: w * 2], on: engine)
    _ = try step.run([])
    let old = try #require(engine.parameters.withLock { $0[ObjectIdentifier(weight)]?.buffers.first })
    _ = try step.run([])
    #expect(throws: ChainRuleError.self) { try old.tensor([4], .float64) }
    #expect(weight.value.scalars == [4, 8, 12, 16])

    let plain = try TestPlugin.engine(devices: devices)
    func train(_ engine: OpenXLA) throws -> [Double] {
      let training = try Training(
        ImageNetwork(), loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01), on: engine, precision: .single)
      let losses = try training.run(on: try Self.dataset(100), epochs: 12, batchSize: 11).map(\.loss)
      return losses + training.parameters.flatMap { $0.parameter.value.scalars }
    }
    #expect(try train(engine) == train(plain))
  }

  /// A checkpoint of four devices goes on with one, with two, and without any.
  @Test func aCheckpointGoesOnElsewhere() throws {
    let data = try Self.dataset(6)
    func training(_ engine: any Engine) throws -> Training<Perceptron> {
      try Training(
        Perceptron(), loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01), on: engine, precision: .double)
    }
    let whole = try training(BuiltInEngine())
    _ = try whole.run(on: data, epochs: 4, batchSize: 8)
    let first = try training(try TestPlugin.engine(devices: 4))
    _ = try first.run(on: data, epochs: 2, batchSize: 8)
    let checkpoint = first.checkpoint()
    for engine in [try TestPlugin.engine(), try TestPlugin.engine(devices: 2), BuiltInEngine()] as [any Engine] {
      let rest = try training(engine)
      try rest.resume(from: checkpoint)
      _ = try rest.run(on: data, epochs: 2, batchSize: 8)
      #expect(rest.completedEpochs == whole.completedEpochs)
      Self.expectEqual(
        whole.parameters.flatMap { $0.parameter.value.scalars },
        rest.parameters.flatMap { $0.parameter.value.scalars }, 1e-11, engine.name)
    }
  }

  @Test func singlePrecisionWithDropoutDrawsTheSameNumbers() throws {
    struct Thinned: Model {
      var hidden = Dense(6, 8, seed: 1)
      var thin = Dropout(0.5, seed: 3)
      var output = Dense(8, 3, seed: 2)
      func callAsFunction(_ x: Node) -> Node { output(thin(hidden(x))) }
    }
    func losses(_ engine: any Engine) throws -> [Double] {
      let training = try Training(
        Thinned(), loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1), on: engine)
      return try training.run(on: try Self.dataset(6), epochs: 3, batchSize: 8).map(\.loss)
    }
    Self.expectEqual(try losses(BuiltInEngine()), try losses(try TestPlugin.engine(devices: 2)), 1e-5, "losses")
  }
}
