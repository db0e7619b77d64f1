import ChainRuleCore
import ChainRuleTraining

/// A data set that stays on disk: rows of equal size in an array file, read when a batch asks for them, so that memory
/// holds a few batches however large the file is.
public struct RowFile: DataSource {
  /// How many rows the file has.
  public let count: Int
  /// The shape of one input.
  public let rowShape: Shape
  /// Two batches are read ahead while the model trains.
  public var prefetchCount: Int { 2 }

  private let inputs: Rows, targets: Rows
  private let scale: Double

  /// One array file: where its rows are and how they are written.
  private struct Rows: Sendable {
    let file: RandomAccessFile
    let coding: ElementCoding
    let isBigEndian: Bool
    let offset: Int
    let shape: [Int]
    let rowBytes: Int

    init(_ file: RandomAccessFile, _ coding: ElementCoding, isBigEndian: Bool, offset: Int, shape: [Int]) throws {
      guard let rowBytes = byteCount(Array(shape.dropFirst()), width: coding.width) else {
        throw FileError(file.path, "promises rows of shape \(shape.dropFirst()), which do not fit memory")
      }
      (self.file, self.coding, self.isBigEndian) = (file, coding, isBigEndian)
      (self.offset, self.shape, self.rowBytes) = (offset, shape, rowBytes)
    }

    /// Rows at positions, neighbours in one piece.
    func read(_ positions: [Int]) throws -> Tensor {
      if let wrong = positions.first(where: { !(0..<shape[0]).contains($0) }) {
        throw FileError(file.path, "has \(shape[0]) rows; there is no row \(wrong)")
      }
      guard Extents.product(positions.count, rowBytes) < 1 << 40 else {
        throw FileError(file.path, "has rows of \(rowBytes) bytes, of which \(positions.count) do not fit memory")
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(positions.count * rowBytes)
      var start = 0
      while start < positions.count {
        var end = start + 1
        while end < positions.count, positions[end] == positions[end - 1] + 1 { end += 1 }
        bytes += try file.read((end - start) * rowBytes, at: offset + positions[start] * rowBytes)
        start = end
      }
      return try coding.tensor(
        bytes, shape: Shape([positions.count] + shape.dropFirst()), isBigEndian: isBigEndian, file: file.path)
    }
  }

  /// Inputs `[count, …]` and targets `[count]` or `[count, …]`, each an npy file in row-major order.
  /// - Throws: a `FileError` for a file that is none or has its columns first, and for different numbers of rows.
  public init(npy inputs: String, targets: String) throws {
    func rows(_ path: String) throws -> Rows {
      let file = try RandomAccessFile(path)
      let header = try NpyHeader(file.read(Swift.min(file.size, NpyHeader.longest), at: 0), file: path)
      guard !header.isFortranOrder, !header.shape.isEmpty else {
        throw FileError(path, "must hold rows in row-major order to be read in pieces")
      }
      guard try header.checkedByteCount(path) == file.size - header.dataOffset else {
        throw FileError(path, "promises shape \(header.shape) but holds \(file.size - header.dataOffset) bytes")
      }
      return try Rows(
        file, header.coding, isBigEndian: header.isBigEndian, offset: header.dataOffset, shape: header.shape)
    }
    try self.init(rows(inputs), rows(targets), scale: 1)
  }

  /// Images and labels as MNIST has them.
  init(idx images: String, labels: String) throws {
    func rows(_ path: String) throws -> Rows {
      let file = try RandomAccessFile(path)
      let header = try IDXHeader(file)
      return try Rows(file, header.coding, isBigEndian: true, offset: header.dataOffset, shape: header.shape)
    }
    try self.init(rows(images), rows(labels), scale: 1.0 / 255)
  }

  private init(_ inputs: Rows, _ targets: Rows, scale: Double) throws {
    guard inputs.shape[0] == targets.shape[0] else {
      throw FileError(
        inputs.file.path, "has \(inputs.shape[0]) rows where \(targets.file.path) has \(targets.shape[0])")
    }
    (self.inputs, self.targets, self.scale) = (inputs, targets, scale)
    (count, rowShape) = (inputs.shape[0], Shape(Array(inputs.shape.dropFirst())))
  }

  /// The rows at the given positions: inputs `[positions] + rowShape`, targets `[positions, …]`.
  /// - Throws: a `FileError` for a position beyond the last row, and a file that cannot be read.
  public func examples(at positions: [Int]) throws -> Dataset {
    var values = try inputs.read(positions)
    if scale != 1 {
      values = Tensor(floats: values.scalars.map { Float($0 * scale) }, shape: values.shape)
    }
    return try Dataset(inputs: values, targets: targets.read(positions))
  }
}
