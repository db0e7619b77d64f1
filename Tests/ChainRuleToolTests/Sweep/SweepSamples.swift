import ChainRule
import ChainRuleLearning
import Foundation
import Testing

/// The sweep takes minutes and gigabytes; `CHAINRULE_SWEEP=1` asks for it.
let isSweepWanted = Environment.value("CHAINRULE_SWEEP") != nil

/// Edge values of the types that public functions take.
enum Edge {
  /// None between: what fits memory is made.
  static let integers = [0, 1, -1, 2, 1 << 62, -(1 << 31), .max, .min]
  static let numbers: [Double] = [0, -0.0, 1, -1, .nan, .infinity, -.infinity, 1e308, .leastNonzeroMagnitude]
  static let shapes: [Shape] = [
    [], [0], [1], [6], [2, 3], [-1], [-1, -1], [.max], [.max, .max], [0, .max], [.min], [1 << 32, 1 << 32],
    Shape([Int](repeating: 1, count: 100_000)),
  ]
  static let lists: [[Int]] = [
    [], [0], [1], [-1], [0, 0], [0, 1], [1, 0], [2, 1, 0], [.max], [.min], [.max, .max], [1 << 62, 4],
    [Int](repeating: 1, count: 1000),
  ]

  static let tensors: [Tensor] = [
    0.5, [1, 2, 3], [[1, 2, 3], [4, 5, 6]], Tensor(shape: [0], []), Tensor(shape: [0, 3], []),
    Tensor(shape: [2, 0], []), Tensor(shape: [1, 2, 4, 4], (0..<32).map { Double($0) / 7 - 2 }), Tensor([.nan, 1]),
    Tensor([.infinity, -.infinity, 0]), Tensor(indices: [0, 1]), Tensor(shape: [2], [1]),
    Tensor(shape: Shape([Int](repeating: 1, count: 1000)), [2]), Tensor(floats: [1, 2], shape: [2]),
  ]

  /// A node of every kind: leaves of every shape, one without a value, one that carries a mistake, one of another graph
  /// and one of a scope that has ended.
  static func nodes(in graph: Graph) -> [Node] {
    let other = Graph(), vector = graph.input("vector", [1, 2])
    let escaped = (try? graph.scope { () throws -> [Node] in [exp(vector)] })?.first ?? vector
    return tensors.enumerated().map { graph.input("t\($0)", $1) } + [
      graph.constant(2), graph.input("unassigned", shape: [3]), vector + graph.input("three", [1, 2, 3]),
      other.input("foreign", 1), escaped, square(vector),
    ]
  }
}

/// Runs a call that may fail, and demands that it comes back soon, with a result or with an error in words.
func survives(_ what: @autoclosure () -> String, _ body: () throws -> Void) {
  let start = threadSeconds()
  do { try body() } catch { #expect("\(error)".count > 3, "\(what())") }
  let seconds = threadSeconds() - start
  #expect(seconds < 5, "\(what()) took \(seconds) s")
}

/// Seconds of processor time of this thread, which other programs do not lengthen.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Asks everything of a node that can be asked: its value, its gradients, a program of it.
func exercise(_ node: Node, inProgram: Bool = true, _ what: @autoclosure () -> String) {
  survives(what() + ".value()") { _ = try node.value() }
  survives(what() + ".gradients") {
    for gradient in try node.sum().gradients(withRespectTo: node.inputs) { _ = try gradient.value() }
  }
  if inProgram { survives(what() + ".compile") { _ = try node.graph.compile(inputs: [], outputs: [node]).run() } }
}
