import ChainRuleCore
import ChainRuleTraining
import Foundation

/// Named tensors in one file: eight bytes with the length of a JSON header, the header with type, shape and place of
/// each tensor, then raw little-endian elements. Source: the safetensors format of Hugging Face.
///
/// ```swift
/// try Safetensors.write(model.state, to: "model.safetensors")
/// try model.restore(Safetensors.read("model.safetensors").state)
/// ```
public struct Safetensors: Sendable, Equatable {
  /// The tensors by name, in the order in which they lie in the file.
  public var state: ModelState
  /// Free text by key.
  public var metadata: [String: String]

  /// Tensors and free text, to be written.
  public init(_ state: ModelState, metadata: [String: String] = [:]) {
    (self.state, self.metadata) = (state, metadata)
  }

  /// Longer headers are refused, as the reference implementation does.
  static let longestHeader = 100_000_000

  /// Reads a file; f16, bf16, f32 become Float32, f64 stays, integers become Int32.
  /// - Throws: for anything that is not a well-formed file; every size is checked before memory is taken.
  public static func read(_ path: String) throws -> Safetensors {
    let file = try RandomAccessFile(path)
    guard file.size >= 8 else { throw FileError(path, "is no safetensors file: it is shorter than 8 bytes") }
    let length = ByteReader(bytes: try file.read(8, at: 0), isBigEndian: false).unsigned(8, at: 0)
    guard length <= UInt64(longestHeader), Int(length) <= file.size - 8 else {
      throw FileError(
        path, "is no safetensors file: its header would have \(length) bytes, the file has \(file.size)")
    }
    let header = try SafetensorsHeader(file.read(Int(length), at: 8), dataSize: file.size - 8 - Int(length), path)
    var result = Safetensors(ModelState(), metadata: header.metadata)
    var entries: [(path: String, value: Tensor)] = []
    for entry in header.entries {
      let bytes = try file.read(entry.end - entry.begin, at: 8 + Int(length) + entry.begin)
      entries.append(
        (entry.name, try entry.coding.tensor(bytes, shape: Shape(entry.shape), file: "\(path)/\(entry.name)")))
    }
    result.state = ModelState(entries)
    return result
  }

  /// Writes a file in one piece: a reader finds the old one or the new one.
  ///
  /// - Parameter storage: how floating-point elements are written; 16 bits take half the space and lose digits.
  /// - Throws: the mistake that a tensor carries, or a `FileError` when the file cannot be written.
  public func write(to path: String, storage: FloatStorage = .unchanged) throws {
    try writeAtomically(try encoded(path, storage), to: path)
  }

  /// Writes a model's state.
  /// - Throws: as `write(to:storage:)`.
  public static func write(
    _ state: ModelState, metadata: [String: String] = [:], to path: String, storage: FloatStorage = .unchanged
  ) throws {
    try Safetensors(state, metadata: metadata).write(to: path, storage: storage)
  }

  private static func typeName(_ type: ElementType, _ storage: FloatStorage) -> String {
    switch (type, storage) {
    case (.int32, _): "I32"
    case (_, .float16): "F16"
    case (_, .bfloat16): "BF16"
    case (.float32, .unchanged): "F32"
    case (.float64, .unchanged): "F64"
    }
  }

  private func encoded(_ path: String, _ storage: FloatStorage) throws -> [UInt8] {
    func width(_ value: Tensor) -> Int {
      storage != .unchanged && value.elementType.isFloatingPoint ? 2 : value.elementType.stride
    }
    // Wide elements first, so that all of them are aligned.
    let entries = state.entries.sorted { width($0.value) > width($1.value) }
    var header: [String: Any] = [:]
    var data: [UInt8] = []
    for entry in entries {
      if let error = entry.value.error { throw error }
      let bytes = entry.value.littleEndianBytes(storage)
      header[entry.path] = [
        "dtype": Self.typeName(entry.value.elementType, storage), "shape": entry.value.shape.dimensions,
        "data_offsets": [data.count, data.count + bytes.count],
      ]
      data += bytes
    }
    if !metadata.isEmpty { header["__metadata__"] = metadata }
    guard header["__metadata__"] == nil || state["__metadata__"] == nil else {
      throw FileError(path, "cannot hold a tensor called __metadata__")
    }
    var text = Array(
      try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes]))
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return length + text + data
  }
}

/// The checked header of a safetensors file.
private struct SafetensorsHeader {
  struct Entry {
    let name: String
    let coding: ElementCoding
    let shape: [Int]
    let begin: Int, end: Int
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  private static let codings: [String: ElementCoding] = [
    "F16": .float16, "BF16": .bfloat16, "F32": .float32, "F64": .float64, "I8": .int8, "U8": .uint8, "I16": .int16,
    "U16": .uint16, "I32": .int32, "U32": .uint32, "I64": .int64, "U64": .uint64, "BOOL": .bool,
  ]

  init(_ bytes: [UInt8], dataSize: Int, _ path: String) throws {
    guard let json = try? JSONSerialization.jsonObject(with: Data(bytes)), let header = json as? [String: Any] else {
      throw FileError(path, "is no safetensors file: its header is not a JSON object")
    }
    for (name, value) in header {
      if name == "__metadata__" {
        guard let texts = value as? [String: String] else { throw FileError(path, "has metadata that is not text") }
        metadata = texts
      } else {
        entries.append(try Self.entry(name, value, dataSize, path))
      }
    }
    entries.sort { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }  // empty tensors first
    var end = 0
    for entry in entries {
      guard entry.begin == end else {
        throw FileError(path, "has a gap or an overlap before tensor \(entry.name) at byte \(entry.begin)")
      }
      end = entry.end
    }
    guard end == dataSize else {
      throw FileError(path, "has \(dataSize) bytes of elements where its header describes \(end)")
    }
  }

  private static func entry(_ name: String, _ value: Any, _ dataSize: Int, _ path: String) throws -> Entry {
    guard let fields = value as? [String: Any], let type = fields["dtype"] as? String,
      let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int], offsets.count == 2
    else { throw FileError(path, "describes tensor \(name) without dtype, shape and data_offsets") }
    guard let coding = codings[type] else {
      throw FileError(path, "holds tensor \(name) of type \(type), which cannot be read")
    }
    guard let count = byteCount(shape, width: coding.width), offsets[0] >= 0, offsets[0] <= offsets[1],
      offsets[1] <= dataSize, offsets[1] - offsets[0] == count
    else {
      throw FileError(
        path,
        "gives tensor \(name) of shape \(shape) and type \(type) the bytes \(offsets[0]) to \(offsets[1]) "
          + "of \(dataSize)")
    }
    return Entry(name: name, coding: coding, shape: shape, begin: offsets[0], end: offsets[1])
  }
}
