import Foundation

/// A value of a JSON file, read by key and kind; what is missing reads as null.
enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(contentsOf file: URL) throws {
    self.init(try JSONSerialization.jsonObject(with: Data(contentsOf: file), options: .fragmentsAllowed))
  }

  private init(_ value: Any) {
    switch value {
    case let array as [Any]: self = .array(array.map(JSON.init))
    case let object as [String: Any]: self = .object(object.mapValues(JSON.init))
    case let string as String: self = .string(string)
    case let number as NSNumber where isBoolean(number): self = .bool(number.boolValue)
    case let number as NSNumber: self = .number(number.doubleValue)
    default: self = .null
    }
  }

  subscript(key: String) -> JSON {
    if case .object(let object) = self { object[key] ?? .null } else { .null }
  }

  subscript(index: Int) -> JSON {
    if case .array(let array) = self, array.indices.contains(index) { array[index] } else { .null }
  }

  var array: [JSON] { if case .array(let array) = self { array } else { [] } }
  var object: [String: JSON] { if case .object(let object) = self { object } else { [:] } }
  var string: String? { if case .string(let string) = self { string } else { nil } }
  var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
  var int: Int? { double.map { Int($0) } }
  var ints: [Int] { array.compactMap(\.int) }
  var isNull: Bool { self == .null }

  /// A number; non-finite ones are written as strings.
  var double: Double? {
    switch self {
    case .number(let number): number
    case .string("Infinity"): .infinity
    case .string("-Infinity"): -.infinity
    case .string("NaN"): .nan
    default: nil
    }
  }

  /// Every number in nested lists, the last axis innermost.
  var scalars: [Double] {
    var found: [Double] = []
    var waiting = [self]
    while let next = waiting.popLast() {
      if case .array(let items) = next {
        waiting.append(contentsOf: items.reversed())
      } else if case .bool(let bool) = next {
        found.append(bool ? 1 : 0)
      } else if let number = next.double {
        found.append(number)
      }
    }
    return found
  }

  /// The shape of nested lists of numbers.
  var shape: [Int] {
    var shape: [Int] = []
    var inner = self
    while case .array(let items) = inner {
      shape.append(items.count)
      inner = items.first ?? .null
    }
    return shape
  }
}

/// Whether a number was written `true` or `false`.
private func isBoolean(_ number: NSNumber) -> Bool {
  String(cString: number.objCType) == "c"
}
