import ChainRule
import Foundation
import Testing

/// Norms and clipped sums of per-example gradients in programs: without a gradient of a single example, and equal to
/// those that are made of them.
@Suite struct PerExampleSumsTests {
  private func wave(_ graph: Graph, _ name: String, _ shape: Shape, _ step: Double) -> Node {
    graph.input(name, Tensor(shape: shape, (0..<shape.elementCount).map { Foundation.sin(step * Double($0 + 1)) }))
  }

  private func clipped(_ gradients: [Node], flat: Bool) -> [Node] {
    let n = gradients[0].shape[0]
    let parts = flat ? gradients.map { $0.reshaped(to: [n, $0.shape.elementCount / n]) } : gradients
    let squares = parts.map { square($0).sum(axes: Array(1..<$0.shape.rank)) }
    let scale = minimum(0.3 / sqrt(squares.dropFirst().reduce(squares[0], +)), 1)
    let sums = zip(parts, gradients).map { part, gradient in
      (part * scale.reshaped(to: Shape([n] + (1..<part.shape.rank).map { _ in 1 }))).sum(axes: [0])
        .reshaped(to: Shape(Array(gradient.shape.dimensions.dropFirst())))
    }
    return sums + [scale]
  }

  @Test(arguments: [Graph.Precision.double, .single], [false, true])
  func clippedSums(precision: Graph.Precision, flat: Bool) throws {
    let graph = Graph(precision), n = 9
    let w = wave(graph, "w", [7, 5], 0.7), c = wave(graph, "c", [5], 1.3), v = wave(graph, "v", [5, 3], 0.9)
    let xs = wave(graph, "xs", [n, 7], 0.37), ys = wave(graph, "ys", [n, 3], 1.1)
    let gradients = try perExampleGradients(
      of: { x, y in square(tanh(x.matmul(w) + c).matmul(v) - y).sum() }, over: [xs, ys], withRespectTo: [w, c, v])
    let outputs = clipped(gradients, flat: flat), inputs = [w, c, v, xs, ys]
    let program = try graph.compile(inputs: inputs, outputs: outputs)
    for shape in ["[9, 7, 5]", "[9, 5, 3]", "[9, 35]", "[9, 15]"] { #expect(!program.description.contains(shape)) }
    let found = try program.run(try inputs.map { try $0.value() })
    for (a, b) in zip(found, outputs) {
      #expect(a.shape == b.shape)
      for (x, y) in zip(a.scalars, try b.value().scalars) { expectClose(x, y, precision == .double ? 1e-13 : 2e-6) }
    }
    // Where the gradients themselves are asked for, too, they are there.
    let both = try graph.compile(inputs: inputs, outputs: outputs + gradients).run(try inputs.map { try $0.value() })
    for (a, b) in zip(both, outputs + gradients) {
      for (x, y) in zip(a.scalars, try b.value().scalars) { expectClose(x, y, precision == .double ? 1e-13 : 2e-6) }
    }
  }

  /// Several rows for each example: the clipped sum is one product, the norms are those of the gradients.
  @Test func sequencesOfRows() throws {
    let graph = Graph(), w = wave(graph, "w", [4, 3], 0.7), xs = wave(graph, "xs", [6, 5, 4], 0.37)
    let gradients = try perExampleGradients(of: { x in square(sin(x.matmul(w))).sum() }, over: [xs], withRespectTo: [w])
    let sums = [gradients[0].sum(axes: [0]), (gradients[0] * 3).sum(axes: [0]), square(gradients[0]).sum()]
    let outputs = clipped(gradients, flat: false) + sums
    let found = try graph.compile(inputs: [w, xs], outputs: outputs).run([try w.value(), try xs.value()])
    for (a, b) in zip(found, outputs) {
      for (x, y) in zip(a.scalars, try b.value().scalars) { expectClose(x, y, 1e-13) }
    }
  }

  /// What only looks alike: other axes, weights of single elements, products that share a matrix.
  @Test func othersStayWhatTheyAre() throws {
    let graph = Graph(), a = wave(graph, "a", [4, 3, 1], 0.7), b = wave(graph, "b", [4, 1, 5], 0.37)
    let g = a.matmul(b), weights = wave(graph, "weights", [5], 1.3), rows = wave(graph, "rows", [4, 3, 1], 0.2)
    let outputs = [
      square(g).sum(axes: [0, 1]), square(g).sum(axes: [2]), square(g).sum(), (g * weights).sum(axes: [0]),
      (g * rows).sum(axes: [0]), (g * g).sum(axes: [1, 2]), (g * g).sum(axes: [0]), g.sum(axes: [1, 2]),
      square(a.matmul(b).reshaped(to: [12, 5])).sum(axes: [1]), g.reshaped(to: [2, 30]).sum(axes: [0]),
      (g * 2).sum(axes: [0]), square(3 * g).sum(axes: [1, 2]),
    ]
    let inputs = [a, b, weights, rows]
    let found = try graph.compile(inputs: inputs, outputs: outputs).run(try inputs.map { try $0.value() })
    for (x, y) in zip(found, outputs) {
      for (p, q) in zip(x.scalars, try y.value().scalars) { expectClose(p, q, 1e-13) }
    }
  }
}
