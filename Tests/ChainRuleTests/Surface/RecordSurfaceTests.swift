import ChainRule
import Testing

/// The samples of the first section, word for word, and every name of `Tensor` that outside programs use.
@Suite struct RecordSurfaceTests {
  @Test func recordEvaluateDifferentiate() throws {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
    let f = (x + y) * z
    #expect("\(try f.scalar())" == "-12.0")
    let gradients = f.backward()
    #expect(try gradients[x]?.scalar() == -4)
    #expect(try gradients[y]?.scalar() == -4)
    #expect(try gradients[z]?.scalar() == 3)
    let unused = graph.input("unused", 1)
    #expect("\(gradients[unused] as Any)" == "nil")
    #expect(gradients.whyNone(unused)?.contains("unused") == true)
    x.assign(3)
    #expect("\(try f.scalar())" == "-32.0")
    let (value, slopes) = try valueAndGradient(at: Tensor([1, 2])) { v in (v * v).sum() }
    #expect(value == 5 && slopes == [2, 4])
  }

  @Test func tensors() throws {
    let whole: Tensor = 3, real: Tensor = 2.5, row: Tensor = [1, 2, 3], nested: Tensor = [[1, 2], [3, 4]]
    let deep: Tensor = [[[1], [2]], [[3], [4]]]
    #expect(whole == Tensor(3) && real == Tensor(2.5) && row == Tensor([1, 2, 3]))
    #expect(nested == Tensor([[1, 2], [3, 4]]) && deep.shape == [2, 2, 1])
    #expect(Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6]).shape == [2, 3])
    #expect(Tensor(shape: [2, 2], repeating: 7).scalars == [7, 7, 7, 7])
    #expect(Tensor(floats: [1, 2]).elementType == .float32 && Tensor(floats: [1, 2]).floats == [1, 2])
    #expect(Tensor(indices: [1, 0]).elementType == .int32)
    #expect(row + row == [2, 4, 6] && row - 1 == [0, 1, 2] && row * row == [1, 4, 9] && row / 2 == [0.5, 1, 1.5])
    #expect(row.map { $0 * 10 } == [10, 20, 30])
    #expect(nested.argmax(axis: 1) == Tensor(indices: [1, 1]))
    #expect("\(nested)" == "[[1, 2],\n [3, 4]]")
    #expect("\(Tensor(shape: [1000, 1000], repeating: 1))".count < 1000)
    let ragged: Tensor = [[1, 2], [3]]
    let message = #expect(throws: ChainRuleError.self) { try Graph().input("x", ragged).value() }
    #expect(message?.got == "a row of shape [1]")
  }

  /// One line that takes a type checker long if operators are overloaded for more than `Double`.
  @Test func goldsteinAndPriceCompilesAtOnce() throws {
    let graph = Graph()
    let x = graph.input("x", 0), y = graph.input("y", -1)
    let f =
      (1 + pow(x + y + 1, 2) * (19 - 14 * x + 3 * pow(x, 2) - 14 * y + 6 * x * y + 3 * pow(y, 2)))
      * (30 + pow(2 * x - 3 * y, 2) * (18 - 32 * x + 12 * pow(x, 2) + 48 * y - 36 * x * y + 27 * pow(y, 2)))
    #expect(try f.scalar() == 3)
    #expect(try (1 / 2 * x + y / 2).scalar() == -0.5)
  }

  @Test func program() throws {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
    let f = (x + y) * z
    let gradients = f.backward()
    let program = try graph.compile(inputs: [x, y, z], outputs: [f, gradients[x]!])
    #expect(try program.run([-2, 5, -4]) == [-12, -4])
    var results: [Tensor] = []
    try program.run([3, 5, -4], into: &results)
    #expect(results == [-32, -4])
    #expect(!"\(program)".isEmpty)
  }

  @Test func aTrainingStep() throws {
    let graph = Graph()
    let batch = graph.input("batch", shape: [2]), labels = graph.input("labels", shape: [2])
    let weight = graph.parameter(Parameter(1))
    let loss = pow(weight * batch - labels, 2).mean()
    let gradient = try loss.gradients(withRespectTo: [weight])[0]
    let step = try graph.compile(
      inputs: [batch, labels], outputs: [loss], updates: [weight: weight - 0.1 * gradient])
    #expect(try step.run([[1, 2], [2, 4]]) == [2.5])
    #expect(try weight.scalar() == 1.5)
  }
}
