import ChainRuleCore

/// Reads formulas off recorded nodes. It knows what the primitives compute and no derivative: gradients are nodes too.
struct FormulaReader {
  /// A formula with more parts is refused.
  static let mostParts = 4000
  private var formulas: [Node: Formula] = [:]
  private var owners: [String: Node] = [:]

  /// The formula of a node; every name, number and primitive below it is written.
  /// - Throws: ``ChainRuleError`` for what has no notation here, or a formula of more than `mostParts` parts.
  mutating func formula(of root: Node) throws -> Formula {
    var stack = [root]
    while let node = stack.last {
      if formulas[node] != nil {
        stack.removeLast()
        continue
      }
      let missing = node.inputs.filter { formulas[$0] == nil }
      if !missing.isEmpty {
        stack += missing
        continue
      }
      let formula = try read(node)
      guard formula.weight <= Self.mostParts else {
        throw refusal("a formula of at most \(Self.mostParts) parts", "one of \(formula.weight)")
      }
      formulas[node] = formula
      stack.removeLast()
    }
    guard let formula = formulas[root] else { throw refusal("a node that can be read", "none") }
    return formula
  }

  private mutating func read(_ node: Node) throws -> Formula {
    if let error = node.error { throw error }
    guard let primitive = node.primitive else { return try leaf(node) }
    let operands = node.inputs.compactMap { formulas[$0] }
    if let opcode = node.graph.tabulatedOpcode(of: Int32(node.index)) {
      if let formula = Self.arithmetic(opcode, operands) { return formula }
      if let call = primitive.descriptor.call {
        return .call(call, operands, operands.reduce(.scalar) { $0.joined(with: $1.size) })
      }
    }
    guard node.graph.isOfLibrary(Int32(node.index)) else {
      throw refusal("the library's own operations", "\(primitive.name)")
    }
    return try structure(node, primitive, operands)
  }

  private mutating func leaf(_ node: Node) throws -> Formula {
    if node.shape.rank == 0, let number = node.constantNumber { return .number(number) }
    let dimensions = node.shape.dimensions
    guard let label = node.label, node.kind != .constant else {
      throw refusal("inputs with names", "a leaf of shape \(node.shape) without one")
    }
    guard dimensions.count <= 2, dimensions.allSatisfy({ $0 > 1 }) else {
      throw refusal(
        "scalars, vectors and matrices with at least two elements along each axis", "\(label) of shape \(node.shape)")
    }
    guard owners[label, default: node] == node else {
      throw refusal("inputs with names of their own", "two called \(label)")
    }
    owners[label] = node
    return .name(label, .init(rows: dimensions.first ?? 1, columns: dimensions.count > 1 ? dimensions[1] : 1))
  }

  private static func arithmetic(_ opcode: Opcode, _ x: [Formula]) -> Formula? {
    switch opcode {
    case .add: x[0] + x[1]
    case .subtract: x[0] + -x[1]
    case .multiply: x[0] * x[1]
    case .divide: x[0] * x[1].raised(to: .number(-1))
    case .negate: -x[0]
    case .reciprocal: x[0].raised(to: .number(-1))
    case .square: x[0].raised(to: .number(2))
    case .pow: x[0].raised(to: x[1])
    case .multiplyAdd: x[0] * x[1] + x[2]
    case .rsqrt: Formula.call("sqrt", [x[0]], x[0].size).raised(to: .number(-1))
    case .less: compared("<", x)
    case .greater: compared(">", x)
    case .equal: compared("==", x)
    case .where where x[0].number != nil: x[0].number != 0 ? x[1] : x[2]
    case .log where x[0].number == Double.e: .number(1)
    case .log where x[0].number == 1: .number(0)
    case .copy: x[0]
    default: nil  // a function of its name
    }
  }

  private static func compared(_ sign: String, _ x: [Formula]) -> Formula {
    if let a = x[0].number, let b = x[1].number {
      return .number((sign == "<" ? a < b : sign == ">" ? a > b : a == b) ? 1 : 0)
    }
    return .call(sign, x, x[0].size.joined(with: x[1].size))
  }

  private func structure(_ node: Node, _ primitive: any Primitive, _ x: [Formula]) throws -> Formula {
    let whole = Self.size(of: node.shape)
    let input = node.inputs[0]
    switch primitive.name {
    case "stopGradient": return x[0]
    case "broadcast" where x[0].size.isScalar: return x[0]
    case "reshape":
      if x[0].size.isScalar || x[0].size == whole { return x[0] }
      if let whole, Swift.min(whole.rows, whole.columns) == 1, x[0].size.transposed == whole { return x[0].transpose }
    case "transpose" where node.shape.rank == 2: return x[0].transpose
    case "sum" where node.shape.elementCount == 1:
      if x[0].size.isScalar { return .number(Double(input.shape.elementCount)) * x[0] }
      return sum(x[0])
    case "softmax" where x[0].size.columns == 1 && !x[0].size.isScalar && input.shape.rank == 1:
      return .call("softmax", x, x[0].size)
    case "logSumExp" where node.shape.elementCount == 1 && !x[0].size.isScalar:
      return .call("logSumExp", x, .scalar)
    case "matmul":
      if let flags = node.graph.transposedOperands(of: Int32(node.index)), node.shape.rank == 2,
        x[0].size == Self.size(of: input.shape), x[1].size == Self.size(of: node.inputs[1].shape)
      {
        let product = (flags[0] ? x[0].transpose : x[0], flags[1] ? x[1].transpose : x[1])
        return product.0.size.isScalar || product.1.size.isScalar
          ? product.0 * product.1 : product.0.times(product.1)
      }
    default: break
    }
    throw refusal("operations on scalars, vectors and matrices", "\(primitive.name) of shape \(input.shape)")
  }

  /// Scalars leave the sum.
  private func sum(_ formula: Formula) -> Formula {
    guard case .product(let factors) = formula else { return .call("sum", [formula], .scalar) }
    let rest = factors.filter { !$0.size.isScalar }.reduce(Formula.number(1), *)
    return factors.filter(\.size.isScalar).reduce(.number(1), *) * .call("sum", [rest], .scalar)
  }

  private static func size(of shape: Shape) -> Formula.Size? {
    guard shape.rank <= 2 else { return nil }
    return .init(rows: shape.dimensions.first ?? 1, columns: shape.rank > 1 ? shape[1] : 1)
  }

  private func refusal(_ required: String, _ got: String) -> ChainRuleError {
    ChainRuleError(.primitive, in: "derivation", required: required, got: got)
  }
}
