/// The fixed order of factors and terms.
extension Formula {
  /// Scalars before tensors, names before functions, sums last.
  var factorOrder: Order {
    var level = size.isScalar ? 0 : 10
    switch self {
    case .number, .power(.number, _): level = -1
    case .name, .power(.name, _): break
    case .sum: level += 2
    default: level += 1
    }
    return Order(level: level, weight: weight, text: orderText)
  }

  /// A text that equal formulas share, and by which others are put in a fixed order.
  var orderText: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    func list(_ parts: [Formula]) {
      text += "(["
      for (index, part) in parts.enumerated() {
        text += index > 0 ? ", " : ""
        part.write(to: &text)
      }
      text += "]"
    }
    switch self {
    case .number(let number): text += "number(\(number)"
    case .name(let name, let size): text += "name(\"\(name)\", \(size.rows), \(size.columns)"
    case .sum(let parts):
      text += "sum"
      list(parts)
    case .product(let parts):
      text += "product"
      list(parts)
    case .call(let name, let parts, _):
      text += "call(\"\(name)\", "
      list(parts)
    case .power(let a, let b), .matrixProduct(let a, let b):
      if case .power = self { text += "power(" } else { text += "matrixProduct(" }
      a.write(to: &text)
      text += ", "
      b.write(to: &text)
    case .transposed(let inner):
      text += "transposed("
      inner.write(to: &text)
    }
    text += ")"
  }

  struct Order: Comparable {
    let level: Int
    let weight: Int
    let text: String
    static func < (a: Order, b: Order) -> Bool { (a.level, a.weight, a.text) < (b.level, b.weight, b.text) }
  }
}

extension [Formula] {
  /// Sorted by a key that is made once for each.
  func sorted(by key: (Formula) -> Formula.Order) -> [Formula] {
    map { (key($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
  }
}
