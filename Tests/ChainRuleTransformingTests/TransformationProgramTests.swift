import ChainRule
import Foundation
import Testing

/// Programs ported line by line from JAX, with its numbers (Tests/Fixtures/transformations.py makes them).
@Suite struct TransformationProgramTests {
  struct Reference: Decodable {
    struct Gradients: Decodable { let value: Double, gradients: [[Double]] }
    let lstm, kalman, flow, neuralODE, equilibrium: Gradients
    let clipped, series: [[Double]]
  }

  static let reference: Reference? = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/transformations.json")
    return try? JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
  }()

  private let graph = Graph()

  private func wave(_ name: String, _ shape: Shape, _ a: Double, _ b: Double, times: Double = 1) -> Node {
    graph.input(
      name, Tensor(shape: shape, (0..<shape.elementCount).map { times * 0.4 * Foundation.sin(a * Double($0) + b) }))
  }

  /// By evaluation and by a program.
  private func expect(_ f: Node, _ leaves: [Node], _ expected: Reference.Gradients?, _ tolerance: Double = 1e-11) throws
  {
    let expected = try #require(expected)
    let gradients = try f.gradients(withRespectTo: leaves)
    let program = try graph.compile(inputs: leaves, outputs: [f] + gradients)
    let run = try program.run(try leaves.map { try $0.value() })
    for values in [try ([f] + gradients).map { try $0.value().scalars }, run.map(\.scalars)] {
      for (found, wanted) in zip(values, [[expected.value]] + expected.gradients) {
        #expect(found.count == wanted.count)
        for (x, y) in zip(found, wanted) { expectClose(x, y, tolerance) }
      }
    }
  }

  @Test func lstm() throws {
    let (w, u, b) = (wave("w", [5, 12], 0.7, 0.1), wave("u", [3, 12], 1.1, 0.4), wave("b", [12], 0.3, 0))
    let xs = wave("xs", [7, 2, 5], 0.9, 0.2), zeros = graph.constant(Tensor(shape: [2, 3], repeating: 0))
    let hs = try scan(over: xs, from: [zeros, zeros]) { state, x in
      let z = x.matmul(w) + state[0].matmul(u) + b
      func gate(_ i: Int) -> Node { z[0..., 3 * i..<3 * i + 3] }
      let c = sigmoid(gate(1)) * state[1] + sigmoid(gate(0)) * tanh(gate(2))
      let h = sigmoid(gate(3)) * tanh(c)
      return ([h, c], [h])
    }.outputs[0]
    try expect(square(hs).sum(), [w, u, b, xs], Self.reference?.lstm)
  }

  /// Minus the log-likelihood of positions with noise, for a body of nearly constant speed.
  @Test func kalman() throws {
    let logs = graph.input("logs", [-1, -2]), ys = wave("ys", [20], 0.31, 0.5)
    let q = exp(logs[0]), r = exp(logs[1]), f = graph.constant([[1, 0.1], [0, 1]])
    let noise = q * graph.constant([[0.001 / 3, 0.005], [0.005, 0.1]])
    let parts = try scan(over: ys, from: [graph.constant([0, 0]), graph.constant([[1, 0], [0, 1]])]) { state, y in
      let m = f.matmul(state[0]), p = f.matmul(state[1]).matmul(f.transposed()) + noise
      let s = p[0, 0] + r, e = y - m[0], k = p[0..., 0] / s
      return ([m + k * e, p - k.reshaped(to: [2, 1]) * p[0]], [0.5 * (log(2 * Double.pi * s) + square(e) / s)])
    }.outputs[0]
    try expect(parts.sum(), [logs, ys], Self.reference?.kalman)
  }

  /// Minus the log-density of points under four affine couplings of two coordinates.
  @Test func flow() throws {
    let (w, v) = (wave("w", [4, 2, 5], 0.8, 0.1), wave("v", [4, 2, 5], 1.7, 0.6))
    let xs = wave("xs", [6, 2], 1.3, 0.9, times: 2), zeros = graph.constant(Tensor(shape: [6], repeating: 0))
    let last = try scan(over: [w, v], from: [xs[0..., 0], xs[0..., 1], zeros]) { state, weights in
      let (a, b, total, w, v) = (state[0], state[1], state[2], weights[0], weights[1])
      let h = tanh(a.reshaped(to: [6, 1]) * w[0] + w[1])
      let s = tanh(h.matmul(v[0])), t = h.matmul(v[1])
      return ([b * exp(s) + t, a, total + s], [])
    }.last
    let density = -0.5 * (square(last[0]) + square(last[1])) - Foundation.log(2 * Double.pi) + last[2]
    try expect(-density.mean(), [w, v, xs], Self.reference?.flow)
  }

  @Test(arguments: [ODEAdjoint.discrete, .continuous]) func neuralODE(adjoint: ODEAdjoint) throws {
    let (w1, w2) = (wave("w1", [2, 6], 0.9, 0.3, times: 2), wave("w2", [6, 2], 1.9, 0.1, times: 2))
    let y0 = graph.input("y0", [0.5, -1]), times = graph.constant([0, 0.5, 1.5])
    let ys = try odeint(
      from: y0, at: times, parameters: [w1, w2], relative: 1e-11, absolute: 1e-12, adjoint: adjoint
    ) { _, y, p in tanh(y.matmul(p[0])).matmul(p[1]) }
    try expect(square(ys).sum(), [w1, w2, y0], Self.reference?.neuralODE, 1e-8)
  }

  @Test func equilibrium() throws {
    let (w, x) = (wave("w", [4, 4], 1.2, 0.5), wave("x", [4], 0.8, 0.2))
    let z = try fixedPoint(from: graph.constant([0, 0, 0, 0])) { z, _ in tanh(w.matmul(z) + x) }
    try expect((z * graph.constant([1, 2, 3, 4])).sum(), [w, x], Self.reference?.equilibrium)
  }

  @Test func clippedGradients() throws {
    let (w, c) = (wave("w", [4, 3], 0.6, 0.1), wave("c", [3], 0.5, 0.7))
    let xs = wave("xs", [6, 4], 1.4, 0.3, times: 3)
    let ys = graph.constant(Tensor(shape: [6, 3], (0..<18).map { $0 % 3 == $0 / 3 % 3 ? 1 : 0 }))
    let found = try perExampleGradients(
      of: { x, y in -(y * logSoftmax(x.matmul(w) + c)).sum() }, over: [xs, ys], withRespectTo: [w, c])
    let lengths = sqrt(square(found[0]).sum(axes: [1, 2]) + square(found[1]).sum(axes: [1]))
    let scale = 1 / maximum(lengths / 0.5, 1)
    let sums = [
      (found[0] * scale.reshaped(to: [6, 1, 1])).sum(axes: [0]),
      (found[1] * scale.reshaped(to: [6, 1])).sum(axes: [0]),
    ]
    for (sum, wanted) in zip(sums, try #require(Self.reference?.clipped)) {
      for (x, y) in zip(try sum.value().scalars, wanted) { expectClose(x, y) }
    }
  }

  @Test func seriesOfADeepNetwork() throws {
    let ws = wave("ws", [10, 4, 4], 1.3, 0.2, times: 2), x = wave("x", [4], 1, 0.3)
    let f = (0..<10).reduce(x) { y, layer in tanh(ws[layer].matmul(y)) }
    let rows = try f.series(along: [(x, wave("direction", [4], 2, 1))], order: 8)
    for (row, wanted) in zip(rows, try #require(Self.reference?.series)) {
      for (x, y) in zip(try row.value().scalars, wanted) { expectClose(x, y, 1e-10) }
    }
  }
}
