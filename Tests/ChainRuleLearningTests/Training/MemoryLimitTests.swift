@testable import ChainRuleCore
import ChainRuleLearning
import Testing

/// Programs within a limit of memory: the bits of a program without one, and no byte more than was allowed.
@Suite struct MemoryLimitTests {
  struct Perceptron: Model {
    var layers = (0..<5).map { Dense(32, 32, activation: { tanh($0) }, seed: UInt64($0)) }
    var dropout = Dropout(0.2, seed: 9)
    var output = Dense(32, 3, seed: 20)
    func callAsFunction(_ x: Node) -> Node {
      var y = x
      for layer in layers { y = dropout(layer(y)) }
      return output(y)
    }
  }

  struct Images: Model {
    var first = Conv2D(1, 8, kernel: [3, 3], padding: [1], seed: 1)
    var norm = BatchNorm(8)
    var second = Conv2D(8, 8, kernel: [3, 3], padding: [1], seed: 2)
    var secondNorm = BatchNorm(8)
    var output = Dense(8 * 16, 3, seed: 3)
    func callAsFunction(_ x: Node) -> Node {
      let image = relu(norm(first(x.reshaped(to: [x.shape[0], 1, 8, 8]))))
      let next = relu(secondNorm(second(image)) + image)
      return output(maxPool2d(next, window: [2, 2]).reshaped(to: [x.shape[0], 8 * 16]))
    }
  }

  struct Sequences: Model {
    var memory = LSTM(4, 16, returnsSequence: false, seed: 1)
    var output = Dense(16, 3, seed: 2)
    func callAsFunction(_ x: Node) -> Node { output(memory(x.reshaped(to: [x.shape[0], 6, 4]))) }
  }

  struct Words: Model {
    var embedding = Dense(4, 16, seed: 1)
    var blocks = (0..<2).map { TransformerBlock(16, heads: 2, isCausal: true, seed: UInt64($0)) }
    var output = Dense(16, 3, seed: 3)
    func callAsFunction(_ x: Node) -> Node {
      var y = embedding(x.reshaped(to: [x.shape[0], 6, 4]))
      for block in blocks { y = block(y) }
      return output(y.mean(axes: [1]))
    }
  }

  /// A step of training with Adam and what it leaves behind after three runs on every number of threads.
  private func step<M: Model>(
    _ model: M, _ features: Int, _ precision: Graph.Precision, limit: Int?, threads: Int = 1
  ) throws -> (program: Program, values: [Tensor]) {
    let graph = Graph(precision)
    let x = graph.input("x", shape: [64, features]), labels = graph.input("labels", shape: [64], indices: true)
    graph.mode = .training
    let loss = softmaxCrossEntropy(model(x), labels)
    let optimizer = try Adam(learningRate: 0.01).stepper(for: model.parameters)
    let program = try graph.compile(
      inputs: [x, labels], outputs: [loss], updates: optimizer.updates(of: loss),
      options: CompileOptions(includesRegisteredUpdates: true), memoryLimit: limit)
    program.threads = threads
    var numbers = RandomNumbers(seed: 5)
    let inputs = [
      Tensor(shape: [64, features], (0..<64 * features).map { _ in numbers.uniform() * 2 - 1 }),
      Tensor(indices: (0..<64).map { ($0 * 7) % 3 }, shape: [64]),
    ]
    var values: [Tensor] = []
    for _ in 0..<3 { values += try program.run(inputs) }
    return (program, values + model.parameters.map(\.parameter.value))
  }

  private func check<M: Model>(_ features: Int, atMost share: Double, _ model: () -> M) throws {
    for precision in [Graph.Precision.single, .double] {
      let plain = try step(model(), features, precision, limit: nil)
      let use = plain.program.memoryUse
      var leasts: [Int] = []
      for part in [0.85, 0.7] {
        let limit = use.fixed + use.scratch + Int(part * Double(use.arena))
        do {
          let limited = try step(model(), features, precision, limit: limit, threads: part < 0.8 ? 2 : 1)
          #expect(limited.program.memoryUse.total <= limit)
          #expect(limited.values == plain.values, "\(part) in \(precision)")
          leasts.append(limited.program.memoryUse.arena)
        } catch let error as ChainRuleError { #expect(error.origin == "compile", "\(error)") }
      }
      #expect(Double(leasts.last ?? use.arena) <= share * Double(use.arena), "\(leasts) of \(use.arena)")
    }
  }

  @Test func perceptron() throws { try check(32, atMost: 0.7) { Perceptron() } }
  @Test func images() throws { try check(64, atMost: 0.85) { Images() } }
  @Test func sequences() throws { try check(24, atMost: 0.85) { Sequences() } }
  @Test func transformer() throws { try check(24, atMost: 0.75) { Words() } }

  @Test func whatCannotBeReachedNamesTheLeastThatCan() throws {
    let error = #expect(throws: ChainRuleError.self) { try step(Perceptron(), 32, .single, limit: 1000) }
    let sentence = try #require(error?.required)
    let number = try #require(sentence.split(separator: " ").compactMap { Int($0) }.first)
    #expect(sentence == "a memoryLimit of at least \(number) bytes")
    #expect(error?.got == "1000")
    let least = try step(Perceptron(), 32, .single, limit: number)
    #expect(least.program.memoryUse.total <= number)
    #expect(throws: ChainRuleError.self) { try step(Perceptron(), 32, .single, limit: number - 64) }
  }

  @Test func whatIsPlannedIsWhatIsAllocated() throws {
    let program = try step(Words(), 24, .single, limit: nil).program
    program.memory.withLock { memory in
      #expect(memory.state.allocatedBytes == program.memoryUse.arena + program.memoryUse.scratch)
    }
    #expect(program.memoryUse.arena == program.arenaByteCount)
  }

  @Test func trainingKeepsALimit() throws {
    func run(_ limit: Int?) throws -> [Double] {
      var numbers = RandomNumbers(seed: 5)
      let x = Tensor(shape: [64, 32], (0..<64 * 32).map { _ in numbers.uniform() })
      let data = try Dataset(inputs: x, targets: Tensor(indices: (0..<64).map { $0 % 3 }, shape: [64]))
      let training = try Training(
        Perceptron(), loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1), memoryLimit: limit)
      return try training.run(on: data, epochs: 2, batchSize: 32).map(\.loss)
    }
    let plain = try run(nil)
    #expect(try run(1 << 28) == plain)
    #expect(throws: ChainRuleError.self) { try run(1000) }
  }
}
