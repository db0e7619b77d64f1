import ChainRuleCore

/// Several named arrays in one file, as `numpy.savez` writes them: a ZIP archive of npy files without compression.
public enum Npz {
  /// The arrays by name, in the order of the file.
  /// - Throws: a `FileError` for compressed archives too (`savez_compressed`), for entries that overlap, and for one
  ///   whose bytes do not have its checksum; each by name.
  public static func read(_ path: String) throws -> [(name: String, value: Tensor)] {
    let file = try RandomAccessFile(path)
    let directory = try ZipDirectory(file)
    try directory.checkOverlaps(file)
    return try directory.entries.map { entry in
      let name = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      return (name, try Npy.decode(entry.contents(of: file), file: "\(path)/\(entry.name)"))
    }
  }

  /// Writes arrays that `numpy.load` reads.
  /// - Throws: the mistake that a tensor carries, or a `FileError` for a file that is too large or cannot be written.
  public static func write(_ arrays: [(name: String, value: Tensor)], to path: String) throws {
    var archive = ZipWriter()
    for (name, value) in arrays { try archive.add(name + ".npy", Npy.encode(value), path) }
    try writeAtomically(archive.finished(), to: path)
  }
}

/// The table of contents at the end of a ZIP archive. Source: PKWARE, APPNOTE 6.3.
struct ZipDirectory {
  struct Entry {
    let name: String
    let offset: Int, size: Int
    let checksum: UInt32

    /// The stored bytes, behind a local header whose length is only known there.
    func contents(of file: RandomAccessFile) throws -> [UInt8] {
      let reader = ByteReader(bytes: try file.read(30, at: offset), isBigEndian: false)
      guard reader.unsigned(4, at: 0) == 0x0403_4B50 else {
        throw FileError(file.path, "has a broken entry \(name)")
      }
      let start = offset + 30 + Int(reader.unsigned(2, at: 26)) + Int(reader.unsigned(2, at: 28))
      let bytes = try file.read(size, at: start)
      guard crc32(bytes) == checksum else {
        throw FileError(file.path, "is damaged: the bytes of \(name) do not have its checksum (CRC-32)")
      }
      return bytes
    }
  }

  private(set) var entries: [Entry] = []

  /// Refuses entries that share bytes: an archive of a megabyte could unfold to any size.
  func checkOverlaps(_ file: RandomAccessFile) throws {
    var end = 0
    for entry in entries.sorted(by: { $0.offset < $1.offset }) {
      // A local header has 30 bytes and the name at least.
      guard entry.offset >= end else { throw FileError(file.path, "is damaged: entry \(entry.name) overlaps another") }
      end = entry.offset + 30 + entry.name.utf8.count + entry.size
    }
    guard end <= file.size else { throw FileError(file.path, "ends before the last byte of its entries") }
  }

  init(_ file: RandomAccessFile) throws {
    let tail = Swift.min(file.size, 66_000)
    let end = ByteReader(bytes: try file.read(tail, at: file.size - tail), isBigEndian: false)
    let places = stride(from: tail - 22, through: 0, by: -1)
    guard tail >= 22, let place = places.first(where: { end.unsigned(4, at: $0) == 0x0605_4B50 }) else {
      throw FileError(file.path, "is no npz file: it has no ZIP directory")
    }
    let count = Int(end.unsigned(2, at: place + 10))
    let size = Int(end.unsigned(4, at: place + 12)), start = Int(end.unsigned(4, at: place + 16))
    let directory = ByteReader(bytes: try file.read(size, at: start), isBigEndian: false)
    var offset = 0
    for _ in 0..<count {
      guard offset + 46 <= size, directory.unsigned(4, at: offset) == 0x0201_4B50 else {
        throw FileError(file.path, "has a broken ZIP directory")
      }
      let nameLength = Int(directory.unsigned(2, at: offset + 28))
      let extraLength = Int(directory.unsigned(2, at: offset + 30)) + Int(directory.unsigned(2, at: offset + 32))
      guard offset + 46 + nameLength + extraLength <= size else {
        throw FileError(file.path, "has a broken ZIP directory")
      }
      let name = String(decoding: directory.bytes[offset + 46..<offset + 46 + nameLength], as: UTF8.self)
      let sizes = (directory.unsigned(4, at: offset + 20), directory.unsigned(4, at: offset + 24))
      guard directory.unsigned(2, at: offset + 10) == 0 else {
        throw FileError(file.path, "holds \(name) compressed; write it with numpy.savez, not savez_compressed")
      }
      guard sizes.0 == sizes.1, sizes.0 < 0xFFFF_FFFF else {
        throw FileError(file.path, "holds \(name) in a form that cannot be read (ZIP64)")
      }
      entries.append(
        Entry(
          name: name, offset: Int(directory.unsigned(4, at: offset + 42)), size: Int(sizes.0),
          checksum: UInt32(truncatingIfNeeded: directory.unsigned(4, at: offset + 16))))
      offset += 46 + nameLength + extraLength
    }
  }
}

/// Writes a ZIP archive without compression.
struct ZipWriter {
  private var body: [UInt8] = [], directory: [UInt8] = []
  private var count = 0

  mutating func add(_ name: String, _ contents: [UInt8], _ path: String) throws {
    guard contents.count < 0xFFFF_FFFF - body.count, name.utf8.count < 0xFFFF, count < 0xFFFF else {
      throw FileError(path, "cannot hold \(name): an archive of at most 4 GB and 65,535 arrays can be written")
    }
    let offset = body.count
    // Version 2.0, no flags, stored, 1 January 1980.
    let common =
      little(20, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0x21, 2)
      + little(Int(crc32(contents)), 4) + little(contents.count, 4) + little(contents.count, 4)
      + little(name.utf8.count, 2) + little(0, 2)
    body += little(0x0403_4B50, 4) + common + Array(name.utf8) + contents
    directory += little(0x0201_4B50, 4) + little(20, 2) + common
    directory += little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(offset, 4) + Array(name.utf8)
    count += 1
  }

  func finished() -> [UInt8] {
    body + directory + little(0x0605_4B50, 4) + little(0, 4) + little(count, 2) + little(count, 2)
      + little(directory.count, 4) + little(body.count, 4) + little(0, 2)
  }

  private func little(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// The checksum of ZIP.
func crc32(_ bytes: [UInt8]) -> UInt32 { CyclicCheck.zip(bytes) }
