import ChainRuleFiles

/// One field of a protocol-buffer message: its number, and a number or a range of bytes.
struct WireField {
  let number: Int
  /// The bits of a number; 0 for a field of bytes.
  let bits: UInt64
  /// Where the bytes of a text, of a message or of packed numbers lie; `nil` for a number.
  let bytes: Range<Int>?
  let wire: UInt64
}

/// Fields of one message after another, read within bounds: a length is compared with what is left before anything is
/// made of it. Source: the encoding of Protocol Buffers.
struct WireReader {
  let file: WireFile
  private(set) var position: Int
  let end: Int

  init(_ file: WireFile, _ range: Range<Int>) {
    (self.file, position, end) = (file, range.lowerBound, range.upperBound)
  }

  /// The next field, or `nil` at the end of the message.
  mutating func next() throws -> WireField? {
    guard position < end else { return nil }
    let key = try varint()
    let number = Int(truncatingIfNeeded: key >> 3)
    guard number > 0, number < 1 << 29 else { throw damaged("a field has the number \(number)") }
    switch key & 7 {
    case 0: return WireField(number: number, bits: try varint(), bytes: nil, wire: 0)
    case 1: return WireField(number: number, bits: try fixed(8), bytes: nil, wire: 1)
    case 5: return WireField(number: number, bits: try fixed(4), bytes: nil, wire: 5)
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else { throw damaged("a field of \(length) bytes does not fit") }
      let range = position..<(position + Int(length))
      position = range.upperBound
      return WireField(number: number, bits: 0, bytes: range, wire: 2)
    default: throw damaged("a field has the wire type \(key & 7)")
    }
  }

  mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { break }
      let byte = file.bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw damaged("a number does not end")
  }

  mutating func fixed(_ width: Int) throws -> UInt64 {
    guard width <= end - position else { throw damaged("a number is cut off") }
    defer { position += width }
    return file.little(width, at: position)
  }

  func damaged(_ reason: String) -> FileError {
    FileError(file.path, "is no ONNX file: \(reason) (near byte \(position))")
  }
}

/// The bytes of a file that messages lie in.
final class WireFile: Sendable {
  let path: String
  let bytes: [UInt8]

  init(path: String, bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }

  /// The longest file that is read whole, as protocol buffers have it.
  static let longest = 1 << 31

  /// - Throws: a `FileError` where the file cannot be read or is longer than 2 GiB.
  convenience init(_ path: String) throws {
    let file = try RandomAccessFile(path)
    guard file.size < Self.longest else {
      throw FileError(path, "is longer than 2 GiB; ONNX keeps larger weights in files beside the model")
    }
    self.init(path: path, bytes: try file.read(file.size, at: 0))
  }

  var whole: WireReader { WireReader(self, 0..<bytes.count) }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// A little-endian number; the caller has checked that it lies within.
  func little(_ width: Int, at offset: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<width { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
    return value
  }

  /// The numbers of a repeated field, packed into one or given one by one.
  func numbers(_ field: WireField, fixed width: Int? = nil) throws -> [UInt64] {
    guard let range = field.bytes else { return [field.bits] }
    var reader = WireReader(self, range), result: [UInt64] = []
    if let width { result.reserveCapacity(range.count / width) }
    while reader.position < reader.end { result.append(try width.map { try reader.fixed($0) } ?? reader.varint()) }
    return result
  }
}
