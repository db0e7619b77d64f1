import Testing

import ChainRule
@testable import ChainRuleCore

/// The instruction sets with a fused multiply-add give the same bits in double precision; Docs/Numerics.md says so.
@Suite struct SameBits {
  static let fused = instructionSets.filter { ["avx2", "avx512", "neon"].contains($0) }

  /// Numbers of every size, inside the operand's domain.
  private func operands(of opcode: Opcode, count: Int) -> [Tensor] {
    var random = RandomNumbers(seed: 11)
    let domains = PrimitiveTable[opcode].descriptor.domains
    return (0..<opcode.arity).map { place in
      let range = domains[Swift.min(place, domains.count - 1)].samples
      return Tensor(
        (0..<count).map { _ in range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform() })
    }
  }

  private func expectSameBits(_ what: String, _ compute: () throws -> [Tensor]) throws {
    guard let first = Self.fused.first else { return }
    let expected = try with(instructionSet: first) { try compute() }
    for other in Self.fused.dropFirst() {
      let results = try with(instructionSet: other) { try compute() }
      for (a, b) in zip(expected, results) {
        let count = zip(a.scalars, b.scalars).count { $0.bitPattern != $1.bitPattern }
        #expect(count == 0, "\(what): \(count) of \(a.count) elements differ on \(first) and \(other)")
      }
    }
  }

  @Test(arguments: Opcode.allCases) func elementwise(opcode: Opcode) throws {
    let inputs = operands(of: opcode, count: 4099)
    try expectSameBits(opcode.name) { [try Kernels.elementwise(opcode, inputs)] }
  }

  @Test(arguments: [1, 2, 3, 5, 7, 8, 64, 1000, 4099]) func sumsAndProducts(count: Int) throws {
    var random = RandomNumbers(seed: UInt64(count))
    let graph = Graph()
    let x = graph.input("x", Tensor(shape: [5, count], (0..<5 * count).map { _ in random.uniform() - 0.5 }))
    let w = graph.input("w", Tensor(shape: [count, 3], (0..<3 * count).map { _ in random.uniform() - 0.5 }))
    let y = x.matmul(w), loss = softmax(tanh(y)).sum() + logSumExp(x) + square(x).mean() + x.norm()
    let shares = [softmax(x), logSumExp(x, axes: [1]), logSoftmax(x), softmax(x, axis: 0)]
    let outputs = [x.sum(axes: [1]), x.sum(axes: [0]), y, loss] + shares + (try loss.gradients(withRespectTo: [x, w]))
    let program = try graph.compile(inputs: [x, w], outputs: outputs)
    let values = try [x.value(), w.value()]
    try expectSameBits("program on rows of \(count)") { try program.run(values) }
  }
}
