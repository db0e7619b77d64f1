import ChainRule
import Foundation
import Testing

/// Hessians whose structure the graph shows take a few tangents; the numbers are those of row by row.
@Suite("Banded Hessians")
struct BandedHessianTests {
  private func rosenbrock(_ n: Int) -> (Graph, Node, Node, [Double]) {
    let graph = Graph(), values = (0..<n).map { 0.25 * Double($0 % 9) - 1 }
    let x = graph.input("x", Tensor(values)), (head, tail) = (x[0..<(n - 1)], x[1...])
    return (graph, x, (100 * square(tail - square(head)) + square(1 - head)).sum(), values)
  }

  /// The closed form: 1200 x² − 400 x' + 2 and 200 on the diagonal, −400 x beside it.
  private func expected(_ x: [Double]) -> [Double] {
    let n = x.count
    return (0..<n * n).map { place in
      let (i, j) = (place / n, place % n)
      if i == j {
        return (i < n - 1 ? 1200 * x[i] * x[i] - 400 * x[i + 1] + 2 : 0) + (i > 0 ? 200 : 0)
      }
      return Swift.abs(i - j) == 1 ? -400 * x[Swift.min(i, j)] : 0
    }
  }

  @Test(arguments: [5, 16, 33, 100]) func rosenbrockInClosedForm(n: Int) throws {
    let (graph, x, f, values) = rosenbrock(n)
    let hessian = try f.hessian(withRespectTo: [x])[0][0], closed = expected(values)
    #expect(hessian.shape == [n, n])
    let program = try graph.compile(inputs: [x], outputs: [hessian])
    for found in [try hessian.value(), try program.run([Tensor(values)])[0]] {
      #expect(zip(found.scalars, closed).allSatisfy { Swift.abs($0 - $1) <= 1e-12 * (1 + Swift.abs($1)) })
    }
  }

  @Test func theThirdDerivativesFollow() throws {
    let n = 40, (_, x, f, values) = rosenbrock(n)
    let third = try f.hessian(withRespectTo: [x])[0][0].sum().gradients(withRespectTo: [x])[0].value().scalars
    for k in 0..<n {
      let closed = (k < n - 1 ? 2400 * values[k] - 800 : 0) - (k > 0 ? 400.0 : 0)
      #expect(Swift.abs(third[k] - closed) < 1e-9)
    }
  }

  /// Blocks by two nodes, one of which meets the other at a distance; and a matrix as the variable.
  @Test func severalNodesAndShapes() throws {
    let n = 30, graph = Graph()
    let a = graph.input("a", Tensor((0..<n).map { 0.1 * Double($0) }))
    let b = graph.input("b", Tensor(shape: [5, 6], (0..<n).map { 1 - 0.05 * Double($0) }))
    let f = (exp(a[1...]) * square(b.reshaped(to: [n])[..<(n - 1)])).sum()
    let blocks = try f.hessian(withRespectTo: [a, b]).map { try $0.map { try $0.value() } }
    #expect(blocks[0][1].shape == [n, 5, 6] && blocks[1][0].shape == [5, 6, n])
    for i in 0..<n {
      for j in 0..<n {
        let (x, y) = (0.1 * Double(i), 1 - 0.05 * Double(j))
        let mixed = i == j + 1 ? 2 * y * Foundation.exp(x) : 0
        #expect(Swift.abs(blocks[0][1].scalars[i * n + j] - mixed) < 1e-12)
        #expect(Swift.abs(blocks[1][0].scalars[j * n + i] - mixed) < 1e-12)
        let own = i == j && i < n - 1 ? 2 * Foundation.exp(0.1 * Double(i + 1)) : 0
        #expect(Swift.abs(blocks[1][1].scalars[i * n + j] - own) < 1e-12)
      }
    }
  }

  /// A sum on the way makes it dense: Σᵢ sin xᵢ · Σⱼ xⱼ² has 2 xⱼ cos xᵢ + 2 xᵢ cos xⱼ off the diagonal.
  @Test func whatIsDenseStaysDense() throws {
    let n = 20, graph = Graph(), values = (0..<n).map { 0.3 * Double($0) - 2 }
    let x = graph.input("x", Tensor(values))
    let hessian = try (sin(x).sum() * square(x).sum()).hessian(withRespectTo: [x])[0][0].value().scalars
    for i in 0..<n {
      for j in 0..<n where i != j {
        let closed = 2 * values[j] * Foundation.cos(values[i]) + 2 * values[i] * Foundation.cos(values[j])
        #expect(Swift.abs(hessian[i * n + j] - closed) < 1e-12 * 50)
      }
    }
  }
}
