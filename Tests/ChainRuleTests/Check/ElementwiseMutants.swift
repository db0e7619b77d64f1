import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

private let a = PrimitiveSamples.random([2, 3], from: 0.4, to: 1.8, seed: 21)
private let b = PrimitiveSamples.random([2, 3], from: 0.5, to: 1.6, seed: 22)
private let s = PrimitiveSamples.random([2, 3], from: -1.7, to: 1.7, seed: 23)
private let square33 = PrimitiveSamples.random([3, 3], from: 0.4, to: 1.8, seed: 24)

extension MutantCase {
  /// Mistakes that can be made in any factor, in every elementwise primitive that has one.
  static let generated: [MutantCase] = PrimitiveTable.elementwise.flatMap { primitive -> [MutantCase] in
    let inputs = PrimitiveSamples.inside(
      primitive.descriptor.domains.map { $0 == .everywhere ? .above(0.2) : $0 }, shape: [2, 3])
    return inputs.indices.flatMap { index -> [MutantCase] in
      // A primitive whose descriptor lacks derivatives is named by DescriptorTests.
      let derivatives = primitive.descriptor.derivatives
      guard index < derivatives.count, !derivatives[index].hasPrefix("none") else { return [] }
      func mutant(_ kind: String, _ wrong: @escaping @Sendable (Node) -> Node) -> MutantCase {
        .init("\(primitive.name), input \(index): \(kind)", primitive, inputs) { right, _, position, _ in
          guard position == index, case .factor(let factor) = right else { return right }
          return .factor(wrong(factor))
        }
      }
      return [
        mutant("the wrong sign") { -$0 }, mutant("twice as much") { 2 * $0 }, mutant("0.1 % too much") { 1.001 * $0 },
      ]
    }
  }

  /// Wrong formulas of one and two operands.
  static let formulas: [MutantCase] = [
    .factor("sin without cos", Sin(), [s]) { y, _, _ in y.graph.constant(1) },
    .factor("sin with the wrong sign", Sin(), [s]) { _, _, x in -cos(x[0]) },
    .factor("cos without minus", Cos(), [s]) { _, _, x in sin(x[0]) },
    .factor("exp with its input for its output", Exp(), [a]) { _, _, x in x[0] },
    .factor("expm1 with y for y + 1", Expm1(), [a]) { y, _, _ in y },
    .factor("tanh without the square", Tanh(), [s]) { y, _, _ in 1 - y },
    .factor("tanh of the input", Tanh(), [s]) { _, _, x in 1 - square(x[0]) },
    .factor("tanh with plus", Tanh(), [s]) { y, _, _ in 1 + square(y) },
    .factor("sigmoid with a dropped factor", Sigmoid(), [s]) { y, _, _ in y },
    .factor("softplus with its own value", Softplus(), [s]) { y, _, _ in y },
    .factor("log with 1/x²", Log(), [a]) { _, _, x in reciprocal(square(x[0])) },
    .factor("log1p without the one", Log1p(), [a]) { _, _, x in reciprocal(x[0]) },
    .factor("sqrt without the half", Sqrt(), [a]) { y, _, _ in reciprocal(y) },
    .factor("rsqrt with the wrong power", Rsqrt(), [a]) { y, _, _ in -0.5 * square(y) },
    .factor("square without the two", Square(), [s]) { _, _, x in x[0] },
    .factor("reciprocal with the wrong power", Reciprocal(), [a]) { y, _, _ in -y },
    .factor("abs without the sign", Abs(), [s]) { y, _, _ in y.graph.constant(1) },
    .factor("erf without 2/√π", Erf(), [s]) { _, _, x in exp(-square(x[0])) },
    .factor("erf growing instead of falling", Erf(), [s]) { _, _, x in 1.1283791670955126 * exp(square(x[0])) },
    .factor("atan with x for x²", Atan(), [a]) { _, _, x in reciprocal(1 + x[0]) },
    .init("power: the exponent is not brought down", Pow(), [a, b]) { right, _, index, x in
      index == 0 ? .factor(pow(x[0], x[1] - 1)) : right
    },
    .init("power: the exponent is not lowered", Pow(), [a, b]) { right, y, index, x in
      index == 0 ? .factor(x[1] * y) : right
    },
    .init("power: no logarithm for the exponent", Pow(), [a, b]) { right, y, index, _ in
      index == 1 ? .factor(y) : right
    },
    .init("power: the logarithm of the exponent", Pow(), [a, b]) { right, y, index, x in
      index == 1 ? .factor(y * log(x[1])) : right
    },
    .init("division: the numerator's factor squared", Divide(), [a, b]) { right, _, index, x in
      index == 0 ? .factor(reciprocal(square(x[1]))) : right
    },
    .init("division: the denominator without minus", Divide(), [a, b]) { right, y, index, x in
      index == 1 ? .factor(y / x[1]) : right
    },
    .init("division: the operands swapped", Divide(), [a, b]) { right, _, index, x in
      index == 0 ? .factor(reciprocal(x[0])) : right
    },
    .factor("product: each its own operand", Multiply(), [a, b]) { _, index, x in x[index] },
    .init("product: only one side gets a gradient", Multiply(), [a, b]) { right, y, index, _ in
      index == 1 ? .factor(y.graph.constant(0)) : right
    },
    .init("difference: plus for the second operand", Subtract(), [a, b]) { right, y, index, _ in
      index == 1 ? .factor(y.graph.constant(1)) : right
    },
    .factor("multiply-add: the addend scaled like a factor", MultiplyAdd(), [a, b, s]) { _, index, x in
      index == 0 ? x[1] : x[0]
    },
  ]

  /// Wrong at kinks' sides and masks.
  static let masks: [MutantCase] = [
    .factor("relu without its mask", Relu(), [s]) { y, _, _ in y.graph.constant(1) },
    .factor("relu with the mask of the other side", Relu(), [s]) { _, _, x in less(x[0], 0) },
    .factor("relu with a shifted threshold", Relu(), [s]) { _, _, x in greater(x[0], 0.8) },
    .factor("relu leaking below zero", Relu(), [s]) { _, _, x in `where`(greater(x[0], 0), 1, 0.01 * equal(x[0], x[0]))
    },
    .factor("maximum giving to both", Maximum(), [a, b]) { y, _, _ in y.graph.constant(1) },
    .factor("maximum giving to the loser", Maximum(), [a, b]) { _, index, x in less(x[index], x[1 - index]) },
    .factor("minimum taken for maximum", Minimum(), [a, b]) { _, index, x in greater(x[index], x[1 - index]) },
    .factor("maximum sharing evenly", Maximum(), [a, b]) { y, _, _ in y.graph.constant(0.5) },
    .init("where with the branches swapped", Where(), [Tensor(indices: [1, 0, 1, 0, 1, 1], shape: [2, 3]), a, b]) {
      _, _, index, x in
      let isZero = equal(x[0], 0)
      return index == 1 ? .factor(isZero) : index == 2 ? .factor(1 - isZero) : .none(reason: "chooses")
    },
  ]

  /// Wrong in few places, or by little.
  static let subtle: [MutantCase] = [
    .factor("wrong by 1e-5 of its size", Sin(), [a]) { _, _, x in 1.00001 * cos(x[0]) },
    .factor("off by a constant of 1e-6", Tanh(), [s]) { y, _, _ in 1 - square(y) + 1e-6 },
    .factor("rounded to twelve bits", Exp(), [a]) { y, _, _ in
      y.graph.record(
        ElementwiseFunction("twelveBits", { ($0 * 4096).rounded() / 4096 }, derivative: { equal($0, $0) }), [y])
    },
    .factor("wrong for negative inputs only", Sin(), [s]) { _, _, x in
      cos(x[0]) * `where`(less(x[0], 0), 1.5, equal(x[0], x[0]))
    },
    .factor("wrong in a corner of the domain", Exp(), [a]) { y, _, x in `where`(greater(x[0], 1.2), 0.9 * y, y) },
    .factor("wrong at one element of six", Square(), [a]) { _, _, x in
      2 * x[0] + x[0].graph.constant([[0, 0, 0], [0, 0.001, 0]])
    },
    .init("claiming that no gradient flows", Sin(), [s]) { _, _, _, _ in .none(reason: "wrongly") },
    .factor("a factor of zero", Cos(), [s]) { y, _, _ in y.graph.constant(0) },
    .factor("a factor that is not a number", Sqrt(), [a]) { y, _, _ in 0 * y / (y - y) },
    .factor("the transposed factor", Exp(), [square33]) { y, _, _ in y.transposed() },
    .factor("the flipped factor", Exp(), [a]) { y, _, _ in y.flipped(axes: [1]) },
    .factor("the mean factor for everyone", Exp(), [a]) { y, _, _ in y.mean().broadcast(to: y.shape) },
    .factor("a running sum of the factor", Sin(), [a]) { _, _, x in cos(x[0]).cumulativeSum(axis: 1) },
  ]

  /// Right in value, wrong when differentiated again.
  static let secondOrder: [MutantCase] = [
    .factor("a factor frozen at its value", Sin(), [Tensor([0.4, 1.1])], order: 2) { y, _, x in
      y.graph.constant((try? cos(x[0]).value()) ?? Tensor(0))
    },
    .factor("a factor whose path is cut", Exp(), [Tensor([0.4, 1.1])], order: 2) { y, _, _ in y.stoppingGradient() },
    .factor("half of a factor's path is cut", Tanh(), [Tensor([0.4, 1.1])], order: 2) { y, _, _ in
      1 - y * y.stoppingGradient()
    },
    .init("the other operand frozen", Multiply(), [Tensor([0.4]), Tensor([1.3])], order: 2) { _, _, index, x in
      .factor(x[1 - index].stoppingGradient())
    },
  ]
}
