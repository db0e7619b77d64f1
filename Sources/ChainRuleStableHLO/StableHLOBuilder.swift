import ChainRuleCore

/// Writes the operations of a module, one after the other.
///
/// Operators on values (`+`, `*`, with numbers on either side) and the functions here are enough for most primitives;
/// `emit` writes any other operation by its name.
public final class StableHLOBuilder {
  /// The element type of numbers.
  public let number: StableHLOType.Element
  private(set) var lines: [String] = []
  /// Constants stand before everything else, so that every region may read them.
  private(set) var constants: [String] = []
  private var known: [String: StableHLOValue] = [:]
  private var nextName = 0
  /// What the host has to look at after a run; `nil` where nobody will.
  var checks: IndexChecks?
  /// How many regions lie around what is written.
  private(set) var depth = 0

  init(_ precision: Graph.Precision, checksIndices: Bool) {
    number = precision == .double ? .double : .single
    checks = checksIndices ? IndexChecks() : nil
  }

  private func fresh() -> String {
    nextName += 1
    return "%\(nextName)"
  }

  /// Writes an operation and gives its results.
  /// - Parameters:
  ///   - name: with its dialect: `stablehlo.add`.
  ///   - attributes: as the text between braces.
  ///   - regions: made by `region`.
  @discardableResult
  public func emit(
    _ name: String, _ operands: [StableHLOValue], _ attributes: String = "", results: [StableHLOType],
    regions: [String] = []
  ) -> [StableHLOValue] {
    let label = fresh()
    let left = results.count == 1 ? label : "\(label):\(results.count)"
    let arguments = operands.map(\.name).joined(separator: ", ")
    let braces = attributes.isEmpty ? "" : " {\(attributes)}"
    let inside = regions.isEmpty ? "" : " (" + regions.joined(separator: ", ") + ")"
    let from = operands.map(\.type.description).joined(separator: ", ")
    let to = results.map(\.description).joined(separator: ", ")
    lines.append(
      "\(left) = \"\(name)\"(\(arguments))\(inside)\(braces) : (\(from)) -> "
        + (results.count == 1 ? to : "(\(to))"))
    if results.count == 1 { return [StableHLOValue(name: label, type: results[0], body: self)] }
    return results.indices.map { StableHLOValue(name: "\(label)#\($0)", type: results[$0], body: self) }
  }

  /// The text of a region of these arguments, which returns what `body` gives.
  /// - Throws: what `body` throws.
  public func region(
    _ arguments: [StableHLOType], _ body: ([StableHLOValue]) throws -> [StableHLOValue]
  ) rethrows -> String {
    let values = arguments.map { StableHLOValue(name: fresh(), type: $0, body: self) }
    let outside = lines
    lines = []
    depth += 1
    defer {
      lines = outside
      depth -= 1
    }
    let results = try body(values)
    let names = results.map(\.name).joined(separator: ", "), types = results.map(\.type.description)
    lines.append("\"stablehlo.return\"(\(names)) : (\(types.joined(separator: ", "))) -> ()")
    let head =
      arguments.isEmpty ? "" : "^bb0(" + values.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + "):\n"
    return "{\n" + head + lines.joined(separator: "\n") + "\n}"
  }

  // MARK: Constants

  /// A number in every element.
  public func constant(_ value: Double, _ type: StableHLOType) -> StableHLOValue {
    literal("dense<\(digits(value, type.element))>", type)
  }

  /// A number of the module's precision without axes.
  public func constant(_ value: Double) -> StableHLOValue { constant(value, StableHLOType([], number)) }

  func whole(_ value: Int, _ type: StableHLOType) -> StableHLOValue { literal("dense<\(value)>", type) }

  /// A constant tensor: numbers in the module's precision, indices as they are.
  func constant(_ tensor: Tensor) -> StableHLOValue {
    let type = StableHLOType(tensor.shape.dimensions, tensor.elementType == .int32 ? .int32 : number)
    if tensor.count == 0 { return literal("dense<>", type) }
    if tensor.count == 1 { return literal("dense<\(digits(tensor.element(0), type.element))>", type) }
    return literal("dense<\"0x\(hexadecimal(tensor, type.element))\">", type)
  }

  func literal(_ text: String, _ type: StableHLOType) -> StableHLOValue {
    let key = text.utf8.count < 256 ? "\(text) \(type)" : nil
    if let key, let found = known[key] { return found }
    let name = fresh()
    constants.append("\(name) = \"stablehlo.constant\"() {value = \(text) : \(type)} : () -> \(type)")
    let value = StableHLOValue(name: name, type: type, body: self)
    if let key { known[key] = value }
    return value
  }

  private func digits(_ value: Double, _ element: StableHLOType.Element) -> String {
    switch element {
    case .single:
      let single = Float(value)
      return single.isFinite ? point("\(single)") : "0x" + padded(UInt64(single.bitPattern), 8)
    case .double: return value.isFinite ? point("\(value)") : "0x" + padded(value.bitPattern, 16)
    case .mask: return value != 0 ? "true" : "false"
    default: return "\(Int(value))"
    }
  }

  /// The format wants a point before an exponent.
  private func point(_ text: String) -> String {
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }

  private func padded(_ bits: UInt64, _ digits: Int) -> String {
    let text = String(bits, radix: 16, uppercase: true)
    return String(repeating: "0", count: digits - text.count) + text
  }

  private func hexadecimal(_ tensor: Tensor, _ element: StableHLOType.Element) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(tensor.count * 16)
    func write(_ bits: UInt64, _ bytes: Int) {
      for byte in 0..<bytes {
        let value = UInt8(truncatingIfNeeded: bits >> UInt64(8 * byte))
        text.append(digits[Int(value >> 4)])
        text.append(digits[Int(value & 15)])
      }
    }
    switch element {
    case .double: for value in tensor.scalars { write(value.bitPattern, 8) }
    case .single: for value in tensor.scalars { write(UInt64(Float(value).bitPattern), 4) }
    default: for value in tensor.scalars { write(UInt64(UInt32(bitPattern: Int32(value))), 4) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// What was found out while a module ran: results that the host reads, before it believes the others.
struct IndexChecks {
  /// How to judge one result, or two.
  enum Check: Sendable {
    /// The smallest and the largest of the indices, which must lie below a length.
    case range(reader: String, below: Int)
    /// How often something was found that must not be.
    case never(ChainRuleError)
  }
  var checks: [Check] = []
  /// The results, Int32, without axes.
  var values: [StableHLOValue] = []
}
