import ChainRule
import Testing

/// Gradients that somebody chose.
@Suite struct CustomGradientTests {
  @Test func aStableFormOfLogOnePlusExp() throws {
    let graph = Graph(), x = graph.input("x", [-2, 0, 3])
    let y = withGradient(of: [x], value: { log(1 + exp($0[0])) }) { upstream, x, _ in
      [upstream * (1 - 1 / (1 + exp(x[0])))]
    }
    try expectClose(y, softplus(x))
    let gradient = try y.sum().gradients(withRespectTo: [x])[0]
    try expectClose(gradient, sigmoid(x))
    try expectClose(
      gradient.sum().gradients(withRespectTo: [x])[0], sigmoid(x) * (1 - sigmoid(x)))
    try expectClose(y.tangent(along: [(x, [1, 2, 3])]), sigmoid(x) * graph.constant([1, 2, 3]))
    #expect(try checkGradients(of: y, withRespectTo: [x]).verdict == .agree)
    #expect(try checkGradients(of: y.sum(), withRespectTo: [x], order: 2).verdict == .agree)
  }

  @Test func aWrongPullbackIsNamed() throws {
    let graph = Graph(), x = graph.input("x", 0.7), w = graph.input("w", 2)
    let y = withGradient(of: [x, w], name: "mySquare", value: { $0[0] * $0[0] * $0[1] }) { upstream, x, _ in
      [3 * upstream * x[0] * x[1], upstream * x[0] * x[0]]
    }
    let report = try checkGradients(of: sin(y), withRespectTo: [x, w])
    #expect(report.verdict == .disagree)
    #expect("\(report)".contains("mySquare"))
  }

  @Test func itsGradientsOverride() throws {
    let graph = Graph(), x = graph.input("x", [0.2, 0.6])
    #expect(try straightThrough(x) { round($0) }.value().scalars == [0, 1])
    #expect(try (straightThrough(x) { round($0) } * 3).sum().backward()[x]?.value().scalars == [3, 3])
    #expect(try x.scalingGradient(by: -2).sum().backward()[x]?.value().scalars == [-2, -2])
    #expect(
      try (x.clippingGradient(to: -1...1) * graph.constant([5, -0.5])).sum().backward()[x]?.value().scalars == [
        1, -0.5,
      ])
    let clipped = try (x.clippingGradient(norm: 1) * graph.constant([3, -4])).sum().gradients(withRespectTo: [x])[0]
    try expectClose(clipped, graph.constant([0.6, -0.8]))
    #expect(
      try (x.clippingGradient(norm: 1) * graph.constant([0.3, 0])).sum().backward()[x]?.value().scalars == [0.3, 0])
    #expect(try (x.clippingGradient(norm: 1) * graph.constant([0, 0])).sum().backward()[x]?.value().scalars == [0, 0])
  }

  @Test func mistakesAreNamed() throws {
    let graph = Graph(), x = graph.input("x", [0.2, 0.6])
    #expect(
      withGradient(of: [x], value: { $0[0] }, pullback: { u, _, _ in [u.sum()] }).error?.description
        .contains("a gradient of the shape of each argument: [2], got []") == true)
    #expect(withGradient(of: [], value: { $0[0] }, pullback: { u, _, _ in [u] }).error != nil)
    // What the value reads beside its arguments has no gradient, and says why.
    let w = graph.input("w", 2)
    let y = withGradient(of: [x], value: { $0[0] * w }, pullback: { u, _, _ in [u] })
    #expect(y.sum().backward()[w] == nil)
    #expect(y.sum().backward().whyNone(w)?.contains("read from outside") == true)
  }
}
