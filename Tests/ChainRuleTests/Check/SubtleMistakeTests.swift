import ChainRule
import Testing

/// A primitive by two closures, from outside the library.
private struct Written: Primitive {
  let name: String
  let value: @Sendable ([Double]) -> Double
  let factor: @Sendable (_ index: Int, _ x: [Node]) -> Node
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let numbers = inputs.map(\.scalars)
    return Tensor(shape: inputs[0].shape, numbers[0].indices.map { at in value(numbers.map { $0[at] }) })
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(factor(index, inputs))
  }
  static func == (a: Written, b: Written) -> Bool { a.name == b.name }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Counts calls: a primitive with a state of its own.
private final class Calls: @unchecked Sendable {
  private var count = 0
  func next() -> Int {
    count += 1
    return count
  }
}

/// Mistakes chosen to slip through a checker, and correct functions chosen to look wrong.
@Suite struct SubtleMistakeTests {
  private func check(
    _ numbers: [Double], order: Int = 1, _ written: Written, precision: Graph.Precision = .double
  ) throws -> GradientReport {
    let graph = Graph(precision)
    let inputs = numbers.enumerated().map { graph.input("x\($0)", Tensor($1)) }
    return try checkGradients(of: graph.record(written, inputs), withRespectTo: inputs, order: order)
  }

  @Test func symmetricMistakesInTheSecondOrder() throws {
    // Both factors are right; their derivatives are 0, or have the wrong sign: the Hessian stays symmetric.
    let stopped = Written(name: "stopped", value: { $0[0] * $0[1] * $0[1] }) { index, x in
      (index == 0 ? x[1] * x[1] : 2 * x[0] * x[1]).stoppingGradient()
    }
    let mirrored = Written(name: "mirrored", value: { $0[0] * $0[1] * $0[1] }) { index, x in
      let factor = index == 0 ? x[1] * x[1] : 2 * x[0] * x[1]
      return 2 * factor.stoppingGradient() - factor
    }
    for written in [stopped, mirrored] {
      #expect(try check([1.3, 0.7], written).verdict == .agree)
      let report = try check([1.3, 0.7], order: 2, written)
      #expect(report.verdict == .disagree && report.blame?.primitive == written.name)
      #expect(report.opinions.contains { $0.name == "Hessian symmetry" && $0.verdict == .agree })
    }
  }

  @Test func aMistakeInTheThirdOrderAlone() throws {
    let square = Written(name: "square", value: { $0[0] * $0[0] }) { _, x in 2 * x[0].stoppingGradient() }
    let fourth = Written(name: "fourth", value: { $0[0] * $0[0] * $0[0] * $0[0] }) { _, x in
      4 * x[0] * x[0].graph.record(square, [x[0]])
    }
    #expect(try check([1.3], order: 2, fourth).verdict == .agree)
    let report = try check([1.3], order: 3, fourth)
    #expect(report.verdict == .disagree && report.blame?.primitive == "fourth")
  }

  @Test("a second derivative of many elements is blamed too", arguments: [4, 20])
  func secondOrderOfMany(_ count: Int) throws {
    let graph = Graph(), x = graph.input("x", Tensor((0..<count).map { 0.5 + 0.1 * Double($0) }))
    let square = Written(name: "square", value: { $0[0] * $0[0] }) { _, x in 2 * x[0].stoppingGradient() }
    let report = try checkGradients(of: tanh(graph.record(square, [sin(x)])).sum(), withRespectTo: [x], order: 2)
    #expect(report.verdict == .disagree && report.blame?.primitive == "square")
  }

  @Test("a local gradient that is wrong only where two inputs are one node is blamed")
  func sharedInputs() throws {
    let product = Written(name: "product", value: { $0[0] * $0[1] }) { index, x in
      x[0] == x[1] ? 3 * x[1 - index] : x[1 - index]
    }
    let graph = Graph(), x = graph.input("x", [0.5, 2]), y = graph.input("y", [1, 3])
    #expect(try checkGradients(of: graph.record(product, [x, y]).sum(), withRespectTo: [x, y]).verdict == .agree)
    let report = try checkGradients(of: graph.record(product, [x, x]).sum(), withRespectTo: [x])
    #expect(report.verdict == .disagree && report.blame?.primitive == "product")
  }

  @Test func oneHundredMillionth() throws {
    let written = Written(name: "almost", value: { $0[0] * $0[0] }) { _, x in 2.000_000_02 * x[0] }
    #expect(try check([1.3], written).verdict == .disagree)
    #expect(try check([1.3], written, precision: .single).verdict == .disagree)
  }

  /// Right everywhere but at one number, where it is as wrong as elsewhere it is right.
  @Test func wrongAtAnExactZeroOnly() throws {
    let written = Written(name: "zero", value: { $0[0] * $0[0] + $0[0] }) { _, x in
      `where`(equal(x[0], 0), 0, 2 * x[0] + 1)
    }
    let report = try check([0], written)
    #expect(report.verdict == .disagree && report.blame?.primitive == "zero")
    #expect(report.entries[0].note == "at this point alone: just beside it autodiff gives 1 and 1")
    #expect(try check([0.25], written).verdict == .agree)
  }

  @Test func wrongAtTiesOnly() throws {
    let written = Written(name: "larger", value: { Swift.max($0[0], $0[1]) }) { index, x in
      let (mine, other) = (x[index], x[1 - index])
      return `where`(equal(mine, other), 1.5, greater(mine, other))
    }
    #expect(try check([2, 1], written).verdict == .agree)
    #expect(try check([1, 1], written).verdict == .disagree)
  }

  @Test func aPrimitiveThatRemembersIsNotBelieved() throws {
    let calls = Calls(), slopes = Calls()
    let drifting = Written(name: "drifting", value: { $0[0] * $0[0] + (calls.next() > 5 ? 1e-3 : 0) }) { _, x in
      2 * x[0]
    }
    #expect(try check([1.3], drifting).verdict != .agree)
    let moody = Written(name: "moody", value: { $0[0] * $0[0] }) { _, x in slopes.next() == 1 ? 2 * x[0] : 3 * x[0] }
    #expect(try check([1.3], moody).verdict == .disagree)
  }

  @Test func branchesThatChangeEverywhereHideNothing() throws {
    struct Restless: PiecewisePrimitive {
      let name = "restless"
      func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
      func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 } }
      func branches(of inputs: [Tensor]) throws -> Tensor { inputs[0] }
      func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
        .factor(3 * inputs[0])
      }
    }
    let report = try checkPrimitive(Restless(), at: [1.3])
    #expect(report.verdict == .inconclusive && report.entries[0].kink == nil)
    #expect(report.entries[0].note.contains("a branch changes within every step tried"))
  }

  @Test func notANumberAtAKinkIsNoSlope() throws {
    let graph = Graph()
    let x = graph.input("x", 0)
    let report = try checkGradients(of: sqrt(x * x), withRespectTo: [x])
    #expect(report.verdict == .inconclusive)
    #expect(report.entries[0].kink?.left == -1 && report.entries[0].kink?.right == 1)
  }

  /// A node and what it is computed from, and a node named twice, are asked about one at a time.
  @Test func nodesThatDependOnEachOther() throws {
    let graph = Graph()
    let x = graph.input("x", 2), y = (x * x).named("y")
    let report = try checkGradients(of: sin(y) + x, withRespectTo: [y, x, x])
    #expect(report.verdict == .agree, "\(report)")
    #expect(report.entries.map(\.name) == ["y", "x"])
    let error = #expect(throws: ChainRuleError.self) {
      try checkGradients(of: sin(y), withRespectTo: [y, x], order: 2)
    }
    #expect(error?.got == "y, which is computed from x")
  }

  @Test func whatCannotBeAskedFor() throws {
    let graph = Graph()
    let x = graph.input("x", [1, 2])
    func message(_ body: () throws -> GradientReport) -> String {
      "\(#expect(throws: ChainRuleError.self) { try body() }?.description ?? "")"
    }
    #expect(
      message { try checkGradients(of: x, withRespectTo: [x], mode: .directions(0)) }.contains(
        "at least one direction, got 0"))
    #expect(
      message { try checkGradients(of: x, withRespectTo: [x], resolution: .nan) }.contains(
        "a resolution between 0 and 1, got nan"))
    #expect(message { try checkGradients(of: x, withRespectTo: [x], claiming: ["": 1]) }.contains("got \"\""))
    let empty = graph.input("empty", Tensor(shape: [0], []))
    let report = try checkGradients(of: empty.sum(), withRespectTo: [empty])
    #expect(report.verdict == .inconclusive)
    #expect(report.opinions.map(\.detail) == ["the nodes have no elements to move"])
  }
}
