import Foundation
import Testing

import ChainRule
@testable import ChainRulePage

/// Writes what `.ci/page.py` holds the page against: 2,000 random formulas with values, gradients, sums and paths, as
/// many with mistakes and their sentences, and the page itself, into the folder that `CHAINRULE_SAMPLES` names.
@Suite struct PageSamples {
  @Test func writesThePageAndWhatItMustSay() throws {
    let page = try FormulaPage().html()
    let own = try FormulaPage(PageTable([Quartic()])).html()
    #expect(page.utf8.count < 600_000)
    var random = RandomFormulas(seed: 20261127), good: [PageJSON] = [], mistakes: [PageJSON] = []
    while good.count < 2000 {
      let formula = random.formula(), values = Self.values(&random)
      let outcome = Self.outcome(of: formula, values)
      if case .object(let entries) = outcome, entries.contains(where: { $0.key == "error" }) {
        mistakes.append(outcome)
        continue
      }
      good.append(outcome)
      mistakes.append(Self.outcome(of: random.mutated(formula), values))
    }
    for formula in Self.corpus { mistakes.append(Self.outcome(of: formula, Self.values(&random))) }
    guard let folder = ProcessInfo.processInfo.environment["CHAINRULE_SAMPLES"] else { return }
    let quartic = Self.outcome(of: "quartic(a) * b", Self.values(&random), other: Quartic())
    let data = PageJSON.of(["formulas": .list(good), "others": .list(mistakes), "own": quartic])
    try page.write(toFile: folder + "/page.html", atomically: true, encoding: .utf8)
    try own.write(toFile: folder + "/page-own.html", atomically: true, encoding: .utf8)
    try data.written.write(toFile: folder + "/page-cases.json", atomically: true, encoding: .utf8)
  }

  /// A primitive that the page has never heard of.
  struct Quartic: Primitive {
    let name = "quartic"
    var arity: Int? { 1 }
    var descriptor: PrimitiveDescriptor {
      PrimitiveDescriptor(equation: "x⁴", derivatives: ["4x³"], call: "quartic", script: "a*a*a*a")
    }
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(4 * inputs[0] * square(inputs[0]))
    }
  }

  typealias Values = [(name: String, value: Tensor)]

  static func values(_ random: inout RandomFormulas) -> Values {
    RandomFormulas.shapes.map { entry in
      let shape = Shape(entry.shape)
      return (entry.name, Tensor(shape: shape, (0..<shape.elementCount).map { _ in random.number() }))
    }
  }

  /// What the library says: value, gradients, how many sums and paths; or the sentence of the mistake.
  static func outcome(of formula: String, _ values: Values, other: (any Primitive)? = nil) -> PageJSON {
    var entries: [PageJSON.Entry] = [.init(key: "formula", value: .text(formula))]
    func add(_ key: String, _ value: PageJSON) { entries.append(.init(key: key, value: value)) }
    add("values", .object(values.map { .init(key: $0.name, value: tensor($0.value)) }))
    do {
      let graph = Graph(), result: Node, inputs: [String: Node]
      if let other {
        inputs = ["a": graph.input("a", values[0].value), "b": graph.input("b", values[1].value)]
        result = graph.record(other, [inputs["a"]].compactMap { $0 }) * (inputs["b"] ?? graph.constant(1))
      } else {
        let expression = try Expression(formula)
        inputs = expression.inputs(in: graph, values: values)
        result = try expression.record(in: graph, inputs: inputs)
      }
      do { add("value", tensor(try result.value())) } catch { add("failure", .text("\(error)")) }
      guard entries.last?.key == "value" else { return .object(entries) }
      let gradients = result.backward(
        upstream: graph.constant(Tensor(shape: result.shape, repeating: 1)))
      let paths = paths(to: result)
      var found: [PageJSON.Entry] = []
      for (name, node) in inputs.sorted(by: { $0.key < $1.key }) {
        guard let gradient = gradients[node] else { continue }
        found.append(
          .init(
            key: name,
            value: .list([
              tensor(try gradient.value()), .number(Double(gradients.contributions(to: node).count)),
              .number(paths[node.index] ?? 0),
            ])))
      }
      add("gradients", .object(found))
    } catch { add("error", .text("\(error)")) }
    return .object(entries)
  }

  /// How many paths lead from each node to the result, through edges that carry a gradient.
  private static func paths(to result: Node) -> [Int: Double] {
    let gradients = result.backward(upstream: result.graph.constant(Tensor(shape: result.shape, repeating: 1)))
    var counts: [Int: Double] = [result.index: 1], open = [result], seen: Set<Int> = [], nodes: [Node] = []
    while let node = open.popLast() {
      guard seen.insert(node.index).inserted else { continue }
      nodes.append(node)
      open += node.inputs
    }
    for node in nodes.sorted(by: { $0.index > $1.index }) where node != result {
      let all = gradients.contributions(to: node)
      if !all.isEmpty { counts[node.index] = all.reduce(0) { $0 + (counts[$1.consumer.index] ?? 0) } }
    }
    return counts
  }

  private static func tensor(_ tensor: Tensor) -> PageJSON {
    .list([.integers(tensor.shape.dimensions), .list(tensor.scalars.map { .number($0) })])
  }

  /// A formula for every sentence that the reader and the recording have.
  static let corpus = [
    "", "   ", "# only a comment", "a +", "a + \n", "a b", "a @", "(a", "a)", "[a, b", "a]", "(a]", "[1, 2)", "a, b",
    "(a, b)", "sum(u", "sum(u, axis: 0", "sum(u axis: 0)", "u[", "u[1", "u[1:2:3:4]", "u[:]", "u[::2]", "u[:, 0]",
    "u[]",
    "M[0, 1:3]", "M[1:, ::-1]", "M[5]", "M[0, 0, 0]", "M[-3]", "u[0.5]", "u[a]", "u[2:1]", "u[::0]", "u[1:9]",
    "f = = a",
    "a = 2; b", "2; a", "a = b = 2", "x = 2", "x + 1", "sigmod(a)", "sigmoid", "sigmoid + 1", "a(b)", "a (b)", "foo(a)",
    "sigmoid(a, b)", "sigmoid()", "where(a, b)", "max()", "max(a, b, c)", "max(a, b, axis: 0)", "concatenate(u)",
    "sum(u, axes: 3)", "sum(u, axis: -2)", "sum(M, axis: [0, 0])", "sum(M, axis: 0, axis: 1)", "sum(M, axsi: 0)",
    "sum(M, axis: a)", "sum(M, axis: 0.5)", "sum(M, keepdims: 2)", "sum(M, keepdims: true)", "softmax(a)",
    "softmax(M, axis: 2)",
    "argmax(M, axis: 0)", "argmax(a)", "a ^ 1e999", "1e999", "1.5.2", "1..2", ".5", "5.", "5.sin()", "2.5e", "2e3",
    "2e+", "2E-2",
    "a { b", "|a|", "'a'", "a & b", "a ≤ b", "a ≠ b", "√a", "√(a + 4)", "a²", "a⁻²", "a^-2", "-a^2", "2a", "2(a)",
    "(a)(b)",
    "(a)b", "1/2a", "ab", "e^a", "e + 1", "pi * a", "π", "true + a", "a == b", "a = b", "a < b < c", "a ** 2 ** 2",
    "a × b ÷ c",
    "a − b", "a · b", "u ⊙ v", "uᵀv", "u vᵀ", "u v", "Mᵀ", "MN", "M u", "N M", "M @ M", "u @ M", "N @ u", "a @ b",
    "u + N", "M + N",
    "M * N", "[u, a]", "[[1, 2], [3]]", "[1, [2]]", "[[a, b], [c]]", "[[1, 2], [3, 4]] @ [a, b]", "reshaped(M, [4])",
    "reshaped(M, [-1])", "reshaped(M, to: [3, -1])", "reshaped(M, [4, -1])", "reshaped(M)", "reshaped(M, [6], to: [6])",
    "reshaped(M, a)", "broadcast(u, [2, 3])", "broadcast(u, [2, 2])",
    "transposed(M, axes: [0])", "transposed(M, [1, 0])", "transposed(M, axes: [0, 0])", "flipped(M, axis: 4)",
    "padded(u, before: [1])",
    "padded(u, before: [1, 2], after: [0])", "padded(u, before: [-1], after: [0])", "gathered(u, [0, 5])",
    "gathered(u, [0.5])", "gathered(u)", "gathered(u, at: [1, 1])", "gathered(M, [1], axis: 2)",
    "gatheredAlong(M, [[0], [2]])", "gatheredAlong(M, [0])", "stack(u, M)", "stack(u, v, axis: 1)",
    "stack(u, v, axis: 4)", "stack(u)", "concatenate(u, M)", "concatenate(M, M, axis: 1)",
    "concatenate(M, M, axis: 5)", "clamp(a, 1, 0)", "clamp(a, min: b)", "clamp(a, 0, min: 1)", "clamp(a)",
    "clamp(a, 0.5)", "norm(u, p: 0)", "norm(u, p: nan)", "norm(u, p: -1)", "norm(u, p: inf)",
    "norm(M, axis: 1)", "norm(0 * u)", "tiled(u, [2])", "tiled(M, [2])", "tiled(u, [-1])", "tile(u, repeats: [2, 2])",
    "leakyReLU(a, slope: b)", "leakyReLU(a, negative_slope: 0.2)", "gelu(a, approximate: true)",
    "gelu(a, approximate: 3)", "elu(a, alpha: 2)", "variance(u, correction: 0.5)", "product(M, axis: 1)",
    "product(u[1:1])", "max(u[1:1])", "mean(u[1:1])", "convolution2d(u, v)",
    "convolution2d(reshaped(M, [1, 1, 2, 3]), [[[[1, 2], [3, 4]]]])",
    "conv2d(reshaped(M, [1, 1, 2, 3]), reshaped(N, [1, 1, 3, 2]))",
    "conv2d(reshaped(M, [1, 1, 2, 3]), reshaped(N, [1, 1, 3, 2]), padding: 1, stride: [1, 2])",
    "maxPool2d(reshaped(M, [1, 1, 2, 3]))", "maxPool2d(reshaped(M, [1, 1, 2, 3]), window: [1, 2], stride: 1)",
    "maxPool2d(u)", "maxPool2d(M, window: 0)", "avgPool2d(reshaped(M, [1, 1, 2, 3]), window: 2, padding: 1)",
    "avgPool2d(reshaped(M, [1, 1, 2, 3]), padding: 2)", "a.sum()", "u.sum(axis: 0)", "a.", "a.b", "u.foo()",
    "sum(u).sqrt()", "Sum(u)", "log_soft_max(u)", "LOGSOFTMAX(u)", "cumsum(M, axis: 0)", "mean(axis: 0)",
    "sum(axis: 0, u)", "sum(u,)", "sum(,u)", "[,1]", "[1,]", "[]", "[] + a", "a\n+ b", "a +\nb", "(a\n+ b)", "a; b",
    "a;;b", "q = a\nq * b", "q = a; q = q * q; q + b", "a #c\n", "a\t+\tb $", "\t\t$",
    "sum(u)\n(a)", "u\n[1]", "a ? b : c", "a !", "\"a\"", "aᵀ", "uᵀ", "M[0]ᵀM[1]", "x̂ + 1", "θ₁ = a; θ₁²", "a\r\n+ $",
    "sum(u) + sum(v) + sum(u) + sum(v) + sum(u) + sum(v) + sum(u) + sum(v) + zzz + sum(u) + sum(v) + sum(u)",
    "relu(a - a)", "max(a, a)", "abs(a - a)", "min(u - u)", "0 ^ a", "(a - a) ^ 0", "(a - a) ^ 2", "sqrt(a - a)",
    "log(a - a)", "log(-1 - a^2)", "sign(a)", "round(a)", "ceil(u)", "trunc(M)", "minimum(u, v)", "equal(a, a)",
    "less(a, b)", "greater(u, 0)",
    "pow(a, 3)", "pow(2, a)", "power(a^2, b)", "stopGradient(a) * a", "logSumExp(M, axis: [0, 1])",
    "max(M, axis: 1, keepdim: true)", "M[:, 1]", "M[:, 1:2]", "(u @ v)[0]", "u[1].sum()", "infinity * a", "nan + a",
    "1/0 + a", "[1, 2, 3] / a", "a / [1, 2, 3]",
    // Smooth forms: the corner is not recorded, so that sums and paths are those of what is.
    "square(norm(u))", "norm(u)^2", "norm(u - u)^2", "norm(u)^4", "norm(u)^3", "(2 * norm(u))^2", "(norm(u) / 3)^2",
    "(-norm(u))^2", "norm(u) * norm(u)", "norm(u) * norm(v)", "norm(u + 1) * norm(u + 1)", "sqrt(sum(u^2))^2",
    "norm(M, axis: 0, keepingDimensions: true)^2", "norm(norm(M, axis: 0))", "norm(norm(M, axis: 1), p: 1)",
    "norm(norm(M, axis: 0, keepingDimensions: true), axis: 1)", "norm(u, p: 3)^2", "norm(M)^2 + norm(u)",
    "abs(u)^2", "|a|^2", "|a| * |a|", "(|a| * b)^2", "(|a| * |b|)^2", "(a / |b|)^2", "square(abs(Mᵀ))", "(u * |a|)^4",
    "max(a, -a)^2", "max(-u, u)^2", "maximum(a, -b)^2", "|a|^3", "|a|^-2", "||a||^2", "sqrt(u^2)", "sqrt(u * u)",
    "sqrt(u^4)", "sqrt(u^6)", "sqrt(u^3)", "sqrt((u - u)^2)", "sqrt(a^2)^2", "cos(|u|)", "cosh(abs(a))", "cos(-|a|)",
    "sin(|a|)", "relu(a^2 + 1)", "relu(a^2 - 1)", "abs(sum(u^2))", "abs(u^2 * v^2)", "abs(2 * u^2 / 3)", "max(a^2, 0)",
    "max(u^2, -1)", "max(u^2, 1)", "max(0, a^2)", "cbrt(a)^3", "cbrt(a^3)", "cbrt(u)^6", "cbrt(a^2)", "‖u‖²", "‖u‖ ‖u‖",
    "(u |a|)²", "square(reshaped(abs(M), [6]))", "(|u|[1])^2", "square(stack(norm(u), norm(v)))", "(norm(u) + 1)^2",
    "square(gathered(abs(u), [0, 2]))", "pow(abs(a), b)", "square(stoppingGradient(abs(a)))", "sqrt(0 * u^2)",
  ]
}
