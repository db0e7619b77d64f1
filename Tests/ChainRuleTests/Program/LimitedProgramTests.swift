import Testing

@testable import ChainRuleCore

/// Random graphs within limits of memory: the bits of a program without one.
@Suite struct LimitedProgramTests {
  private static func bits(_ values: [Tensor]) -> [[UInt64]] { values.map { $0.scalars.map(\.bitPattern) } }

  /// What a program computes and leaves behind, and the memory that it needs.
  private static func run(
    _ seed: UInt64, _ precision: Graph.Precision, limit: Int?, threads: Int
  ) throws -> (bits: [[UInt64]], use: MemoryUse, isRecomputed: Bool) {
    let random = RandomGraph(seed: seed, size: 6 + Int(seed % 29), precision: precision)
    for (leaf, next) in random.updates { try random.graph.update(leaf, to: next) }
    var options = CompileOptions(includesRegisteredUpdates: true)
    options.leastRecomputedBytes = 0
    let program = try random.graph.compile(
      inputs: random.inputs, outputs: random.outputs, options: options, memoryLimit: limit)
    program.threads = threads
    var values = try program.run(random.values)
    values += try program.run(random.values) + random.parameters.map(\.value)
    return (bits(values), program.memoryUse, limit != nil)
  }

  @Test(arguments: [Graph.Precision.double, .single]) func haveTheSameBits(precision: Graph.Precision) throws {
    var reached = 0
    for seed in UInt64(0)..<(isHeavy ? 800 : 24) {
      let plain = try Self.run(seed, precision, limit: nil, threads: 1)
      for part in [3, 2] where plain.use.arena > 0 {
        let limit = plain.use.total - plain.use.arena / (part + 1)
        do {
          let limited = try Self.run(seed, precision, limit: limit, threads: 1 + Int(seed % 2))
          #expect(limited.use.total <= limit)
          #expect(limited.bits == plain.bits, "seed \(seed), \(precision), \(part)")
          reached += 1
        } catch let error as ChainRuleError {
          #expect(error.required.hasPrefix("a memoryLimit"), "seed \(seed): \(error)")
        }
      }
    }
    #expect(reached > 6, "\(reached)")
  }

  /// A chain of products: with all but a few of them computed again, memory falls to a part, and further for more time.
  @Test func aDeepChainFallsToSegments() throws {
    let graph = Graph(.single), x = graph.input("x", shape: [128, 64])
    let weights = (0..<24).map { graph.parameter(Parameter(Tensor(shape: [64, 64], repeating: Double($0) / 1e3))) }
    let loss = weights.reduce(x) { tanh($0.matmul($1)) }.sum()
    let gradients = try loss.gradients(withRespectTo: weights)
    func program(_ limit: Int?) throws -> Program {
      try graph.compile(inputs: [x], outputs: [loss] + gradients, memoryLimit: limit)
    }
    let input = Tensor(shape: [128, 64], (0..<8192).map { Double($0 % 13) / 13 })
    let plain = try program(nil), use = plain.memoryUse, expected = Self.bits(try plain.run([input]))
    let quarter = use.fixed + use.scratch + use.arena / 3
    let lean = try program(quarter)
    #expect(lean.memoryUse.total <= quarter)
    #expect(Self.bits(try lean.run([input])) == expected)
    #expect(lean.code.steps.count < 2 * plain.code.steps.count + 24)
  }
}
