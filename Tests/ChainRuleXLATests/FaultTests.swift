import ChainRuleFiles
import ChainRuleLearning
import ChainRuleXLA
import Foundation
import Testing

/// Faults are sentences, and the process goes on.
@Suite(.serialized) struct FaultTests {
  @Test func aMissingFileIsNamed() throws {
    let error = #expect(throws: ChainRuleError.self) { try OpenXLA(plugin: "/no/such/plugin.so") }
    #expect(error?.description.contains("/no/such/plugin.so") == true)
    #expect(error?.hint.contains("xla-cpu-pjrt") == true)
  }

  @Test func whatIsNoLibraryIsRefused() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "chainrule-\(UUID().uuidString).so").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try Data("no library".utf8).write(to: URL(filePath: file))
    #expect(throws: ChainRuleError.self) { try OpenXLA(plugin: file) }
    #expect(throws: ChainRuleError.self) { try OpenXLA(plugin: NSTemporaryDirectory()) }
  }

  /// A text, a folder, an empty path, numbers of devices that are none, a cache that is a file: a sentence each.
  @Test func everyWrongArgumentIsASentence() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "chainrule-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try Data("no library".utf8).write(to: URL(filePath: file))
    let folder = NSTemporaryDirectory()
    func message(_ make: () throws -> OpenXLA) -> String? {
      (#expect(throws: ChainRuleError.self) { try make() })?.description
    }
    #expect(message { try OpenXLA(plugin: file) }?.contains(file) == true)
    #expect(message { try OpenXLA(plugin: folder) }?.contains("which is a folder") == true)
    #expect(message { try OpenXLA(plugin: "") }?.contains("no file there") == true)
    for count in [0, -1, 1_000_000, .min, .max] {
      #expect(
        message { try OpenXLA(plugin: file, devices: count) }?.contains("1 to 4,096 devices, got \(count)") == true)
    }
    for count in [0, -1, 3, .max, .min] {
      #expect(
        message { try OpenXLA(plugin: file, devices: 4, tensorParallel: count) }?.contains("divides the 4") == true)
    }
    guard let plugin = TestPlugin.path else { return }
    #expect(message { try OpenXLA(plugin: plugin, cache: file) }?.contains("a folder for compiled programs") == true)
  }

  /// The C library is a library, and no plugin.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/lib/x86_64-linux-gnu/libm.so.6")))
  func aLibraryThatIsNoPluginIsRefused() throws {
    let error = #expect(throws: ChainRuleError.self) { try OpenXLA(plugin: "/lib/x86_64-linux-gnu/libm.so.6") }
    #expect(error?.description.contains("GetPjrtApi") == true)
  }

  @Test(arguments: [0, -1, 100_000])
  func aNumberOfDevicesOutOfRangeIsRefused(_ count: Int) throws {
    #expect(throws: ChainRuleError.self) { try OpenXLA(plugin: "/no/such/plugin.so", devices: count) }
  }

  @Test(.plugin) func indicesOutOfRangeAreFoundAndNothingIsRenewed() throws {
    let engine = try TestPlugin.engine(), graph = Graph(.double)
    let x = graph.input("x", shape: [4]), at = graph.input("at", shape: [2], indices: true)
    let parameter = Parameter(1), p = graph.parameter(parameter)
    let cases: [Node] = [
      x.gathered(at: at).sum(), x.gatheredAlong(axis: 0, at: at).sum(), at.oneHot(classes: 4).sum(),
      x[0..<2].segmentSum(at, count: 4).sum(),
    ]
    for f in cases {
      let program = try graph.compile(inputs: [x, at], outputs: [f], updates: [p: p + f], on: engine)
      for bad in [[0, 4], [-1, 2]] {
        let error = #expect(throws: ChainRuleError.self) {
          try program.run([[1, 2, 3, 4], Tensor(indices: bad, shape: [2])])
        }
        #expect(error?.required.contains("0..<4") == true)
        #expect(error?.got.contains("\(bad.first { $0 < 0 || $0 > 3 } ?? 0)") == true)
      }
      #expect(try parameter.value.scalar() == 1)
    }
  }

  @Test(.plugin) func whatDoesNotFitIsRefused() throws {
    let engine = try TestPlugin.engine(), graph = Graph(.double)
    let x = graph.input("x", shape: [4]), at = graph.input("at", shape: [2], indices: true)
    let program = try graph.compile(inputs: [x, at], outputs: [x.gathered(at: at)], on: engine)
    #expect(throws: ChainRuleError.self) { try program.run([[1, 2, 3, 4]]) }
    #expect(throws: ChainRuleError.self) { try program.run([[1, 2, 3], Tensor(indices: [0, 1], shape: [2])]) }
    #expect(throws: ChainRuleError.self) { try program.run([[1, 2, 3, 4], [0.5, 1]]) }
    #expect(throws: ChainRuleError.self) { try program.run([Tensor(shape: [2], [1]), Tensor(indices: [0, 1])]) }
    #expect(try program.run([[1, 2, 3, 4], [3, 0]])[0].scalars == [4, 1])
  }

  @Test(.plugin) func whatNoMemoryHoldsIsRefused() throws {
    let engine = try TestPlugin.engine(), graph = Graph(.double)
    let x = graph.input("x", shape: [1 << 22]), y = x.reshaped(to: [1 << 22, 1]) * x.reshaped(to: [1, 1 << 22])
    let error = #expect(throws: ChainRuleError.self) {
      try graph.compile(inputs: [x], outputs: [y], on: engine).run([Tensor(shape: [1 << 22], repeating: 1)])
    }
    #expect(error?.description.contains("memory") == true)
  }

  @Test(.plugin) func aLoopThatGoesOnIsAnError() throws {
    let graph = Graph(.double), x = graph.input("x", shape: [])
    let f = try whileLoop(from: [x], bound: 5, while: { $0[0] .> 0 }, { [$0[0] + 1] })[0]
    let program = try graph.compile(inputs: [x], outputs: [f], on: try TestPlugin.engine())
    #expect(throws: ChainRuleError.self) { try program.run([1]) }
    #expect(try program.run([-4])[0].scalar() == -4)
  }

  @Test(.plugin) func aSingularMatrixIsAnError() throws {
    let graph = Graph(.double), a = graph.input("a", shape: [2, 2])
    let program = try graph.compile(inputs: [a], outputs: [inverse(a)], on: try TestPlugin.engine())
    #expect(throws: ChainRuleError.self) { try program.run([Tensor(shape: [2, 2], [1, 2, 2, 4])]) }
    #expect(try program.run([Tensor(shape: [2, 2], [0, 2, 4, 0])])[0].scalars == [0, 0.25, 0.5, 0])
  }

  /// A step of a loop that reads outside is found, with the index; the next run is judged anew.
  @Test(.plugin, arguments: [false, true]) func indicesOutOfRangeInALoopAreFound(_ isNested: Bool) throws {
    let engine = try TestPlugin.engine(), graph = Graph(.double)
    let x = graph.input("x", shape: [4]), at = graph.input("at", shape: [3], indices: true)
    let parameter = Parameter(1), p = graph.parameter(parameter)
    func sum(_ start: Node) throws -> Node {
      try scan(over: at, from: [start]) { ([$0[0] + x.gathered(at: $1)], []) }.last[0]
    }
    let zero = graph.constant(0)
    let f =
      isNested ? try scan(count: 2, from: [zero]) { carried, _ in ([try sum(carried[0])], []) }.last[0] : try sum(zero)
    let program = try graph.compile(inputs: [x, at], outputs: [f], updates: [p: p + f], on: engine)
    for bad in [[0, 4, 1], [1, 2, -3], [9, 0, 0]] {
      let error = #expect(throws: ChainRuleError.self) {
        try program.run([[1, 2, 3, 4], Tensor(indices: bad, shape: [3])])
      }
      #expect(error?.required == "indices in 0..<4", "\(String(describing: error))")
      #expect(error?.got == "\(bad.first { $0 < 0 || $0 > 3 } ?? 0)", "\(String(describing: error))")
    }
    #expect(try parameter.value.scalar() == 1)
    #expect(
      try program.run([[1, 2, 3, 4], Tensor(indices: [3, 0, 1], shape: [3])])[0].scalar() == (isNested ? 14 : 7))
  }

  @Test func severalProcessesAreRefused() throws {
    let error = #expect(throws: ChainRuleError.self) {
      try OpenXLA(plugin: "/no/such/plugin.so", options: ["node_id": .number(0), "num_nodes": .number(2)])
    }
    #expect(error?.got == "num_nodes: 2")
  }

  @Test(.plugin) func anOptionThatNobodyKnowsIsRefusedOrPassedOver() throws {
    do {
      _ = try OpenXLA(plugin: TestPlugin.path ?? "", options: ["no_such_option": .text("value")])
    } catch let error as ChainRuleError {
      #expect(error.got.contains("no_such_option"), "\(error)")
    }
  }

  /// A device is lost in the third epoch: a sentence, values as they were before the step, a whole checkpoint in the
  /// file; with other devices the run goes on as if nothing had happened.
  @Test(.faultyPlugin) func aDeviceLostInTheMiddleLosesNothing() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "chainrule-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    let countdown = try TestPlugin.countdown(), data = try DeviceTests.dataset(6)
    countdown.pointee = -1
    defer { countdown.pointee = -1 }
    func training(_ engine: any Engine) throws -> Training<Perceptron> {
      try Training(
        Perceptron(), loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01), on: engine, precision: .double)
    }
    func values(_ training: Training<Perceptron>) -> [Double] {
      training.parameters.flatMap { $0.parameter.value.scalars }
    }
    let whole = try training(BuiltInEngine())
    try whole.run(on: data, epochs: 4, batchSize: 8)

    let first = try training(try OpenXLA(plugin: TestPlugin.faultyPath ?? "", devices: 2))
    try first.run(on: data, epochs: 2, batchSize: 8, callbacks: [CheckpointWriter(to: file)])
    let saved = try Checkpoint(contentsOf: file), kept = try Data(contentsOf: URL(filePath: file))
    #expect(saved.completedEpochs == 2)
    countdown.pointee = 1
    let error = #expect(throws: ChainRuleError.self) {
      try first.run(on: data, epochs: 2, batchSize: 8, callbacks: [CheckpointWriter(to: file)])
    }
    #expect(error?.got == "error 14: the device is lost")
    #expect(error?.hint.contains("as they were before") == true)
    #expect(first.completedSteps == 7 && values(first).allSatisfy(\.isFinite))
    #expect(try Data(contentsOf: URL(filePath: file)) == kept)

    for engine in [try TestPlugin.engine(), BuiltInEngine()] as [any Engine] {
      let second = try training(engine)
      try second.resume(from: try Checkpoint(contentsOf: file))
      try second.run(on: data, epochs: 2, batchSize: 8)
      DeviceTests.expectEqual(values(whole), values(second), 1e-11, engine.name)
    }
  }
}
