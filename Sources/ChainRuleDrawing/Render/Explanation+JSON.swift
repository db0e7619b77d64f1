extension Explanation {
  /// The data itself as JSON; `Docs/Explanation.md` documents the schema.
  public func json() -> String {
    do {
      return try JSONText.text(of: self)
    } catch {
      // Nothing in the data can fail to encode: numbers that JSON lacks are written as names.
      preconditionFailure("an explanation does not encode: \(error)")
    }
  }
}
