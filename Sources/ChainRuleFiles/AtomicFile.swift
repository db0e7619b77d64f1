import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes a file so that whoever opens it finds the old contents or all of the new ones, whenever the process is
/// killed: the bytes go to a neighbour, are forced to the disk, and the neighbour takes the name.
/// - Throws: a `FileError` with the system's reason; the old contents are still there then.
public func writeAtomically(_ bytes: [UInt8], to path: String) throws {
  let neighbour = "\(path).\(getpid()).partial"
  func failed(_ what: String) -> FileError { FileError(path, "\(what): \(String(cString: strerror(errno)))") }
  let file = open(neighbour, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  guard file >= 0 else { throw failed("cannot be written") }
  do {
    try writeAll(bytes, to: file) { failed("cannot be written") }
    guard fsync(file) == 0 else { throw failed("cannot be forced to the disk") }
  } catch {
    close(file)
    unlink(neighbour)
    throw error
  }
  guard close(file) == 0, rename(neighbour, path) == 0 else {
    let error = failed("cannot be written")
    unlink(neighbour)
    throw error
  }
  // The new name itself must reach the disk too; a directory that cannot be opened is left to the system.
  let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  let directory = open(folder.isEmpty ? "/" : folder, O_RDONLY)
  if directory >= 0 {
    fsync(directory)
    close(directory)
  }
}

private func writeAll(_ bytes: [UInt8], to file: Int32, _ failure: () -> FileError) throws {
  var written = 0
  while written < bytes.count {
    let count = bytes.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + written }, bytes.count - written) }
    guard count > 0 else { throw failure() }
    written += count
  }
}
