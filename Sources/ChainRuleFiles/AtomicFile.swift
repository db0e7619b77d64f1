import ChainRuleCore
import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes a file so that whoever opens it finds the old contents or all of the new ones, whenever the process is
/// killed and however full the disk is: the bytes go to a neighbour, are forced to the disk, and the neighbour takes
/// the name. Every output of the project goes through here.
///
/// A file that is replaced keeps its permissions. What is no regular file is left alone: nothing is written through a
/// symbolic link, and no device, pipe or folder is replaced. Neighbours of processes that are gone are removed.
/// - Throws: a `FileError` with the system's reason, whose `isOutput` is true where the disk, and not the name, is at
///   fault; the old contents are still there then.
public func writeAtomically(_ bytes: [UInt8], to path: String) throws {
  let place = try OutputPlace(path)
  place.removeStaleNeighbours()
  let neighbour = place.neighbour
  func failed() -> FileError {
    FileError(output: path, "cannot be written: \(String(cString: strerror(errno)))")
  }
  unlink(neighbour)
  let file = open(neighbour, O_WRONLY | O_CREAT | O_EXCL, 0o666)
  guard file >= 0 else { throw failed() }
  do {
    if let mode = place.mode { fchmod(file, mode) }
    try writeAll(bytes, to: file, failed)
    guard fsync(file) == 0 else { throw failed() }
  } catch {
    close(file)
    unlink(neighbour)
    throw error
  }
  guard close(file) == 0, rename(neighbour, path) == 0 else {
    let error = failed()
    unlink(neighbour)
    throw error
  }
  // The new name itself must reach the disk too; a directory that cannot be opened is left to the system.
  let directory = open(place.folder, O_RDONLY)
  if directory >= 0 {
    fsync(directory)
    close(directory)
  }
}

/// Where a file is to stand, if a file may stand there.
struct OutputPlace {
  let path: String
  let folder: String, name: String
  /// The permissions of the file that is there already.
  let mode: mode_t?
  private static let suffix = ".partial"
  private static let number = Atomic<Int>(0)

  init(_ path: String) throws {
    self.path = path
    let slash = path.lastIndex(of: "/")
    folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    guard !name.isEmpty else { throw FileError(path, "is no name of a file") }
    var status = stat()
    guard lstat(path, &status) == 0 else {
      mode = nil
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      mode = status.st_mode & 0o7777
      guard access(path, W_OK) == 0 else {
        throw FileError(output: path, "cannot be written: \(String(cString: strerror(errno)))")
      }
    case S_IFDIR: throw FileError(path, "is a folder; name a file in it")
    case S_IFLNK: throw FileError(path, "is a symbolic link, which is not written through; name the file itself")
    default: throw FileError(path, "is no regular file; a device or a pipe is not replaced")
    }
  }

  /// Another one for every writing of every process.
  var neighbour: String {
    let number = Self.number.add(1, ordering: .relaxed).newValue
    return "\(path).\(getpid()).\(number)\(Self.suffix)"
  }

  /// Removes what processes that are gone were writing when they ended.
  func removeStaleNeighbours() {
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
    for file in files where file.hasPrefix(name + ".") && file.hasSuffix(Self.suffix) {
      let numbers = file.dropFirst(name.count + 1).dropLast(Self.suffix.count).split(separator: ".").map { Int32($0) }
      guard (1...2).contains(numbers.count), let first = numbers.first, let process = first, process > 0,
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      unlink(folder + "/" + file)
    }
  }
}

func writeAll(_ bytes: [UInt8], to file: Int32, _ failure: () -> FileError) throws {
  var written = 0
  while written < bytes.count {
    let count = bytes.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + written }, bytes.count - written) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw failure() }
    written += count
  }
}
