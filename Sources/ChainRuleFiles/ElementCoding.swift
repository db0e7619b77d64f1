import ChainRule

/// How a file writes the elements of an array.
enum ElementCoding: String, Sendable {
  case float16, bfloat16, float32, float64, int8, uint8, int16, uint16, int32, uint32, int64, uint64, bool

  var width: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Elements as a tensor: floating-point ones of up to 32 bits as Float32, integers as Int32.
  /// - Throws: for an integer that does not fit 32 bits.
  func tensor(_ bytes: [UInt8], shape: Shape, isBigEndian: Bool = false, file: String) throws -> Tensor {
    let reader = ByteReader(bytes: bytes, isBigEndian: isBigEndian)
    let places = stride(from: 0, to: shape.elementCount * width, by: width)
    let result: Tensor
    switch self {
    case .float64: result = Tensor(shape: shape, places.map { Double(bitPattern: reader.unsigned(8, at: $0)) })
    case .float32:
      result = Tensor(
        floats: places.map { Float(bitPattern: UInt32(truncatingIfNeeded: reader.unsigned(4, at: $0))) }, shape: shape)
    case .bfloat16:
      result = Tensor(
        floats: places.map { Float(bitPattern: UInt32(truncatingIfNeeded: reader.unsigned(2, at: $0)) << 16) },
        shape: shape)
    case .float16:
      result = Tensor(
        floats: places.map { float(half: UInt16(truncatingIfNeeded: reader.unsigned(2, at: $0))) }, shape: shape)
    case .uint8, .uint16, .uint32, .uint64, .bool:
      result = Tensor(indices: places.map { Int(clamping: reader.unsigned(width, at: $0)) }, shape: shape)
    case .int8, .int16, .int32, .int64:
      result = Tensor(indices: places.map { Int(reader.signed(width, at: $0)) }, shape: shape)
    }
    if let error = result.error {
      throw FileError(file, "holds \(rawValue) elements that do not fit: required \(error.required)")
    }
    return result
  }
}

/// A number of 16 bits (IEEE 754 binary16): sign, 5 bits of exponent, 10 of fraction.
func float(half bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16, exponent = UInt32(bits >> 10 & 0x1F), fraction = UInt32(bits & 0x3FF)
  switch (exponent, fraction) {
  case (0, 0): return Float(bitPattern: sign)
  case (0, _): return (sign == 0 ? 1 : -1) * Float(fraction) * 0x1p-24
  case (31, _): return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}

extension Tensor {
  /// The elements as little-endian bytes of their own type.
  var littleEndianBytes: [UInt8] {
    func bytes<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
      values.map(\.littleEndian).withUnsafeBytes { Array($0) }
    }
    return switch elementType {
    case .float64: bytes(scalars.map(\.bitPattern))
    case .float32: bytes(floats.map(\.bitPattern))
    case .int32: bytes(indices.map { Int32(truncatingIfNeeded: $0) })
    }
  }
}

/// The number of bytes of an array that a file describes, or nil if it overflows.
func byteCount(_ shape: [Int], width: Int) -> Int? {
  var count = width
  for length in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: length)
    guard length >= 0, !overflow else { return nil }
    count = product
  }
  return count
}
