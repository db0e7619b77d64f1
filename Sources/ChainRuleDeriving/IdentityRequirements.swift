import ChainRuleCore

/// What has to be positive, not zero, or in an interval for a function to be defined.
struct IdentityRequirements {
  private var positive: Set<Formula> = [], nonzero: Set<Formula> = []
  private var others: Set<String> = []

  init(of roots: [Node], _ reader: inout FormulaReader) throws {
    var seen: Set<Node> = [], stack = roots
    while let node = stack.popLast() {
      guard seen.insert(node).inserted, let primitive = node.primitive else { continue }
      stack += node.inputs
      guard let opcode = node.graph.tabulatedOpcode(of: Int32(node.index)) else {
        try insert(invertible: node, primitive.name, &reader)
        continue
      }
      let inputs = node.inputs
      switch opcode {
      case .divide: insert(nonzero: try reader.formula(of: inputs[1]))
      case .reciprocal: insert(nonzero: try reader.formula(of: inputs[0]))
      case .log, .rsqrt: positive.insert(try reader.formula(of: inputs[0]))
      case .sqrt: positive.insert(try reader.formula(of: inputs[0]))
      case .pow:
        let base = try reader.formula(of: inputs[0]), exponent = try reader.formula(of: inputs[1])
        if let n = exponent.number, n == n.rounded() {
          if n < 0 { insert(nonzero: base) }
        } else {
          positive.insert(base)
        }
      default:
        for (domain, input) in zip(primitive.descriptor.domains, inputs) {
          switch domain {
          case .everywhere, .condition: break
          case .nonzero: insert(nonzero: try reader.formula(of: input))
          default: others.insert("\(domain) \(try reader.formula(of: input))")
          }
        }
      }
    }
  }

  /// What linear algebra divides by: a matrix, or its transpose.
  private mutating func insert(invertible node: Node, _ name: String, _ reader: inout FormulaReader) throws {
    guard ["solve", "triangularSolve", "cholesky", "logDeterminant", "pseudoInverse", "qr"].contains(name) else {
      return
    }
    let matrix = try reader.formula(of: node.inputs[0])
    if case .transposed(let inner) = matrix {
      others.insert("invertible \(inner)")
    } else {
      others.insert("invertible \(matrix)")
    }
  }

  private mutating func insert(nonzero formula: Formula) {
    for factor in formula.simplified.factors where factor.number == nil {
      if case .power(let base, .number(let n)) = factor, n == n.rounded() {
        nonzero.insert(base)
      } else {
        nonzero.insert(factor)
      }
    }
    if formula.number == 0 { nonzero.insert(.number(0)) }
  }

  /// Whether all of these hold by their form, or because the others do.
  func areMet(by given: IdentityRequirements) -> Bool {
    let known = given.positive.union(given.nonzero)
    return positive.allSatisfy { $0.isPositive || given.positive.contains($0) }
      && nonzero.allSatisfy { $0.isPositive || (-$0).isPositive || known.contains($0) || known.contains(-$0) }
      && others.isSubset(of: given.others)
  }
}

extension Formula {
  /// Whether it is above 0 whatever its names stand for, by its form.
  fileprivate var isPositive: Bool {
    switch self {
    case .number(let number): number > 0
    case .sum(let terms):
      terms.allSatisfy(\.isNotNegative) && terms.contains(where: \.isPositive) || isOneLessSquash
    case .product(let factors): factors.allSatisfy(\.isPositive)
    case .power(let base, .number(let n)) where n == n.rounded(): base.isPositive
    case .power(let base, _): base.isPositive
    case .call(let name, let arguments, _):
      ["exp", "sigmoid", "cosh", "softplus", "softmax"].contains(name) || name == "sqrt" && arguments[0].isPositive
    case .name, .matrixProduct, .transposed: false
    }
  }

  private var isNotNegative: Bool {
    if isPositive { return true }
    switch self {
    case .number(let number): return number >= 0
    case .sum(let terms): return terms.allSatisfy(\.isNotNegative)
    case .product(let factors): return factors.allSatisfy(\.isNotNegative)
    case .power(let base, .number(let n)): return n.truncatingRemainder(dividingBy: 2) == 0 || base.isNotNegative
    case .call(let name, let arguments, _):
      return ["abs", "sqrt", "relu", "square"].contains(name) || name == "sum" && arguments[0].isNotNegative
    default: return false
    }
  }

  /// 1 − σ(f), above 0.
  private var isOneLessSquash: Bool {
    guard case .sum(let terms) = self, terms.count == 2, terms.contains(.number(1)) else { return false }
    return terms.contains { if case .call("sigmoid", _, _) = -$0 { true } else { false } }
  }
}
