import AllocationCounting
import Testing

@testable import ChainRuleCore

/// In a steady state a run allocates nothing.
@Suite("Allocations", .serialized)
struct AllocationTests {
  /// What this thread allocates in ten runs once the program is warm; 0 where it cannot be counted.
  private func allocations(_ program: Program, _ values: [Tensor]) throws -> Int {
    program.threads = 1
    var results = try program.run(values)
    for _ in 0..<3 { try program.run(values, into: &results) }
    let before = allocations_of_this_thread()
    for _ in 0..<10 { try program.run(values, into: &results) }
    #if DEBUG  // without optimization every closure is a box
      return 0
    #else
      return Int(allocations_of_this_thread() - before)
    #endif
  }

  @Test func theCounterCounts() {
    let before = allocations_of_this_thread()
    let tensors = (0..<10).map { Tensor(shape: [100], repeating: Double($0)) }
    let counted = Int(allocations_of_this_thread() - before)
    #expect(counted >= 10 || !allocation_counting_works())
    #expect(tensors.count == 10)
  }

  @Test func replayingNumbersAllocatesNothing() throws {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5)
    let f = (x + y) * sin(x)
    let program = try graph.compile(inputs: [x, y], outputs: [f] + (try f.gradients(withRespectTo: [x, y])))
    #expect(try allocations(program, [1, 2]) == 0)
  }

  @Test func aTrainingStepAllocatesNothing() throws {
    let graph = Graph(.single)
    let x = graph.input("x", shape: [16, 8]), y = graph.input("y", shape: [16], indices: true)
    let w = graph.parameter(Parameter(Tensor(shape: [8, 4], repeating: 0.1)))
    let b = graph.parameter(Parameter(Tensor(shape: [4], repeating: 0)))
    let logits = relu(x.matmul(w) + b)
    let loss = -logSoftmax(logits).gatheredAlong(axis: 1, at: y.reshaped(to: [16, 1])).mean()
    let gradients = try loss.gradients(withRespectTo: [w, b])
    let program = try graph.compile(
      inputs: [x, y], outputs: [loss], updates: [w: w - 0.1 * gradients[0], b: b - 0.1 * gradients[1]])
    let batch = Tensor(floats: [Float](repeating: 0.5, count: 128), shape: [16, 8])
    #expect(try allocations(program, [batch, Tensor(indices: (0..<16).map { $0 % 4 })]) == 0)
  }
}
