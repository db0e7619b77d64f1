import ChainRuleCore

/// One operation of a module: its name with its dialect, operands, attributes, results and regions.
package struct StableHLOOperation {
  package let name: String
  let label: String
  package let operands: [StableHLOValue]
  /// As the text between braces.
  package let attributes: String
  package let results: [StableHLOValue]
  package let regions: [StableHLORegion]

  /// As modules write it.
  var text: String {
    let left = results.count == 1 ? label : "\(label):\(results.count)"
    let arguments = operands.map(\.name).joined(separator: ", ")
    let braces = attributes.isEmpty ? "" : " {\(attributes)}"
    let inside = regions.isEmpty ? "" : " (" + regions.map(\.text).joined(separator: ", ") + ")"
    let from = operands.map(\.type.description).joined(separator: ", ")
    let to = results.map(\.type.description).joined(separator: ", ")
    return "\(left) = \"\(name)\"(\(arguments))\(inside)\(braces) : (\(from)) -> "
      + (results.count == 1 ? to : "(\(to))")
  }

  /// The whole numbers of an attribute: `dimensions = array<i64: 0, 2>` has 0 and 2, `dimension = 1 : i64` has 1.
  package func integers(_ attribute: String) -> [Int]? {
    guard let found = attributes.firstRange(of: "\(attribute) = ") else { return nil }
    var rest = attributes[found.upperBound...]
    if rest.hasPrefix("array<i64") {
      rest = rest.prefix { $0 != ">" }.dropFirst("array<i64".count)
    } else if rest.hasPrefix("[") {
      rest = rest.prefix { $0 != "]" }
    } else {
      rest = rest.prefix { $0 == "-" || $0.isNumber }
    }
    return rest.split { !($0 == "-" || $0.isNumber) }.compactMap { Int($0) }
  }
}

/// What an operation holds: a function of arguments, made by `StableHLOBuilder.region`.
public struct StableHLORegion {
  package let arguments: [StableHLOValue]
  package let operations: [StableHLOOperation]
  package let results: [StableHLOValue]

  /// As modules write it.
  var text: String {
    let names = results.map(\.name).joined(separator: ", ")
    let types = results.map(\.type.description).joined(separator: ", ")
    let head =
      arguments.isEmpty ? "" : "^bb0(" + arguments.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + "):\n"
    let lines = operations.map(\.text) + ["\"stablehlo.return\"(\(names)) : (\(types)) -> ()"]
    return "{\n" + head + lines.joined(separator: "\n") + "\n}"
  }
}

/// A constant of a module.
package struct StableHLOConstant {
  package let value: StableHLOValue
  let digits: String
  package let content: Content

  /// What its elements are.
  package enum Content {
    /// All the same number.
    case number(Double)
    /// All the same 64 bits.
    case bits(UInt64)
    case tensor(Tensor)
  }

  /// As modules write it.
  var text: String {
    "\(value.name) = \"stablehlo.constant\"() {value = \(digits) : \(value.type)} : () -> \(value.type)"
  }
}

/// What one primitive becomes, for those who write it in another format: operations on arguments, plain arithmetic
/// throughout.
package struct StableHLOFragment {
  package let arguments: [StableHLOValue]
  package let constants: [StableHLOConstant]
  package let operations: [StableHLOOperation]
  package let result: StableHLOValue

  /// Writes a primitive in double precision on inputs of these shapes.
  /// - Throws: a primitive that nobody says how to write; the mistakes of one's own.
  package init(
    _ primitive: any Primitive, inputs: [(shape: Shape, isIndex: Bool)], output: (shape: Shape, isIndex: Bool)
  ) throws {
    func type(_ value: (shape: Shape, isIndex: Bool)) -> StableHLOType {
      StableHLOType(value.shape.dimensions, value.isIndex ? .int32 : .double)
    }
    let body = StableHLOBuilder(.double, checksIndices: false, isPlain: true)
    arguments = inputs.enumerated().map { StableHLOValue(name: "%arg\($0)", type: type($1), body: body) }
    result = try NodeWriter(body: body, primitive: primitive, inputs: arguments, type: type(output)).write()
    (constants, operations) = (body.constants, body.operations)
  }
}
