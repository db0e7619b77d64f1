#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes a text file in place, so that a device or a pipe can be written too, or says why that failed and where.
func write(_ text: String, to path: String) throws {
  guard let file = fopen(path, "w") else {
    throw RunFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
  }
  let bytes = Array(text.utf8)
  let written = fwrite(bytes, 1, bytes.count, file)
  guard fclose(file) == 0, written == bytes.count else {
    throw RunFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
  }
}
