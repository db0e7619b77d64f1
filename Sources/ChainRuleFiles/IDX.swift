import ChainRuleCore
import ChainRuleTraining

/// Arrays in the format of the MNIST files: two zero bytes, a type, the number of axes, big-endian lengths, big-endian
/// elements. Source: LeCun, Cortes and Burges, the MNIST database.
public enum IDX {
  /// Reads an array: bytes and integers as Int32 indices, floats as floats.
  /// - Throws: a `FileError` for a file that is none, is compressed, or holds other than the promised bytes.
  public static func read(_ path: String) throws -> Tensor {
    let file = try RandomAccessFile(path)
    let header = try IDXHeader(file)
    return try header.coding.tensor(
      file.read(header.byteCount, at: header.dataOffset), shape: Shape(header.shape), isBigEndian: true, file: path)
  }

  /// A data set from a file of images and a file of labels; pixels are divided by 255. It stays on disk.
  /// - Throws: a `FileError` as `read(_:)` does, and where the files have different numbers of rows.
  public static func examples(images: String, labels: String) throws -> RowFile {
    try RowFile(idx: images, labels: labels)
  }
}

/// What the first bytes of an IDX file say.
struct IDXHeader {
  let coding: ElementCoding
  let shape: [Int]
  let dataOffset: Int
  let byteCount: Int

  private static let codings: [UInt8: ElementCoding] = [
    0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
  ]

  init(_ file: RandomAccessFile) throws {
    let start = try file.read(Swift.min(4, file.size), at: 0)
    if start.starts(with: [0x1F, 0x8B]) {
      throw FileError(file.path, "is compressed with gzip; unpack it first: gunzip \(file.path)")
    }
    guard start.count == 4, start[0] == 0, start[1] == 0, let coding = Self.codings[start[2]], start[3] > 0 else {
      throw FileError(file.path, "is no IDX file: it must begin with two zero bytes, a type and a number of axes")
    }
    let reader = ByteReader(bytes: try file.read(4 * Int(start[3]), at: 4), isBigEndian: true)
    let shape = (0..<Int(start[3])).map { Int(reader.unsigned(4, at: 4 * $0)) }
    let offset = 4 + 4 * shape.count
    guard let count = ChainRuleFiles.byteCount(shape, width: coding.width), count == file.size - offset else {
      throw FileError(
        file.path, "promises an array of shape \(shape) but holds \(file.size - offset) bytes of elements")
    }
    (self.coding, self.shape, dataOffset, byteCount) = (coding, shape, offset, count)
  }
}
