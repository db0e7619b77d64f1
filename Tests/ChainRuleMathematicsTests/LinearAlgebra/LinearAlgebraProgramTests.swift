import ChainRule
import Foundation
import Testing

/// Programs ported line by line from JAX, with its numbers (Tests/Fixtures/linear_algebra.py).
@Suite struct LinearAlgebraProgramTests {
  private func reference(_ name: String) throws -> LinearAlgebraReferenceTests.Reference.Gradients {
    try #require(LinearAlgebraReferenceTests.reference?.programs[name])
  }

  private func wave(_ shape: Shape, _ a: Double, _ b: Double) -> Tensor {
    LinearAlgebraReferenceTests.wave(shape, a, b)
  }

  /// Minus the log marginal likelihood of a Gaussian process with the kernel s²·exp(−d²/2l²) + σ².
  @Test(arguments: [Graph.Precision.double, .single]) func gaussianProcess(precision: Graph.Precision) throws {
    let graph = Graph(precision), n = 12
    let logs = graph.input("logs", [-0.3, 0.2, -1.5])
    let x = graph.input("x", Tensor((0..<n).map { 3 * Double($0) / Double(n - 1) }))
    let y = graph.input("y", wave([n], 0.8, 0.1))
    let parameters = exp(logs), length = parameters[0], scale = parameters[1], noise = parameters[2]
    let d = (x.expandingDimension(at: 1) - x.expandingDimension(at: 0)) / length
    let k =
      square(scale) * exp(-0.5 * square(d)) + square(noise) * graph.constant(LinearAlgebraReferenceTests.identity(n))
    let l = cholesky(k), z = triangularSolve(l, y)
    let loss = 0.5 * z.matmul(z) + log(l.diagonal()).sum() + 0.5 * Double(n) * Foundation.log(2 * Double.pi)
    try expect(loss, [logs, x, y], reference("gaussianProcess"), precision == .double ? 1e-11 : 2e-3)
  }

  /// Minus a Kalman filter's log-likelihood, and the squares of the means that Rauch, Tung and Striebel smooth.
  @Test func kalmanSmoother() throws {
    let graph = Graph(), one = graph.constant(LinearAlgebraReferenceTests.identity(2))
    let logs = graph.input("logs", [-1, -0.5]), f = graph.input("f", [[1, 0.2], [-0.1, 0.9]])
    let h = graph.input("h", [[1, 0.3], [0, 1]]), ys = graph.input("ys", wave([7, 2], 0.6, 0.2))
    let q = exp(logs[0]) * one, r = exp(logs[1]) * one
    let forth = try scan(over: ys, from: [graph.constant([0, 0]), one]) { state, y in
      let m = f.matmul(state[0]), p = f.matmul(state[1]).matmul(f.transposed()) + q
      let s = h.matmul(p).matmul(h.transposed()) + r
      let gain = solve(s, h.matmul(p)).transposed(), e = y - h.matmul(m)
      let loss = 0.5 * (e.matmul(solve(s, e)) + logDeterminant(s).value + 2 * Foundation.log(2 * Double.pi))
      let (mf, pf) = (m + gain.matmul(e), p - gain.matmul(s).matmul(gain.transposed()))
      return ([mf, pf], [loss, m, p, mf, pf])
    }.outputs
    let (losses, mp, pp, mf, pf) = (forth[0], forth[1], forth[2], forth[3], forth[4])
    let back = try scan(
      over: [mf[0..<6], pf[0..<6], mp[1...], pp[1...]], from: [mf[6], pf[6]], reversed: true
    ) { state, row in
      let g = solve(row[3], f.matmul(row[1])).transposed()
      let m = row[0] + g.matmul(state[0] - row[2]), p = row[1] + g.matmul(state[1] - row[3]).matmul(g.transposed())
      return ([m, p], [m, p])
    }.outputs
    let loss = losses.sum() + 0.1 * square(back[0]).sum() + 0.1 * back[1].trace().sum()
    try expect(loss, [logs, f, h, ys], reference("smoother"), 1e-11)
  }

  /// How far the span of a Laplacian's first vectors is from that of the labels (Bach and Jordan 2003).
  @Test func spectralClustering() throws {
    let graph = Graph(), n = 8
    let x = graph.input("x", Tensor(2) * wave([n, 2], 1.9, 0.7))
    let labels = graph.constant(Tensor([0, 0, 1, 0, 1, 1, 0, 1].map { [1 - $0, $0] }))
    let d = square(x.expandingDimension(at: 1) - x.expandingDimension(at: 0)).sum(axes: [-1])
    let w = exp(-0.5 * d), degree = w.sum(axes: [1])
    let laplacian = graph.constant(LinearAlgebraReferenceTests.identity(n)) - w / sqrt(outer(degree, degree))
    let v = eigh(laplacian).vectors[0..., 0..<2], e = labels / sqrt(labels.sum(axes: [0]))
    let loss = 0.5 * square(v.matmul(v.transposed()) - e.matmul(e.transposed())).sum()
    try expect(loss, [x], reference("clustering"), 1e-10)
  }
}
