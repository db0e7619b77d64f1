import ChainRuleCore

extension Formula {
  /// The formula as a Swift function of this library's operations, from nodes to a node. Vectors are nodes of rank 1,
  /// rows included.
  /// - Throws: ``ChainRuleError`` for a name that is no input, and for what only a formula can say.
  public func swift(function name: String, inputs: [String]) throws -> String {
    let unknown = names.subtracting(inputs).sorted()
    guard let first = inputs.first, unknown.isEmpty else {
      throw ChainRuleError(
        .value, in: "Swift source", required: "formulas of inputs alone",
        got: unknown.isEmpty ? "no input" : "the lengths \(unknown.joined(separator: ", "))",
        hint: "Give lengths in numbers.")
    }
    let writer = FormulaSwift(graph: "\(Self.plain(first)).graph")
    let body = try number.map { "\(writer.graph).constant(\($0))" } ?? writer.text(self, at: .sum)
    let parameters = inputs.map { "\(Self.plain($0)): Node" }.joined(separator: ", ")
    return "func \(Self.plain(name))(\(parameters)) -> Node {\n  \(body)\n}"
  }

  /// A name as Swift may have it.
  static func plain(_ name: String) -> String {
    let word = String(name.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" })
    return ["in", "is", "as", "if", "do", "for", "let", "var", "func", "where", "self", "init"].contains(word)
      ? "`\(word)`" : word
  }
}

/// Writes formulas as Swift expressions of nodes.
struct FormulaSwift {
  /// The graph of the first input, for numbers that stand alone.
  let graph: String

  enum Binding: Int { case sum, product, atom }

  func text(_ formula: Formula, at place: Binding) throws -> String {
    let (text, binding) = try written(formula)
    return binding.rawValue < place.rawValue ? "(\(text))" : text
  }

  /// A formula that has to be a node, also where it is a number.
  private func node(_ formula: Formula) throws -> String {
    try formula.number.map { "\(graph).constant(\($0))" } ?? text(formula, at: .sum)
  }

  private func written(_ formula: Formula) throws -> (String, Binding) {
    switch formula {
    case .number(let number): return ("\(number)", number < 0 ? .sum : .atom)
    case .name(let name, _): return (Formula.plain(name), .atom)
    case .sum(let terms):
      let text = try terms.enumerated().map { index, term in
        guard index > 0 else { return try self.text(term, at: .sum) }
        return term.coefficient < 0
          ? " - " + (try self.text(-term, at: .product)) : " + " + (try self.text(term, at: .product))
      }.joined()
      return (text, .sum)
    case .product(let factors): return try product(factors)
    case .power(_, .number(let exponent)) where exponent < 0 && exponent == exponent.rounded():
      return try product([formula])
    case .power(let base, let exponent):
      return ("pow(\(try node(base)), \(try text(exponent, at: .sum)))", .atom)
    case .matrixProduct(let a, let b): return (try matrixProduct(a, b), .atom)
    case .transposed(let inner):
      let text = try text(inner, at: .atom)
      return (inner.size.columns == 1 || inner.size.rows == 1 ? text : text + ".transposed()", .atom)
    case .call(let name, let arguments, let size): return (try call(name, arguments, size), .atom)
    }
  }

  private func product(_ factors: [Formula]) throws -> (String, Binding) {
    let (coefficient, above, below) = Formula.product(factors).fraction
    var parts = try above.map { try text($0, at: .atom) }
    let size = abs(coefficient)
    if size != 1 || parts.isEmpty { parts.insert("\(size)", at: 0) }
    var body = parts.joined(separator: " * ")
    if !below.isEmpty {
      let divisor = try below.map { try text($0, at: .atom) }.joined(separator: " * ")
      body += " / " + (below.count > 1 ? "(\(divisor))" : divisor)
    }
    return coefficient < 0 ? ("-" + (parts.count > 1 || !below.isEmpty ? "(\(body))" : body), .sum) : (body, .product)
  }

  private func matrixProduct(_ a: Formula, _ b: Formula) throws -> String {
    let left = try text(a, at: .atom)
    guard a.size.columns == 1, b.size.rows == 1 else { return "\(left).matmul(\(try text(b, at: .sum)))" }
    let right = try text(b, at: .atom)
    return "\(left).reshaped(to: [\(a.size.rows), 1]).matmul(\(right).reshaped(to: [1, \(b.size.columns)]))"
  }

  private func call(_ name: String, _ arguments: [Formula], _ size: Formula.Size) throws -> String {
    switch name {
    case "<": return "less(\(try node(arguments[0])), \(try text(arguments[1], at: .sum)))"
    case ">": return "greater(\(try node(arguments[0])), \(try text(arguments[1], at: .sum)))"
    case "==": return "equal(\(try node(arguments[0])), \(try text(arguments[1], at: .sum)))"
    case "ones": return "\(graph).constant(Tensor(shape: [\(size.rows)], repeating: 1))"
    case "logSumExp" where !size.isScalar: return "logSumExp(\(try node(arguments[0])), axes: [1])"
    case "sum": return try text(arguments[0], at: .atom) + ".sum()"
    case "where": return "`where`(\(try arguments.map(node).joined(separator: ", ")))"
    case "element":
      let places = arguments.dropFirst().map { "\(Int($0.number ?? 0))" }.joined(separator: ", ")
      return try text(arguments[0], at: .atom) + "[\(places)]"
    case "list":
      let nodes = try arguments.map(node)
      if size.columns == 1 { return "stack([\(nodes.joined(separator: ", "))])" }
      let rows = (0..<size.rows).map { row in
        "stack([\(nodes[row * size.columns..<(row + 1) * size.columns].joined(separator: ", "))])"
      }
      return "stack([\(rows.joined(separator: ", "))])"
    case "identity": return "\(graph).constant(Tensor(shape: [\(size.rows)], repeating: 1)).diagonalMatrix()"
    case "diag": return try text(arguments[0], at: .atom) + (size.columns == 1 ? ".diagonal()" : ".diagonalMatrix()")
    case "trace": return try text(arguments[0], at: .atom) + ".trace()"
    case "lowerTriangle", "upperTriangle":
      let offset = arguments.count > 1 ? "offset: \(Int(arguments[1].number ?? 0))" : ""
      return try text(arguments[0], at: .atom) + ".\(name)(\(offset))"
    case "logDeterminant", "determinantSign":
      return "logDeterminant(\(try node(arguments[0]))).\(name == "logDeterminant" ? "value" : "sign")"
    case "eigenvalues": return "eigenvaluesSymmetric(\(try node(arguments[0])))"
    case "eigenvectors": return "eigh(\(try node(arguments[0]))).vectors"
    case "leftSingularVectors": return "svd(\(try node(arguments[0]))).u"
    case "rightSingularVectors": return "svd(\(try node(arguments[0]))).v"
    case "qrOrthogonal": return "qr(\(try node(arguments[0]))).q"
    case "qrTriangular": return "qr(\(try node(arguments[0]))).r"
    default: return "\(name)(\(try arguments.map(node).joined(separator: ", ")))"
    }
  }
}
