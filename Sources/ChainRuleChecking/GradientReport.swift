import ChainRuleCore

/// What a gradient check found, as plain data: a row per element, further opinions, and who is to blame.
///
/// ```swift
/// let report = try checkGradients(of: f, withRespectTo: [x, y, z])
/// print(report.verdict)      // agree
/// print(report)              // worst element first
/// ```
public struct GradientReport: Sendable, Codable, Hashable {
  /// *agree*: the difference is within the numeric side's own error bar, and that bar is small enough to mean
  /// something. *disagree*: the difference exceeds every bar and was confirmed. *inconclusive*: neither could be
  /// shown; never a pass.
  public enum Verdict: String, Sendable, Codable, Hashable { case agree, disagree, inconclusive }

  /// What was checked: the output's name, or the primitive's.
  public let subject: String
  /// 1 for gradients, 2 for Hessians, 3 for third derivatives.
  public let order: Int
  /// A row per checked derivative, in the order of the nodes' elements.
  public package(set) var entries: [Entry]
  /// What was found by other means: forward against reverse mode, symmetry, determinism.
  public internal(set) var opinions: [Opinion]
  /// The first primitive whose own local gradient is wrong, when something disagrees.
  public internal(set) var blame: Blame?
  /// How much was looked at, and what may have been missed.
  public internal(set) var coverage: Coverage
  /// An agreement is called one if the error bar is at most this part of the derivative's size.
  public let resolution: Double

  /// The worst verdict of all entries and opinions; a check of nothing is inconclusive.
  public var verdict: Verdict {
    let verdicts = entries.map(\.verdict) + opinions.map(\.verdict)
    if verdicts.contains(.disagree) { return .disagree }
    return entries.isEmpty || verdicts.contains(.inconclusive) ? .inconclusive : .agree
  }

  /// The entries, the worst first: disagreements by size, then what is inconclusive, then the rest.
  public var worstFirst: [Entry] {
    func badness(_ entry: Entry) -> Double {
      entry.relativeError.isNaN ? .infinity : entry.relativeError
    }
    return entries.sorted {
      $0.verdict.rank == $1.verdict.rank ? badness($0) > badness($1) : $0.verdict.rank > $1.verdict.rank
    }
  }

  public func count(_ verdict: Verdict) -> Int { entries.lazy.filter { $0.verdict == verdict }.count }
}

extension GradientReport.Verdict {
  var rank: Int { self == .disagree ? 2 : self == .inconclusive ? 1 : 0 }
}

extension GradientReport {
  /// One derivative, seen from both sides.
  public struct Entry: Sendable, Codable, Hashable {
    /// The element that was moved (`W2[0][1]`), or the elements, for higher orders.
    public let name: String
    /// The element of the output; empty when the output is a single number.
    public let output: String
    @NumberAsText public var autodiff: Double
    /// The derivative from function values alone.
    @NumberAsText public var numeric: Double
    /// The numeric side's own estimate of how far it may be off: truncation and round-off.
    @NumberAsText public var error: Double
    /// |autodiff − numeric| divided by the larger of the two; 0 when both are 0.
    @NumberAsText public var relativeError: Double
    public var verdict: Verdict
    /// The step of the stencil that decided.
    @NumberAsText public var step: Double
    public var stencil: Stencil
    /// How many times larger the effect of rounding on the output is than the rounding of the output itself.
    @NumberAsText public var condition: Double
    /// Where the function is not differentiable here.
    public var kink: Kink?
    /// The number that somebody expected.
    public var claimed: Double?
    /// Who stands alone, when a number was expected.
    public var alone: Side?
    /// What a reader should know: one-sided stencils, reasons, no path.
    public var note: String

    public enum Stencil: String, Sendable, Codable, Hashable { case central, right, left }
    public enum Side: String, Sendable, Codable, Hashable { case nobody, autodiff, numeric, claim, everybody }
  }

  /// A point where the slopes from the left and from the right differ.
  public struct Kink: Sendable, Codable, Hashable {
    /// The node whose branch changes at this point, its primitive and its inputs; empty when no primitive told.
    public let node: String
    public let primitive: String
    public let inputs: String
    @NumberAsText public var left: Double
    @NumberAsText public var right: Double
    /// The value that autodiff uses here by convention.
    @NumberAsText public var convention: Double
  }

  /// A statement about the whole check that does not rest on differences alone.
  public struct Opinion: Sendable, Codable, Hashable {
    public let name: String
    public let verdict: Verdict
    public let detail: String
  }

  /// The first primitive whose local gradient is wrong at its recorded inputs.
  public struct Blame: Sendable, Codable, Hashable {
    public let primitive: String
    /// The node's label, or its primitive and number.
    public let node: String
    /// The node written in terms of its inputs.
    public let expression: String
    /// The position of the input whose local gradient is wrong, counted from 0.
    public let inputIndex: Int
    public let element: String
    @NumberAsText public var claimed: Double
    @NumberAsText public var numeric: Double
    @NumberAsText public var error: Double
    public let note: String
  }

  /// How much of the derivative was looked at.
  public struct Coverage: Sendable, Codable, Hashable {
    public let checked: Int
    public let total: Int
    /// 0 when every element was moved on its own.
    public let directions: Int
    public let evaluations: Int
    public let statement: String
  }
}

/// A number that also survives JSON when it is not finite: then it is written as "Infinity", "-Infinity" or "NaN".
@propertyWrapper
public struct NumberAsText: Sendable, Codable, Hashable {
  public var wrappedValue: Double
  public init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      wrappedValue = number
    } else {
      let text = try container.decode(String.self)
      wrappedValue = text == "Infinity" ? .infinity : text == "-Infinity" ? -.infinity : .nan
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if wrappedValue.isFinite { return try container.encode(wrappedValue) }
    try container.encode(wrappedValue.isNaN ? "NaN" : wrappedValue > 0 ? "Infinity" : "-Infinity")
  }
}
