import ChainRuleMathematics
import ChainRuleTransforming
import Testing

@testable import ChainRuleCore

/// Programs as bytes and back: the same bits, and an error for whatever else the bytes may be.
@Suite struct StoredProgramTests {
  static let table = StoredPrimitiveTable(storedMathematics + storedTransformations)

  private static func bits(_ values: [Tensor]) -> [[UInt64]] { values.map { $0.scalars.map(\.bitPattern) } }

  /// Two runs of a program, and of what is read of its bytes.
  private static func expectSame(_ program: Program, _ values: [Tensor], _ what: String) throws {
    let again = try Program(stored: try program.storedBytes(), table)
    #expect(again.inputNames == program.inputNames)
    for _ in 0..<2 { #expect(bits(try again.run(values)) == bits(try program.run(values)), "\(what)") }
    #expect(bits(again.parameters.map(\.value)) == bits(program.parameters.map(\.value)), "\(what)")
    #expect(again.memoryUse == program.memoryUse)
  }

  @Test(arguments: [Graph.Precision.double, .single]) func randomGraphsComeBack(precision: Graph.Precision) throws {
    var count = 0
    for seed in UInt64(0)..<(isHeavy ? 2000 : 50) {
      let random = RandomGraph(seed: seed, size: 3 + Int(seed % 23), precision: precision)
      for (leaf, next) in random.updates { try random.graph.update(leaf, to: next) }
      let program = try random.graph.compile(
        inputs: random.inputs, outputs: random.outputs, options: CompileOptions(includesRegisteredUpdates: true))
      if program.source.graph.primitives.contains(where: { $0.name == "cube" }) { continue }  // one of the tests' own
      try Self.expectSame(program, random.values, "seed \(seed)")
      count += 1
    }
    #expect(count > 15, "\(count)")
  }

  @Test func reducedPrecisionComesBack() throws {
    let graph = Graph(.bfloat16Products), x = graph.input("x", shape: [3, 40])
    let numbers = Tensor(shape: [40, 7], (0..<280).map { Double($0 * 37 % 101) / 101 })
    let w = graph.parameter(Parameter(numbers, name: "w"))
    let (last, _) = try scan(count: 3, from: [x]) { carried, _ in
      ([tanh(carried[0].matmul(w).matmul(w.transposed()) / 40)], [])
    }
    let values = [Tensor(shape: [3, 40], (0..<120).map { Double($0 * 29 % 97) / 97 - 0.5 })]
    for weights in [CompileOptions.Weights.recorded, .int8] {
      let program = try graph.compile(
        inputs: [x], outputs: [last[0], x.matmul(w)], options: CompileOptions(weights: weights))
      try Self.expectSame(program, values, "\(weights)")
    }
  }

  private static func loops() throws -> (program: Program, values: [Tensor]) {
    let graph = Graph(.double), x = graph.input("x", shape: [5]), a = graph.parameter(Parameter(0.5, name: "a"))
    let (last, rows) = try scan(over: [x], from: [graph.constant(0)]) { carry, x in
      ([tanh(carry[0] + a * x[0])], [carry[0] * x[0]])
    }
    let rest = try whileLoop(from: [last[0]], bound: 50, while: { square($0[0]) .< 4.0 }, { [$0[0] * 2 + 0.5] })
    let root = try fixedPoint(from: last[0], parameters: [a]) { x, p in cos(x) * p[0] }
    let block = try checkpointed([rows[0]]) { sin($0[0]) * $0[0] }
    let way = withGradient(of: [a], value: { sin($0[0]) }, pullback: { upstream, x, y in [upstream * cos(x[0]) + y] })
    let m = matrix(of: x, a), loss = rest[0] + root + block.sum() + way + logDeterminant(m).value + cholesky(m).sum()
    let gradients = try loss.gradients(withRespectTo: [x, a])
    let program = try graph.compile(
      inputs: [x], outputs: [loss, gradients[0], x.sorted(axis: 0)], updates: [a: a - 0.01 * gradients[1]])
    return (program, [[0.1, -0.4, 0.3, 0.8, -0.2]])
  }

  private static func matrix(of x: Node, _ a: Node) -> Node {
    let column = x.reshaped(to: [5, 1]), graph = x.graph
    let one = graph.constant(Tensor(shape: [5, 5], (0..<25).map { $0 % 6 == 0 ? 2 : 0 }))
    return column.matmul(column.transposed()) * a + one
  }

  @Test func loopsChoicesAndMatricesComeBack() throws {
    let (program, values) = try Self.loops()
    try Self.expectSame(program, values, "loops")
  }

  @Test func whatLivesInAProgramGoesOn() throws {
    let graph = Graph(.single), count = graph.input("count", 3), noise = graph.randomUniform(shape: [4], seed: 7)
    let program = try graph.compile(inputs: [], outputs: [noise * count], updates: [count: count * 2])
    for _ in 0..<3 { _ = try program.run() }
    let again = try Program(stored: try program.storedBytes(), Self.table)
    #expect(try again.run() == program.run())
    #expect(again.state(named: "count") == program.state(named: "count"))
  }

  private struct Cube: Primitive {
    let name = "cube"
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(3 * inputs[0] * inputs[0])
    }
  }

  @Test func aPrimitiveOfOnesOwnIsNamed() throws {
    let graph = Graph(.double), x = graph.input("x", shape: [2])
    let (inside, _) = try scan(over: [x], from: [graph.constant(0)]) { carry, x in
      ([carry[0] + graph.record(Cube(), [x[0]])], [])
    }
    for node in [graph.record(Cube(), [x]), inside[0]] {
      let program = try graph.compile(inputs: [x], outputs: [node])
      let error = #expect(throws: ChainRuleError.self) { try program.storedBytes() }
      #expect(error?.got == "cube")
      #expect(error?.origin == "Program.write")
    }
  }

  // MARK: Damage

  private static func network() throws -> (program: Program, values: [Tensor]) {
    let graph = Graph(.single), x = graph.input("x", shape: [2, 1, 6, 6])
    let labels = graph.input("labels", shape: [2], indices: true)
    let kernel = graph.parameter(Parameter(Tensor(shape: [2, 1, 3, 3], repeating: 0.1), name: "kernel"))
    let table = graph.parameter(Parameter(Tensor(shape: [3, 4], repeating: 0.2), name: "table"))
    let image = maxPool2d(relu(convolution2d(x, weight: kernel, padding: [1])), window: [2, 2])
    let rows = table.gathered(at: labels)
    let y = concatenate([image.reshaped(to: [2, 18])[0..., 2..<6], rows], axis: 1).transposed()
    let loss = softmax(y, axis: 0).max(axes: [1]).sum() + graph.randomUniform(shape: [2], seed: 1).sum()
    let gradients = try loss.gradients(withRespectTo: [kernel, table])
    let program = try graph.compile(
      inputs: [x, labels], outputs: [loss, logSumExp(y, axes: [0])],
      updates: [kernel: kernel - 0.1 * gradients[0], table: table - 0.1 * gradients[1]])
    return (program, [Tensor(shape: [2, 1, 6, 6], (0..<72).map { Double($0 % 5) }), Tensor(indices: [2, 0])])
  }

  /// The bytes with a checksum that holds, so that damage reaches what is behind it.
  private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    guard bytes.count >= 40 else { return bytes }
    func put(_ number: UInt64, at place: Int) {
      for byte in 0..<8 { bytes[place + byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * byte)) }
    }
    put(UInt64(bytes.count - 40), at: 24)
    put(StoredProgram.checksum(bytes[40...]), at: 32)
    return bytes
  }

  @Test func aFileCutAtAnyByteIsAnError() throws {
    let bytes = try Self.network().program.storedBytes()
    #expect(Self.sealed(bytes) == bytes)
    for count in 0..<bytes.count {
      let cut = Array(bytes[..<count])
      #expect(throws: ChainRuleError.self) { try Program(stored: cut, Self.table) }
      if count % 7 == 0 { #expect(throws: ChainRuleError.self) { try Program(stored: Self.sealed(cut), Self.table) } }
    }
  }

  @Test func aBitThatIsTurnedIsAnError() throws {
    let bytes = try Self.network().program.storedBytes()
    for place in stride(from: 0, to: bytes.count, by: isHeavy ? 1 : 11) {
      var turned = bytes
      turned[place] ^= 1 << UInt8(place % 8)
      #expect(throws: ChainRuleError.self, "byte \(place)") { try Program(stored: turned, Self.table) }
    }
  }

  @Test func whateverIsInAFileThereIsNoTrap() throws {
    var numbers = RandomNumbers(seed: 3), errors = 0, loaded = 0
    let telling: [UInt8] = [0, 1, 2, 3, 4, 8, 0x7F, 0x80, 0xFF]
    let samples = [try Self.network(), try Self.loops()]
    for (number, sample) in samples.enumerated() {
      let bytes = try sample.program.storedBytes()
      for trial in 0..<(isHeavy ? 20_000 : 150) {
        var changed = trial % 2 == 0 ? damaged(bytes, telling: telling, &numbers) : bytes
        if trial % 2 == 1 {
          // One number of the many becomes another that says something.
          let place = 40 + Int(numbers.next() % UInt64(bytes.count - 40))
          changed[place] = telling[Int(numbers.next() % UInt64(telling.count))]
        }
        do {
          let program = try Program(stored: Self.sealed(changed), Self.table)
          loaded += 1
          // A loop may have become a very long one.
          if number == 0, program.memoryUse.total < 1 << 24 { _ = try? program.run(sample.values) }
        } catch is ChainRuleError { errors += 1 }
      }
    }
    #expect(errors > 50 && loaded > 5, "\(errors) and \(loaded)")
  }

  @Test func anotherVersionSaysSo() throws {
    var bytes = try Self.network().program.storedBytes()
    bytes[16] = 9
    let error = #expect(throws: ChainRuleError.self) { try Program(stored: bytes, Self.table) }
    #expect(error?.required == "version 1 of the format" && error?.got == "9")
    let other = #expect(throws: ChainRuleError.self) { try Program(stored: Array("no program".utf8), Self.table) }
    #expect(other?.required == "a file that Program.write made")
  }
}
