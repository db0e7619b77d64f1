import ChainRuleCore

/// What a gradient check found, as plain data: a row per element, further opinions, and who is to blame.
///
/// ```swift
/// let report = try checkGradients(of: f, withRespectTo: [x, y, z])
/// print(report.verdict)      // agree
/// print(report)              // worst element first
/// ```
public struct GradientReport: Sendable, Codable, Hashable {
  /// What a comparison showed.
  public enum Verdict: String, Sendable, Codable, Hashable {
    /// The difference is within the numeric side's own error bar, and that bar is small enough to mean something.
    case agree
    /// The difference exceeds every bar and was confirmed.
    case disagree
    /// Neither could be shown; never a pass.
    case inconclusive
  }

  /// What was checked: the output's name, or the primitive's.
  public let subject: String
  /// 1 for gradients, 2 for Hessians, 3 for third derivatives.
  public let order: Int
  /// A row per checked derivative, in the order of the nodes' elements.
  public package(set) var entries: [Entry]
  /// What was found by other means: forward against reverse mode, symmetry, determinism.
  public internal(set) var opinions: [Opinion]
  /// The first primitive whose own local gradient is wrong, when something disagrees.
  public internal(set) var blame: FaultLocalization?
  /// How much was looked at, and what may have been missed.
  public internal(set) var coverage: Coverage
  /// An agreement is called one if the error bar is at most this part of the derivative's size.
  public let resolution: Double
  /// Claims that are formulas, or numbers of values in between, judged; in the order in which they were made.
  public package(set) var judgedClaims: [JudgedClaim] = []

  /// The worst verdict of all entries, opinions and claims; a check of nothing is inconclusive.
  public var verdict: Verdict {
    let verdicts = entries.map(\.verdict) + opinions.map(\.verdict) + judgedClaims.map(\.verdict)
    if verdicts.contains(.disagree) { return .disagree }
    return entries.isEmpty && judgedClaims.isEmpty || verdicts.contains(.inconclusive) ? .inconclusive : .agree
  }

  /// Whether something differs by many bars, or is no number where there is a slope, although it could not be confirmed:
  /// no pass, whatever the verdict.
  public var hasOpenDifference: Bool {
    entries.contains {
      $0.kink == nil && $0.verdict == .inconclusive && $0.error.isFinite && $0.numeric.isFinite
        && !(($0.autodiff - $0.numeric).magnitude <= 8 * $0.error)
    }
  }

  /// Whether some derivative does not exist here (a kink, a slope without bound, a value that is not finite), and nobody
  /// claimed a number that a kink allows: no pass either.
  public var lacksDerivative: Bool {
    entries.contains {
      $0.verdict == .inconclusive
        && ($0.kink.map { !$0.isFinite } ?? false || $0.kink != nil && $0.claimed == nil
          || !$0.autodiff.isFinite)
    }
  }

  /// The entries, the worst first: disagreements by size, then what is inconclusive, then the rest.
  public var worstFirst: [Entry] {
    let ranks = entries.map {
      (verdict: $0.verdict.rank, badness: $0.relativeError.isNaN ? .infinity : $0.relativeError)
    }
    let order = entries.indices.sorted { a, b in
      ranks[a].verdict == ranks[b].verdict
        ? ranks[a].badness > ranks[b].badness : ranks[a].verdict > ranks[b].verdict
    }
    return order.map { entries[$0] }
  }

  /// How many entries have a verdict.
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
    /// How many times the output was differentiated: 1 for a gradient.
    public let order: Int
    /// The derivative from autodiff.
    @NumberAsText public var autodiff: Double
    /// The derivative from function values alone.
    @NumberAsText public var numeric: Double
    /// The numeric side's own estimate of how far it may be off: truncation and round-off.
    @NumberAsText public var error: Double
    /// |autodiff − numeric| divided by the larger of the two; 0 when both are 0.
    @NumberAsText public var relativeError: Double
    /// Whether both sides agree.
    public var verdict: Verdict
    /// The step of the stencil that decided.
    @NumberAsText public var step: Double
    /// On which sides of the point the function was evaluated.
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

    /// The sides of the point at which the function was evaluated.
    public enum Stencil: String, Sendable, Codable, Hashable {
      /// Both sides.
      case central
      /// Above the point only.
      case right
      /// Below the point only.
      case left
    }

    /// Who of a claim, autodiff and the numeric side contradicts the other two.
    public enum Side: String, Sendable, Codable, Hashable {
      /// All three agree.
      case nobody
      /// The claim and the differences agree.
      case autodiff
      /// The claim and autodiff agree.
      case numeric
      /// Autodiff and the differences agree.
      case claim
      /// All three differ.
      case everybody
    }
  }

  /// A point where the slopes from the left and from the right differ.
  public struct Kink: Sendable, Codable, Hashable {
    /// The node whose branch changes at this point, its primitive and its inputs; empty when no primitive told.
    public let node: String
    /// The primitive's name.
    public let primitive: String
    /// The names of the primitive's inputs.
    public let inputs: String
    /// The slope from the left.
    @NumberAsText public var left: Double
    /// The slope from the right.
    @NumberAsText public var right: Double
    /// The value that autodiff uses here by convention.
    @NumberAsText public var convention: Double

    /// A kink that was found by its two slopes and that no primitive told of.
    static func unannounced(left: Double, right: Double, convention: Double) -> Kink {
      Kink(node: "", primitive: "", inputs: "", left: left, right: right, convention: convention)
    }

    /// Whether a primitive told of it.
    var isAnnounced: Bool { !node.isEmpty }

    /// Whether both sides have a slope.
    var isFinite: Bool { left.isFinite && right.isFinite }
  }

  /// A statement about the whole check that does not rest on differences alone.
  public struct Opinion: Sendable, Codable, Hashable {
    /// What it is about.
    public let kind: Kind
    /// The kind in words, with the input where it is about one.
    public let name: String
    /// What was found.
    public let verdict: Verdict
    /// The finding as a sentence.
    public let detail: String

    /// What a statement about the whole check is about.
    public enum Kind: String, Sendable, Codable, Hashable {
      /// Whether there is anything to check.
      case coverage
      /// Whether the output is finite.
      case value
      /// Whether equal inputs give equal outputs.
      case determinism
      /// Whether a compiled program computes what evaluation does.
      case program = "program and evaluation agree"
      /// Whether another engine computes what evaluation does.
      case engine = "engine and evaluation agree"
      /// Whether the two modes of differentiation give the same numbers.
      case modes = "forward against reverse"
      /// Whether forward mode over a recorded gradient gives the rows that reverse mode gives.
      case secondModes = "forward over reverse"
      /// Whether the two halves of the Hessian are equal.
      case symmetry = "Hessian symmetry"
      /// Whether a linear map and its transpose belong together.
      case transpose
    }

    init(_ kind: Kind, _ verdict: Verdict, _ detail: String, input: Int? = nil) {
      (self.kind, self.verdict, self.detail) = (kind, verdict, detail)
      name = kind.rawValue + (input.map { " of input \($0)" } ?? "")
    }
  }

  /// The first primitive whose local gradient is wrong at its recorded inputs.
  public struct FaultLocalization: Sendable, Codable, Hashable {
    /// The primitive's name.
    public let primitive: String
    /// The node's label, or its primitive and number.
    public let node: String
    /// The node written in terms of its inputs.
    public let expression: String
    /// The position of the input whose local gradient is wrong, counted from 0.
    public let inputIndex: Int
    /// The element that shows it best; empty where no element does.
    public let element: String
    /// The primitive's own derivative of that element.
    @NumberAsText public var claimed: Double
    /// The derivative from function values.
    @NumberAsText public var numeric: Double
    /// The error bar of `numeric`.
    @NumberAsText public var error: Double
    /// What is wrong, where no single number says it.
    public let note: String
  }

  /// The former name of `FaultLocalization`.
  @available(*, deprecated, renamed: "FaultLocalization")
  public typealias Blame = FaultLocalization

  /// How much of the derivative was looked at.
  public struct Coverage: Sendable, Codable, Hashable {
    /// The number of elements that moved.
    public let checked: Int
    /// The number of elements there are.
    public let total: Int
    /// 0 when every element was moved on its own.
    public let directions: Int
    /// How often the output was computed.
    public let evaluations: Int
    /// The coverage as a sentence.
    public let statement: String
  }
}

/// A number that also survives JSON when it is not finite: then it is written as "Infinity", "-Infinity" or "NaN".
@propertyWrapper
public struct NumberAsText: Sendable, Codable, Hashable {
  /// The number.
  public var wrappedValue: Double
  /// Wraps a number.
  public init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

  /// Reads a number, or the text that stands for one that is not finite.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      wrappedValue = number
    } else {
      let text = try container.decode(String.self)
      switch text {
      case "Infinity": wrappedValue = .infinity
      case "-Infinity": wrappedValue = -.infinity
      case "NaN": wrappedValue = .nan
      default: throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no number")
      }
    }
  }

  /// Writes the number, or a text where it is not finite.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if wrappedValue.isFinite { return try container.encode(wrappedValue) }
    try container.encode(wrappedValue.isNaN ? "NaN" : wrappedValue > 0 ? "Infinity" : "-Infinity")
  }
}
