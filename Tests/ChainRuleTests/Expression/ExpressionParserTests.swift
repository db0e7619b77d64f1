import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleExpression

@Suite("Expressions are understood")
struct ExpressionParserTests {
  @Test(arguments: [
    ("(x + y) * z", "((x + y) * z)"),
    ("-x^2", "(-(x ^ 2.0))"),
    ("2^-x^2*3", "((2.0 ^ (-(x ^ 2.0))) * 3.0)"),
    ("2^3^2", "(2.0 ^ (3.0 ^ 2.0))"),
    ("b ** 3", "(b ^ 3.0)"),
    ("a - b - c", "((a - b) - c)"),
    ("a / b * c @ d", "(((a / b) * c) @ d)"),
    ("-a * b", "((-a) * b)"),
    ("- -2", "2.0"),
    ("x + 1 < 2 * y", "((x + 1.0) < (2.0 * y))"),
    ("−x × y ÷ 2", "(((-x) * y) / 2.0)"),
    ("sum(x, axis: 0) + x.mean(axes=[0, -1])", "(sum(x, axis: 0.0) + mean(x, axes: [0.0, -1.0]))"),
    ("W[0, 1:3] + -x[::2][:, 1:]", "(W{0.0,1.0:3.0:} + (-x{::2.0}{::,1.0::}))"),
    ("W[..., 0] + W[0, …, 1:]", "(W{...,0.0} + W{0.0,...,1.0::})"),
    ("einsum(\"ij,jk->ik\", A, B)", "einsum(\"ij,jk->ik\", A, B)"),
    ("edge = 1; padded(x, mode: edge) + edge", "(padded(x, mode: \"edge\") + edge→edge=1.0)"),
    ("[[1, 2], [3, x]] @ v", "([[1.0, 2.0], [3.0, x]] @ v)"),
    ("relu(\n a,  # first\n b\n)", "relu(a, b)"),
    ("x\n+ y", "(x + y)"),
    (".5e-1 + 1.", "(0.05 + 1.0)"),
    ("θ1 * σ_2", "(θ1 * σ_2)"),
    ("-2x² ⊙ √(y)", "((-2.0  (x ^ 2.0)) * sqrt(y))"),
    ("‖x − y‖² + 2|x|", "((norm((x - y)) ^ 2.0) + (2.0  abs(x)))"),
    ("‖x‖‖y‖/|[|a|, (|b|)][0]|", "((norm(x)  norm(y)) / abs([abs(a), abs(b)]{0.0}))"),
    ("|x|ᵀ @ |‖x‖ - 1|", "(ᵀ(abs(x)) @ abs((norm(x) - 1.0)))"),
  ])
  func readsWithTheUsualPrecedence(source: String, meaning: String) throws {
    let expression = try Expression(source)
    #expect(expression.spelled(expression.result) == meaning)
  }

  @Test func assignmentsNameWhatFollows() throws {
    let expression = try Expression("b = a + a; c = b + b\nc = c * pi; c")
    #expect(expression.inputs == ["a"])
    #expect(expression.spelled(expression.result) == "c→c=(c→c=(b→b=(a + a) + b→b=(a + a)) * pi)")
    #expect(try Expression("c = 2 * x").inputs == ["x"])
  }

  @Test(arguments: [
    ("(x + y", "this '(' is never closed\n  (x + y\n  ^"),
    ("x + y)", "this ')' closes nothing\n  x + y)\n       ^"),
    ("(x]", "this ']' does not match '(', which is still open\n  (x]\n    ^"),
    ("sum(x, axis: 0", "this 'sum(' is never closed\n  sum(x, axis: 0\n  ^~~~"),
    ("1.5 x", "an operator is missing before 'x'; to multiply, write *\n  1.5 x\n      ^"),
    ("1/2x", "what is divided by is not clear; write parentheses, 1/(2x) or (1/2)x\n  1/2x\n     ^"),
    ("[1 2]", "a comma or an operator is missing before '2'; to multiply, write *\n  [1 2]\n     ^"),
    ("x +", "the expression ends after '+'; a value is missing\n  x +\n    ^"),
    (
      "2 * \"x\"",
      "a text in quotes is an argument of its own, as in einsum(\"ij,jk->ik\", A, B)\n  2 * \"x\"\n      ^~~"
    ),
    ("f(\"x", "this text in quotes is never closed\n  f(\"x\n    ^~"),
    ("x[0:...]", "'...' stands alone between the commas of a subscript, once, as in x[..., 0]\n  x[0:...]\n      ^~~"),
    ("x * / y", "a number, a name or '(' is needed here, not '/'\n  x * / y\n      ^"),
    ("(1, 2)", "a comma cannot stand in parentheses; a list is written [1, 2]\n  (1, 2)\n    ^"),
    ("3 = x", "'=' assigns to a single name at the start of a statement; to compare, write ==\n  3 = x\n    ^"),
    ("é + {x}", "the character '{' has no meaning in an expression; use parentheses ( )\n  é + {x}\n      ^"),
    ("1e999", "the number 1e999 is too large; a number reaches 1.8e308\n  1e999\n  ^~~~~"),
    (
      "a = 1;\nb; a",
      "only the last expression stands without a name; give this one a name (a = …;) or leave it out\n"
        + "  line 2: b; a\n          ^"
    ),
    ("", "the expression is empty; write for instance (x + y) * z\n  \n  ^"),
    ("2‖x", "this '‖' is never closed\n  2‖x\n   ^"),
    ("|x + |y|", "this '|' is never closed\n  |x + |y|\n  ^"),
    ("x[1:2:3:4]", "a slice has at most a start, a stop and a step, x[0:9:2]\n  x[1:2:3:4]\n         ^"),
  ])
  func mistakesAreShownWithACaret(source: String, message: String) {
    let error = #expect(throws: ExpressionError.self) { try Expression(source) }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    ("(", "x", ")"), ("-", "x", ""), ("sin(", "x", ")"), ("[", "1", "]"), ("(", "", ""), ("x^", "x", ""),
  ])
  func depthNeverExhaustsTheStack(open: String, inner: String, close: String) {
    let depth = 20_000
    let source = String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    if inner.isEmpty {
      #expect(throws: ExpressionError.self) { try Expression(source) }
    } else {
      #expect(throws: Never.self) { try Expression(source) }
    }
  }
}

@Suite("Values are understood")
struct ExpressionLiteralTests {
  static let values: [(String, [Int], [Double])] = [
    ("-2", [], [-2]), ("3/8", [], [0.375]), ("[1, -2.5]", [2], [1, -2.5]),
    ("[[1,2],[3,4]]", [2, 2], [1, 2, 3, 4]), ("2^-3", [], [0.125]), ("[inf, 0]", [2], [Double.infinity, 0]),
  ]

  @Test(arguments: values)
  func numbersAndLists(source: String, shape: [Int], scalars: [Double]) throws {
    let literal = try Expression(source).literal()
    #expect(literal.shape == shape)
    #expect(literal.scalars == scalars)
  }

  @Test(arguments: [
    (
      "[[1, 2], [3]]",
      "the rows of a list must be alike: the first is 2 numbers, this one 1 numbers\n  [[1, 2], [3]]\n           ^~~"
    ),
    ("two", "'two' is not a number; a value is written -2, 1/3, [1, 2] or [[1, 2], [3, 4]]\n  two\n  ^~~"),
    ("sin(1)", "a value is written as numbers: -2, 1/3, [1, 2] or [[1, 2], [3, 4]]\n  sin(1)\n  ^~~~~~"),
    ("[1] + 2", "a value may combine numbers with + - * / ^, not lists\n  [1] + 2\n  ^~~~~~~"),
  ])
  func mistakes(source: String, message: String) {
    let error = #expect(throws: ExpressionError.self) { try Expression(source).literal() }
    #expect(error?.description == message)
  }
}

@Suite("Suggestions")
struct SuggestionTests {
  @Test(arguments: [
    ("sigmod", "sigmoid"), ("log_softmax", "logSoftmax"), ("tahn", "tanh"), ("softmx", "softmax"), ("zebra", nil),
    ("q", nil),
  ])
  func theNearestWord(typed: String, meant: String?) {
    #expect(suggestion(for: typed, among: ["sigmoid", "softmax", "logSoftmax", "tanh", "x"]) == meant)
  }
}

extension Expression {
  /// The meaning of a piece with every parenthesis written.
  fileprivate func spelled(_ piece: Int) -> String {
    func spelled(_ piece: Int?) -> String { piece.map { self.spelled($0) } ?? "" }
    switch pieces[piece].kind {
    case .number(let number): return "\(number)"
    case .input(let name): return name
    case .text(let text): return "\"\(text)\""
    case .reference(let name, let target): return name + "→" + spelled(target)
    case .assignment(let name, let value): return name + "=" + spelled(value)
    case .negated(let operand): return "(-" + spelled(operand) + ")"
    case .binary(let binary, let a, let b): return "(\(spelled(a)) \(binary.rawValue) \(spelled(b)))"
    case .list(let items): return "[" + items.map { spelled($0) }.joined(separator: ", ") + "]"
    case .call(let name, let arguments):
      let spelt = arguments.map { ($0.label.map { $0 + ": " } ?? "") + spelled($0.piece) }
      return name + "(" + spelt.joined(separator: ", ") + ")"
    case .element(let operand, let subscripts):
      let spelt = subscripts.map { item in
        switch item {
        case .index(let piece): spelled(piece)
        case .rest: "..."
        case .slice(let start, let stop, let step): [start, stop, step].map { spelled($0) }.joined(separator: ":")
        }
      }
      return spelled(operand) + "{" + spelt.joined(separator: ",") + "}"
    }
  }
}
