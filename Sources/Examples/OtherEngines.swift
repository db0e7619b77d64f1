import ChainRuleXLA
import Foundation

func otherEngines() throws {
  let graph = Graph(.double)
  let x = graph.input("x", shape: [2])
  let f = (x * x).sum()
  print(try graph.stableHLO(inputs: [x], outputs: [f]).text)

  // With a plugin at hand the same graph runs on it.
  let path = ProcessInfo.processInfo.environment["CHAINRULE_PJRT_PLUGIN"]
  let engine: any Engine = try path.map { try OpenXLA(plugin: $0) } ?? BuiltInEngine()
  let program = try graph.compile(inputs: [x], outputs: [f], on: engine)
  print(try program.run([[3, 4]])[0])
}
