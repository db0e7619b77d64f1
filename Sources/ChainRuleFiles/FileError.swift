import ChainRuleCore

/// A mistake in a file: which file, where in it, what was required and what stands there.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path of the file, or what stands for it.
  public let file: String
  /// From 1; nil where the whole file is meant.
  public let line: Int?
  /// The name of the column; nil where the whole line is meant.
  public let column: String?
  /// What is wrong, in words that follow the place.
  public let message: String
  /// Whether an output could not be written, for a reason that is no matter of its name: a full disk, a missing right.
  public let isOutput: Bool

  /// A mistake in a file, in a line of it, or in one cell.
  public init(_ file: String, line: Int? = nil, column: String? = nil, _ message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
    isOutput = false
  }

  /// A failure to write an output.
  init(output file: String, _ message: String) {
    (self.file, line, column, self.message, isOutput) = (file, nil, nil, message, true)
  }

  /// `FILE, line 3, column x: a number is needed, not 'red'`.
  public var description: String {
    let place = (line.map { ", line \($0)" } ?? "") + (column.map { ", column \($0)" } ?? "")
    return "\(file)\(place): \(message)"
  }
}
