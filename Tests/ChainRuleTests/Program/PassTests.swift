import Testing

@testable import ChainRuleCore

/// What each pass makes of an expression, read from the simplified program graph.
@Suite("Passes")
struct PassTests {
  /// The names of the computed nodes after the passes.
  private func names(passes: CompileOptions.Passes = .all, _ make: (Graph) throws -> ([Node], [Node])) throws
    -> [String]
  {
    let graph = Graph()
    let (inputs, outputs) = try make(graph)
    let capture = try Capture(graph, inputs: inputs, outputs: outputs, updates: [])
    var simplified = capture.graph
    simplified.simplify(passes)
    return simplified.nodes.indices.filter { simplified.nodes[$0].kind == .operation }.map {
      simplified.name(of: Int32($0))
    }
    .filter { $0 != "broadcast" && $0 != "reshape" }
  }

  private func vector(_ make: @escaping (Node) -> Node) -> (Graph) throws -> ([Node], [Node]) {
    { graph in
      let x = graph.input("x", shape: [4, 3])
      return ([x], [make(x)])
    }
  }

  @Test func neutralNumbersGoAway() throws {
    #expect(try names(vector { x in x * 1 + 0 - 0 }) == [])
    #expect(try names(vector { x in -(-x) / 1 }) == [])
    #expect(try names(vector { x in x * 2 * 3 }) == ["multiply"])
    #expect(try names(vector { x in x * x }) == ["square"])
    #expect(try names(passes: [.deadNodes], vector { x in x * 1 }) == ["multiply"])
  }

  @Test func movesMelt() throws {
    #expect(try names(vector { x in x.transposed().transposed() }) == [])
    #expect(try names(vector { x in x.transposed().matmul(x) }) == ["matmul"])
    #expect(try names(vector { x in x.broadcast(to: [5, 4, 3]).sum(axes: [0]) }) == ["multiply"])
    #expect(try names(vector { x in x.sum(axes: [0]).sum() }) == ["sum"])
  }

  @Test func equalExpressionsAreComputedOnce() throws {
    #expect(try names(vector { x in sin(x) * cos(x) + cos(x) * sin(x) }).count == 4)
    #expect(try names(passes: [.deadNodes], vector { x in sin(x) * cos(x) + cos(x) * sin(x) }).count == 7)
  }

  @Test func constantsAreFolded() throws {
    #expect(try names(vector { x in x + exp(x.graph.constant(0)) }) == ["add"])
  }

  @Test func stableFormsReplaceLogarithms() throws {
    #expect(try names(vector { x in log(softmax(x)) }) == ["logSumExp", "maximum", "subtract"])
    #expect(try names(vector { x in log(sigmoid(x)) }) == ["negate", "softplus", "negate"])
    #expect(try names(vector { x in log(1 - sigmoid(x)) }) == ["softplus", "negate"])
    #expect(try names(vector { x in log(exp(x).sum(axes: [1])) }) == ["logSumExp"])
    #expect(try names(vector { x in exp(x) / exp(x).sum(axes: [1], keepingDimensions: true) }) == ["softmax"])
  }

  @Test func theComposedCrossEntropyIsStableInValueAndGradient() throws {
    let graph = Graph()
    let z = graph.input("z", shape: [1, 3]), y = graph.constant([[0, 1, 0]])
    let loss = -(y * log(softmax(z))).sum()
    let program = try graph.compile(inputs: [z], outputs: [loss] + (try loss.gradients(withRespectTo: [z])))
    // Far beyond where the softmax underflows; the gradient is ŷ − y.
    let results = try program.run([[[1000, -1000, 0]]])
    #expect(try results[0].scalar() == 2000)
    #expect(results[1].scalars == [1, -1, 0])
    let b = graph.input("b", shape: [])
    let binary = -log(1 - sigmoid(b))
    let slope = try graph.compile(inputs: [b], outputs: [binary] + (try binary.gradients(withRespectTo: [b])))
    #expect(try slope.run([800]).map { try $0.scalar() } == [800, 1])
  }

  @Test func aDescentStepIsOneProduct() throws {
    let graph = Graph(.single)
    let x = graph.input("x", shape: [8, 4]), g = graph.input("g", shape: [8, 5])
    let w = graph.parameter(Parameter(Tensor(shape: [4, 5], repeating: 1)))
    let program = try graph.compile(inputs: [x, g], outputs: [], updates: [w: w - 0.1 * x.transposed().matmul(g)])
    #expect(program.code.steps.count == 1)
    #expect(program.code.notes[0].inPlace)
  }

  @Test func aSoftmaxLossIsOneGroup() throws {
    let graph = Graph(.single)
    let z = graph.input("z", shape: [32, 10]), y = graph.input("y", shape: [32, 10])
    let loss = -(y * logSoftmax(z)).sum()
    let program = try graph.compile(inputs: [z, y], outputs: [loss] + (try loss.gradients(withRespectTo: [z])))
    #expect(program.code.tiles.count <= 2)
  }

  @Test func aHoleInAPlanIsAnErrorThatNamesTheNode() throws {
    let graph = Graph(), x = graph.input("x", shape: [4])
    let simplified = try Capture(graph, inputs: [x], outputs: [sin(exp(x))], updates: []).graph
    // Without units nothing computes the node, so that it has no place.
    let bases = BaseTable(inputs: 1, parameters: 0, states: 0, constants: 0, outputs: 1)
    let memory = MemoryPlan(Plan(simplified, passes: []), bases: bases)
    let exponential = try #require(simplified.nodes.firstIndex { $0.opcode == .exp })
    #expect(try memory.location(of: 0) == bases.input(0))
    do {
      _ = try memory.location(of: Int32(exponential))
      Issue.record("a place for what is not computed")
    } catch let error as ChainRuleError { #expect(error.required.contains("exp of shape [4]")) }
  }

  @Test func buffersShareMemory() throws {
    let graph = Graph()
    let x = graph.input("x", shape: [64, 64])
    var h = x
    for _ in 0..<10 { h = tanh(h.matmul(x)) }
    let shared = try graph.compile(inputs: [x], outputs: [h])
    let apart = try graph.compile(
      inputs: [x], outputs: [h],
      options: CompileOptions(passes: CompileOptions.Passes.all.subtracting([.memoryReuse, .inPlace])))
    #expect(shared.arenaByteCount * 4 < apart.arenaByteCount)
  }
}
