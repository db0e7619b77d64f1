import ChainRuleCore

/// Reads formulas off recorded nodes. It knows what the primitives compute and no derivative: gradients are nodes too.
struct FormulaReader {
  /// A formula with more parts is refused.
  static let mostParts = 4000
  private var formulas: [Node: Formula] = [:]
  private var owners: [String: Node] = [:]
  /// Computed nodes that are written by a name of their own.
  private let named: [Node: String]

  init(named: [Node: String] = [:]) { self.named = named }

  /// The formula of a node; every name, number and primitive below it is written.
  /// - Throws: ``ChainRuleError`` for what has no notation here, or a formula of more than `mostParts` parts.
  mutating func formula(of root: Node) throws -> Formula {
    var stack = [root]
    while let node = stack.last {
      if formulas[node] != nil {
        stack.removeLast()
        continue
      }
      let missing = named[node] != nil ? [] : inputs(of: node).filter { formulas[$0] == nil }
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
    if let name = named[node], let size = Self.size(of: node.shape) { return .name(name, size) }
    guard let primitive = node.primitive else { return try leaf(node) }
    if node.shape.rank == 0, let norm = node.normParts, let formula = formulas[norm.vector] {
      return .call("sqrt", [sum(formula * formula, over: norm.vector.shape)], .scalar)
    }
    if let part = node.factorPart, let whole = formulas[part.matrix] {
      let formula = Formula.call(part.call, [whole], part.size)
      return part.size.columns == 1 ? formula.transpose : formula
    }
    if let place = node.elementPlace, let tensor = formulas[place.tensor] {
      return Self.element(place.index, place.tensor.shape, tensor)
    }
    if let vector = Self.vectorOnDiagonal(node), let formula = formulas[vector] {
      if formula.size.isScalar { return formula * .identity(node.shape[0]) }
      return .call("diag", [formula], .init(rows: formula.size.rows, columns: formula.size.rows))
    }
    let operands = node.inputs.compactMap { formulas[$0] }
    if let opcode = node.graph.tabulatedOpcode(of: Int32(node.index)) {
      if let formula = Self.arithmetic(opcode, operands) ?? Self.softmax(opcode, operands) { return formula }
      if primitive.descriptor.call == "gaussian" { return Self.gaussian(operands[0]) }
      if let call = primitive.descriptor.call {
        return .call(call, operands, operands.reduce(.scalar) { $0.joined(with: $1.size) })
      }
    }
    guard node.graph.isOfLibrary(Int32(node.index)) else {
      throw refusal("the library's own operations", "\(primitive.name)")
    }
    return try structure(node, primitive, operands)
  }

  /// What has to be read before a node.
  private func inputs(of node: Node) -> [Node] {
    if node.shape.rank == 0, let norm = node.normParts { return [norm.vector] }
    if let part = node.factorPart { return [part.matrix] }
    if let place = node.elementPlace { return [place.tensor] }
    return Self.vectorOnDiagonal(node).map { [$0] } ?? node.inputs
  }

  /// The vector that a product with the identity puts on a diagonal.
  private static func vectorOnDiagonal(_ node: Node) -> Node? {
    guard node.graph.tabulatedOpcode(of: Int32(node.index)) == .multiply, node.inputs.contains(where: isIdentity),
      let other = node.inputs.first(where: { !isIdentity($0) }), other.primitive?.name == "broadcast",
      let column = other.inputs.first, column.primitive?.name == "reshape", column.shape.rank == 2,
      column.shape[1] == 1, let vector = column.inputs.first, vector.shape.rank == 1
    else { return nil }
    return vector
  }

  /// Whether a leaf is a constant identity matrix.
  private static func isIdentity(_ node: Node) -> Bool {
    guard node.kind == .constant, node.shape.rank == 2, node.shape[0] == node.shape[1], node.shape[0] > 1,
      let value = try? node.value()
    else { return false }
    let count = node.shape[0]
    return value.scalars.enumerated().allSatisfy { $1 == ($0 / count == $0 % count ? 1 : 0) }
  }

  private mutating func leaf(_ node: Node) throws -> Formula {
    if node.shape.rank == 0, let number = node.constantNumber { return .number(number) }
    if Self.isIdentity(node) { return .identity(node.shape[0]) }
    let dimensions = node.shape.dimensions
    if node.kind == .constant, node.label == nil, (1...2).contains(dimensions.count), dimensions.allSatisfy({ $0 > 1 }),
      node.shape.elementCount <= 36
    {
      return .call("list", try node.value().scalars.map { .number($0) }, Self.size(of: node.shape) ?? .scalar)
    }
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
    case .add: Self.added(x[0], x[1])
    case .subtract: x[0] + -x[1]
    case .multiply where x[1].isIdentity && !x[0].size.isScalar: onDiagonal(x[0], x[1].size)
    case .multiply where x[0].isIdentity && !x[1].size.isScalar: onDiagonal(x[1], x[0].size)
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
    case .where: chosen(x[0], x[1], x[2])
    case .log where x[0].guardedBase != nil: x[0].guardedBase.map { .call("log", [$0], $0.size) }
    case .log where x[0].number == Double.e: .number(1)
    case .log where x[0].number == 1: .number(0)
    case .maximum where isLowest(x[1]): x[0]
    case .copy: x[0]
    default: nil  // a function of its name
    }
  }

  /// e to the z − ln Σ eᶻ is softmax z.
  private static func softmax(_ opcode: Opcode, _ x: [Formula]) -> Formula? {
    guard opcode == .exp, case .sum(let terms) = x[0], terms.count == 2 else { return nil }
    for (last, first) in [(terms[0], terms[1]), (terms[1], terms[0])] {
      // Of the rows of a matrix z − lse·𝟏ᵀ, of its columns z − 𝟏·lseᵀ.
      switch -last {
      case .call("logSumExp", let inner, _) where inner[0] == first && first.size.columns == 1,
        .matrixProduct(.call("logSumExp", let inner, _), .transposed(.call("ones", _, _))) where inner[0] == first:
        return .call("softmax", inner, first.size)
      case .matrixProduct(.call("ones", _, _), .transposed(.call("logSumExp", let inner, _)))
      where inner[0] == first.transpose:
        return Formula.call("softmax", inner, inner[0].size).transpose
      default: continue
      }
    }
    return nil
  }

  /// e^(−f²), with ½ for the square of a rounded √½.
  private static func gaussian(_ argument: Formula) -> Formula {
    let square = -argument.raised(to: .number(2)), number = square.coefficient
    let short = (number * 1e6).rounded() / 1e6
    let isShort = (number - short).magnitude <= 4e-16 * number.magnitude && short != 0
    let exponent = isShort ? .number(short) * (.number(1 / number) * square) : square
    return .call("exp", [exponent], argument.size)
  }

  private static func onDiagonal(_ matrix: Formula, _ size: Formula.Size) -> Formula {
    .call("diag", [.call("diag", [matrix], .init(rows: size.rows, columns: 1))], size)
  }

  private static func isLowest(_ formula: Formula) -> Bool {
    (formula.number ?? 0) <= -Double(Float.greatestFiniteMagnitude)
  }

  private static func compared(_ sign: String, _ x: [Formula]) -> Formula {
    if let a = x[0].number, let b = x[1].number {
      return .number((sign == "<" ? a < b : sign == ">" ? a > b : a == b) ? 1 : 0)
    }
    // No value lies below the lowest finite number but −∞, which `LogSumExp` keeps out of its weights.
    if isLowest(x[1]) { return .number(sign == ">" ? 1 : 0) }
    if isLowest(x[0]) { return .number(sign == "<" ? 1 : 0) }
    return .call(sign, x, x[0].size.joined(with: x[1].size))
  }

  private func structure(_ node: Node, _ primitive: any Primitive, _ x: [Formula]) throws -> Formula {
    let whole = Self.size(of: node.shape)
    let input = node.inputs[0]
    switch primitive.name {
    case "stopGradient": return x[0]
    case "broadcast" where x[0].size.isScalar: return x[0]
    case "broadcast" where node.shape.rank == 2:
      // A vector in every row is 𝟏·xᵀ, a column in every column x·𝟏ᵀ.
      let isRow = input.shape.rank < 2 || input.shape[0] == 1
      guard isRow else { return x[0].times(Formula.ones(node.shape[1]).transpose) }
      return Formula.ones(node.shape[0]).times(x[0].size.columns == 1 ? x[0].transpose : x[0])
    case "reshape":
      if x[0].size.isScalar || x[0].size == whole { return x[0] }
      if let whole, Swift.min(whole.rows, whole.columns) == 1, x[0].size.transposed == whole { return x[0].transpose }
    case "transpose" where node.shape.rank == 2: return x[0].transpose
    case "sum" where node.shape.elementCount == 1:
      return sum(x[0], over: input.shape)
    case "sum" where input.shape.rank == 2:
      // The rows of a diagonal matrix, added up.
      if node.shape.rank == 1, case .call("diag", let inner, let size) = x[0], size.rows == size.columns {
        return inner[0]
      }
      guard let axes = node.graph.reducedAxes(of: Int32(node.index)), axes.count == 1 else { break }
      let count = input.shape[axes[0]]
      if x[0].size.isScalar { return .number(Double(count)) * x[0] }
      let total = (axes[0] == 0 ? x[0].transpose : x[0]).times(.ones(count))
      return axes[0] == 0 && node.shape.rank == 2 ? total.transpose : total
    case "pad" where input.shape.elementCount == 1 || x[0].isList:
      if let list = Self.list(primitive, node.shape, input.shape, x[0]) { return list }
    case "softmax" where x[0].size.columns == 1 && !x[0].size.isScalar && input.shape.rank == 1:
      return .call("softmax", x, x[0].size)
    case "softmax" where input.shape.rank == 2 && x[0].size == whole:
      guard let axes = node.graph.reducedAxes(of: Int32(node.index)) else { break }
      if axes == [1] { return .call("softmax", x, x[0].size) }
      return Formula.call("softmax", [x[0].transpose], x[0].size.transposed).transpose
    case "logSumExp"
    where input.shape.rank == 2 && node.shape.elementCount > 1 && x[0].size == Self.size(of: input.shape):
      guard let axes = node.graph.reducedAxes(of: Int32(node.index)) else { break }
      let rows = axes == [1] ? x[0] : x[0].transpose
      let total = Formula.call("logSumExp", [rows], .init(rows: rows.size.rows, columns: 1))
      return axes == [0] && node.shape.rank == 2 ? total.transpose : total
    case "logSumExp" where node.shape.elementCount == 1 && !x[0].size.isScalar:
      return .call("logSumExp", x, .scalar)
    case "matmul":
      let full = zip(x, node.inputs).map { Self.written($0, in: $1.shape) }
      if let flags = node.graph.transposedOperands(of: Int32(node.index)), node.shape.rank == 2,
        full[0].size == Self.size(of: input.shape), full[1].size == Self.size(of: node.inputs[1].shape)
      {
        let product = (flags[0] ? full[0].transpose : full[0], flags[1] ? full[1].transpose : full[1])
        return product.0.size.isScalar || product.1.size.isScalar
          ? product.0 * product.1 : product.0.times(product.1)
      }
    default:
      if let formula = matrixFunction(node, primitive, x) { return formula }
    }
    throw refusal("operations on scalars, vectors and matrices", "\(primitive.name) of shape \(input.shape)")
  }

  func refusal(_ required: String, _ got: String) -> ChainRuleError {
    ChainRuleError(.primitive, in: "derivation", required: required, got: got)
  }
}
