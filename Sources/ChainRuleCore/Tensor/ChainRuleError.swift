/// What went wrong, as a sentence in four parts: who, what was required, what was got, what to do.
///
/// ```swift
/// do { _ = try x.matmul(w).value() } catch let error as ChainRuleError { print(error.required) }
/// ```
public struct ChainRuleError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The family of mistakes that an error belongs to.
  public enum Kind: String, Hashable, Sendable {
    /// A shape, rank or axis does not fit.
    case shape
    /// A value does not fit: an index out of range, an unfed input, a ragged literal.
    case value
    /// No gradient can be given: no path, a non-scalar output without upstream.
    case gradient
    /// A handle was used with another graph, after its scope, or by two threads at once.
    case handle
    /// A primitive does not keep its own promises.
    case primitive
    /// Text that could not be read: an expression, a file, a command line.
    @available(*, deprecated, message: "No error has this kind: expressions and files have errors of their own.")
    case syntax
  }

  /// What the mistake is about, to tell families of errors apart without reading text.
  public let kind: Kind
  /// Who noticed it: a primitive, a function, a layer, a file and line.
  public let origin: String
  /// What would have been right: `a shape of 6 elements`.
  public let required: String
  /// What was there instead: `[2, 3] to [7]`.
  public let got: String
  /// What to do about it; may be empty.
  public let hint: String

  /// An error that reads "origin: required …, got …. hint".
  public init(_ kind: Kind, in origin: String, required: String, got: String, hint: String = "") {
    self.kind = kind
    self.origin = origin
    self.required = required
    self.got = got
    self.hint = hint
  }

  /// Any error as one of these: what a primitive of somebody's own threw is told by its description.
  init(_ error: any Error, in origin: String) {
    self = (error as? Self) ?? Self(.primitive, in: origin, required: "a shape", got: "\(error)")
  }

  /// The whole sentence: who, what was required, what was got, what to do.
  public var description: String {
    "\(origin): required \(required), got \(got)." + (hint.isEmpty ? "" : " " + hint)
  }
}
