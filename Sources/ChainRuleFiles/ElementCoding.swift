import ChainRuleCore

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
package func float(half bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16, exponent = UInt32(bits >> 10 & 0x1F), fraction = UInt32(bits & 0x3FF)
  switch (exponent, fraction) {
  case (0, 0): return Float(bitPattern: sign)
  case (0, _): return (sign == 0 ? 1 : -1) * Float(fraction) * 0x1p-24
  case (31, _): return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}

/// The nearest number of 16 bits (IEEE 754 binary16), ties to the even one; beyond 65,504 it is infinite.
package func half(_ value: Float) -> UInt16 {
  let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000, size = value.bitPattern & 0x7FFF_FFFF
  switch size {
  case 0x7F80_0001...: return sign | 0x7E00  // not a number
  case 0x477F_F000...: return sign | 0x7C00  // 65,520 and more
  case ..<0x3880_0000:  // below 2⁻¹⁴ in steps of 2⁻²⁴
    return sign | UInt16((Float(bitPattern: size) * 0x1p24).rounded(.toNearestOrEven))
  default: return sign | UInt16(truncatingIfNeeded: (size - 0x3800_0000 + 0xFFF + (size >> 13 & 1)) >> 13)
  }
}

/// The upper half of a Float32, rounded to nearest, ties to the even one.
package func brainHalf(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
  return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
}

/// How floating-point elements are written to a file.
public enum FloatStorage: String, Sendable, CaseIterable {
  /// As they are: 32 or 64 bits.
  case unchanged
  /// 16 bits, rounded to nearest: 3 digits between 6e-5 and 65,504 (IEEE 754 binary16).
  case float16
  /// 16 bits, rounded to nearest: 2 digits, with the range of 32 bits.
  case bfloat16
}

extension Tensor {
  /// The elements as little-endian bytes, floating-point ones as `storage` says.
  func littleEndianBytes(_ storage: FloatStorage) -> [UInt8] {
    guard storage != .unchanged, elementType.isFloatingPoint else { return littleEndianBytes }
    let values = floats.map { (storage == .float16 ? half($0) : brainHalf($0)).littleEndian }
    return values.withUnsafeBytes { Array($0) }
  }

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
