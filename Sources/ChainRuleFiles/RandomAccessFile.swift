import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that is read in pieces: what a header promises is compared with the size before memory is taken.
package final class RandomAccessFile: Sendable {
  package let path: String
  package let size: Int
  private let descriptor: Int32

  package init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_NONBLOCK)  // a pipe without a writer does not hold it up
    guard descriptor >= 0 else { throw FileError(path, "cannot be read: \(String(cString: strerror(errno)))") }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(path, "is not a regular file")
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Bytes from an offset.
  /// - Throws: when the file is too short.
  package func read(_ count: Int, at offset: Int) throws -> [UInt8] {
    guard count >= 0, offset >= 0, offset <= size, count <= size - offset else {
      throw FileError(path, "ends too early: \(count) bytes are needed at \(offset), the file has \(size)")
    }
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let step = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        guard step > 0 else { throw FileError(path, "cannot be read at \(offset + filled)") }
        filled += step
      }
    }
  }
}

/// Numbers of a fixed width from bytes.
struct ByteReader {
  let bytes: [UInt8]
  let isBigEndian: Bool

  func unsigned(_ width: Int, at offset: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<width {
      let byte = UInt64(bytes[offset + (isBigEndian ? index : width - 1 - index)])
      value = value << 8 | byte
    }
    return value
  }

  /// The same with its sign.
  func signed(_ width: Int, at offset: Int) -> Int64 {
    let shift = UInt64(64 - 8 * width)
    return Int64(bitPattern: unsigned(width, at: offset) << shift) >> Int64(shift)
  }
}
