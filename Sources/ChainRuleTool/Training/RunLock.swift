#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The right to write into a run's folder, held until the value or the process is gone: the system takes it back from
/// a process that ends in whatever way, so that there is nothing to clean up.
final class RunLock {
  private let path: String
  private let descriptor: Int32

  /// - Throws: a ``UsageError`` that says who holds the folder.
  init(_ folder: String) throws {
    path = folder + "/run.lock"
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        throw RunFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let holder = Self.holder(descriptor)
        close(descriptor)
        throw UsageError("\(folder) is in use: process \(holder) trains there; wait for it, or end it")
      }
      // Whoever held the lock before may have removed the file between our opening and our locking it.
      var (opened, named) = (stat(), stat())
      guard fstat(descriptor, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino else {
        close(descriptor)
        continue
      }
      ftruncate(descriptor, 0)
      _ = "\(getpid())\n".withCString { pwrite(descriptor, $0, strlen($0), 0) }
      self.descriptor = descriptor
      return
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(Swift.max(0, count)).prefix { $0 > 32 }, as: UTF8.self)
  }
}
