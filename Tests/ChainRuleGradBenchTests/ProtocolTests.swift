import ChainRule
import Foundation
import Testing

@testable import ChainRuleGradBench

@Suite struct DescentTests {
  @Test func two() throws {
    let graph = Graph(), start = [graph.input("a", 1), graph.input("b", 1)]
    func value(_ x: [Node], _ y: [Node]) -> Node {
      square(x[0]) + square(x[1]) - (square(y[0]) + square(y[1]))
    }
    let y = try descended(from: start, mode: .reverse) { -value(start, $0) }
    print(try y.map { try $0.scalar() })
    let program = try graph.compile(inputs: start, outputs: y)
    print(try program.run([1, 1]))
    let p2 = try graph.compile(inputs: start, outputs: y, options: CompileOptions(passes: []))
    print(try p2.run([1, 1]))
    let x = try descended(from: start, mode: .reverse) { x in value(x, try descended(from: start, mode: .reverse) { -value(x, $0) }) }
    print(try x.map { try $0.scalar() })
    let p3 = try graph.compile(inputs: start, outputs: x)
    print(try p3.run([1, 1]))
    let p4 = try graph.compile(inputs: start, outputs: x, options: CompileOptions(passes: []))
    print(try p4.run([1, 1]))
    
  }
}
