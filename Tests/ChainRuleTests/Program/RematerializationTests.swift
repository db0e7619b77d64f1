import Testing

@testable import ChainRule

/// GELU between two products: the backward group makes x², 1 + t and the rest again from x and t.
@Test func cheapValuesAreComputedAgainWhereTheyAreRead() throws {
  let graph = Graph(.single)
  let values = (0..<64 * 64).map { Double($0 % 37) / 37 - 0.5 }
  let x = graph.input("x", Tensor(shape: [64, 64], values)),
    w = graph.parameter(Parameter(Tensor(shape: [64, 64], values)))
  let y = gelu(x.matmul(w), approximate: true).matmul(w).sum()
  let outputs = [y] + (try y.gradients(withRespectTo: [w]))
  var options = CompileOptions(passes: .all.subtracting(.rematerialization))
  let plain = try graph.compile(inputs: [x], outputs: outputs, options: options)
  options = CompileOptions()
  options.leastRematerializedBytes = 0
  let leaner = try graph.compile(inputs: [x], outputs: outputs, options: options)
  #expect(plain.arenaByteCount - leaner.arenaByteCount >= 2 * 64 * 64 * 4, "\(plain)\n\(leaner)")
  for (a, b) in zip(try plain.run([x.value()]), try leaner.run([x.value()])) {
    #expect(zip(a.scalars, b.scalars).allSatisfy { abs($0 - $1) <= 1e-5 * (1 + abs($0)) })
  }
}
