import ChainRuleCore

/// Writes the operations of a module, one after the other.
///
/// Operators on values (`+`, `*`, with numbers on either side) and the functions here are enough for most primitives;
/// `emit` writes any other operation by its name.
public final class StableHLOBuilder {
  /// The element type of numbers.
  public let number: StableHLOType.Element
  /// What has been written, outside or in the region at hand.
  package private(set) var operations: [StableHLOOperation] = []
  /// Constants stand before everything else, so that every region may read them.
  package private(set) var constants: [StableHLOConstant] = []
  private var known: [String: StableHLOValue] = [:]
  private var nextName = 0
  /// What the host has to look at after a run; `nil` where nobody will.
  var checks: IndexChecks?
  /// What the steps of a loop have found so far, while its body is written.
  var found: FoundInRegion?
  /// How many regions lie around what is written.
  private(set) var depth = 0
  /// Whether functions and factorizations are composed of arithmetic, for formats that lack them.
  let isPlain: Bool

  init(_ precision: Graph.Precision, checksIndices: Bool, isPlain: Bool = false) {
    number = precision == .double ? .double : .single
    checks = checksIndices ? IndexChecks() : nil
    self.isPlain = isPlain
  }

  /// What has been written, a line for each constant and operation.
  var lines: [String] { constants.map(\.text) + operations.map(\.text) }

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
    regions: [StableHLORegion] = []
  ) -> [StableHLOValue] {
    if isPlain, let value = composed(name, operands, attributes) { return [value] }
    let label = fresh()
    let values =
      results.count == 1
      ? [StableHLOValue(name: label, type: results[0], body: self)]
      : results.indices.map { StableHLOValue(name: "\(label)#\($0)", type: results[$0], body: self) }
    operations.append(
      StableHLOOperation(
        name: name, label: label, operands: operands, attributes: attributes, results: values, regions: regions))
    return values
  }

  /// A region of these arguments, which returns what `body` gives.
  /// - Throws: what `body` throws.
  public func region(
    _ arguments: [StableHLOType], _ body: ([StableHLOValue]) throws -> [StableHLOValue]
  ) rethrows -> StableHLORegion {
    let values = arguments.map { StableHLOValue(name: fresh(), type: $0, body: self) }
    let outside = operations
    operations = []
    depth += 1
    defer {
      operations = outside
      depth -= 1
    }
    let results = try body(values)
    return StableHLORegion(arguments: values, operations: operations, results: results)
  }

  // MARK: Constants

  /// A number in every element.
  public func constant(_ value: Double, _ type: StableHLOType) -> StableHLOValue {
    literal("dense<\(digits(value, type.element))>", type, .number(value))
  }

  /// A number of the module's precision without axes.
  public func constant(_ value: Double) -> StableHLOValue { constant(value, StableHLOType([], number)) }

  func whole(_ value: Int, _ type: StableHLOType) -> StableHLOValue {
    literal("dense<\(value)>", type, .number(Double(value)))
  }

  /// A constant tensor: numbers in the module's precision, indices as they are.
  func constant(_ tensor: Tensor) -> StableHLOValue {
    let type = StableHLOType(tensor.shape.dimensions, tensor.elementType == .int32 ? .int32 : number)
    if tensor.count == 0 { return literal("dense<>", type, .tensor(tensor)) }
    if tensor.count == 1 { return constant(tensor.element(0), type) }
    return literal("dense<\"0x\(hexadecimal(tensor, type.element))\">", type, .tensor(tensor))
  }

  func literal(_ text: String, _ type: StableHLOType, _ content: StableHLOConstant.Content) -> StableHLOValue {
    let key = text.utf8.count < 256 ? "\(text) \(type)" : nil
    if let key, let found = known[key] { return found }
    let value = StableHLOValue(name: fresh(), type: type, body: self)
    constants.append(StableHLOConstant(value: value, digits: text, content: content))
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
