extension Explanation {
  /// The data itself as JSON; `Docs/Explanation.md` documents the schema.
  public func json() -> String {
    // Nothing in the data can fail to encode: numbers that JSON lacks are written as names.
    (try? JSONText.text(of: self)) ?? "{}"
  }
}
