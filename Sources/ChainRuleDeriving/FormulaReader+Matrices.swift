import ChainRuleCore

/// Factorizations, and what is computed with them.
extension FormulaReader {
  /// A function of whole matrices; nothing where an operand has another size than its node.
  func matrixFunction(_ node: Node, _ primitive: any Primitive, _ operands: [Formula]) -> Formula? {
    let x = zip(operands, node.inputs).map { Self.written($0, in: $1.shape) }
    let isTransposed = primitive.detail(of: node.inputs.map(\.shape)).contains("transposed")
    guard node.shape.rank <= 2, zip(x, node.inputs).allSatisfy({ $0.size == Self.size(of: $1.shape) }) else {
      return nil
    }
    let a = x[0]
    switch primitive.name {
    case "solve": return (isTransposed ? a.inverse.transpose : a.inverse).times(x[1])
    case "triangularSolve":
      let isLower = primitive.detail(of: node.inputs.map(\.shape)).contains("lower")
      let inverse = a.triangle(isLower: isLower).inverse
      return (isTransposed ? inverse.transpose : inverse).times(x[1])
    case "lowerTriangle", "upperTriangle": return triangle(primitive, a)
    case "logDeterminant", "determinant", "determinantSign": return .call(primitive.name, [a], .scalar)
    case "cofactors": return .call("determinant", [a], .scalar) * x[1].inverse.transpose
    case "cholesky", "pseudoInverse": return .call(primitive.name, [a], Self.size(of: node.shape) ?? a.size)
    case "matrixExponential": return .call(primitive.name, [a], a.size)
    default: return pairs(primitive.name, a)
    }
  }

  /// 1/(xⱼ − xᵢ) or 1/(xᵢ + xⱼ) off the diagonal and 0 on it, or 1/x.
  private func pairs(_ name: String, _ x: Formula) -> Formula? {
    if name.hasSuffix(" reciprocals") { return x.raised(to: .number(-1)) }
    guard name.hasSuffix(" gaps") || name.hasSuffix(" sums") else { return nil }
    let count = x.size.rows, ones = Formula.ones(count), identity = Formula.identity(count)
    let rows = ones.times(x.transpose), columns = x.times(ones.transpose)
    if name.hasSuffix(" gaps") { return (rows + -columns + identity).raised(to: .number(-1)) + -identity }
    return (.number(1) + -identity) * (rows + columns).raised(to: .number(-1))
  }

  /// One side of a matrix; where its diagonal counts half, less that half.
  private func triangle(_ primitive: any Primitive, _ a: Formula) -> Formula? {
    let shape = Shape([a.size.rows, a.size.columns]), isLower = primitive.name == "lowerTriangle"
    if let offset = Int(primitive.detail(of: [shape]).dropFirst("offset ".count)), offset != 0 {
      return .call(primitive.name, [a, .number(Double(offset))], a.size)
    }
    let triangle = a.triangle(isLower: isLower)
    guard let weight = try? primitive.forward([Tensor(shape: shape, repeating: 1)]).scalars.first, weight != 1 else {
      return triangle
    }
    guard a.size.rows == a.size.columns else { return nil }
    let diagonal = Formula.call("diag", [a], Formula.Size(rows: a.size.rows, columns: 1))
    return triangle + .number(weight - 1) * diagonal.onDiagonal
  }

  /// In the branch that is taken where the condition fails, a choice by the same condition is made; f·g is 0 where f is.
  static func chosen(_ condition: Formula, _ first: Formula, _ second: Formula) -> Formula? {
    func settled(_ formula: Formula, _ isMet: Bool) -> Formula {
      if case .call("where", let parts, _) = formula, parts[0] == condition { return parts[isMet ? 1 : 2] }
      return formula.rebuilt { settled($0, isMet) }
    }
    let (a, b) = (settled(first, true), settled(second, false))
    if a.number == 0, case .call("==", let sides, _) = condition, sides[1].number == 0, b.factors.contains(sides[0]) {
      return b
    }
    let size = condition.size.joined(with: first.size).joined(with: second.size)
    return .call("where", [condition, a, b], size)
  }
}

extension Formula {
  var isList: Bool { if case .call("list", _, _) = self { true } else { false } }

  /// f where it is not 0, and 1 or anything else where it is: f of a choice that keeps a logarithm of f finite.
  var guardedBase: Formula? {
    guard case .call("where", let parts, _) = self, parts[1].number == 1,
      parts[0].factors.contains(.call("==", [parts[2], .number(0)], parts[2].size))
    else { return nil }
    return parts[2]
  }

  /// What is on and below the diagonal, or on and above it; itself where it has nothing else.
  fileprivate func triangle(isLower: Bool) -> Formula {
    switch self {
    case .call("cholesky", _, _) where isLower, .call("luLower", _, _) where isLower,
      .call("lowerTriangle", _, _) where isLower,
      .call("qrTriangular", _, _) where !isLower, .call("luUpper", _, _) where !isLower,
      .call("upperTriangle", _, _) where !isLower:
      return self
    default: return .call(isLower ? "lowerTriangle" : "upperTriangle", [self], size)
    }
  }
}

extension Node {
  /// The tensor that slices take this one element of, and its place there.
  var elementPlace: (tensor: Node, index: Int)? {
    guard primitive?.name == "slice", shape.elementCount == 1, factorPart == nil else { return nil }
    var slices = [self], tensor = inputs[0]
    while tensor.primitive?.name == "slice", tensor.factorPart == nil {
      slices.append(tensor)
      tensor = tensor.inputs[0]
    }
    guard (1...2).contains(tensor.shape.rank) else { return nil }
    var places = Tensor(shape: tensor.shape, (0..<tensor.shape.elementCount).map(Double.init))
    for slice in slices.reversed() {
      guard let moved = try? slice.primitive?.forward([places]) else { return nil }
      places = moved
    }
    return places.scalars.first.map { (tensor, Int($0)) }
  }

  /// The part of a factorization that this is, where several stand one above the other: rows of theirs, or values that
  /// are computed alone.
  var factorPart: (matrix: Node, call: String, size: Formula.Size)? {
    if let name = primitive?.name, ["eigenvalues", "singularValues"].contains(name), graph.isOfLibrary(Int32(index)),
      let matrix = inputs.first, matrix.shape.rank == 2, shape.rank == 2
    {
      return (matrix, name, .init(rows: shape[1], columns: 1))
    }
    guard primitive?.name == "slice", let factors = inputs.first, factors.shape.rank == 2, factors.shape[1] > 0,
      factors.graph.isOfLibrary(Int32(factors.index)), let name = factors.primitive?.name,
      let matrix = factors.inputs.first, matrix.shape.rank == 2
    else { return nil }
    let (m, n) = (matrix.shape[0], matrix.shape[1]), width = factors.shape[1]
    let parts: [(rows: Range<Int>, call: String)]
    switch name {
    case "eigh": parts = [(0..<1, "eigenvalues"), (1..<n + 1, "eigenvectors")]
    case "svd":
      parts = [
        (0..<m, "leftSingularVectors"), (m..<m + 1, "singularValues"), (m + 1..<m + 1 + n, "rightSingularVectors"),
      ]
    case "qr": parts = [(0..<m, "qrOrthogonal"), (m..<m + n, "qrTriangular")]
    default: return nil
    }
    let numbers = Tensor(shape: factors.shape, (0..<factors.shape.elementCount).map(Double.init))
    guard let found = try? primitive?.forward([numbers]).scalars, let first = found.first,
      let part = parts.first(where: {
        Double($0.rows.lowerBound * width) == first && $0.rows.count * width == found.count
      }),
      zip(found, found.dropFirst()).allSatisfy({ $1 == $0 + 1 })
    else { return nil }
    let isValues = part.rows.count == 1 && part.call.hasSuffix("alues")
    return (matrix, part.call, isValues ? .init(rows: width, columns: 1) : .init(rows: part.rows.count, columns: width))
  }
}
