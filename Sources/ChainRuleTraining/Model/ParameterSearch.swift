import ChainRuleCore

/// A parameter and the path of stored properties that leads to it.
public struct NamedParameter: Sendable {
  /// Property names and positions, joined by dots: `blocks.0.attention.query.weight`.
  public let path: String
  /// The parameter itself, shared with the model.
  public let parameter: Parameter

  /// Whether training changes it.
  public var isTrained: Bool { parameter.isTrainable && !parameter.isFrozen }
}

/// Every `Parameter` inside a value: in structs, classes and their superclasses, enums, tuples, arrays,
/// dictionaries (by sorted key), optionals and existentials. Each is listed once, under the first path that leads to
/// it, so that tied weights stay one parameter. Cycles of classes end where they began.
///
/// A closure hides what it captures; `Training` reports a parameter that a loss uses but this does not find.
public func parameters(of model: Any) -> [NamedParameter] {
  var search = ParameterSearch()
  search.run(from: model)
  return search.found
}

/// A depth-first walk with a list of its own, so that a long chain of objects needs no deep stack.
package struct ParameterSearch {
  private(set) var found: [NamedParameter] = []
  private var seen: Set<ObjectIdentifier> = []

  mutating func run(from root: Any) {
    var waiting: [(value: Any, path: String)] = [(root, "")]
    while let (value, path) = waiting.popLast() {
      if Self.holdsNoParameters(value) { continue }
      let mirror = Mirror(reflecting: value)
      if mirror.displayStyle == .class || value is Parameter {
        guard seen.insert(ObjectIdentifier(value as AnyObject)).inserted else { continue }
      }
      if let parameter = value as? Parameter {
        found.append(NamedParameter(path: path.isEmpty ? "parameter" : path, parameter: parameter))
        continue
      }
      waiting.append(contentsOf: Self.children(of: mirror, path).reversed())
    }
  }

  /// The stored values of a mirror, superclasses first, with their paths.
  package static func children(of mirror: Mirror, _ path: String) -> [(value: Any, path: String)] {
    var levels = [mirror]
    while let above = levels[levels.count - 1].superclassMirror { levels.append(above) }
    var result: [(value: Any, path: String)] = []
    for level in levels.reversed() {
      switch level.displayStyle {
      case .optional: result += level.children.map { ($0.value, path) }
      case .dictionary:
        let entries = level.children.compactMap { child in
          let pair = Mirror(reflecting: child.value).children.map(\.value)
          return pair.count == 2 ? (key: "\(pair[0])", value: pair[1]) : nil
        }
        result += entries.sorted { $0.key < $1.key }.map { ($0.value, join(path, $0.key)) }
      default:
        result += level.children.enumerated().map { index, child in
          (child.value, join(path, propertyName(child.label) ?? "\(index)"))
        }
      }
    }
    return result
  }

  private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : path + "." + name }

  /// The name as written in the source: property wrappers and `lazy` store under another one. Positions of tuples
  /// (`.0`) lose their dot.
  private static func propertyName(_ label: String?) -> String? {
    guard var name = label else { return nil }
    for prefix in ["$__lazy_storage_$_", "_", "."] where name.hasPrefix(prefix) && name.count > prefix.count {
      name.removeFirst(prefix.count)
    }
    return name
  }

  /// Values whose insides are long and cannot hold a parameter.
  package static func holdsNoParameters(_ value: Any) -> Bool {
    switch value {
    case is Tensor, is Node, is Graph, is Shape, is String, is Double, is Float, is Int, is Bool, is UInt64: true
    case is [Double], is [Float], is [Int], is [String], is [UInt8], is [Tensor]: true
    default: false
    }
  }
}
