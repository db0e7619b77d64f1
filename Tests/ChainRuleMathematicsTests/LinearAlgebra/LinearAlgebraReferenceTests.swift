import ChainRule
import Foundation
import Testing

/// Values and gradients beside those of JAX and SciPy (Tests/Fixtures/linear_algebra.py makes them), by evaluation, by
/// programs, in both precisions.
@Suite struct LinearAlgebraReferenceTests {
  struct Reference: Decodable {
    struct Gradients: Decodable { let value: Double, gradients: [[Double]] }
    let functions: [String: Gradients], programs: [String: Gradients]
  }

  static let reference: Reference? = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/linear_algebra.json")
    return try? JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
  }()

  /// sin(a·i² + b).
  static func wave(_ shape: Shape, _ a: Double, _ b: Double) -> Tensor {
    Tensor(shape: shape, (0..<shape.elementCount).map { Foundation.sin(a * Double($0 * $0) + b) })
  }

  static func identity(_ n: Int) -> Tensor {
    Tensor(shape: [n, n], (0..<n * n).map { $0 % (n + 1) == 0 ? 1 : 0 })
  }

  static func transposed(_ a: Tensor) -> Tensor {
    let (m, n) = (a.shape[0], a.shape[1])
    return Tensor(shape: [n, m], (0..<n * m).map { a[$0 % m, $0 / m] })
  }

  private static func weigh(_ x: Node) -> Node { (x * x.graph.constant(wave(x.shape, 0.37, 0.6))).sum() }

  private static let general = wave([5, 5], 1.3, 0.2) + Tensor(0.5) * identity(5)
  private static let definite: Tensor = {
    let graph = Graph(), a = graph.constant(general)
    return (try? (a.matmul(a.transposed()) + graph.constant(identity(5))).value()) ?? Tensor(0)
  }()
  private static let right = wave([5, 2], 0.7, 0.4), tall = wave([6, 3], 1.7, 0.3), weights = wave([5, 5], 0.9, 1.1)

  private static func ofVectors(_ a: Node) -> Node {
    let (values, v) = eigh(a)
    return weigh(values) + weigh(square(v))
  }
  private static func ofSingular(_ a: Node) -> Node {
    let (u, s, v) = svd(a)
    return weigh(s) + weigh(square(u)) + weigh(u.matmul(v.transposed()))
  }
  private static func ofOrthogonal(_ a: Node) -> Node {
    let (q, r) = qr(a)
    return weigh(square(q)) + weigh(square(r))
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let inputs: [Tensor]
    let function: @Sendable ([Node]) -> Node
    init(_ name: String, _ inputs: [Tensor], _ function: @escaping @Sendable ([Node]) -> Node) {
      (testDescription, self.inputs, self.function) = (name, inputs, function)
    }
  }

  static let cases: [Case] = [
    Case("cholesky", [definite]) { weigh(cholesky($0[0])) },
    Case("triangularSolve", [definite, right]) { weigh(triangularSolve($0[0], $0[1])) },
    Case("solve", [general, right]) { weigh(solve($0[0], $0[1])) },
    Case("inverse", [general]) { weigh(inverse($0[0])) },
    Case("determinant", [general]) { determinant($0[0]) },
    Case("logDeterminant", [general]) { logDeterminant($0[0]).value },
    Case("lu", [general]) { weigh(lu($0[0]).l) + weigh(lu($0[0]).u) },
    Case("qr", [tall]) { ofOrthogonal($0[0]) },
    Case("eigh", [general + transposed(general)]) { ofVectors($0[0]) },
    Case("svd", [tall]) { ofSingular($0[0]) },
    Case("svdOfWide", [transposed(tall)]) { ofSingular($0[0].transposed()) },
    Case("pseudoInverse", [tall]) { weigh(pseudoInverse($0[0])) },
    Case("leastSquares", [tall, wave([6], 0.5, 0.1)]) { weigh(leastSquares($0[0], $0[1])) },
    Case("matrixPower", [Tensor(0.4) * general]) { weigh(matrixPower($0[0], 5)) },
    Case("inversePower", [general]) { weigh(matrixPower($0[0], -3)) },
    Case("matrixExponential", [Tensor(0.8) * general]) { weigh(matrixExponential($0[0])) },
    Case("nuclear", [tall]) { $0[0].norm(order: .nuclear) },
    Case("spectral", [tall]) { $0[0].norm(order: .spectral) },
    Case("frobenius", [tall]) { $0[0].norm(order: .frobenius) },
    Case("kronecker", [tall, right]) { weigh(kronecker($0[0], $0[1])) },
    Case("einsum", [tall, Tensor(shape: [5, 3], (0..<15).map { weights[$0 / 3, $0 % 3] }), right]) {
      einsum("ij,kj,kl->", $0)
    },
    Case("einsumOfBatches", [wave([2, 3, 4], 0.8, 0), wave([2, 4, 2], 0.6, 0.3)]) {
      weigh(einsum("...ij,...jk->k...i", $0))
    },
    Case("einsumOfDiagonals", [wave([3, 3, 2], 1.1, 0), wave([2, 3], 0.4, 0)]) { weigh(einsum("iij,ji->j", $0)) },
  ]

  @Test(arguments: cases) func valuesAndGradientsAreThoseOfJAX(_ sample: Case) throws {
    let expected = try #require(Self.reference?.functions[sample.testDescription])
    for precision in [Graph.Precision.double, .single] {
      let graph = Graph(precision)
      let inputs = sample.inputs.enumerated().map { graph.input("x\($0)", $1) }
      try expect(sample.function(inputs), inputs, expected, precision == .double ? 1e-11 : 2e-3)
    }
  }

  @Test func everyFunctionOfTheFileIsTested() throws {
    let reference = try #require(Self.reference)
    #expect(Set(reference.functions.keys) == Set(Self.cases.map(\.testDescription)))
  }
}

/// The value and the gradients of a node, by evaluation and by a program, relative to the largest of each.
func expect(
  _ f: Node, _ leaves: [Node], _ expected: LinearAlgebraReferenceTests.Reference.Gradients, _ tolerance: Double
) throws {
  let gradients = try f.gradients(withRespectTo: leaves)
  let program = try f.graph.compile(inputs: leaves, outputs: [f] + gradients)
  let run = try program.run(try leaves.map { try $0.value() })
  for values in [try ([f] + gradients).map { try $0.value().scalars }, run.map(\.scalars)] {
    for (found, wanted) in zip(values, [[expected.value]] + expected.gradients) {
      #expect(found.count == wanted.count)
      let size = wanted.map(\.magnitude).max() ?? 0
      let worst = zip(found, wanted).map { ($0 - $1).magnitude }.max() ?? 0
      #expect(worst <= tolerance * Swift.max(size, 1e-3), "off by \(worst) of \(size)")
    }
  }
}
