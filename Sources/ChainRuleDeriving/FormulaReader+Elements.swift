import ChainRuleCore

/// Elements, lists and sums of tensors as formulas.
extension FormulaReader {
  /// One element of a tensor.
  static func element(_ place: Int, _ shape: Shape, _ tensor: Formula) -> Formula {
    let columns = shape.rank == 2 ? shape[1] : 1
    let indices = shape.rank == 2 ? [place / columns, place % columns] : [place]
    if tensor.size.isScalar { return tensor }
    if case .call("list", let elements, _) = tensor { return elements[place] }
    return .call("element", [tensor] + indices.map { .number(Double($0)) }, .scalar)
  }

  /// A tensor of zeros and some numbers, where it is small enough to be written out.
  static func list(_ primitive: any Primitive, _ shape: Shape, _ input: Shape, _ formula: Formula) -> Formula? {
    let numbers = if case .call("list", let elements, _) = formula { elements } else { [formula] }
    guard shape.rank == 1 || shape.rank == 2, (2...36).contains(shape.elementCount),
      numbers.count == input.elementCount,
      let places = try? primitive.forward([Tensor(shape: input, numbers.indices.map { Double($0 + 1) })]).scalars,
      places.allSatisfy({ numbers.indices.contains(Int($0) - 1) || $0 == 0 })
    else { return nil }
    return .call("list", places.map { $0 == 0 ? .number(0) : numbers[Int($0) - 1] }, size(of: shape) ?? .scalar)
  }

  /// Tensors that are written out are added element by element.
  static func added(_ a: Formula, _ b: Formula) -> Formula {
    if case .call("list", let x, let size) = a, case .call("list", let y, size) = b {
      return .call("list", zip(x, y).map(+), size)
    }
    return a + b
  }

  /// A number in every place of a matrix or a column, c·𝟏𝟏ᵀ or c·𝟏; anything else as it is.
  static func written(_ formula: Formula, in shape: Shape) -> Formula {
    guard formula.size.isScalar, let size = size(of: shape), !size.isScalar else { return formula }
    let parts = [size.rows > 1 ? Formula.ones(size.rows) : nil, size.columns > 1 ? .ones(size.columns) : nil]
    switch (parts[0], parts[1]) {
    case (let column?, let row?): return formula * column.times(row.transpose)
    case (let column?, nil): return formula * column
    case (nil, let row?): return formula * row.transpose
    case (nil, nil): return formula
    }
  }

  /// The sum of all elements; a number stands in each of them.
  func sum(_ formula: Formula, over shape: Shape) -> Formula {
    formula.size.isScalar ? .number(Double(shape.elementCount)) * formula : sum(formula)
  }

  /// Scalars leave the sum, and that over a matrix's diagonal is its trace.
  func sum(_ formula: Formula) -> Formula {
    if case .matrixProduct(let column, .transposed(.call("ones", let count, _))) = formula {
      return count[0] * sum(column)
    }
    if case .matrixProduct(.call("ones", let count, _), let row) = formula { return count[0] * sum(row.transpose) }
    if case .call("ones", let count, _) = formula { return count[0] }
    if case .matrixProduct(let column, let row) = formula, column.size.columns == 1 {
      return sum(column) * sum(row.transpose)
    }
    if case .call("diag", let inner, let size) = formula {
      if size.columns == 1 { return Self.trace(inner[0]) }
      if case .call("diag", let matrix, let size) = inner[0], size.columns == 1 { return Self.trace(matrix[0]) }
      return sum(inner[0])
    }
    if case .call("list", let elements, _) = formula, elements.allSatisfy({ $0.number != nil }) {
      return .number(elements.reduce(0) { $0 + ($1.number ?? 0) })
    }
    let (scalars, rest) = formula.splitScalars
    if rest == formula || rest == .number(1) { return .call("sum", [formula], .scalar) }
    return scalars * sum(rest)
  }

  static func size(of shape: Shape) -> Formula.Size? {
    guard shape.rank <= 2 else { return nil }
    return .init(rows: shape.dimensions.first ?? 1, columns: shape.rank > 1 ? shape[1] : 1)
  }

  /// tr Aᵀ is tr A, tr (A·x·yᵀ·B) is yᵀ·B·A·x, and the trace of a sum that of its terms.
  static func trace(_ matrix: Formula) -> Formula {
    let (scalars, rest) = matrix.splitScalars
    if case .sum(let terms) = rest, terms.allSatisfy({ $0.size == rest.size }) {
      return scalars * terms.map(trace).reduce(.number(0), +)
    }
    if case .transposed(let inner) = rest { return scalars * trace(inner) }
    let factors = rest.matrixFactors
    if let place = factors.firstIndex(where: { $0.size.rows == 1 }) {
      let turned = factors[place...] + factors[..<place]
      return scalars * turned.dropFirst().reduce(factors[place]) { .matrixProduct($0, $1) }
    }
    return scalars * .call("trace", [rest], .scalar)
  }
}
