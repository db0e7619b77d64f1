import ChainRuleLearning
import ChainRuleXLA
import Testing

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
