import ChainRule
import Foundation
import Testing

/// One function through everything that follows from its local gradients: first and second derivatives against
/// differences, forward against reverse mode, programs in both precisions, batches.
struct Trial: CustomTestStringConvertible, Sendable {
  let name: String
  let inputs: [Tensor]
  let function: @Sendable ([Node]) throws -> Node
  /// How far single precision may be from double, as a part of the largest number.
  var single = 1e-4
  var order = 2
  var testDescription: String { name }

  init(
    _ name: String, _ inputs: [Tensor], order: Int = 2, single: Double = 1e-4,
    _ function: @escaping @Sendable ([Node]) throws -> Node
  ) {
    (self.name, self.inputs, self.function) = (name, inputs, function)
    (self.order, self.single) = (order, single)
  }

  /// The value, and the gradient of a sum that weighs every element in its own way.
  private func results(_ graph: Graph) throws -> (inputs: [Node], outputs: [Node]) {
    let nodes = inputs.enumerated().map { graph.input("x\($0)", $1) }, y = try function(nodes)
    let weights = graph.constant(wave(y.shape, 1.1, 0.5))
    return (nodes, [y] + (try (y * weights).sum().gradients(withRespectTo: nodes)))
  }

  func agrees() throws {
    let graph = Graph(), (nodes, outputs) = try results(graph)
    let total = (outputs[0] * graph.constant(wave(outputs[0].shape, 0.9, 1.3))).sum()
    for order in 1...(isHeavy ? order : 1) {
      let report = try checkGradients(of: total, withRespectTo: nodes, order: order)
      #expect(report.verdict == .agree, "\(name), order \(order): \(report)")
    }
    let expected = try outputs.map { try $0.value() }
    let program = try graph.compile(inputs: nodes, outputs: outputs).run(inputs)
    for (mine, other) in zip(program, expected) { expect(mine, near: other, 1e-12, name) }
    let small = Graph(.single), (smallNodes, smallOutputs) = try results(small)
    let singles = try small.compile(inputs: smallNodes, outputs: smallOutputs).run(inputs)
    for (mine, other) in zip(singles, expected) { expect(mine, near: other, single, name + " in single precision") }
    for (mine, other) in zip(smallOutputs, expected) {
      expect(try mine.value(), near: other, single, name + " in a graph of single precision")
    }
    try isTheSameInABatch()
    try isTheSameAsASeries()
  }

  /// Taylor's coefficients along a line against tangents of tangents.
  private func isTheSameAsASeries() throws {
    let graph = Graph(), nodes = inputs.enumerated().map { graph.input("x\($0)", $1) }, y = try function(nodes)
    let x = nodes[0], direction = graph.constant(wave(x.shape, 0.8, 0.6))
    let series = try y.series(along: [(x, direction)], order: 2)
    let first = try y.tangent(along: [(x, direction)]), second = try first.tangent(along: [(x, direction)])
    expect(try series[1].value(), near: try first.value(), 1e-12, name + " as a series")
    expect(try (2 * series[2]).value(), near: try second.value(), 1e-11, name + " as a series")
  }

  private func isTheSameInABatch() throws {
    let graph = Graph(), count = 3
    let examples = (0..<count).map { example in inputs[0].map { $0 + 0.01 * Double(example) } }
    let rows = graph.input(
      "rows", Tensor(shape: Shape([count] + inputs[0].shape.dimensions), examples.flatMap(\.scalars)))
    let others = inputs.dropFirst().enumerated().map { graph.input("x\($0 + 1)", $1) }
    let y = try vectorized(over: 0) { x in try function([x] + others) }(rows)
    let gradient = try sin(y).sum().gradients(withRespectTo: [rows])[0]
    for example in 0..<count {
      let x = graph.input("x\(example)", examples[example]), single = try function([x] + others)
      expect(try y[example].value(), near: try single.value(), 1e-12, name + " in a batch")
      let own = try sin(single).sum().gradients(withRespectTo: [x])[0]
      expect(try gradient[example].value(), near: try own.value(), 1e-11, name + " in a batch")
    }
  }
}

/// sin(a·i + b) in a shape: numbers of ordinary size, none twice.
func wave(_ shape: Shape, _ a: Double = 1.7, _ b: Double = 0.3) -> Tensor {
  Tensor(shape: shape, (0..<shape.elementCount).map { sin(a * Double($0) + b) })
}

/// Every element within a part of the largest one (at least 1).
func expect(
  _ value: Tensor, near other: Tensor, _ tolerance: Double, _ note: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(value.shape == other.shape, "\(note)", sourceLocation: sourceLocation)
  expect(value.scalars, near: other.scalars, tolerance, note, sourceLocation: sourceLocation)
}

func expect(
  _ values: [Double], near others: [Double], _ tolerance: Double, _ note: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let scale = others.filter(\.isFinite).map(\.magnitude).reduce(1, max)
  let isNear =
    values.count == others.count
    && zip(values, others).allSatisfy {
      $0 == $1 || ($0.isNaN && $1.isNaN) || ($0 - $1).magnitude <= tolerance * scale
    }
  #expect(isNear, "\(note): \(values), not \(others)", sourceLocation: sourceLocation)
}

/// Reference numbers of Tests/Fixtures/Mathematics; "nan", "inf" and "-inf" are numbers in them.
func fixture<T: Decodable>(_ name: String, _ type: T.Type) throws -> T {
  let file = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/Mathematics/\(name).json")
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return try decoder.decode(type, from: try Data(contentsOf: file))
}
