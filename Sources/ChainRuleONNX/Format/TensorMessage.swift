import ChainRuleCore
import ChainRuleFiles
import Foundation

/// A tensor in a file: its type, its lengths, and where its elements lie. They are read when they are asked for.
struct TensorMessage: Sendable {
  private(set) var name = ""
  private(set) var shape: [Int] = []
  private(set) var type: ONNXType?
  private var typeNumber = 0
  private let file: WireFile
  private var raw: Range<Int>?
  private var fields: [WireField] = []
  private var external: [String: String] = [:]
  private var isExternal = false

  init(_ file: WireFile, _ range: Range<Int>) throws {
    self.file = file
    var reader = WireReader(file, range)
    while let field = try reader.next() {
      switch (field.number, field.bytes) {
      case (1, _): shape += try file.numbers(field).map { Int(truncatingIfNeeded: $0) }
      case (2, nil): typeNumber = Int(truncatingIfNeeded: field.bits)
      case (4, _), (5, _), (6, _), (7, _), (10, _), (11, _): fields.append(field)
      case (8, let bytes?): name = file.text(bytes)
      case (9, let bytes?): raw = bytes
      case (13, let bytes?):
        var entry = WireReader(file, bytes), key = "", value = ""
        while let part = try entry.next() {
          guard let bytes = part.bytes else { continue }
          if part.number == 1 { key = file.text(bytes) } else { value = file.text(bytes) }
        }
        external[key] = value
      case (14, nil): isExternal = field.bits == 1
      default: break
      }
    }
    type = ONNXType(rawValue: typeNumber)
  }

  /// The elements: floating-point ones of up to 32 bits as Float32, all others as Float64.
  /// - Throws: a `FileError` where the elements do not fit the lengths, or are of a type that is not computed with.
  func tensor() throws -> TypedTensor {
    guard let type, type != .string, type != .complex64, type != .complex128 else {
      throw refused("is of the type \(type.map { "\($0)" } ?? "number \(typeNumber)"), which is not computed with")
    }
    guard shape.allSatisfy({ $0 >= 0 }), Shape(shape).elementCount < 1 << 40 else {
      throw refused("has the lengths \(shape)")
    }
    let count = Shape(shape).elementCount
    let values: [Double]
    if isExternal {
      values = try decoded(try externalBytes(count, type), count, type)
    } else if let raw {
      values = try decoded(raw.count == needed(count, type) ? (file, raw.lowerBound) : nil, count, type)
    } else {
      values = try listed(count, type)
    }
    guard values.count == count else { throw refused("has \(values.count) elements for the lengths \(shape)") }
    return TypedTensor(type, Shape(shape), values)
  }

  private func needed(_ count: Int, _ type: ONNXType) -> Int {
    type.width == 0 || type.bits == 4 ? (count + 1) / 2 : count * type.width
  }

  private func refused(_ reason: String) -> FileError { FileError(file.path, "tensor '\(name)' \(reason)") }

  private func decoded(_ place: (WireFile, Int)?, _ count: Int, _ type: ONNXType) throws -> [Double] {
    guard let (file, start) = place else { throw refused("has too many or too few bytes for the lengths \(shape)") }
    let width = type.width
    if type.bits == 4 || type == .float4e2m1 {
      return (0..<count).map { Self.number(UInt64(file.bytes[start + $0 / 2] >> UInt8(4 * ($0 % 2)) & 15), type) }
    }
    return (0..<count).map { Self.number(file.little(width, at: start + $0 * width), type) }
  }

  /// Elements that are written as numbers of the field for their type.
  private func listed(_ count: Int, _ type: ONNXType) throws -> [Double] {
    var result: [Double] = []
    for field in fields {
      switch field.number {
      case 4: result += try file.numbers(field, fixed: 4).map { Self.number($0, .float) }
      case 10: result += try file.numbers(field, fixed: 8).map { Self.number($0, .double) }
      case 5 where type.bits == 4 || type == .float4e2m1:
        result += try file.numbers(field).flatMap { [Self.number($0 & 15, type), Self.number($0 >> 4 & 15, type)] }
      case 5, 7, 11: result += try file.numbers(field).map { Self.number($0, type) }
      default: break
      }
    }
    return type.bits == 4 || type == .float4e2m1 ? Array(result.prefix(count)) : result
  }

  /// The number that bits of a type mean.
  private static func number(_ bits: UInt64, _ type: ONNXType) -> Double {
    switch type {
    case .float: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .double: Double(bitPattern: bits)
    case .bool: bits == 0 ? 0 : 1
    case .uint64: Double(bits)
    case .int64: Double(Int64(bitPattern: bits))
    case let type where type.isInteger:
      type.wrapped(Double(Int32(truncatingIfNeeded: Int64(bitPattern: bits))))
    default: SmallFloat.format(of: type)?.value(bits) ?? 0
    }
  }

  /// Elements in a file of their own, which lies in the folder of the model or below it.
  private func externalBytes(_ count: Int, _ type: ONNXType) throws -> (WireFile, Int) {
    guard let location = external["location"], !location.hasPrefix("/"),
      !location.split(separator: "/").contains("..")
    else { throw refused("lies in '\(external["location"] ?? "")', which is not in the folder of the model") }
    let folder = URL(filePath: file.path).deletingLastPathComponent().path
    let neighbour = try RandomAccessFile("\(folder)/\(location)")
    let offset = external["offset"].map { Int($0) ?? -1 } ?? 0, length = needed(count, type)
    guard external["length"].map({ Int($0) == length }) ?? true else {
      throw refused("has \(external["length"] ?? "") bytes for the lengths \(shape)")
    }
    return (WireFile(path: neighbour.path, bytes: try neighbour.read(length, at: offset)), 0)
  }
}

/// Elements together with the type that ONNX gives them.
struct TypedTensor: Sendable {
  let type: ONNXType
  let values: Tensor

  /// Elements as this type keeps them.
  init(_ type: ONNXType, _ values: Tensor) { (self.type, self.values) = (type, values) }

  init(_ type: ONNXType, _ shape: Shape, _ values: [Double]) {
    self.type = type
    self.values =
      type.isFloatingPoint && type != .double
      ? Tensor(floats: values.map { Float($0) }, shape: shape) : Tensor(shape: shape, values)
  }

  var shape: Shape { values.shape }
  /// The elements as whole numbers; what is beyond 64 bits is the nearest that fits.
  var integers: [Int] { values.scalars.map(whole) }
}

/// A number as a whole one of 64 bits, towards 0; the nearest where it does not fit.
func whole(_ value: Double) -> Int {
  if value.isNaN { return 0 }
  return value >= 0x1p63 ? Int.max : value <= -0x1p63 ? Int.min : Int(value)
}
