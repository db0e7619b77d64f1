import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that others read while it grows, as a log is: it is begun with some bytes in one piece, and every further
/// piece reaches it at once.
final class GrowingFile {
  let path: String
  private let descriptor: Int32

  /// Begins the file, or begins it anew.
  /// - Throws: a `FileError` as `writeAtomically` does.
  init(_ path: String, startingWith bytes: [UInt8]) throws {
    self.path = path
    try writeAtomically(bytes, to: path)
    descriptor = open(path, O_WRONLY | O_APPEND)
    guard descriptor >= 0 else { throw Self.failed(path) }
  }

  deinit { close(descriptor) }

  /// - Throws: a `FileError` with the system's reason.
  func append(_ bytes: [UInt8]) throws { try writeAll(bytes, to: descriptor) { Self.failed(path) } }

  private static func failed(_ path: String) -> FileError {
    FileError(output: path, "cannot be written: \(String(cString: strerror(errno)))")
  }
}
