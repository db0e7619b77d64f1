import Testing

@testable import ChainRuleCore

/// GELU between two products: the backward group makes x², t = tanh(…) and the rest again from x alone.
@Test func cheapValuesAreComputedAgainWhereTheyAreRead() throws {
  let graph = Graph(.single)
  let values = (0..<64 * 64).map { (i: Int) -> Double in Double(i % 37) / 37 - 0.5 }
  let x = graph.input("x", Tensor(shape: [64, 64], values)),
    w = graph.parameter(Parameter(Tensor(shape: [64, 64], values)))
  let y = gelu(x.matmul(w), approximate: true).matmul(w).sum()
  let outputs = [y] + (try y.gradients(withRespectTo: [w]))
  var options = CompileOptions(passes: .all.subtracting(.rematerialization))
  let plain = try graph.compile(inputs: [x], outputs: outputs, options: options)
  options = CompileOptions()
  options.leastRematerializedBytes = 0
  let leaner = try graph.compile(inputs: [x], outputs: outputs, options: options)
  #expect(plain.arenaByteCount - leaner.arenaByteCount >= 3 * 64 * 64 * 4, "\(plain)\n\(leaner)")
  #expect("\(leaner)".split(separator: "tanh").count - 1 == 2, "\(leaner)")
  for (a, b) in zip(try plain.run([x.value()]), try leaner.run([x.value()])) {
    #expect(zip(a.scalars, b.scalars).allSatisfy { abs($0 - $1) <= 1e-5 * (1 + abs($0)) })
  }
}

/// The next product reads t = tanh(…), so it is stored, and 1 − t² is made from it.
@Test func aFunctionThatOthersReadIsNotComputedAgain() throws {
  let graph = Graph(.single)
  let x = graph.input("x", shape: [64, 64]),
    w = graph.parameter(Parameter(Tensor(shape: [64, 64], repeating: 0.01)))
  let y = tanh(x.matmul(w)).matmul(w).sum()
  var options = CompileOptions()
  options.leastRematerializedBytes = 0
  let program = try graph.compile(
    inputs: [x], outputs: [y] + (try y.gradients(withRespectTo: [w])), options: options)
  #expect("\(program)".split(separator: "tanh").count - 1 == 1, "\(program)")
}

/// The next product reads relu(…), so it is stored anyway, and the mask of its gradient is made from it: the rows' factors
/// before it need not be read again.
@Test func aMaskIsMadeFromWhatIsStoredAnyway() throws {
  let graph = Graph(.single)
  let values = (0..<64 * 64).map { (i: Int) -> Double in Double(i % 37) / 37 - 0.5 }
  let x = graph.input("x", Tensor(shape: [64, 64], values)),
    rows = graph.input("rows", Tensor(shape: [64, 1], (0..<64).map { Double($0 % 5) - 1.5 })),
    w = graph.parameter(Parameter(Tensor(shape: [64, 64], values)))
  let y = relu(x.matmul(w) * rows).matmul(w).sum()
  let outputs = [y] + (try y.gradients(withRespectTo: [w, rows]))
  var options = CompileOptions(passes: .all.subtracting(.rematerialization))
  let plain = try graph.compile(inputs: [x, rows], outputs: outputs, options: options)
  options = CompileOptions()
  options.leastRematerializedBytes = 0
  let leaner = try graph.compile(inputs: [x, rows], outputs: outputs, options: options)
  #expect("\(plain)".contains("relu, heaviside"), "\(plain)")
  #expect(!"\(leaner)".contains("relu, heaviside") && "\(leaner)".contains("heaviside"), "\(leaner)")
  let inputs = [try x.value(), try rows.value()]
  #expect(try plain.run(inputs).map(\.scalars) == leaner.run(inputs).map(\.scalars))
}

/// A deep network's weights are renewed on the way back, so that no more than one layer's gradients are alive at once.
@Test func updatesAreMadeAsSoonAsNobodyReadsTheOldValue() throws {
  let graph = Graph(.single), layers = 8, width = 32
  var h = graph.input("x", shape: [width, width])
  let x = h, weights = (0..<layers).map { _ in Parameter(Tensor(shape: [width, width], repeating: 0.01)) }
  let nodes = weights.map { graph.parameter($0) }
  for node in nodes { h = tanh(h.matmul(node)) }
  let loss = square(h).sum()
  let gradients = try loss.gradients(withRespectTo: nodes)
  for (node, gradient) in zip(nodes, gradients) { try graph.update(node, to: node - 0.1 * gradient) }
  var options = CompileOptions()
  options.leastRematerializedBytes = 0
  options.includesRegisteredUpdates = true
  let early = try graph.compile(inputs: [x], outputs: [loss], options: options)
  let late = try graph.compile(
    inputs: [x], outputs: [loss],
    options: CompileOptions(passes: .all.subtracting(.inPlace), includesRegisteredUpdates: true))
  // Activations of all layers, and two matrices on the way back; otherwise their gradients too.
  #expect(early.arenaByteCount <= (layers + 3) * width * width * 4, "\(early)")
  #expect(late.arenaByteCount >= (2 * layers - 2) * width * width * 4)
  let batch = Tensor(shape: [width, width], (0..<width * width).map { Double($0 % 11) / 11 })
  func weightsAfterTwoRuns(of program: Program) throws -> [[Double]] {
    for weight in weights { weight.value = Tensor(shape: [width, width], repeating: 0.01) }
    for _ in 0..<2 { _ = try program.run([batch]) }
    return weights.map(\.value.scalars)
  }
  #expect(try weightsAfterTwoRuns(of: early) == weightsAfterTwoRuns(of: late))
}
