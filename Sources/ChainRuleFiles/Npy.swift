import ChainRuleCore

/// Arrays in NumPy's format, versions 1 to 3: a magic number, a header that is a Python literal, raw elements.
/// Source: NumPy, numpy.lib.format.
public enum Npy {
  /// Reads an array; floats of up to 32 bits become Float32, integers Int32. Fortran order is turned into row-major.
  /// - Throws: a `FileError` for a file that is none, ends too early, or holds elements of a type that is not read.
  public static func read(_ path: String) throws -> Tensor {
    let file = try RandomAccessFile(path)
    let header = try NpyHeader(file.read(Swift.min(file.size, NpyHeader.longest), at: 0), file: path)
    let bytes = try file.read(header.checkedByteCount(path), at: header.dataOffset)
    return try header.tensor(bytes, file: path)
  }

  /// Reads an array from bytes; `file` is what messages call it.
  /// - Throws: a `FileError` as `read(_:)` does.
  public static func decode(_ bytes: [UInt8], file: String) throws -> Tensor {
    let header = try NpyHeader(bytes, file: file)
    let count = try header.checkedByteCount(file)
    guard bytes.count - header.dataOffset >= count else {
      throw FileError(file, "ends too early: \(count) bytes of elements are promised")
    }
    return try header.tensor(Array(bytes[header.dataOffset..<header.dataOffset + count]), file: file)
  }

  /// Writes an array that `numpy.load` reads.
  /// - Throws: the mistake that the tensor carries, or a `FileError` when the file cannot be written.
  public static func write(_ tensor: Tensor, to path: String) throws {
    try writeAtomically(try encode(tensor), to: path)
  }

  /// NumPy makes arrays of no more axes.
  private static let mostAxes = 64

  /// An array as the bytes of a file.
  /// - Throws: the mistake that the tensor carries, and a `FileError` for more than 64 axes.
  public static func encode(_ tensor: Tensor) throws -> [UInt8] {
    if let error = tensor.error { throw error }
    guard tensor.shape.rank <= Self.mostAxes else {
      throw FileError(
        "npy", "can hold at most \(Self.mostAxes) axes, as NumPy does; this tensor has \(tensor.shape.rank)")
    }
    let type =
      switch tensor.elementType {
      case .float64: "<f8"
      case .float32: "<f4"
      case .int32: "<i4"
      }
    let lengths = tensor.shape.dimensions.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(lengths)), }"
    // The elements start at a multiple of 64 bytes.
    let padding = (64 - (10 + header.utf8.count + 1) % 64) % 64
    header += String(repeating: " ", count: padding) + "\n"
    let count = header.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)] + Array(header.utf8)
      + tensor.littleEndianBytes
  }
}

/// What the first bytes of an npy file say.
struct NpyHeader: Sendable {
  /// Longer headers are refused; NumPy's own are below 10,000 bytes.
  static let longest = 1 << 16

  let coding: ElementCoding
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let shape: [Int]
  let dataOffset: Int

  init(_ bytes: [UInt8], file: String) throws {
    guard bytes.starts(with: [0x93] + Array("NUMPY".utf8)), bytes.count >= 12 else {
      throw FileError(file, "is no npy file: it must begin with \\x93NUMPY")
    }
    let reader = ByteReader(bytes: bytes, isBigEndian: false)
    let (start, length) = bytes[6] == 1 ? (10, reader.unsigned(2, at: 8)) : (12, reader.unsigned(4, at: 8))
    guard (1...3).contains(bytes[6]), length <= Self.longest, start + Int(length) <= bytes.count else {
      throw FileError(file, "has a header of \(length) bytes in version \(bytes[6]), which cannot be read")
    }
    let text = String(decoding: bytes[start..<start + Int(length)], as: UTF8.self)
    func value(of key: String) throws -> Substring {
      guard let range = text.firstRange(of: "'\(key)':") else {
        throw FileError(file, "has a header without '\(key)': \(text.prefix(80))")
      }
      return text[range.upperBound...].drop { $0 == " " }
    }
    let type = try value(of: "descr").dropFirst().prefix { $0 != "'" }
    guard let coding = Self.codings[String(type.drop { "<>|=".contains($0) })] else {
      throw FileError(file, "holds elements of type '\(type.prefix(40))', which cannot be read; use float or int types")
    }
    self.coding = coding
    isBigEndian = type.first == ">"
    isFortranOrder = try value(of: "fortran_order").hasPrefix("True")
    let lengths = try value(of: "shape").dropFirst().prefix { $0 != ")" }.split(separator: ",")
    let written = lengths.map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
    let parsed = written.compactMap { Int($0) }
    guard parsed.count == written.count, parsed.allSatisfy({ $0 >= 0 }) else {
      throw FileError(file, "has a header with shape (\(lengths.joined(separator: ","))), which is none")
    }
    (shape, dataOffset) = (parsed, start + Int(length))
  }

  private static let codings: [String: ElementCoding] = [
    "f2": .float16, "f4": .float32, "f8": .float64, "i1": .int8, "u1": .uint8, "i2": .int16, "u2": .uint16,
    "i4": .int32, "u4": .uint32, "i8": .int64, "u8": .uint64, "b1": .bool,
  ]

  func checkedByteCount(_ file: String) throws -> Int {
    if let count = byteCount(shape, width: coding.width) { return count }
    throw FileError(file, "promises an array of shape \(shape), which does not fit memory")
  }

  func tensor(_ bytes: [UInt8], file: String) throws -> Tensor {
    let stored = Shape(isFortranOrder ? shape.reversed() : shape)
    let tensor = try coding.tensor(bytes, shape: stored, isBigEndian: isBigEndian, file: file)
    guard isFortranOrder, shape.count > 1 else { return tensor }
    return try Graph(tensor.elementType == .float32 ? .single : .double).constant(tensor).transposed().value()
  }
}
