/// The types of elements that an ONNX file tells apart; what is computed is 32- or 64-bit floating point.
enum ONNXType: Int, Sendable, CaseIterable {
  case float = 1, uint8, int8, uint16, int16, int32, int64, string, bool, float16, double, uint32, uint64, complex64
  case complex128, bfloat16, float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, uint4, int4, float4e2m1

  var isFloatingPoint: Bool {
    switch self {
    case .float, .float16, .double, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz,
      .float4e2m1:
      true
    default: false
    }
  }

  var isInteger: Bool { bits != nil }

  /// The bits of a whole number; `nil` for any other type.
  var bits: Int? {
    switch self {
    case .uint4, .int4: 4
    case .uint8, .int8: 8
    case .uint16, .int16: 16
    case .uint32, .int32: 32
    case .uint64, .int64: 64
    default: nil
    }
  }

  var isSigned: Bool {
    switch self {
    case .int4, .int8, .int16, .int32, .int64: true
    default: false
    }
  }

  /// The bytes of an element in `raw_data`; 0 for half a byte and for what has no fixed size.
  var width: Int {
    switch self {
    case .bool, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz: 1
    case .float16, .bfloat16: 2
    case .float: 4
    case .double: 8
    case .string, .complex64, .complex128, .float4e2m1: 0
    default: (bits ?? 0) / 8
    }
  }

  /// A whole number as this type keeps it: what does not fit wraps around, as in C.
  func wrapped(_ value: Double) -> Double {
    if self == .bool { return value == 0 ? 0 : 1 }
    guard let bits, bits < 64 else {
      return isInteger ? value.rounded(.towardZero) : value
    }
    guard value.isFinite, Swift.abs(value) < 0x1p63 else { return 0 }
    let whole = Int64(value), shift = Int64(64 - bits)
    let wrapped = isSigned ? (whole << shift) >> shift : whole & ((1 << Int64(bits)) - 1)
    return Double(wrapped)
  }

  /// The least and the largest whole number.
  var range: ClosedRange<Double> {
    let bits = Double(bits ?? 64)
    func power(_ exponent: Double) -> Double { Double(sign: .plus, exponent: Int(exponent), significand: 1) }
    return isSigned ? -power(bits - 1)...(power(bits - 1) - 1) : 0...(power(bits) - 1)
  }
}
