import Testing

@testable import ChainRuleCore

/// Groups over long rows, whose reductions are taken in the sweeps that make what they reduce, against evaluation on
/// demand.
@Suite("Sweeps over rows")
struct RowSweepTests {
  private static let sizes = [
    (1, 128), (7, 64), (300, 128), (33, 256), (70, 512), (5, 1024), (40, 1056), (3, 2500), (9, 129),
  ]

  private func expectSame(
    _ precision: Graph.Precision, _ shapes: [Shape], scale: Double = 1, _ function: ([Node]) throws -> [Node]
  ) throws {
    var random = RandomNumbers(seed: 11)
    let graph = Graph(precision)
    let inputs = shapes.enumerated().map { number, shape in
      let value = Tensor(shape: shape, (0..<shape.elementCount).map { _ in scale * (random.uniform() - 0.5) })
      return graph.input("x\(number)", precision == .double ? value : value.converted(to: .float32))
    }
    let functions = try function(inputs)
    let outputs = functions + (try functions[0].gradients(withRespectTo: inputs))
    let values = try inputs.map { try $0.value() }
    let expected = try outputs.map { try $0.value().scalars }
    let program = try graph.compile(inputs: inputs, outputs: outputs)
    program.threads = 1
    for set in instructionSets {
      let results = try with(instructionSet: set) { try program.run(values) }
      for (result, expected) in zip(results, expected) {
        let scale = 1e-3 + (expected.map { Swift.abs($0) }.max() ?? 0)
        let tolerance = (precision == .double ? 1e-13 : 2e-5) * scale
        #expect(
          zip(result.scalars, expected).allSatisfy { Swift.abs($0 - $1) <= tolerance }, "\(set) \(shapes) \(program)")
      }
    }
    let one = try program.run(values)
    program.threads = 2
    for (result, other) in zip(one, try program.run(values)) { #expect(result.scalars == other.scalars, "\(program)") }
  }

  private func normalized(_ x: Node) -> Node {
    let centered = x - x.mean(axes: [1], keepingDimensions: true)
    return centered * rsqrt(square(centered).mean(axes: [1], keepingDimensions: true) + 1e-5)
  }

  @Test(arguments: [Graph.Precision.double, .single], sizes)
  func normalizations(precision: Graph.Precision, size: (rows: Int, width: Int)) throws {
    let shape: Shape = [size.rows, size.width]
    try expectSame(precision, [shape, [size.width], [size.width], shape]) { x in
      let y = normalized(x[0]) * x[1] + x[2]
      return [(y * x[3]).sum(), y, y.sum(axes: [0])]
    }
    try expectSame(precision, [shape, shape, [size.rows, 1]]) { x in
      [(softmax(normalized(x[0]) * x[2], axis: 1) * x[1]).sum()]
    }
  }

  @Test(arguments: [Graph.Precision.double, .single], sizes)
  func softmaxesAndExtrema(precision: Graph.Precision, size: (rows: Int, width: Int)) throws {
    let shape: Shape = [size.rows, size.width]
    try expectSame(precision, [shape, shape], scale: 30) { x in
      let p = softmax(x[0] * 0.5, axis: 1)
      return [(p * tanh(x[1])).sum() + square(p).sum(), p, (x[0] * x[1]).sum(axes: [1])]
    }
    try expectSame(precision, [shape, [size.rows, 1]]) { x in
      let y = tanh(x[0]) * x[1]
      let range = y.max(axes: [1], keepingDimensions: true) - y.min(axes: [1], keepingDimensions: true)
      return [(y / (1 + range)).sum() + logSumExp(y, axes: [1]).sum(), range]
    }
    try expectSame(precision, [shape, shape]) { x in
      let first = softmax(x[0], axis: 1), second = softmax(first * 3 + x[1], axis: 1)
      return [(second * x[0]).sum(), second, first.sum(axes: [0])]
    }
  }

  /// A row that sees nothing has no weight to share out.
  @Test func rowsOfInfinities() throws {
    let graph = Graph(.single), x = graph.input("x", shape: [3, 512]), w = graph.input("w", shape: [3, 512])
    let p = softmax(x + w, axis: 1)
    let program = try graph.compile(inputs: [x, w], outputs: [p, (p * w).sum(axes: [1])])
    let hidden = Tensor(shape: [3, 512], (0..<1536).map { $0 / 512 == 1 ? -Double.infinity : 0 })
    let results = try program.run([
      hidden.converted(to: .float32),
      Tensor(shape: [3, 512], Array(repeating: 0.5, count: 1536)).converted(to: .float32),
    ])
    #expect(results[0].scalars[512..<1024].allSatisfy { $0 == 0 })
    #expect(results[1].scalars == [0.5, 0, 0.5])
  }
}
