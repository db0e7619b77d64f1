import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Expression {
  /// The number of each piece that is made of typed numbers alone, as it is folded when the expression is recorded;
  /// `nil` for every other piece.
  package var literalValues: [Double?] {
    var values: [Double?] = []
    values.reserveCapacity(pieces.count)
    for piece in pieces {
      switch piece.kind {
      case .number(let number): values.append(number)
      case .negated(let inner): values.append(values[inner].map { -$0 })
      case .reference(_, let target), .assignment(_, let target): values.append(values[target])
      case .binary(let binary, let left, let right):
        guard let a = values[left], let b = values[right] else {
          values.append(nil)
          continue
        }
        values.append(binary.folded(a, b))
      case .input, .list, .call, .element, .text: values.append(nil)
      }
    }
    return values
  }
}

extension Expression.Operator {
  fileprivate func folded(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply, .matmul, .juxtaposed: a * b
    case .divide: a / b
    case .power: pow(a, b)
    case .less: a < b ? 1 : 0
    case .greater: a > b ? 1 : 0
    case .equal: a == b ? 1 : 0
    }
  }
}
