import ChainRuleCore

/// A number, or a vector or matrix of numbers, as it is typed: `-2`, `1/3`, `[1, 2]`, `[[1, 2], [3, 4]]`.
struct ExpressionLiteral: Hashable {
  var shape: [Int]
  var scalars: [Double]

  init(_ number: Double) {
    shape = []
    scalars = [number]
  }

  /// Puts equally shaped literals in a row along a new first axis; nil if their shapes differ. `[]` has no elements.
  init?(row: [ExpressionLiteral]) {
    let first = row.first?.shape ?? []
    guard row.allSatisfy({ $0.shape == first }) else { return nil }
    shape = [row.count] + first
    scalars = row.flatMap(\.scalars)
  }

  var number: Double? { shape.isEmpty ? scalars[0] : nil }

  mutating func negate() {
    for index in scalars.indices { scalars[index].negate() }
  }
}

extension Expression {
  static let maximalRank = 16

  /// The sentence about a list whose rows differ, with the two rows that do.
  func raggedList(_ items: [Int], _ values: [ExpressionLiteral]) -> ExpressionError {
    let odd = values.firstIndex { $0.shape != values[0].shape } ?? values.startIndex
    return ExpressionError(
      "the rows of a list must be alike: the first is \(describe(values[0].shape)), this one \(describe(values[odd].shape))",
      in: source, at: pieces[items[odd]].range)
  }

  private func describe(_ shape: [Int]) -> String {
    shape.isEmpty ? "a number" : shape.map(String.init).joined(separator: "×") + (shape.count == 1 ? " numbers" : "")
  }

  /// The value of an expression that names nothing but numbers, as in `x=-2` or `W=[[1, 2], [3, 4]]`.
  func literal() throws -> ExpressionLiteral {
    var values: [ExpressionLiteral] = []
    for piece in pieces {
      func wrong(_ message: String) -> ExpressionError { ExpressionError(message, in: source, at: piece.range) }
      switch piece.kind {
      case .number(let number): values.append(ExpressionLiteral(number))
      case .input(let name):
        guard let number = Self.constants[plain(name)] else {
          throw wrong("'\(name)' is not a number; a value is written -2, 1/3, [1, 2] or [[1, 2], [3, 4]]")
        }
        values.append(ExpressionLiteral(number))
      case .negated(let operand):
        var value = values[operand]
        value.negate()
        values.append(value)
      case .binary(let binary, let left, let right):
        guard let left = values[left].number, let right = values[right].number,
          let number = binary.folded(left, right)
        else { throw wrong("a value may combine numbers with + - * / ^, not lists") }
        values.append(ExpressionLiteral(number))
      case .list(let items):
        guard let list = ExpressionLiteral(row: items.map { values[$0] }) else {
          throw raggedList(items, items.map { values[$0] })
        }
        if list.shape.count > Self.maximalRank { throw wrong("lists nest at most \(Self.maximalRank) deep") }
        values.append(list)
      case .reference, .assignment, .call, .element, .text:
        throw wrong("a value is written as numbers: -2, 1/3, [1, 2] or [[1, 2], [3, 4]]")
      }
    }
    return values[result]
  }

  /// Names that stand for numbers wherever no input of the same name is given.
  static let constants: [String: Double] = [
    "pi": .pi, "π": .pi, "inf": .infinity, "infinity": .infinity, "nan": .nan, "true": 1, "false": 0,
  ]
}

extension Tensor {
  /// A number, vector or matrix as somebody types it: `-2`, `1/3`, `[1, 2]`, `[[1, 2], [3, 4]]`.
  /// Throws an ``ExpressionError`` that shows the mistake.
  public init(literal text: String) throws {
    let literal = try Expression(text).literal()
    self.init(shape: Shape(literal.shape), literal.scalars)
  }
}

extension Expression.Operator {
  /// The operator on two plain numbers; nil for a matrix product.
  func folded(_ left: Double, _ right: Double) -> Double? {
    switch self {
    case .add: left + right
    case .subtract: left - right
    case .multiply, .juxtaposed: left * right
    case .divide: left / right
    case .power: Kernels.scalar(.pow, left, right)
    case .less: left < right ? 1 : 0
    case .greater: left > right ? 1 : 0
    case .equal: left == right ? 1 : 0
    case .matmul: nil
    }
  }
}
