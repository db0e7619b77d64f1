/// A mistake in a file: which file, where in it, what was required and what stands there.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  public let file: String
  /// From 1; nil where the whole file is meant.
  public let line: Int?
  public let column: String?
  public let message: String

  public init(_ file: String, line: Int? = nil, column: String? = nil, _ message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String {
    let place = (line.map { ", line \($0)" } ?? "") + (column.map { ", column \($0)" } ?? "")
    return "\(file)\(place): \(message)"
  }
}
