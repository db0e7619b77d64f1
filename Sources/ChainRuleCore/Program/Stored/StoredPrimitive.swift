/// Refinement: a primitive that a file can hold: what it was made with is written, and read again.
///
/// Whoever reads trusts nothing: `check` refuses what the shape rule takes for granted of a primitive that a function
/// recorded, such as an axis that there is.
package protocol StoredPrimitive: Primitive {
  /// What files call it; it must not change. The name of its type by default.
  static var storedName: String { get }
  /// Writes what it was made with.
  func write(to attributes: inout AttributeWriter) throws
  /// Reads that again.
  init(from attributes: inout AttributeReader) throws
  /// - Throws: where inputs of these shapes are none that it could have been recorded for.
  func check(_ inputs: [Shape]) throws
}

extension StoredPrimitive {
  package static var storedName: String { "\(Self.self)" }
  package func check(_ inputs: [Shape]) throws {}

  /// - Throws: unless the axes are some of a shape's, each once and in order.
  package func requireAxes(_ axes: [Int], of shape: Shape, isSorted: Bool = true) throws {
    let isInOrder = isSorted ? zip(axes, axes.dropFirst()).allSatisfy { $0 < $1 } : Set(axes).count == axes.count
    guard axes.allSatisfy({ shape.dimensions.indices.contains($0) }), isInOrder else {
      throw ChainRuleError(.shape, in: name, required: "axes of \(shape)", got: "\(axes)")
    }
  }

  /// - Throws: where something does not hold.
  package func require(_ condition: Bool, _ required: @autoclosure () -> String) throws {
    guard condition else {
      throw ChainRuleError(.shape, in: name, required: required(), got: "another in the file")
    }
  }
}

/// Refinement: one that was made with nothing.
package protocol PlainStoredPrimitive: StoredPrimitive { init() }

extension PlainStoredPrimitive {
  package func write(to attributes: inout AttributeWriter) throws {}
  package init(from attributes: inout AttributeReader) throws { self.init() }
}

/// The types that a file may name, by their names.
package struct StoredPrimitiveTable: Sendable {
  private var types: [String: any StoredPrimitive.Type] = [:]

  /// The core's own, and others.
  package init(_ others: [any StoredPrimitive.Type] = []) {
    for type in Self.core + others { types[type.storedName] = type }
  }

  package subscript(name: String) -> (any StoredPrimitive.Type)? { types[name] }
}

/// Bytes of a file, growing: everything little-endian, a number of 8 bytes unless it says otherwise.
package struct AttributeWriter {
  package private(set) var bytes: [UInt8] = []
  /// The functions that loops and choices hold, each behind those that it holds itself.
  fileprivate let functions: StoredFunctions

  init(_ functions: StoredFunctions) { self.functions = functions }

  package mutating func write(_ number: Int) { write(UInt64(bitPattern: Int64(number))) }
  package mutating func write(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
  package mutating func write(_ number: Double) { write(number.bitPattern) }
  package mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }
  package mutating func write(byte: UInt8) { bytes.append(byte) }
  package mutating func write(_ numbers: [Int]) {
    write(numbers.count)
    for number in numbers { write(number) }
  }
  package mutating func write(_ shape: Shape) { write(shape.dimensions) }
  package mutating func write(_ text: String) {
    write(text.utf8.count)
    bytes += text.utf8
  }
  mutating func write(raw: [UInt8]) { bytes += raw }

  /// - Throws: the mistake of a value.
  package mutating func write(_ tensor: Tensor) throws {
    if let error = tensor.error { throw error }
    write(byte: UInt8(ElementType.stored.firstIndex(of: tensor.elementType) ?? 0))
    write(tensor.shape)
    tensor.withMemory { memory in
      bytes += UnsafeRawBufferPointer(start: memory, count: tensor.count * tensor.elementType.stride)
    }
  }

  /// - Throws: a primitive within that no file can hold.
  package mutating func write(_ function: Subgraph) throws { write(try functions.number(of: function)) }
}

extension ElementType {
  /// The types by their numbers in a file.
  static let stored: [ElementType] = [.float32, .float64, .int32]
}

extension Tensor {
  func withMemory<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
    withExtendedLifetime(storage) { body(UnsafeRawPointer(storage.base)) }
  }
}

/// The functions of a file, by their numbers.
final class StoredFunctions {
  private(set) var encoded: [[UInt8]] = []
  private var numbers: [ObjectIdentifier: Int] = [:]
  /// Functions whose memory the numbers stand for.
  private var held: [Subgraph] = []

  func number(of function: Subgraph) throws -> Int {
    if let known = numbers[ObjectIdentifier(function)] { return known }
    var writer = AttributeWriter(self)
    try function.write(to: &writer)
    encoded.append(writer.bytes)
    held.append(function)
    numbers[ObjectIdentifier(function)] = encoded.count - 1
    return encoded.count - 1
  }
}

/// Reads what was written, within its bytes.
package struct AttributeReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  let table: StoredPrimitiveTable
  /// The functions that were read before.
  var functions: [Subgraph] = []

  init(_ bytes: ArraySlice<UInt8>, _ table: StoredPrimitiveTable) {
    (self.bytes, position, self.table) = (bytes, bytes.startIndex, table)
  }

  var remaining: Int { bytes.endIndex - position }

  static func broken(_ required: String, _ got: String) -> ChainRuleError {
    ChainRuleError(
      .value, in: "Program", required: required, got: got, hint: "The file is damaged, or no program.")
  }

  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else {
      throw Self.broken("\(count) more bytes", "\(remaining), the end of the file")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// How many follow, each of so many bytes at least.
  package mutating func count(ofAtLeast size: Int) throws -> Int {
    let count = try int()
    guard count >= 0, count <= remaining / Swift.max(1, size) else {
      throw Self.broken("a count that the file has room for", "\(count)")
    }
    return count
  }

  package mutating func unsigned() throws -> UInt64 {
    try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
  package mutating func int() throws -> Int { Int(Int64(bitPattern: try unsigned())) }
  package mutating func double() throws -> Double { Double(bitPattern: try unsigned()) }
  package mutating func byte() throws -> UInt8 { try take(1).first ?? 0 }
  package mutating func bool() throws -> Bool {
    let byte = try byte()
    guard byte < 2 else { throw Self.broken("0 or 1", "\(byte)") }
    return byte == 1
  }
  /// A number from 0 that is less than a limit.
  package mutating func int(below limit: Int) throws -> Int {
    let number = try int()
    guard number >= 0, number < limit else { throw Self.broken("a number below \(limit)", "\(number)") }
    return number
  }
  package mutating func ints() throws -> [Int] {
    let count = try count(ofAtLeast: 8)
    return try (0..<count).map { _ in try int() }
  }
  package mutating func shape() throws -> Shape {
    let shape = Shape(try ints())
    guard StoredNodes.isPlausible(shape) else {
      throw Self.broken("lengths that fit memory", "\(shape)")
    }
    return shape
  }
  package mutating func text() throws -> String {
    let count = try count(ofAtLeast: 1)
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw Self.broken("a text in UTF-8", "other bytes")
    }
    return text
  }

  package mutating func tensor() throws -> Tensor {
    let number = Int(try byte())
    guard ElementType.stored.indices.contains(number) else {
      throw Self.broken("a type of elements", "\(number)")
    }
    let type = ElementType.stored[number], shape = try shape()
    guard shape.elementCount <= remaining / type.stride else {
      throw Self.broken("the elements of \(shape)", "\(remaining) bytes, the end of the file")
    }
    let tensor = try Kernels.make(shape, type), raw = try take(shape.elementCount * type.stride)
    raw.withUnsafeBytes { source in
      if let base = source.baseAddress { tensor.storage.base.copyMemory(from: base, byteCount: source.count) }
    }
    return tensor
  }

  package mutating func function() throws -> Subgraph { functions[try int(below: functions.count)] }

  /// A primitive with its name in front.
  mutating func primitive() throws -> any Primitive {
    let name = try text()
    if name.hasPrefix("=") {
      guard let opcode = Opcode.allCases.first(where: { "=" + $0.name == name }) else { throw Self.unknown(name) }
      return PrimitiveTable[opcode]
    }
    guard let type = table[name] else { throw Self.unknown(name) }
    return try type.init(from: &self)
  }

  private static func unknown(_ name: String) -> ChainRuleError {
    ChainRuleError(
      .value, in: "Program", required: "primitives that this version knows", got: name,
      hint: "The file was written by a newer version, or is damaged.")
  }
}

extension AttributeWriter {
  /// A primitive with its name in front.
  mutating func write(_ primitive: any Primitive) throws {
    if let tabulated = primitive as? any TabulatedPrimitive {
      return write("=" + type(of: tabulated).opcode.name)
    }
    guard let stored = primitive as? any StoredPrimitive else { throw Self.refusal(of: [primitive.name]) }
    write(type(of: stored).storedName)
    try stored.write(to: &self)
  }

  static func refusal(of names: [String]) -> ChainRuleError {
    ChainRuleError(
      .value, in: "Program.write", required: "primitives of the library alone, which a file can name",
      got: names.joined(separator: ", "), hint: "Record it again where it is needed: a file holds no code.")
  }
}
