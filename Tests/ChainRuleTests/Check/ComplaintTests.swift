import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// What people complain about in other checkers, each under the name of its thread.
@Suite struct ComplaintTests {
  @Test("pytorch#114234: relu at exactly 0 is not an error") func reluAtZero() throws {
    let graph = Graph(), x = graph.input("x", [0, 2])
    let report = try checkGradients(of: relu(x).sum(), withRespectTo: [x])
    let entry = try #require(report.entries.first)
    #expect(report.verdict == .inconclusive)
    #expect(entry.kink?.primitive == "relu" && entry.kink?.left == 0)
    #expect(abs((entry.kink?.right ?? 0) - 1) < 1e-12)
    #expect(entry.kink?.convention == 0 && entry.kink?.inputs == "x")
    #expect("\(report)".contains("not differentiable here"))
    #expect(report.entries[1].verdict == .agree)
    try expectGradientsAgree(of: relu(x).sum(), withRespectTo: [x], allowingKinks: true)
  }

  @Test("tensorflow#60556: floor at an integer") func floorAtAnInteger() throws {
    let graph = Graph(), x = graph.input("x", 2), y = graph.input("y", 2.5)
    let report = try checkGradients(of: floor(x) + 3 * x, withRespectTo: [x])
    #expect(report.verdict == .inconclusive)
    #expect(report.entries[0].kink?.primitive == "floor")
    #expect(report.entries[0].note.contains("jumps by -1 to the left"))
    #expect(try checkGradients(of: floor(y) + 3 * y, withRespectTo: [y]).verdict == .agree)
  }

  @Test("JuliaStats/StatsFuns.jl#215: a stencil that leaves the domain", arguments: [1e-3, 1e-12, 1 - 1e-9, 1 - 1e-13])
  func domain(_ x: Double) throws {
    let graph = Graph(), p = graph.input("p", x)
    let report = try checkGradients(of: log(p) - log(1 - p) + sqrt(p) + sqrt(1 - p), withRespectTo: [p])
    #expect(report.verdict != .disagree, "\(report)")
    if x != 1 - 1e-13 { #expect(report.verdict == .agree, "\(report)") }
  }

  @Test("a function that is finite on one side only says so") func oneSided() throws {
    let graph = Graph(), x = graph.input("x", 0)
    let right = ElementwiseFunction("right", { $0 < 0 ? .nan : $0 * $0 + 2 * $0 }, derivative: { 2 + 2 * $0 })
    let report = try checkGradients(of: right(x), withRespectTo: [x])
    #expect(report.entries[0].stencil == .right)
    #expect(report.entries[0].note.contains("not finite on the left"))
    #expect(report.verdict == .agree)
  }

  @Test("pytorch#114333: dropout with a fixed mask agrees; true randomness is named") func randomness() throws {
    let graph = Graph(), x = graph.input("x", [1, 2, 3, 4])
    let mask = greater(graph.randomUniform(shape: [4], seed: 3), 0.5)
    let dropped = try checkGradients(of: (square(x) * mask).sum(), withRespectTo: [x])
    #expect(dropped.verdict == .agree, "\(dropped)")
    let noisy = graph.record(Noise(), [x]).named("noisy")
    let report = try checkGradients(of: square(noisy).sum(), withRespectTo: [x])
    #expect(report.verdict == .inconclusive)
    #expect(report.opinions.contains { $0.name == "determinism" && $0.detail.contains("noisy") })
  }

  @Test("NVIDIA/warp#508: no tolerance swallows a relative error of 1.6e3") func smallNumbers() throws {
    let graph = Graph(), x = graph.input("x", [0.3e-9, 0.7e-9])
    let slip = ElementwiseFunction("slip", { $0 * $0 }, derivative: { 1600 * 2 * $0 })
    let report = try checkGradients(of: (1e-9 * slip(x)).sum(), withRespectTo: [x])
    #expect(report.verdict == .disagree)
    #expect(report.entries.allSatisfy { $0.verdict == .disagree && $0.autodiff.magnitude < 1e-12 })
    #expect(report.blame?.primitive == "slip")
  }

  @Test("chainer#3541, pytorch#59584: bad gradients that pass along one direction", arguments: [false, true])
  func hiddenDirections(_ random: Bool) throws {
    let graph = Graph(), x = graph.input("x", [0.5, 1.5, -1])
    // Wrong, but with the right sum over all elements: a single direction of ones sees nothing.
    let mutant = Mutant(base: Sin(), kind: "swapped") { _, _, _, x in .factor(cos(x[0]).flipped()) }
    let output = graph.record(mutant, [x]).sum()
    let report = try checkGradients(of: output, withRespectTo: [x], mode: random ? .directions(3) : .full)
    #expect(report.verdict == .disagree)
  }

  @Test("pytorch#2710: a report says what, where, by how much and whose fault") func helpfulReport() throws {
    let graph = Graph(), w = graph.input("W", [[0.2, -0.4], [1.2, 0.6]])
    let slip = ElementwiseFunction("slip", { $0 * $0 * $0 }, derivative: { 2 * $0 * $0 })
    let text = "\(try checkGradients(of: slip(w).sum(), withRespectTo: [w]))"
    for part in ["disagree", "W[1][0]", "autodiff 2.88", "numeric 4.32", "±", "blame: slip", "coverage", "tolerance"] {
      #expect(text.contains(part), "\(part) is missing in \(text)")
    }
  }

  @Test("float32: the same model is checked in double") func singlePrecision() throws {
    let graph = Graph(.single), x = graph.input("x", [0.3, -1.2, 4]), w = graph.input("w", 0.1)
    #expect(try checkGradients(of: tanh(w * x).sum(), withRespectTo: [x, w]).verdict == .agree)
  }

  @Test func aClaimIsJudgedToItsDigits() throws {
    let graph = Graph(), x = graph.input("x", 0.5)
    let right = try checkGradients(of: exp(square(x)), withRespectTo: [x], claiming: ["x": 1.284])
    #expect(right.verdict == .agree && right.entries[0].alone == .nobody)
    let wrong = try checkGradients(of: exp(square(x)), withRespectTo: [x], claiming: ["x": 1.294])
    #expect(wrong.verdict == .disagree && wrong.entries[0].alone == .claim && wrong.blame == nil)
    #expect(throws: ChainRuleError.self) {
      try checkGradients(of: exp(x), withRespectTo: [x], claiming: ["y": 1])
    }
  }

  @Test func nothingIsLeftInTheGraph() throws {
    let graph = Graph(), x = graph.input("x", [1, 2]), f = (sin(x) * x).sum()
    let (count, value) = (graph.nodeCount, try f.scalar())
    _ = try checkGradients(of: f, withRespectTo: [x], order: 3)
    #expect(graph.nodeCount == count)
    #expect(try f.scalar() == value)
    #expect(try x.value().scalars == [1, 2])
  }
}

/// Another value each time.
private struct Noise: Primitive {
  let name = "noise"
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 + Double.random(in: 0...1) } }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(equal(inputs[0], inputs[0]))
  }
}
