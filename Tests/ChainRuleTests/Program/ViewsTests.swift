import Testing

@testable import ChainRuleCore

/// Slices are read where they lie, and their gradients are put together in one step.
@Suite("Slices in programs")
struct ViewsTests {
  /// Runs the graph both ways; a fused multiply-and-add rounds once less.
  private func expectSame(_ graph: Graph, _ inputs: [Node], _ outputs: [Node]) throws {
    for passes in [CompileOptions.Passes.all, .all.subtracting(.inPlace), .all.subtracting(.fusion)] {
      let program = try graph.compile(inputs: inputs, outputs: outputs, options: CompileOptions(passes: passes))
      let results = try program.run(inputs.map { try $0.value() })
      for (result, output) in zip(results, outputs) {
        let pairs = zip(result.scalars, try output.value().scalars)
        #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-13 * (1 + abs($1)) }, "\(program)")
      }
    }
  }

  @Test func rosenbrockIsOneGroupAndOneSum() throws {
    let graph = Graph(), x = graph.input("x", Tensor((0..<50).map { Double($0 % 7) - 3 }))
    let (head, tail) = (x[0..<49], x[1...])
    let f = (100 * square(tail - square(head)) + square(1 - head)).sum()
    let gradient = try f.gradients(withRespectTo: [x])[0]
    try expectSame(graph, [x], [f, gradient])
    let listing = "\(try graph.compile(inputs: [x], outputs: [gradient]))"
    #expect(!listing.contains("slice") && !listing.contains("pad "), "\(listing)")
    #expect(listing.contains("sumOfPads"))
  }

  @Test func aViewKeepsWhatItLooksAt() throws {
    let graph = Graph(), x = graph.input("x", Tensor(shape: [3, 2, 4], (0..<24).map { Double($0) * 0.25 }))
    // The middle is read after its source was last read itself, and must not be overwritten by then.
    let y = exp(x), middle = y[1], last = middle[1]
    let z = tanh(y) * 2
    let late = (z.sum(axes: [0]) + middle) * last
    try expectSame(graph, [x], [late, late.sum(), z])
  }

  @Test func whatIsOverwrittenIsNotViewedElsewhere() throws {
    let graph = Graph(), weight = Parameter(Tensor([1, 2, 3, 4]), name: "w")
    let w = graph.parameter(weight)
    let shifted = concatenate([w[1...], w[0..<1]])
    let program = try graph.compile(inputs: [], outputs: [w[2...]], updates: [w: w * 2 - shifted + w[3]])
    #expect(try program.run()[0].scalars == [3, 4])
    #expect(weight.value.scalars == [4, 5, 6, 11])  // 2 w − shifted + 4
  }

  @Test func slicesOfSlicesAndOfLeaves() throws {
    let graph = Graph(), x = graph.input("x", Tensor(shape: [4, 3], (0..<12).map { Double($0) - 5 }))
    let rows = x[1..<4], row = rows[1], part = row[1...]
    let column = x[0..., 1], every = x[Stride(by: 2)]
    try expectSame(graph, [x], [part * 2, row, part[0] * part[1], column + column, every.sum(), rows.matmul(row)])
    let total = square(part).sum() + rows.sum()
    let f = (total + exp(every).sum()) * column[3]
    try expectSame(graph, [x], [f] + (try f.gradients(withRespectTo: [x])))
  }
}
