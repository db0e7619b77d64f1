import ChainRuleCore

/// A mistake in an expression: what is wrong, where it stands, and what to do about it.
///
/// Its description shows the line of the source with a caret under the mistake:
/// ```
/// there is no function 'sigmod'; did you mean 'sigmoid'?
///   1 + sigmod(x)
///       ^~~~~~
/// ```
public struct ExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The sentence without the source line.
  public let message: String
  /// The text in which the mistake stands.
  public let source: String
  /// UTF-8 offsets of the mistake in `source`; empty at a place where something is missing.
  public let range: Range<Int>

  /// Whether everything in it has a meaning, and only the shapes of its values do not fit together.
  package private(set) var isMisfit = false

  /// The same mistake as one of shapes.
  func asMisfit() -> ExpressionError {
    var copy = self
    copy.isMisfit = true
    return copy
  }

  /// A mistake at `range` of `source`; a range beyond the text is cut to it.
  public init(_ message: String, in source: String, at range: Range<Int>) {
    self.message = message
    self.source = source
    let end = source.utf8.count
    let lower = Swift.min(Swift.max(range.lowerBound, 0), end)
    self.range = lower..<Swift.min(Swift.max(range.upperBound, lower), end)
  }

  /// The sentence, and under it the line of the source with a caret.
  public var description: String { message + "\n" + excerpt }

  /// The source line of the mistake, and a caret line under it.
  public var excerpt: String {
    let utf8 = Array(source.utf8)
    let newline = UInt8(ascii: "\n")
    let lineStart = (utf8[..<range.lowerBound].lastIndex(of: newline) ?? -1) + 1
    let lineEnd = utf8[range.lowerBound...].firstIndex(of: newline) ?? utf8.count
    let markEnd = Swift.max(Swift.min(range.upperBound, lineEnd), range.lowerBound)

    var before = Array(String(decoding: utf8[lineStart..<range.lowerBound], as: UTF8.self))
    let marked = Array(String(decoding: utf8[range.lowerBound..<markEnd], as: UTF8.self))
    var after = Array(String(decoding: utf8[markEnd..<lineEnd], as: UTF8.self))
    if before.count > 60 { before = ["…"] + before.suffix(56) }
    let shown = marked.count > 60 ? Array(marked.prefix(59)) + ["…"] : marked
    if after.count > 40 { after = after.prefix(36) + ["…"] }

    let lines = utf8.contains(newline)
    let number = 1 + utf8[..<lineStart].count { $0 == newline }
    let head = lines ? "  line \(number): " : "  "
    let pad = String(before.map { $0 == "\t" ? "\t" : " " })
    let blank = String(repeating: " ", count: head.count)
    let caret = "^" + String(repeating: "~", count: Swift.max(shown.count - 1, 0))
    return head + String(before + shown + after) + "\n" + blank + pad + caret
  }
}
