import ChainRule
import Testing

/// Gradients through inverses, determinants and factorizations, as the Matrix Cookbook has them, and equal to the gradient
/// once they are typed in again.
@Suite("Matrix gradients as formulas")
struct MatrixFormulaTests {
  typealias Example = FormulaTests.Example
  static let square = ["X": [4, 4], "A": [4, 4], "b": [4], "B": [4, 4]]

  @Test(arguments: [
    Example(source: "logDeterminant(X + 4*identity(4))", by: "X", shapes: square, text: "(X + 4identity(4))⁻ᵀ"),
    Example(
      source: "determinant(X + 4*identity(4))", by: "X", shapes: square,
      text: "det(X + 4identity(4))·(X + 4identity(4))⁻ᵀ"),
    Example(
      source: "trace(inverse(X + 4*identity(4)) @ A)", by: "X", shapes: square,
      text: "−(X + 4identity(4))⁻ᵀAᵀ(X + 4identity(4))⁻ᵀ"),
    Example(source: "trace(A @ X @ B)", by: "X", shapes: square, text: "AᵀBᵀ"),
    Example(source: "trace(A @ X @ B @ Xᵀ)", by: "X", shapes: square, text: "AXB + AᵀXBᵀ"),
    Example(source: "b @ Xᵀ @ X @ b", by: "X", shapes: square, text: "2Xbbᵀ"),
    Example(source: "sum(eigenvalues(X))", by: "X", shapes: square, text: "identity(4)"),
    Example(
      source: "sum(eigenvalues(X)^2)", by: "X", shapes: square,
      text: "2·eigenvectors(X)diag(eigenvalues(X))eigenvectors(X)ᵀ"),
    Example(
      source: "nuclearNorm(X)", by: "X", shapes: ["X": [4, 3]], text: "leftSingularVectors(X)rightSingularVectors(X)ᵀ"),
    Example(source: "norm(X)", by: "X", shapes: square, text: "X/‖X‖"),
    Example(
      source: "norm(outer(b, c) - A)", by: "b", shapes: ["A": [3, 4], "b": [3], "c": [4]], text: "(bcᵀ − A)c/‖bcᵀ − A‖"),
    Example(
      source: "determinant(X)", by: "X", shapes: ["X": [2, 2]], text: "[[X[1, 1], −X[1, 0]], [−X[0, 1], X[0, 0]]]"),
    // Powers, ties and constants of lectures.
    Example(source: "sum(abs(x)^p)", by: "x", shapes: ["x": [3], "p": []], text: "p·sign(x) ⊙ |x|^(p − 1)"),
    Example(source: "-(1+p)^g*log(p)/3", by: "g", shapes: [:], text: "−log(p)·log(p + 1)·(p + 1)^g/3"),
    Example(
      source: "maximum(0, 1 - t*(w@x + b))", by: "w", shapes: ["w": [3], "x": [3]],
      text: "−t·(1 − t·(wᵀx + b) > 0)·x"),
    Example(source: "log10(x)", by: "x", text: "1/(log(10)·x)"),
    Example(source: "gelu(x)", by: "x", text: "x·e^(−0.5x²)/√(2π) + 0.5·erf(x/√(2)) + 0.5"),
  ])
  func areThoseOfTheCookbook(example: Example) throws {
    let formula = try FormulaTests.check(example.source, by: example.by, shapes: example.shapes, seed: 9)
    #expect(formula == example.text)
  }

  @Test(arguments: [
    "trace(inverse(X + 5*identity(4)) @ A @ inverse(X + 5*identity(4)))", "b @ solve(X + 5*identity(4), b)",
    "2*sum(log(diag(cholesky(X + 5*identity(4)))))", "sum(cholesky(X + 5*identity(4)) * A)", "sum(qrTriangular(X) * A)",
    "sum(log(singularValues(X)))", "spectralNorm(X)", "sum(triangularSolve(X, b))", "sum(pseudoInverse(B) * X)",
    "logDeterminant(Xᵀ @ X + A @ Aᵀ)", "eigenvalues(X)[3]", "sum(lowerTriangle(X, offset: -1) @ A)",
  ])
  func equalTheGradient(source: String) throws {
    // Well conditioned, so that rounding does not hide what is compared.
    let graph = Graph(.double), expression = try Expression(source)
    var random = RandomNumbers(seed: 4)
    let values = expression.inputs.map { name in
      (
        name,
        Tensor(
          shape: Shape(Self.square[name] ?? []),
          (0..<(name == "b" ? 4 : 16)).map {
            (name != "b" && $0 % 5 == 0 ? 2 : 0) + Double.random(in: 0...1, using: &random)
          }
        )
      )
    }
    let inputs = expression.inputs(in: graph, values: values), output = try expression.record(in: graph, inputs: inputs)
    let names = expression.inputs.compactMap { inputs[$0] }
    let derivation = try output.derivation(withRespectTo: names)
    for (node, gradient) in zip(names, try output.gradients(withRespectTo: names)) {
      let formula = derivation.formula(of: node)
      let again = try Expression(formula.text, names: Set(inputs.keys)).record(in: graph, inputs: inputs)
      let value = try again.shape == gradient.shape ? again.value() : again.broadcast(to: gradient.shape).value()
      for (a, b) in zip(value.scalars, try gradient.value().scalars) {
        #expect(abs(a - b) <= 1e-11 * Swift.max(1, abs(b)), "\(source): \(formula.text) is \(a), the derivative \(b)")
      }
      #expect(!formula.latex.isEmpty && !formula.mathML.isEmpty)
      let source = try formula.swift(function: "slope", inputs: expression.inputs)
      #expect(source.contains("func slope"))
    }
    let steps = try output.derivationSteps(withRespectTo: names)
    #expect(!steps.isEmpty)
  }

  @Test func symmetricMatricesAreTheirOwnTransposes() throws {
    let graph = Graph(.double)
    let a = graph.input("A", Tensor(shape: [2, 2], [2, 1, 1, 3])), b = graph.input("b", [1, 2])
    let slope = try b.matmul(solve(a, b)).derivation(withRespectTo: [b]).formula(of: b)
    #expect(slope.text == "(A⁻¹ + A⁻ᵀ)b")
    #expect(slope.whereSymmetric(["A"]).text == "2A⁻¹b")
  }

  @Test func anInverseIsReadAsOne() throws {
    let graph = Graph(.double)
    let inputs = ["A": graph.input("A", Tensor(shape: [2, 2], [2, 0, 1, 4])), "x": graph.input("x", [1, 2])]
    func value(_ text: String) throws -> [Double] {
      try Expression(text, names: ["A", "x"]).record(in: graph, inputs: inputs).value().scalars
    }
    #expect(try value("A⁻¹") == [0.5, 0, -0.125, 0.25])
    #expect(try value("A⁻ᵀx") == [0.25, 0.5])
    #expect(try value("x⁻¹") == [1, 0.5])
  }
}
