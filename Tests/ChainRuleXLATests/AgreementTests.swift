import Foundation
import ChainRuleXLA
import ChainRuleLearning
import Testing

@Suite(.serialized, .plugin) struct AgreementTests {
  @Test func everyReferenceCaseAgrees() throws {
    let engine = try TestPlugin.engine(), report = try verify(engine, precisions: TestPlugin.precisions)
    print(report)
    #expect(report.differing.map(\.name) == [])
    #expect(report.refused.map(\.name) == [])
    #expect(report.rows.count > 350 * TestPlugin.precisions.count)
  }

  /// Both round the factors alike, so that only the order of sums differs; floats would differ by a hundred times more.
  @Test func productsOfBfloat16Agree() throws {
    let graph = Graph(.bfloat16Products)
    let x = graph.input("x", shape: [9, 70]), w = graph.input("w", shape: [70, 33]), y = x.matmul(w)
    let outputs = [y] + (try (y * y).sum().gradients(withRespectTo: [x]))
    let values = [[9, 70], [70, 33]].map { (lengths: [Int]) in
      let count = lengths[0] * lengths[1]
      return Tensor(shape: Shape(lengths), (0..<count).map { Double($0 * 7919 % 1009) / 1009 - 0.5 })
    }
    let ours = try graph.compile(inputs: [x, w], outputs: outputs).run(values)
    let theirs = try graph.compile(inputs: [x, w], outputs: outputs, on: try TestPlugin.engine()).run(values)
    for (number, (a, b)) in zip(ours, theirs).enumerated() {
      let worst = zip(a.scalars, b.scalars).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= (number == 0 ? 2e-6 : 0.02), "output \(number): \(worst)")
    }
  }

  @Test func aPrimitiveOfOnesOwnRuns() throws {
    let graph = Graph(.double), x = graph.input("x", shape: [3])
    let cube = graph.record(StableHLOTests.Cube(), [x]), slope = try cube.sum().gradients(withRespectTo: [x])[0]
    let program = try graph.compile(inputs: [x], outputs: [cube, slope], on: try TestPlugin.engine())
    let values = try program.run([[0.5, -1, 2]])
    #expect(values[0].scalars == [0.125, -1, 8])
    #expect(values[1].scalars == [0.75, 3, 12])
  }

  /// Numbers of SciPy: gammainc(2.5, 1.75), erfcx(3), iv(1, 2.5), ndtri(0.975).
  @Test func numbersFromElsewhere() throws {
    let graph = Graph(.double), x = graph.input("x", shape: [])
    let program = try graph.compile(
      inputs: [x],
      outputs: [gammaIncomplete(x + 1.5, x + 0.75), erfcx(x + 2), besselI1(x + 1.5), normalQuantile(x * 0.975)],
      on: try TestPlugin.engine())
    let found = try program.run([1]).map { try $0.scalar() }
    let published = [0.3766123722504178, 0.17900115118138998, 2.5167162452887006, 1.959963984540054]
    for (value, expected) in zip(found, published) {
      #expect(abs(value - expected) < 1e-13 * expected, "\(value) \(expected)")
    }
  }

  @Test func parametersAndStatesAreRenewed() throws {
    let engine = try TestPlugin.engine()
    for engine in [engine as any Engine, BuiltInEngine()] {
      let graph = Graph(.double), x = graph.input("x", shape: [2])
      let parameter = Parameter(3, name: "slope"), slope = graph.parameter(parameter), count = graph.input("count", 0)
      let step = try graph.compile(
        inputs: [x], outputs: [(slope * x).sum()], updates: [slope: slope * 0.5, count: count + 1], on: engine)
      #expect(try step.run([[1, 2]])[0].scalar() == 9)
      #expect(try step.run([[1, 2]])[0].scalar() == 4.5)
      #expect(try parameter.value.scalar() == 0.75)
      #expect(try step.state(named: "count")?.scalar() == 2)
      parameter.value = 10
      #expect(try step.run([[1, 2]])[0].scalar() == 30)
      #expect(try slope.value().scalar() == 5)
    }
  }

  @Test func randomNumbersCountRuns() throws {
    let engine = try TestPlugin.engine(), graph = Graph(.double)
    let u = graph.randomUniform(shape: [5], seed: 9)
    let ours = try graph.compile(inputs: [], outputs: [u]),
      theirs = try graph.compile(inputs: [], outputs: [u], on: engine)
    for _ in 0..<3 { #expect(try ours.run()[0] == theirs.run([])[0]) }
  }

  @Test func programsAreKeptByContent() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "chainrule-xla-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for _ in 0..<2 {
      let engine = try OpenXLA(plugin: TestPlugin.path ?? "", cache: folder)
      let graph = Graph(.double), x = graph.input("x", shape: [3])
      #expect(try graph.compile(inputs: [x], outputs: [x.sum()], on: engine).run([[1, 2, 3]])[0].scalar() == 6)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }
    let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
    try Data("damaged".utf8).write(to: URL(filePath: "\(folder)/\(file)"))
    let engine = try OpenXLA(plugin: TestPlugin.path ?? "", cache: folder)
    let graph = Graph(.double), x = graph.input("x", shape: [3])
    #expect(try graph.compile(inputs: [x], outputs: [x.sum()], on: engine).run([[1, 2, 3]])[0].scalar() == 6)
  }
}

/// The gradient checker asks the engine, too.
@Suite(.serialized, .plugin) struct EngineCheckTests {
  /// An engine that computes wrong numbers, and one that refuses.
  struct Crooked: Engine {
    let name = "crooked"
    let deviceCount = 1
    let factor: Double?
    struct Scaled: EngineProgram {
      let program: any EngineProgram
      let factor: Double
      func run(_ inputs: [Tensor]) throws -> [Tensor] { try program.run(inputs).map { $0.map { $0 * factor } } }
      func state(named name: String) -> Tensor? { nil }
    }
    func compile(_ request: ProgramRequest) throws -> any EngineProgram {
      guard let factor else { throw ChainRuleError(.primitive, in: name, required: "less", got: "more") }
      return Scaled(program: try BuiltInEngine().compile(request), factor: factor)
    }
  }

  private func report(_ engine: any Engine) throws -> GradientReport {
    let graph = Graph(.double), x = graph.input("x", [0.3, -1.2, 2]), w = graph.input("w", [[1, 2, 3], [-1, 0.5, 2]])
    return try checkGradients(of: tanh(w.matmul(x)).sum() + logSumExp(x), withRespectTo: [x, w], on: engine)
  }

  @Test func aPluginAgrees() throws {
    let report = try report(try TestPlugin.engine())
    #expect(report.verdict == .agree, "\(report)")
    #expect("\(report)".contains("on OpenXLA on cpu"))
  }

  @Test(arguments: [1.001, nil] as [Double?]) func aWrongEngineIsFound(_ factor: Double?) throws {
    let report = try report(Crooked(factor: factor))
    #expect(report.verdict == .disagree)
    #expect("\(report)".contains("crooked"))
    #expect(try self.report(BuiltInEngine()).verdict == .agree)
  }
}
