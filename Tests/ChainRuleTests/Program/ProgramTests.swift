import Testing

@testable import ChainRuleCore

/// What a program promises to those who run it.
@Suite("Programs")
struct ProgramTests {
  private func scalars() throws -> (Graph, [Node], Program) {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
    let f = (x + y) * z
    let outputs = [f] + (try f.gradients(withRespectTo: [x, y, z]))
    return (graph, [x, y, z], try graph.compile(inputs: [x, y, z], outputs: outputs))
  }

  @Test func theTextbookExample() throws {
    let (_, _, program) = try scalars()
    #expect(try program.run([-2, 5, -4]).map { try $0.scalar() } == [-12, -4, -4, 3])
    #expect(try program.run([1, 2, 3]).map { try $0.scalar() } == [9, 3, 3, 3])
    #expect("\(program)".contains("1 step,"))
  }

  @Test func inputsThatDoNotFitAreReported() throws {
    let (_, _, program) = try scalars()
    #expect(throws: ChainRuleError.self) { try program.run([1, 2]) }
    #expect(throws: ChainRuleError.self) { try program.run([1, 2, Tensor([1, 2])]) }
    #expect(throws: ChainRuleError.self) { try program.run([1, 2, [[1, 2], [3]]]) }
  }

  @Test func mistakesInTheGraphAreThrownByCompile() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [2]), y = graph.input("y", shape: [3])
    #expect(throws: ChainRuleError.self) { try graph.compile(inputs: [x, y], outputs: [x + y]) }
    #expect(throws: ChainRuleError.self) { try graph.compile(inputs: [x, x], outputs: [x]) }
    #expect(throws: ChainRuleError.self) { try graph.compile(inputs: [x + 1], outputs: [x]) }
    #expect(throws: ChainRuleError.self) { try graph.compile(inputs: [x], outputs: [y]) }
    #expect(throws: ChainRuleError.self) { try graph.compile(inputs: [x], outputs: [x], updates: [x: x + 1]) }
    #expect(throws: ChainRuleError.self) { try graph.compile(inputs: [], outputs: [Graph().input("other", 1)]) }
  }

  @Test func broadcastsWhoseRowsDoNotGoTogetherAreWrittenOut() throws {
    let graph = Graph()
    let row = graph.input("row", [1, 2, 3, 4, 5]), four = graph.input("four", [1, 2, 3, 4])
    let six = graph.input("six", [1, 2, 3, 4, 5, 6])
    // A row of ten reduced, with five repeated in it; rows of four and of six over the same 24 elements.
    let long = row.broadcast(to: [2, 5]).reshaped(to: [10])
    let mixed = four.broadcast(to: [6, 4]).reshaped(to: [24]) * six.broadcast(to: [4, 6]).reshaped(to: [24])
    let outputs = [softmax(long), softmax(long, axis: 0) * long, mixed, mixed.sum()]
    let program = try graph.compile(inputs: [row, four, six], outputs: outputs)
    let results = try program.run([[5, 4, 3, 2, 1], [4, 3, 2, 1], [6, 5, 4, 3, 2, 1]])
    row.assign([5, 4, 3, 2, 1])
    four.assign([4, 3, 2, 1])
    six.assign([6, 5, 4, 3, 2, 1])
    for (result, output) in zip(results, outputs) {
      let pairs = zip(result.scalars, try output.value().scalars)
      #expect(pairs.allSatisfy { abs($0 - $1) < 1e-12 }, "\(result) \(program)")
    }
  }

  @Test func parametersAreUpdatedInPlaceAndTensorsHandedOutBeforeAreNotChanged() throws {
    let graph = Graph()
    let weight = Parameter(Tensor([1, 2, 3]), name: "w")
    let w = graph.parameter(weight), x = graph.input("x", shape: [3])
    let loss = square(w - x).sum()
    let gradient = try loss.gradients(withRespectTo: [w])[0]
    let step = try graph.compile(inputs: [x], outputs: [loss], updates: [w: w - 0.25 * gradient])
    let before = weight.value, version = weight.version
    #expect(try step.run([[0, 0, 0]])[0].scalar() == 14)
    #expect(before.scalars == [1, 2, 3])
    #expect(weight.value.scalars == [0.5, 1, 1.5])
    #expect(weight.version > version)
    #expect(try loss.gradients(withRespectTo: [w])[0].graph === graph)
    x.assign([0, 0, 0])
    #expect(try loss.scalar() == 3.5)  // evaluation on demand sees the update
    #expect(try step.run([[0, 0, 0]])[0].scalar() == 3.5)
    #expect("\(step)".contains("in place"))
  }

  @Test func aParameterThatCannotBeUsedLeavesTheOthersWhereTheyWere() throws {
    let graph = Graph()
    let parameters = (0..<3).map { Parameter(Tensor([Double($0), 1]), name: "p\($0)") }
    let leaves = parameters.map { graph.parameter($0) }
    let program = try graph.compile(
      inputs: [], outputs: [leaves[0] + leaves[1] + leaves[2]],
      updates: [leaves[0]: leaves[0] + 1, leaves[1]: leaves[1] + 1])
    for broken in 0..<3 {
      let before = parameters.map(\.value)
      parameters[broken].value = [1, 2, 3]
      #expect(throws: ChainRuleError.self) { try program.run() }
      for other in 0..<3 where other != broken { #expect(parameters[other].value.scalars == before[other].scalars) }
      parameters[broken].value = before[broken]
    }
    #expect(try program.run()[0].scalars == [3, 3])
    #expect(parameters.map(\.value.scalars) == [[1, 2], [2, 2], [2, 1]])
  }

  /// In a chain the result of one instruction is the first operand of the next, on either side of it.
  @Test(arguments: [Graph.Precision.double, .single])
  func chainsOfNumbersHaveTheBitsOfEvaluation(precision: Graph.Precision) throws {
    let graph = Graph(precision)
    let x = graph.input("x", 0.7), y = graph.input("y", -1.3)
    var h = x, all: [Node] = []
    for step in 0..<40 {
      switch step % 8 {
      case 0: h = h * y
      case 1: h = h - x
      case 2: h = y - h
      case 3: h = x * h
      case 4: h = h + h
      case 5: h = y + h
      case 6: h = sin(h)
      default: h = h / (x + 2)
      }
      if step % 5 == 0 { all.append(h) }
    }
    let outputs = all + [h] + (try h.gradients(withRespectTo: [x, y]))
    let program = try graph.compile(inputs: [x, y], outputs: outputs, options: CompileOptions(passes: []))
    let values = try program.run([0.7, -1.3])
    for (value, node) in zip(values, outputs) { #expect(try value.scalar() == node.scalar()) }
  }

  @Test func stateLivesInTheProgram() throws {
    let graph = Graph()
    let count = graph.input("count", 0), total = graph.input("total", [0, 0]), x = graph.input("x", shape: [2])
    try graph.update(count, to: count + 1)
    let program = try graph.compile(inputs: [x], outputs: [count, total], updates: [total: total + x])
    _ = try program.run([[1, 2]])
    let results = try program.run([[10, 20]])
    #expect(try results[0].scalar() == 1)
    #expect(results[1].scalars == [1, 2])
    #expect(program.state(named: "total")?.scalars == [11, 22])
    #expect(try count.scalar() == 0)
  }

  @Test func leavesMayBeExchanged() throws {
    let graph = Graph()
    let a = Parameter(Tensor([1, 2])), b = Parameter(Tensor([3, 4]))
    let (x, y) = (graph.parameter(a), graph.parameter(b))
    let program = try graph.compile(inputs: [], outputs: [], updates: [x: y, y: x])
    _ = try program.run()
    #expect(a.value.scalars == [3, 4])
    #expect(b.value.scalars == [1, 2])
  }

  @Test func outputsMayBeLeavesOrAskedForTwice() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [2]), y = x + 1
    let results = try graph.compile(inputs: [x], outputs: [x, y, y, graph.constant([7, 8])]).run([[1, 2]])
    #expect(results.map(\.scalars) == [[1, 2], [2, 3], [2, 3], [7, 8]])
  }

  @Test func indicesOutOfRangeAreReportedByTheRun() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [3, 2]), i = graph.input("i", shape: [2], indices: true)
    let program = try graph.compile(inputs: [x, i], outputs: [x.gathered(at: i)])
    let values = Tensor([[1, 2], [3, 4], [5, 6]])
    #expect(try program.run([values, Tensor(indices: [2, 0])])[0].scalars == [5, 6, 1, 2])
    #expect(throws: ChainRuleError.self) { try program.run([values, Tensor(indices: [3, 0])]) }
    #expect(try program.run([values, Tensor(indices: [1, 1])])[0].scalars == [3, 4, 3, 4])
  }

  @Test func severalProgramsRunAtOnceAndOneOfThemFromManyThreads() async throws {
    let graph = Graph(.single)
    let x = graph.input("x", shape: [64, 64])
    let program = try graph.compile(inputs: [x], outputs: [tanh(x.matmul(x)).sum(axes: [0])])
    let value = Tensor(shape: [64, 64], (0..<4096).map { Double($0 % 17) / 17 }).converted(to: .float32)
    let expected = try program.run([value])[0]
    try await withThrowingTaskGroup(of: Tensor.self) { group in
      for _ in 0..<16 { group.addTask { try program.run([value])[0] } }
      for try await result in group { #expect(result == expected) }
    }
  }

  @Test func resultsAreTheSameBitsForAnyNumberOfThreads() throws {
    let graph = Graph(.single)
    let x = graph.input("x", shape: [200, 300]), w = graph.input("w", shape: [300, 70])
    let h = relu(x.matmul(w) + 0.1)
    let loss = (sigmoid(h) * tanh(h)).sum() + logSumExp(h, axes: [1]).mean()
    let outputs = [loss] + (try loss.gradients(withRespectTo: [x, w]))
    let program = try graph.compile(inputs: [x, w], outputs: outputs)
    var random = RandomNumbers(seed: 3)
    let values = [x, w].map { node in
      Tensor(floats: (0..<node.shape.elementCount).map { _ in Float(random.uniform() - 0.5) }, shape: node.shape)
    }
    program.threads = 1
    let one = try program.run(values)
    for threads in 2...4 {
      program.threads = threads
      #expect(try program.run(values) == one)
    }
  }

  @Test func profileTimesEveryStep() throws {
    let graph = Graph(.single)
    let x = graph.input("x", shape: [32, 32])
    let program = try graph.compile(inputs: [x], outputs: [relu(x.matmul(x))])
    let profile = try program.profile([Tensor(shape: [32, 32], repeating: 1)], repeats: 3)
    #expect(profile.rows.count == 1)
    #expect(profile.seconds > 0)
    #expect("\(profile)".contains("GFLOP/s"))
  }
}
