import ChainRuleMathematics
import ChainRuleTransforming
import Testing

@testable import ChainRuleCore

/// Graphs whose products round their factors to bfloat16.
@Suite("Products of bfloat16") struct Bfloat16ProductsTests {
  /// The nearest number of 8 bits, ties to even, by arithmetic: adding and taking away what leaves 8 bits.
  private func rounded(_ x: Double) -> Double {
    let unit = x == 0 ? 1 : x.magnitude.binade * 0x1p-7
    return (x / unit).rounded(.toNearestOrEven) * unit
  }

  private func random(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var numbers = RandomNumbers(seed: seed)
    return Tensor(shape: shape, (0..<shape.elementCount).map { _ in 2 * numbers.uniform() - 1 }).converted(to: .float32)
  }

  /// Σ a b of rounded factors in double.
  private func product(_ a: Tensor, _ b: Tensor) -> [Double] {
    let (m, k, n) = (a.shape[0], a.shape[1], b.shape[1]), (a, b) = (a.scalars.map(rounded), b.scalars.map(rounded))
    return (0..<m * n).map { place in
      (0..<k).reduce(0) { $0 + a[place / n * k + $1] * b[$1 * n + place % n] }
    }
  }

  private func transposed(_ a: Tensor) -> Tensor {
    let (m, n) = (a.shape[0], a.shape[1]), numbers = a.scalars
    return Tensor(shape: [n, m], (0..<m * n).map { numbers[$0 % m * n + $0 / m] })
  }

  private func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { Swift.max($0, Swift.abs($1.0 - $1.1)) }
  }

  @Test("Value and gradients are those of rounded factors; programs give the same bits", arguments: [1, 9, 40])
  func factorsAreRounded(m: Int) throws {
    let (k, n) = (70, 33), graph = Graph(.bfloat16Products)
    let values = [random([m, k], 1), random([k, n], 2), random([m, n], 3)]
    let x = graph.input("x", values[0]), w = graph.input("w", values[1]), u = graph.input("u", values[2])
    let y = x.matmul(w), gradients = try (y * u).sum().gradients(withRespectTo: [x, w])
    let own = try y.value()
    #expect(own.elementType == .float32)
    #expect(largestDifference(own.scalars, product(values[0], values[1])) < 1e-5)
    let expected = [product(values[2], transposed(values[1])), product(transposed(values[0]), values[2])]
    for (gradient, numbers) in zip(gradients, expected) {
      #expect(largestDifference(try gradient.value().scalars, numbers) < 1e-5)
    }
    let exact = Graph(.single)
    let full = try exact.input("x", values[0]).matmul(exact.input("w", values[1])).value().scalars
    #expect(largestDifference(own.scalars, full) > 1e-4)  // it does round

    let program = try graph.compile(inputs: [x, w, u], outputs: [y] + gradients)
    for threads in [1, 2] {
      program.threads = threads
      let results = try program.run(values)
      for (node, result) in zip([y] + gradients, results) { #expect(try node.value().scalars == result.scalars) }
    }
  }

  @Test("Batches, sums of many axes and the steps of a scan round as well")
  func relativesRound() throws {
    let (a, b) = (random([3, 5, 16], 4), random([3, 16, 7], 5))
    let graph = Graph(.bfloat16Products)
    let x = graph.input("x", a), y = graph.input("y", b)
    let batch = try x.matmul(y).value(), sums = try einsum("bij,bjk->bik", x, y).value()
    for i in 0..<3 {
      let part = product(a.rows(i..<i + 1).reshaped(to: [5, 16]), b.rows(i..<i + 1).reshaped(to: [16, 7]))
      #expect(largestDifference(Array(batch.scalars[i * 35..<(i + 1) * 35]), part) < 1e-5)
      #expect(largestDifference(Array(sums.scalars[i * 35..<(i + 1) * 35]), part) < 1e-5)
    }
    let w = graph.input("w", random([4, 4], 6)), rows = graph.input("rows", random([6, 2, 4], 7))
    let start = graph.constant(Tensor(shape: [2, 4], repeating: 0.5).converted(to: .float32))
    let (last, _) = try scan(over: rows, from: [start]) { carried, row in ([tanh(carried[0].matmul(w) + row)], []) }
    var state = start
    for t in 0..<6 { state = tanh(state.matmul(w) + rows[t]) }
    #expect(try last[0].value().scalars == state.value().scalars)
    let gradients = try last[0].sum().gradients(withRespectTo: [w])
    let unrolled = try state.sum().gradients(withRespectTo: [w])
    let difference = largestDifference(try gradients[0].value().scalars, try unrolled[0].value().scalars)
    #expect(difference < 0.02)  // the sum over steps is one product here and six there
  }

  @Test("In double precision nothing is rounded: gradients are checked as ever")
  func twinsAreExact() throws {
    let graph = Graph(.bfloat16Products)
    let x = graph.input("x", random([4, 9], 8)), w = graph.input("w", random([9, 3], 9))
    let twin = tanh(x.matmul(w)).sum().graph.twin(in: .double, upTo: Int32(graph.nodeCount - 1))
    let plain = Graph(.double)
    let value = try tanh(
      plain.input("x", try x.value().converted(to: .float64)).matmul(
        plain.input("w", try w.value().converted(to: .float64)))
    ).sum().scalar()
    #expect(try twin.node(Int32(graph.nodeCount - 1)).scalar() == value)
  }
}
