import ChainRuleXLA
import Foundation
import Testing
@Test func probe() throws {
  let path = try #require(ProcessInfo.processInfo.environment["CHAINRULE_PJRT_PLUGIN"])
  let engine = try OpenXLA(plugin: path, devices: 1)
  let x = Tensor(shape: [3, 3], [.nan, 1, 2, 3, .nan, 1, 2, 3, .nan])
  let graph = Graph(.double), n = graph.input("x", shape: [3, 3])
  let p = try graph.compile(inputs: [n], outputs: [n.max(axes: [1]), n.min(axes: [1]), n.argmax(axis: 1)], on: engine)
  print(try p.run([x]))
  print(try graph.compile(inputs: [n], outputs: [n.max(axes: [1]), n.min(axes: [1]), n.argmax(axis: 1)]).run([x]))
}
