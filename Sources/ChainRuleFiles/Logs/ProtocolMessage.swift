/// A message of protocol buffers under way: fields by number, one after another. Source: the encoding of Protocol Buffers.
package struct ProtocolMessage {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// A whole number of at least 0.
  package mutating func add(_ field: Int, varint value: UInt64) {
    key(field, 0)
    append(varint: value)
  }

  package mutating func add(_ field: Int, _ value: Double) {
    key(field, 1)
    append(little: value.bitPattern)
  }

  package mutating func add(_ field: Int, _ value: Float) {
    key(field, 5)
    append(little: value.bitPattern)
  }

  package mutating func add(_ field: Int, _ text: String) { add(field, bytes: Array(text.utf8)) }
  package mutating func add(_ field: Int, _ message: ProtocolMessage) { add(field, bytes: message.bytes) }

  /// Numbers packed into one field.
  package mutating func add(_ field: Int, packed values: [Double]) {
    var numbers = ProtocolMessage()
    for value in values { numbers.append(little: value.bitPattern) }
    add(field, numbers)
  }

  package mutating func add(_ field: Int, bytes content: [UInt8]) {
    key(field, 2)
    append(varint: UInt64(content.count))
    bytes += content
  }

  /// Fields that are written already.
  package mutating func add(bytes fields: [UInt8]) { bytes += fields }

  private mutating func key(_ field: Int, _ wire: UInt64) { append(varint: UInt64(field) << 3 | wire) }

  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func append(little value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
