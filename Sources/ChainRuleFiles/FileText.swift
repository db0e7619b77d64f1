import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The bytes of a file, read to its end, so that a pipe can be read too; or a `FileError` with the system's reason.
func bytes(ofFile path: String) throws -> [UInt8] {
  guard let file = fopen(path, "rb") else {
    throw FileError(path, "cannot be read: \(String(cString: strerror(errno)))")
  }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  guard ferror(file) == 0 else { throw FileError(path, "cannot be read: \(String(cString: strerror(errno)))") }
  return bytes
}
