extension String {
  /// Followed by spaces until it is `width` characters long.
  package func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
  /// Preceded by spaces until it is `width` characters long.
  package func indented(to width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }
}
