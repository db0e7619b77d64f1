import ChainRuleCore
import ChainRuleMathematics

// Order and selection, recurrences, transforms and densities as functions of the expression language, under the names
// that they have on `Node`.
extension ExpressionFunction {
  static let order: [ExpressionFunction] =
    sorting + running + selecting + transforms + densities
    + moreDensities

  /// A function along one axis, the last unless another is given.
  private static func alongAxis(
    _ name: String, aliases: [String] = [], _ function: @escaping @Sendable (Node, Int) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction("\(name)(x, axis: -1)", takes: .exactly(1), options: [.axis], aliases: aliases) {
      function($0.node(0), try $0.axis(-1))
    }
  }

  /// The same with a whole number that stands after the operand.
  private static func counted(
    _ name: String, _ example: Int, aliases: [String] = [],
    _ function: @escaping @Sendable (Node, Int, Int) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction("\(name)(x, \(example), axis: -1)", takes: .exactly(2), options: [.axis], aliases: aliases) {
      function($0.node(0), try $0.whole(1), try $0.axis(-1))
    }
  }

  private static let sorting: [ExpressionFunction] = [
    ExpressionFunction(
      "sorted(x, axis: -1, descending: true)", takes: .exactly(1), options: [.axis, .descending], aliases: ["sort"]
    ) { $0.node(0).sorted(axis: try $0.axis(-1), descending: try $0.flag(.descending)) },
    ExpressionFunction(
      "argsort(x, axis: -1, descending: true)", takes: .exactly(1), options: [.axis, .descending]
    ) { $0.node(0).argsort(axis: try $0.axis(-1), descending: try $0.flag(.descending)) },
    counted("topK", 3) { $0.topK($1, axis: $2).values },
    alongAxis("argmin") { $0.argmin(axis: $1) },
    ExpressionFunction(
      "median(x, axis: -1, keepingDimensions: true)", takes: .exactly(1), options: [.axis, .keepingDimensions]
    ) { $0.node(0).median(axis: try $0.axis(-1), keepingDimensions: try $0.keepingDimensions()) },
    ExpressionFunction(
      "quantile(x, 0.9, axis: -1, keepingDimensions: true)", takes: .exactly(2), options: [.axis, .keepingDimensions]
    ) { call in
      let (axis, keeps) = (try call.axis(-1), try call.keepingDimensions())
      if let q = call.operands[1].value.literal?.number {
        return call.node(0).quantile(q, axis: axis, keepingDimensions: keeps)
      }
      return call.node(0).quantile(call.node(1), axis: axis, keepingDimensions: keeps)
    },
    ExpressionFunction("searchSorted(row, x, right: true)", takes: .exactly(2), options: [.right]) {
      searchSorted($0.node(0), $0.node(1), side: try $0.flag(.right) ? .right : .left)
    },
  ]

  /// A running result along one axis, from the other end where it is reversed.
  private static func running(
    _ name: String, aliases: [String], _ function: @escaping @Sendable (Node, Int, Bool) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)(x, axis: -1, reversed: true)", takes: .exactly(1), options: [.axis, .reversed], aliases: aliases
    ) { function($0.node(0), try $0.axis(-1), try $0.flag(.reversed)) }
  }

  private static let running: [ExpressionFunction] = [
    running("cumulativeProduct", aliases: ["cumprod"]) { $0.cumulativeProduct(axis: $1, reversed: $2) },
    running("cumulativeMaximum", aliases: ["cummax"]) { $0.cumulativeMaximum(axis: $1, reversed: $2) },
    running("cumulativeMinimum", aliases: ["cummin"]) { $0.cumulativeMinimum(axis: $1, reversed: $2) },
    running("cumulativeLogSumExp", aliases: ["logcumsumexp"]) { $0.cumulativeLogSumExp(axis: $1, reversed: $2) },
    ExpressionFunction(
      "linearRecurrence(a, b, axis: -1, reversed: true)", takes: .exactly(2), options: [.axis, .reversed]
    ) {
      linearRecurrence($0.node(0), $0.node(1), axis: try $0.axis(-1), reversed: try $0.flag(.reversed))
    },
    ExpressionFunction(
      "difference(x, axis: -1, times: 1)", takes: .exactly(1), options: [.axis, .times], aliases: ["diff"]
    ) { $0.node(0).difference(axis: try $0.axis(-1), order: try $0.wholeNumber(.times) ?? 1) },
    counted("rolled", 1, aliases: ["roll"]) { $0.rolled(by: $1, axis: $2) },
    counted("repeated", 2, aliases: ["repeat"]) { $0.repeated($1, axis: $2) },
  ]

  private static let selecting: [ExpressionFunction] = [
    ExpressionFunction("oneHot(x, 10)", takes: .exactly(2)) { $0.node(0).oneHot(classes: try $0.whole(1)) },
    ExpressionFunction(
      "selected(x, mask, count: 3, filling: 0, axis: 0)", takes: .exactly(2), options: [.count, .filling, .axis]
    ) {
      $0.node(0).selected(
        where: $0.node(1), count: try $0.needed(.count), filling: try $0.number(.filling) ?? 0, axis: try $0.axis(0))
    },
    ExpressionFunction(
      "segmentSum(x, [0, 1, 0], count: 2, axis: 0)", takes: .exactly(2), options: [.count, .axis], readsPositions: true
    ) {
      $0.node(0).segmentSum($0.node(1), count: try $0.needed(.count), axis: try $0.axis(0))
    },
  ]

  private static let transforms: [ExpressionFunction] = [
    // Formulas have one value: rows of real and imaginary parts.
    ExpressionFunction("fft(real) or fft(real, imaginary)", takes: .between(1, 2)) {
      stack(fft($0.node(0), $0.operands.count > 1 ? $0.node(1) : nil))
    },
    ExpressionFunction("inverseFFT(real) or inverseFFT(real, imaginary)", takes: .between(1, 2), aliases: ["ifft"]) {
      stack(inverseFFT($0.node(0), $0.operands.count > 1 ? $0.node(1) : nil))
    },
    ExpressionFunction(
      "interpolate(x, places, values, cubic: true)", takes: .exactly(3), options: [.cubic], aliases: ["interp"]
    ) {
      interpolate($0.node(0), $0.node(1), $0.node(2), method: try $0.flag(.cubic) ? .cubic : .linear)
    },
    ExpressionFunction("tridiagonalSolve(lower, diagonal, upper, right)", takes: .exactly(4)) {
      tridiagonalSolve(lower: $0.node(0), diagonal: $0.node(1), upper: $0.node(2), $0.node(3))
    },
  ]

  private static func stack(_ pair: (real: Node, imaginary: Node)) -> Node {
    pair.real.error == nil ? ChainRuleCore.stack([pair.real, pair.imaginary], axis: -2) : pair.real
  }

  private static let densities: [ExpressionFunction] = [
    density("normalLogDensity", "mean", "deviation") { normalLogDensity($0, mean: $1, standardDeviation: $2) },
    density("logNormalLogDensity", "mean", "deviation") { logNormalLogDensity($0, mean: $1, standardDeviation: $2) },
    density("uniformLogDensity", "lower", "upper") { uniformLogDensity($0, from: $1, to: $2) },
    ExpressionFunction("exponentialLogDensity(x, rate)", takes: .exactly(2)) {
      exponentialLogDensity($0.node(0), rate: $0.node(1))
    },
    density("cauchyLogDensity", "location", "scale") { cauchyLogDensity($0, location: $1, scale: $2) },
    density("laplaceLogDensity", "location", "scale") { laplaceLogDensity($0, location: $1, scale: $2) },
    ExpressionFunction("bernoulliLogProbability(x, logit)", takes: .exactly(2)) {
      bernoulliLogProbability($0.node(0), logit: $0.node(1))
    },
    density("gammaLogDensity", "concentration", "rate") { gammaLogDensity($0, concentration: $1, rate: $2) },
    density("betaLogDensity", "a", "b") { betaLogDensity($0, $1, $2) },
    ExpressionFunction("dirichletLogDensity(x, concentration)", takes: .exactly(2)) {
      dirichletLogDensity($0.node(0), concentration: $0.node(1))
    },
    ExpressionFunction("studentTLogDensity(x, degrees, location, scale)", takes: .exactly(4)) {
      studentTLogDensity($0.node(0), degreesOfFreedom: $0.node(1), location: $0.node(2), scale: $0.node(3))
    },
    ExpressionFunction("poissonLogProbability(count, rate)", takes: .exactly(2)) {
      poissonLogProbability($0.node(0), rate: $0.node(1))
    },
    density("binomialLogProbability", "count", "logit") { binomialLogProbability($0, count: $1, logit: $2) },
    density("vonMisesLogDensity", "location", "concentration") {
      vonMisesLogDensity($0, location: $1, concentration: $2)
    },
    ExpressionFunction("categoricalLogProbability(classes, logits)", takes: .exactly(2)) {
      categoricalLogProbability($0.node(0), logits: $0.node(1))
    },
  ]

  private static func density(
    _ name: String, _ first: String, _ second: String, _ function: @escaping @Sendable (Node, Node, Node) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction("\(name)(x, \(first), \(second))", takes: .exactly(3)) {
      function($0.node(0), $0.node(1), $0.node(2))
    }
  }
}

extension ExpressionCall {
  /// An operand that is one whole number.
  fileprivate func whole(_ place: Int) throws -> Int {
    let numbers = try wholeNumbers(operands[place])
    guard numbers.count == 1 else { throw wrong("\(function.name) takes one whole number there\(written)") }
    return numbers[0]
  }

  /// An option that must be given.
  fileprivate func needed(_ option: ExpressionOption) throws -> Int {
    guard let number = try wholeNumber(option) else { throw wrong("\(function.name) needs '\(option.name)'\(written)") }
    return number
  }
}
