import Foundation
import Testing

@testable import ChainRuleCore

/// Programs that keep the matrices they multiply with as whole numbers of 8 bits.
@Suite("Weights of 8 bits") struct QuantizedWeightsTests {
  private static let options = CompileOptions(weights: .int8)

  private func random(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var numbers = RandomNumbers(seed: seed)
    return Tensor(shape: shape, (0..<shape.elementCount).map { _ in 2 * numbers.uniform() - 1 })
  }

  /// What is kept of `[k, n]`: the nearest of 255 numbers, evenly spread up to the largest of the column.
  private func kept(_ w: Tensor) -> Tensor {
    let (k, n) = (w.shape[0], w.shape[1]), numbers = w.scalars
    var result = numbers
    for column in 0..<n {
      let scale = (0..<k).map { numbers[$0 * n + column].magnitude }.max().map { $0 / 127 } ?? 0
      for row in 0..<k where scale > 0 {
        result[row * n + column] = (numbers[row * n + column] / scale).rounded(.toNearestOrEven) * scale
      }
    }
    return Tensor(shape: w.shape, result)
  }

  private func transposed(_ a: Tensor) -> Tensor {
    let (m, n) = (a.shape[0], a.shape[1]), numbers = a.scalars
    return Tensor(shape: [n, m], (0..<m * n).map { numbers[$0 % m * n + $0 / m] })
  }

  @Test(
    "Every way of writing a product with a known matrix keeps its 255 numbers a column, and no other product",
    arguments: instructionSets, [1, 3, 40])
  func everyForm(instructionSet: String, m: Int) throws {
    try with(instructionSet: instructionSet) {
      for (k, n) in [(7, 5), (70, 130), (800, 64)] {
        for precision in [Graph.Precision.double, .single] { try forms(m, k, n, precision, threads: [1]) }
      }
    }
  }

  @Test("Threads change no bit")
  func threads() throws {
    for m in [1, 40] { try forms(m, 800, 700, .single, threads: [1, 2, 3]) }
  }

  private func forms(_ m: Int, _ k: Int, _ n: Int, _ precision: Graph.Precision, threads: [Int]) throws {
    let w = random([k, n], 1).converted(to: precision == .double ? .float64 : .float32)
    let graph = Graph(precision), x = graph.input("x", random([m, k], 2))
    let other = graph.input("other", random([k, n], 3))
    let parameter = Parameter(w, name: "w"), turned = Parameter(transposed(w), name: "turned")
    let columns = x.transposed([1, 0])
    let outputs = [
      x.matmul(graph.parameter(parameter)), x.matmul(graph.parameter(turned).transposed([1, 0])),
      graph.parameter(turned).matmul(columns).transposed([1, 0]),
      graph.parameter(parameter).transposed([1, 0]).matmul(columns).transposed([1, 0]), x.matmul(graph.constant(w)),
      relu(x.reshaped(to: [1, m, k]).matmul(graph.parameter(parameter)) + 0.5).reshaped(to: [m, n]),
    ]
    let program = try graph.compile(inputs: [x, other], outputs: outputs + [x.matmul(other)], options: Self.options)
    let values = [try x.value(), try other.value()]
    let exact = Graph(.double)
    let rows = exact.input("x", values[0].converted(to: .float64))
    let expected = try rows.matmul(exact.constant(kept(w))).value().scalars
    let free = try rows.matmul(exact.constant(values[1].converted(to: .float64))).value().scalars
    let unit: Double = precision == .double ? 1e-13 : 1e-6, allowed = unit * Double(k)
    var first: [[Double]]?
    for count in threads {
      program.threads = count
      let results = try program.run(values).map(\.scalars)
      #expect(first.map { $0 == results } != false, "\(count) threads")
      first = results
      for (number, result) in results.enumerated() {
        let wanted = number == 6 ? free : number == 5 ? expected.map { Swift.max(0, $0 + 0.5) } : expected
        let worst = zip(result, wanted).reduce(0) { Swift.max($0, Swift.abs($1.0 - $1.1)) }
        #expect(worst <= allowed, "form \(number) of \(m) × \(k) × \(n) in \(precision): \(worst)")
      }
    }
    #expect("\(program)".components(separatedBy: "int8Product").count > 1)
  }

  @Test("What is kept is the value when the program was compiled; zeros stay zeros")
  func keptValues() throws {
    let graph = Graph(.single), x = graph.input("x", [[1, 2]])
    let parameter = Parameter(Tensor(shape: [2, 3], [1.27, 0, -254, 0.02, 0, 2]), name: "w")
    let program = try graph.compile(
      inputs: [x], outputs: [x.matmul(graph.parameter(parameter))], options: Self.options)
    let before = try program.run([x.value()])[0].scalars
    #expect(zip(before, [1.31, 0, -250]).allSatisfy { Swift.abs($0 - $1) < 1e-5 })
    parameter.value = Tensor(shape: [2, 3], repeating: 9)
    #expect(try program.run([x.value()])[0].scalars == before)
  }

  @Test("Programs that train, and weights that are not finite, are refused by name")
  func refusals() throws {
    let graph = Graph(.single), x = graph.input("x", [[1, 2]]),
      parameter = Parameter(random([2, 3], 5), name: "slopes")
    let w = graph.parameter(parameter)
    #expect {
      try graph.compile(inputs: [x], outputs: [x.matmul(w)], updates: [w: w * 0.5], options: Self.options)
    } throws: {
      "\($0)".contains("slopes") && "\($0)".contains("int8")
    }
    parameter.value = Tensor(shape: [2, 3], repeating: .infinity)
    #expect {
      try graph.compile(inputs: [x], outputs: [x.matmul(w)], options: Self.options)
    } throws: {
      "\($0)".contains("finite") && "\($0)".contains("slopes")
    }
  }
}
