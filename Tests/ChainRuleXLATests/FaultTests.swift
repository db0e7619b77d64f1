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
}
