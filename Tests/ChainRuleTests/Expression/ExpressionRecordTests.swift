import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleExpression

@Suite("Expressions are recorded")
struct ExpressionRecordTests {
  static let values: [String: Tensor] = [
    "x": Tensor(0.5), "y": Tensor(-2), "v": Tensor([1, 2, 3]), "W": Tensor([[1, 2, 3], [4, 5, 6]]),
    "i": Tensor([2, 0]),
  ]

  static let results: [(String, [Int], [Double])] = [
    ("2 * x - y / 4 + x^2", [], [1.75]), ("-x^2", [], [-0.25]), ("x ** y", [], [4]), ("pow(x, 3)", [], [0.125]),
    ("square(y) + abs(y) + sign(y) + step(y) + floor(x)", [], [5]), ("sqrt(4) + reciprocal(x) + rsqrt(x^2)", [], [6]),
    ("exp(log(x)) + expm1(log1p(x))", [], [1]), ("sigmoid(0) + tanh(0) + softplus(0 * x) - log(2)", [], [0.5]),
    ("sin(x)^2 + cos(x)^2 + tan(0) + atan(0) + erf(0)", [], [1]), ("cosh(x)^2 - sinh(x)^2", [], [1]),
    ("relu(y) + elu(y * 0) + silu(0) + gelu(0) + leakyReLU(y, slope: 0.5)", [], [-1]),
    ("max(x, y) + min(x, y) + maximum(x, 1) + minimum(x, 1)", [], [0]), ("clamp(v, 1.5, 2.5)", [3], [1.5, 2, 2.5]),
    ("clamp(v, max: 2)", [3], [1, 2, 2]), ("where(v > 1.5, v, 0)", [3], [0, 2, 3]),
    ("(v < 2) + (v == 2) + (v > 2)", [3], [1, 1, 1]),
    ("less(v, 2) + equal(v, 2) + greater(v, 2)", [3], [1, 1, 1]), ("cumulativeSum(W, axis: 0)[1]", [3], [5, 7, 9]),
    ("sum(W)", [], [21]), ("sum(W, axis: 0)", [3], [5, 7, 9]),
    ("W.mean(axes: [1], keepingDimensions: true)", [2, 1], [2, 5]), ("max(W, axis: -1)", [2], [3, 6]),
    ("squaredNorm(v)", [], [14]), ("standardDeviation([1, 3])", [], [1]),
    ("std([1, 3], correction: 1)", [], [1.4142135623730951]),
    ("min(W)", [], [1]), ("product(v)", [], [6]), ("variance(v)", [], [2.0 / 3]), ("var(v, correction: 1)", [], [1]),
    ("norm([3, 4])", [], [5]), ("norm([3, 4], p: 1)", [], [7]), ("sum(softmax(v))", [], [1]),
    ("logSumExp(v) + logSoftmax(v)", [3], [1, 2, 3]), ("log_softmax(0 * v) + log(3)", [3], [0, 0, 0]),
    ("diag([2, 3])", [2, 2], [2, 0, 0, 3]), ("diag([[1, 2], [3, 4]])", [2], [1, 4]),
    ("trace([[1, 2], [3, 4]])", [], [5]),
    ("identity(2)", [2, 2], [1, 0, 0, 1]), ("ones(3)", [3], [1, 1, 1]), ("ones([7, 8])", [2], [1, 1]),
    ("identity([7, 8])", [2, 2], [1, 0, 0, 1]),
    ("σ'(0 * x) + tanh′(0 * v)", [3], [1.25, 1.25, 1.25]),
    ("cumsum(v)", [3], [1, 3, 6]), ("argmax(W, axis: 0)", [3], [1, 1, 1]), ("W @ v", [2], [14, 32]),
    ("matmul(v, v)", [], [14]), ("W.transposed() @ [1, -1]", [3], [-3, -3, -3]),
    ("reshaped(W, [3, 2])[1]", [2], [3, 4]),
    ("broadcast(x, [2])", [2], [0.5, 0.5]), ("flipped(v)", [3], [3, 2, 1]), ("tiled([1, 2], [2])", [4], [1, 2, 1, 2]),
    ("padded(v, before: [1], after: [0], value: 9)", [4], [9, 1, 2, 3]), ("concatenate(v, [9])", [4], [1, 2, 3, 9]),
    ("stack(x, y)", [2], [0.5, -2]), ("[x, y, 1]", [3], [0.5, -2, 1]), ("gathered(v, [2, 0])", [2], [3, 1]),
    ("gathered(v, i)", [2], [3, 1]), ("gatheredAlong(W, [[0], [2]], axis: 1)", [2, 1], [1, 6]),
    ("W[1, 0:2] + v[::2] + v[-1] + W[:, 2][0]", [2], [11, 14]), ("stoppingGradient(x)", [], [0.5]),
    ("[]", [0], []), ("sum([]) + x", [], [0.5]), ("[[], []]", [2, 0], []), ("1/2 * x", [], [0.25]), ("3 + 4", [], [7]),
    ("[1, 2]", [2], [1, 2]), ("pi - pi", [], [0]),
    ("convolution2d([[[[1, 2], [3, 4]]]], [[[[1, 0], [0, 1]]]])", [1, 1, 1, 1], [5]),
    ("conv2d([[[[1, 2]]]], [[[[2]]]], [7], padding: [0, 1])", [1, 1, 1, 4], [7, 9, 11, 7]),
    ("maxPool2d([[[[1, 2], [3, 4]]]])", [1, 1, 1, 1], [4]),
    ("avgPool2d([[[[1, 2], [3, 4]]]], window: [1, 2])", [1, 1, 2, 1], [1.5, 3.5]),

    ("v[::-1]", [3], [3, 2, 1]),

    ("cholesky([[4, 2], [2, 5]])", [2, 2], [2, 0, 1, 2]), ("inverse([[2, 0], [1, 1]])", [2, 2], [0.5, 0, -0.5, 1]),
    ("determinant([[1, 2], [3, 4]])", [], [-2]), ("logDeterminant([[1, 0], [0, -1]])", [], [0]),
    ("determinantSign([[1, 0], [0, -1]])", [], [-1]), ("pseudoInverse([[1], [2]])", [1, 2], [0.2, 0.4]),
    ("matrixExponential([[0, 1], [0, 0]])", [2, 2], [1, 1, 0, 1]), ("eigenvalues([[2, 1], [1, 2]])", [2], [1, 3]),
    ("eigenvectors([[3, 0], [0, 1]])", [2, 2], [0, 1, 1, 0]), ("singularValues([[0, 2], [-3, 0]])", [2], [3, 2]),
    ("leftSingularVectors([[0, 2], [-3, 0]])", [2, 2], [0, 1, 1, 0]),
    ("rightSingularVectors([[0, 2], [-3, 0]])", [2, 2], [-1, 0, 0, 1]),
    ("qrOrthogonal([[0, 1], [2, 0]])", [2, 2], [0, 1, 1, 0]),
    ("qrTriangular([[0, 1], [2, 3]])", [2, 2], [2, 3, 0, 1]),
    ("luPermutation([[1, 2], [4, 4]])", [2, 2], [0, 1, 1, 0]), ("luLower([[1, 2], [4, 4]])", [2, 2], [1, 0, 0.25, 1]),
    ("luUpper([[1, 2], [4, 4]])", [2, 2], [4, 4, 0, 1]), ("nuclearNorm([[0, 2], [-3, 0]])", [], [5]),
    ("inducedNorm([[0, 2], [-3, 0]])", [], [3]), ("inducedNorm([3, 4])", [], [5]), ("inverse(4)", [], [0.25]),
    ("spectralNorm([[0, 2], [-3, 0]])", [], [3]), ("frobeniusNorm([[0, 4], [-3, 0]])", [], [5]),
    ("diagonalMatrix([1, 2])", [2, 2], [1, 0, 0, 2]), ("solve([[2, 0], [1, 1]], [4, 3])", [2], [2, 1]),
    ("leastSquares([[1], [2]], [1, 2])", [1], [1]), ("outer([1, 2], [3, 4])", [2, 2], [3, 4, 6, 8]),
    ("kronecker([[1, 2]], [[0, 1]])", [1, 4], [0, 1, 0, 2]),
    ("triangularSolve([[2, 9], [1, 1]], [4, 3])", [2], [2, 1]),
    ("triangularSolve([[2, 1], [9, 1]], [4, 3], lower: false, transposed: true)", [2], [2, 1]),
    ("matrixPower([[1, 1], [0, 1]], 3)", [2, 2], [1, 3, 0, 1]),
    ("lowerTriangle([[1, 2], [3, 4]])", [2, 2], [1, 0, 3, 4]),
    ("upperTriangle([[1, 2], [3, 4]], offset: 1)", [2, 2], [0, 2, 0, 0]),
  ]

  @Test(arguments: results)
  func everyFunction(source: String, shape: [Int], expected: [Double]) throws {
    let value = try Expression(source).record(in: Graph(), values: Self.values).value()
    #expect(value.shape.dimensions == shape)
    for (got, want) in zip(value.scalars, expected) { #expect(abs(got - want) < 1e-12, "\(value)") }
    #expect(value.count == expected.count)
  }

  @Test func everyFunctionOfTheTableIsTried() {
    let tried = (Self.results + ExpressionOrderTests.results + ExpressionTextTests.results).map { plain($0.0) }.joined(
      separator: "\n")
    let written = ExpressionFunction.all.dropFirst(ExpressionFunction.elementwise.count)
    for function in written {
      #expect(tried.contains(plain(function.name) + "("), "\(function.name)")
      #expect(plain(function.form).hasPrefix(plain(function.name) + "("))
    }
  }

  @Test("Every form is an expression of its function and names each of its options", arguments: ExpressionFunction.all)
  func everyFormIsItsFunction(function: ExpressionFunction) throws {
    for form in function.form.components(separatedBy: " or ") where !form.contains("@") {
      let expression = try Expression(form)
      guard case .call(function.name, let arguments) = expression.pieces[expression.result].kind else {
        Issue.record("\(form) is no call of \(function.name)")
        return
      }
      for label in arguments.compactMap(\.label) {
        #expect(function.options.contains { $0.isCalled(label) }, "\(function.name) \(label)")
      }
    }
    for option in function.options { #expect(function.form.contains("\(option.name): "), "\(function.form)") }
    #expect(ExpressionFunction.help().components(separatedBy: "\n").contains("  \(function.form)"))
  }

  @Test func aPositionThatIsAnInputIsReadAsAnIndex() throws {
    let inputs = try Expression("gatheredAlong(W, at: k, axis: 1)").inputs(
      in: Graph(), values: [("W", [[1, 2], [3, 4]]), ("k", [[0], [1]])])
    #expect(try inputs["k"]?.value().elementType == .int32)
    #expect(try inputs["W"]?.value().elementType != .int32)
  }

  /// Functions that come from descriptors, by name and by every alias.
  @Test func everyElementwiseFunctionRecordsItsPrimitive() throws {
    var count = 0
    for (opcode, descriptor) in PrimitiveTable.descriptors {
      for name in ([descriptor.call].compactMap { $0 } + descriptor.aliases) where descriptor.call != nil {
        let operands = ["x", "y", "z"].prefix(opcode.arity)
        let graph = Graph(), source = "\(name)(\(operands.joined(separator: ", ")))"
        let f = try Expression(source).record(in: graph, values: ["x": 0.75, "y": 0.25, "z": 2])
        #expect(f.primitive.map { "\(type(of: $0))" } == PrimitiveTable.typeName(of: opcode), "\(source)")
        count += 1
      }
    }
    #expect(count > 25)
  }

  @Test func namesBecomeLabels() throws {
    let graph = Graph()
    let f = try Expression("h = x * y; k = h; x + k").record(in: graph, values: ["x": 2, "y": 3])
    #expect(try f.scalar() == 8)
    #expect(f.description.contains("add"))
    #expect(graph.name(of: 2) == "h")
  }

  static let mistakes: [(String, String)] = [
    ("sigmod(x)", "there is no function 'sigmod'; did you mean 'sigmoid'?\n  sigmod(x)\n  ^~~~~~"),
    ("1 + x.smu()", "there is no function 'smu'; did you mean 'sum'?\n  1 + x.smu()\n        ^~~"),
    ("2 * z", "'z' has no value; give it one, z=…\n  2 * z\n      ^"),
    ("weigth + x", "'weigth' has no value; did you mean 'weight'?\n  weigth + x\n  ^~~~~~"),
    ("x(1)", "'x' is a value, not a function; to multiply, write x * (…)\n  x(1)\n  ^"),
    ("exp + 1", "'exp' is a function; it is written exp(x)\n  exp + 1\n  ^~~"),
    ("sin(x, y)", "sin takes 1 argument, not 2; it is written sin(x)\n  sin(x, y)\n  ^~~~~~~~~"),
    (
      "sum(W, axes: 0.5)",
      "axes: takes whole numbers, such as 0 or [0, 1], not 0.5\n  sum(W, axes: 0.5)\n         ^~~~~~~~~"
    ),
    ("norm(v, p: v)", "p: takes a number, not v\n  norm(v, p: v)\n          ^~~~"),
    ("clamp(v, x)", "clamp takes a number, not x\n  clamp(v, x)\n           ^"),
    (
      "gelu(x, approximate: 2)",
      "approximate: takes true or false, not 2\n  gelu(x, approximate: 2)\n          ^~~~~~~~~~~~~~"
    ),
    ("sum(W, keepdims: x)", "keepdims: takes true or false, not x\n  sum(W, keepdims: x)\n         ^~~~~~~~~~~"),
    (
      "softmax(v, axis: [0, 1])",
      "axis: takes one whole number, not [0, 1]\n  softmax(v, axis: [0, 1])\n             ^~~~~~~~~~~~"
    ),
    (
      "sum(W, axis: 0, axes: 1)",
      "sum has its option 'axis' already\n  sum(W, axis: 0, axes: 1)\n                  ^~~~~~~"
    ),
    ("clamp(x, 0, min: 1)", "clamp has its option 'min' already\n  clamp(x, 0, min: 1)\n              ^~~~~~"),
    (
      "max(v, v, axis: 0)",
      "max of two values compares them and takes no option\n  max(v, v, axis: 0)\n  ^~~~~~~~~~~~~~~~~~"
    ),
    ("sin(x, axis: 0)", "sin has no option 'axis'; it is written sin(x)\n  sin(x, axis: 0)\n         ^~~~~~~"),
    (
      "stack(x)", "stack takes at least 2 arguments, not 1; it is written stack(a, b, axis: 0)\n  stack(x)\n  ^~~~~~~~"
    ),
    (
      "clamp()", "clamp takes 1 to 3 arguments, not 0; it is written clamp(x, min: -1, max: 1)\n  clamp()\n  ^~~~~~~"
    ),
    (
      "tiled(v)",
      "tiled needs 'repeats'; it is written tiled(x, [2, 1]) or tiled(x, repeats: [2, 1])\n  tiled(v)\n  ^~~~~~~~"
    ),
    ("sum(W, axsi: 0)", "sum has no option 'axsi'; did you mean 'axis'?\n  sum(W, axsi: 0)\n         ^~~~~~~"),
    (
      "[[1, 2], [3]] @ v",
      "the rows of a list must be alike: the first is 2 numbers, this one 1 numbers\n"
        + "  [[1, 2], [3]] @ v\n           ^~~"
    ),
    ("[x, v]", "the rows of a list must be alike: the first has shape [], this one [3]\n  [x, v]\n      ^"),
    ("v[1.5]", "a position is a whole number\n  v[1.5]\n    ^~~"),
    ("clamp(x, 2, 1)", "the lower limit 2.0 of clamp is above the upper limit 1.0\n  clamp(x, 2, 1)\n  ^~~~~~~~~~~~~~"),
  ]

  @Test(arguments: mistakes)
  func mistakesAreShownWithACaret(source: String, message: String) {
    var values = Self.values
    values["weight"] = 1
    let error = #expect(throws: ExpressionError.self) { try Expression(source).record(in: Graph(), values: values) }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    ("1 + W @ x", "W @ x"), ("2 * (W + [1, 2])", "W + [1, 2]"), ("sum(W, axis: 5)", "sum(W, axis: 5)"),
    ("v[7] + 1", "v[7]"),
  ])
  func shapesThatDoNotFitAreShownWhereTheyMeet(source: String, place: String) throws {
    let error = try #require(
      #expect(throws: ExpressionError.self) { try Expression(source).record(in: Graph(), values: Self.values) })
    #expect(String(decoding: Array(source.utf8)[error.range], as: UTF8.self).contains(place))
    #expect(error.message.contains("required"))
  }
}
