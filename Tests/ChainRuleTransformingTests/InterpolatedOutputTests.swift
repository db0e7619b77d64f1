import ChainRule
import Testing

/// Values of a solution within its steps, beside SciPy's and closed forms.
@Suite struct InterpolatedOutputTests {
  private let graph = Graph()

  /// `scipy.integrate.solve_ivp(…, dense_output=True)` of SciPy 1.17.1, begun with the same first step: the same steps.
  @Test func sameAsSciPy() throws {
    let times = graph.constant([0, 0.013, 0.4, 1.1, 2.3, 3])
    let swing = try odeint(
      from: graph.constant([1, 0.5]), at: times, relative: 1e-3, absolute: 1e-5, output: .interpolated
    ) { _, z, _ in stack([z[1], -sin(z[0])]) }
    let pendulum: Tensor = [
      [1, 0.5], [1.0064287975494106, 0.48903829193361487], [1.1304894653836481, 0.14806513117228653],
      [1.0128220645723447, -0.47829146197295974], [-0.030060031143734678, -1.0814751700356067],
      [-0.7213902489801467, -0.8177554610736115],
    ]
    try expectClose(swing, graph.constant(pendulum), 1e-12)
    let animals = try odeint(
      from: graph.constant([2, 3]), at: times, relative: 1e-6, absolute: 1e-8, output: .interpolated
    ) { _, z, _ in stack([1.1 * z[0] - 0.4 * z[0] * z[1], 0.1 * z[0] * z[1] - 0.4 * z[1]]) }
    let predators: Tensor = [
      [2, 3], [1.9974421792751356, 2.992205129107569], [1.9582047260124402, 2.7663450144561272],
      [2.0542367412514997, 2.4030787272351093], [2.722218330843353, 1.9670925006909703],
      [3.457528031830695, 1.8426419121897832],
    ]
    try expectClose(animals, graph.constant(predators), 1e-11)
  }

  @Test(arguments: [ODEAdjoint.discrete, .continuous]) func closedForms(adjoint: ODEAdjoint) throws {
    let y0 = graph.input("y0", [[1, 2]]), k = graph.input("k", 0.7)
    // In any order, twice, at the start.
    let times = graph.input("t", [0.5, 2, 0.9, 0.5, 1.3, 0.9])
    let y = try odeint(
      from: y0, at: times, parameters: [k], relative: 1e-11, absolute: 1e-13, steps: 300, adjoint: adjoint,
      output: .interpolated
    ) { _, y, p in -p[0] * y }
    let exact = y0 * exp(-k * (times - times[0]).reshaped(to: [6, 1, 1]))
    try expectClose(y, exact, 1e-9)
    let weights = graph.constant(Tensor(shape: [6, 1, 2], (0..<12).map { Double($0 % 5) - 1.5 }))
    let (p, q) = (
      try (y * weights).sum().gradients(withRespectTo: [y0, k, times]),
      try (exact * weights).sum().gradients(withRespectTo: [y0, k, times])
    )
    for (a, b) in zip(p, q) { try expectClose(a, b, 1e-6) }
  }

  @Test func backwardsAndWithoutSteps() throws {
    let y0 = graph.input("y0", [1]), times = graph.constant([1, 0.2, -1, 0.4])
    func solved(_ times: Node) throws -> Node {
      try odeint(from: y0, at: times, relative: 1e-10, absolute: 1e-12, output: .interpolated) { t, y, _ in -2 * t * y }
    }
    try expectClose(try solved(times).reshaped(to: [4]), exp(1 - square(times)), 1e-8)
    #expect(try solved(graph.constant([3])).value().scalars == [1])
    let still = try solved(graph.constant([3, 3]))
    #expect(try still.value().scalars == [1, 1])
    #expect(try still.sum().gradients(withRespectTo: [y0])[0].value().scalars == [2])
  }

  /// A cubic in t is met exactly, at every place.
  @Test func polynomialsAreExact() throws {
    let times = graph.constant(Tensor((0...50).map { 0.06 * Double($0) }))
    let y = try odeint(from: graph.constant([0.5]), at: times, relative: 1e-3, output: .interpolated) { t, y, _ in
      (1 - 2 * t + 3 * square(t) + 4 * pow(t, 3)) + 0 * y
    }
    let exact = 0.5 + times - square(times) + pow(times, 3) + pow(times, 4)
    try expectClose(y.reshaped(to: [51]), exact, 1e-12)
  }

  /// A thousand times take no more steps than one.
  @Test func stepsDoNotDependOnTimes() throws {
    let times = graph.constant(Tensor((0..<1_000).map { 0.003 * Double($0) })), p = graph.input("p", [0.3, 1.2])
    func solved(_ times: Node, _ output: ODEOutput) throws -> Node {
      try odeint(
        from: graph.constant([1, 0.5]), at: times, parameters: [p], relative: 1e-3, absolute: 1e-5, steps: 12,
        output: output
      ) { _, z, p in stack([z[1], -p[0][1] * sin(z[0]) - p[0][0] * z[1]]) }
    }
    let found = try solved(times, .interpolated)[999, 0]
    let one = try solved(times.gathered(at: graph.constant(Tensor(indices: [0, 999]))), .reached)[1, 0]
    try expectClose(found, one)
    for (a, b) in zip(try found.gradients(withRespectTo: [p]), try one.gradients(withRespectTo: [p])) {
      try expectClose(a, b)
    }
    let program = try graph.compile(inputs: [p], outputs: [found, found.gradients(withRespectTo: [p])[0]])
    expectClose(try program.run([try p.value()])[0].scalars[0], try found.scalar())
  }

  @Test func ofABatch() throws {
    let starts = graph.input("starts", [[1, 0.5], [0.2, -1], [2, 2]]), times = graph.constant([0, 0.7, 1.5])
    func solved(_ y: Node) throws -> Node {
      try odeint(from: y, at: times, relative: 1e-5, absolute: 1e-7, steps: 60, output: .interpolated) { t, y, _ in
        sin(y) * t - y.flipped(axes: [0])
      }
    }
    let whole = try vectorized(solved)(starts), rows = stack(try (0..<3).map { try solved(starts[$0]) })
    try expectClose(whole, rows, 1e-13)
    let (a, b) = (
      try square(whole).sum().gradients(withRespectTo: [starts])[0],
      try square(rows).sum().gradients(withRespectTo: [starts])[0]
    )
    try expectClose(a, b, 1e-11)
  }

  @Test func timesToEitherSideAreRefused() throws {
    func mistake(_ times: Tensor) -> String {
      message {
        _ = try odeint(from: graph.constant([1]), at: graph.constant(times), output: .interpolated) { _, y, _ in y }
          .value()
      }
    }
    #expect(mistake([0, 1, -1]).contains("odeint: required finite times on one side of the first, got 0, 1, -1"))
    #expect(mistake(Tensor([0, Double.nan])).contains("finite times"))
    #expect(mistake([0, 100, 1_000]).contains("Raise steps:"))
  }
}
