import ChainRule
import Testing

/// `run(numbers:)` is `run` without tensors.
@Suite("Programs on plain numbers") struct NumbersTests {
  /// A vector, a number and a matrix in; a matrix and a number out.
  private func program(_ precision: Graph.Precision) throws -> Program {
    let graph = Graph(precision)
    let x = graph.input("x", shape: [2]), a = graph.input("a", shape: []), m = graph.input("m", shape: [2, 3])
    let product = a * x.reshaped(to: [2, 1]) * m
    return try graph.compile(inputs: [x, a, m], outputs: [product, product.sum()])
  }
  private let numbers: [Double] = [1, 2, 0.5, 1, 2, 3, 4, 5, 6]

  @Test(arguments: [Graph.Precision.double, .single]) func areThoseOfTensors(precision: Graph.Precision) throws {
    let program = try program(precision)
    #expect(try program.run(numbers: numbers) == [0.5, 1, 1.5, 4, 5, 6, 18])
    let tensors = try program.run([[1, 2], 0.5, [[1, 2, 3], [4, 5, 6]]])
    #expect(try program.run(numbers: numbers) == tensors.flatMap(\.scalars))
    // Another run with tensors reads those, not the numbers of before.
    #expect(try program.run([[0, 0], 0.5, [[1, 2, 3], [4, 5, 6]]])[1].scalar() == 0)
  }

  @Test func resultsFitWhateverWasThere() throws {
    let program = try program(.double)
    for length in [0, 7, 12] {
      var results = [Double](repeating: -1, count: length)
      try program.run(numbers: numbers, into: &results)
      #expect(results == [0.5, 1, 1.5, 4, 5, 6, 18])
    }
  }

  @Test func otherCountsAreRefused() throws {
    let program = try program(.double)
    for count in [0, 8, 10] {
      let error = #expect(throws: ChainRuleError.self) {
        try program.run(numbers: [Double](repeating: 1, count: count))
      }
      #expect(error?.description.contains("required 9 numbers for 3 inputs, got \(count)") == true)
      #expect(error?.hint.contains("x [2], a [], m [2, 3]") == true)
    }
  }

  @Test func indicesParametersAndNothing() throws {
    let graph = Graph(), place = graph.input("place", shape: [2], indices: true)
    let table = graph.parameter(Parameter([10, 20, 30]))
    let chosen = try graph.compile(inputs: [place], outputs: [table.gathered(at: place)])
    #expect(try chosen.run(numbers: [2, 0]) == [30, 10])
    #expect(throws: ChainRuleError.self) { try chosen.run(numbers: [3, 0]) }
    #expect(throws: ChainRuleError.self) { try chosen.run(numbers: [0.5, 0]) }
    let count = graph.parameter(Parameter(1)), x = graph.input("x", shape: [])
    let counting = try graph.compile(inputs: [x], outputs: [count], updates: [count: count + x])
    #expect(try counting.run(numbers: [4]) == [1] && counting.run(numbers: [4]) == [5])
    let constant = try Graph().compileOfNothing()
    #expect(try constant.run(numbers: []) == [3])
  }

  @Test func constantIndicesOutOfRangeAreTold() throws {
    let graph = Graph(), x = graph.input("x", shape: [3])
    for (places, fits) in [([0, 2], true), ([0, 3], false), ([-1, 0], false)] {
      let node = x.gathered(at: graph.constant(Tensor(indices: places)))
      let result = Result { try graph.compile(inputs: [x], outputs: [node]).run([[1, 2, 3]])[0] }
      switch result {
      case .success(let value): #expect(fits && value.scalars == [1, 3])
      case .failure(let error): #expect(!fits && "\(error)".contains("0..<3"), "\(error)")
      }
    }
  }
}

extension Graph {
  fileprivate func compileOfNothing() throws -> Program { try compile(inputs: [], outputs: [constant(3)]) }
}
