import ChainRule
import ChainRuleCore

extension EngineCase {
  /// Every row of the kernels' table, within its domain, with its gradients.
  static var elementwise: [EngineCase] {
    PrimitiveTable.descriptors.enumerated().flatMap { number, row in
      let shape: Shape = number % 3 == 0 ? [37] : number % 3 == 1 ? [3, 5] : [2, 1, 4, 3]
      let values = (0..<row.opcode.arity).map { operand in
        let domains = row.descriptor.domains
        let domain = domains[Swift.min(operand, domains.count - 1)]
        return numbers(shape, seed: UInt64(number * 3 + operand + 1), in: domain.samples)
      }
      func value(_ inputs: [Node]) throws -> Node {
        guard let first = inputs.first else { throw nothing }
        return first.graph.record(PrimitiveTable[row.opcode], inputs)
      }
      let slack = slack(of: row.opcode)
      return [
        plain(row.opcode.name, slack: slack, values) { [try value($0)] },
        slopes("gradient of \(row.opcode.name)", slack: slack, values, value),
      ]
    }
  }

  private static var nothing: ChainRuleError {
    ChainRuleError(.value, in: "verify", required: "an operand", got: "none")
  }

  /// What is composed of several functions has the error of each.
  private static func slack(of opcode: Opcode) -> Double {
    switch opcode {
    case .lgamma, .digamma, .polygamma, .beta, .gammaIncomplete, .gammaIncompleteByShape,
      .gammaIncompleteByShapeTwice, .gammaDensity, .logLessDigamma, .betaDensity, .betaIncomplete, .betaScore,
      .betaScoreOfFirst, .betaScoreOfSecond, .betaIncompleteByFirst, .betaIncompleteBySecond,
      .betaIncompleteByFirstTwice, .betaIncompleteByBoth, .betaIncompleteBySecondTwice, .polygammaDifference,
      .erfInverse, .erfInverseSlope, .besselI, .besselIScaled, .sincDerivative, .millsRatio, .erfcxDerivative:
      100
    default: 1
    }
  }

  /// Numbers that are not numbers, infinities, zeros of both signs, and kinks.
  static var conventions: [EngineCase] {
    let special = Tensor([.nan, .infinity, -.infinity, 0, -0.0, 1, -1, 0.5, -0.5, 2.5, -2.5, 1e30, -1e30, 3, -3])
    let count = special.count
    let left = Tensor(shape: [count * count], (0..<count * count).map { special.element($0 / count) })
    let right = Tensor(shape: [count * count], (0..<count * count).map { special.element($0 % count) })
    let ones: [(String, (Node) -> Node)] = [
      ("relu", { relu($0) }), ("sign", { sign($0) }), ("abs", { abs($0) }), ("round", { round($0) }),
      ("truncate", { truncate($0) }), ("floor", { floor($0) }), ("ceil", { ceil($0) }), ("sigmoid", { sigmoid($0) }),
      ("softplus", { softplus($0) }), ("tanh", { tanh($0) }), ("atan", { atan($0) }), ("exp", { exp($0) }),
      ("log", { log($0) }), ("sqrt", { sqrt($0) }), ("expm1", { expm1($0) }), ("log1p", { log1p($0) }),
      ("cbrt", { cbrt($0) }), ("erf", { erf($0) }), ("softsign", { softsign($0) }),
    ]
    let twos: [(String, (Node, Node) -> Node)] = [
      ("maximum", { maximum($0, $1) }), ("minimum", { minimum($0, $1) }), ("equal", { equal($0, $1) }),
      ("less", { $0 .< $1 }), ("greater", { $0 .> $1 }), ("divide", { $0 / $1 }), ("atan2", { atan2($0, $1) }),
      ("hypot", { hypot($0, $1) }), ("xlogy", { xlogy($0, $1) }), ("where", { `where`($0, $1, 1) }),
      ("remainder", { remainder($0, $1) }), ("pow", { pow($0, $1) }), ("logAddExp", { logAddExp($0, $1) }),
    ]
    return ones.map { name, function in plain("\(name) of special numbers", [special]) { [function($0[0])] } }
      + twos.map { name, function in
        plain("\(name) of special numbers", [left, right]) { [function($0[0], $0[1])] }
      }
      + [
        plain("extremes of rows with NaN", [left.reshaped(to: [count, count]), right.reshaped(to: [count, count])]) {
          [
            $0[0].max(axes: [1]), $0[0].min(axes: [1]), $0[1].max(axes: [1]), $0[1].argmax(axis: 1),
            $0[0].argmax(axis: 0),
          ]
        }
      ]
  }
}
