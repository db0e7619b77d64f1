import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A regular file or a pipe that is open to be read; nothing else is opened, so that no device can fill memory and no
/// pipe without a writer can hold the process up.
struct OpenedFile: ~Copyable {
  let path: String
  let descriptor: Int32
  let isPipe: Bool
  /// The size of a regular file; 0 for a pipe.
  let size: Int

  /// Pipes are read to their end, but no farther than this.
  private static let longestPipe = 1 << 30
  /// How long the first byte of a pipe is waited for while nobody writes into it, in milliseconds.
  private static let patience = 2000

  init(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path, "cannot be read: \(String(cString: strerror(errno)))") }
    var status = stat()
    let kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
    guard kind == S_IFREG || kind == S_IFIFO else {
      close(descriptor)
      throw FileError(path, kind == S_IFDIR ? "is a folder, not a file" : "is not a regular file or a pipe")
    }
    self.path = path
    self.descriptor = descriptor
    isPipe = kind == S_IFIFO
    size = isPipe ? 0 : Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Everything to the end.
  func bytes() throws -> [UInt8] {
    var bytes = [UInt8](unsafeUninitializedCapacity: size) { all, filled in
      filled = 0
      while filled < size {
        let count = read(descriptor, all.baseAddress.map { $0 + filled }, size - filled)
        if count > 0 { filled += count } else if count == 0 || errno != EINTR { break }
      }
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var waited = 0
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes += buffer[..<count]
        guard !isPipe || bytes.count <= Self.longestPipe else {
          throw FileError(path, "is a pipe with more than \(Self.longestPipe) bytes; write them to a file first")
        }
      } else if count == 0, !isPipe || !bytes.isEmpty {
        return bytes
      } else if count == 0 {
        // Nobody writes into the pipe, yet or any more.
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, 20) == 0 || request.revents & Int16(POLLHUP) == 0 else { return bytes }
        waited += 20
        guard waited < Self.patience else { throw FileError(path, "is a pipe into which nobody writes") }
      } else if errno == EAGAIN {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&request, 1, -1)
      } else if errno != EINTR {
        throw FileError(path, "cannot be read: \(String(cString: strerror(errno)))")
      }
    }
  }
}

/// The bytes of a regular file or a pipe, read to its end; or a `FileError` with the reason.
func bytes(ofFile path: String) throws -> [UInt8] { try OpenedFile(path).bytes() }
