/// What there is to say about a primitive beside how it is computed: how it is called and written, where it is smooth.
///
/// Formulas, explanations, pages, the checker, the random tests and `Docs/Primitives.md` all read it, so that a new
/// primitive appears in them by itself. A primitive of one's own may give one too; every part has a default.
public struct PrimitiveDescriptor: Sendable {
  /// What it computes, in terms of x, or of a, b and c: `arctan x`.
  public var equation: String
  /// The local gradient with respect to each input, in the same terms; y is the output: `1/(1 + x²)`.
  public var derivatives: [String]
  /// What holds at a kink, a tie or an edge of the domain, where there is one.
  public var convention: String
  /// Its name as a function of formulas; `nil` where it has none.
  public var call: String?
  /// What others call the same function, in formulas.
  public var aliases: [String]
  /// How text and LaTeX write an application of it.
  public var notation: PrimitiveNotation
  /// What stands in the box of a picture, where that is shorter than the name.
  public var glyph: String?
  /// JavaScript on the numbers `a`, `b` and `c`, for pages that compute; `nil` where a page cannot.
  public var script: String?
  /// Where each operand may lie, so that samples can be drawn.
  public var domains: [Domain]
  /// Points inside the domain at which it is not smooth.
  public var kinks: [Double]
  /// The largest error of its kernels.
  public var accuracy: Accuracy
  /// How it runs over its domain, for values over whole intervals; `nil` where nothing is known.
  public var course: Course?
  /// Whether what an output element weighs the elements of an input with (its derivatives) has one sign: a sum, a
  /// maximum, a softmax's weights. Amounts of error then add up on the way back and cannot cancel, so that the
  /// checker's bound of round-off needs to pull them back only once.
  public var hasWeightsOfOneSign: Bool
  /// Whether a and b may change places: the result has the same bits (but for a NaN's).
  public var commutes: Bool
  /// Whether a local gradient of 0 is a convention at a kink, and no piece that was not taken: |x| passes its input on
  /// both sides of 0, relu on one.
  public var zeroIsConvention: Bool
  /// The source file that holds it.
  public var file: String

  /// An interval of numbers.
  public enum Domain: Sendable, Equatable {
    /// Any number.
    case everywhere
    /// Any number but 0, of either sign.
    case nonzero
    /// The numbers above a bound.
    case above(Double)
    /// The numbers below a bound.
    case below(Double)
    /// The numbers between two bounds.
    case between(Double, Double)
    /// 0 or not: only chooses.
    case condition

    /// Where to draw samples: well inside, and of ordinary size.
    public var samples: ClosedRange<Double> {
      switch self {
      case .everywhere: -2...2
      case .nonzero: 0.4...3
      case .above(let lower): lower + 0.3...lower + 3
      case .below(let upper): upper - 3...upper - 0.3
      case .between(let lower, let upper): lower + 0.05 * (upper - lower)...upper - 0.05 * (upper - lower)
      case .condition: 0...2
      }
    }
  }

  /// The largest error of a kernel in units in the last place, for each precision; 0.5 is correct rounding.
  ///
  /// It covers the vector kernels, measured on reference rows, and the C library's function that computes a single
  /// number (for glibc: Innocente and Zimmermann, Accuracy of Mathematical Functions in Single, Double, Double Extended,
  /// and Quadruple Precision, 2023).
  public struct Accuracy: Sendable, Equatable {
    /// In a graph of single precision.
    public var single: Double
    /// In a graph of double precision.
    public var double: Double
    /// Correctly rounded: half a unit in both.
    public static let exact = Accuracy(single: 0.5, double: 0.5)
    /// Nothing is rounded: it chooses among numbers, or its values are whole.
    public static let none = Accuracy(single: 0, double: 0)
    /// A bound for each precision, in units in the last place.
    public init(single: Double, double: Double) { (self.single, self.double) = (single, double) }
  }

  /// What is given, and a default for the rest; `file` is the source file of the call unless given.
  public init(
    equation: String = "", derivatives: [String] = [], convention: String = "", call: String? = nil,
    aliases: [String] = [], notation: PrimitiveNotation = .function(), glyph: String? = nil, script: String? = nil,
    domains: [Domain] = [.everywhere], kinks: [Double] = [], accuracy: Accuracy = .exact, course: Course? = nil,
    hasWeightsOfOneSign: Bool = false, commutes: Bool = false, zeroIsConvention: Bool = false,
    file: String = #fileID
  ) {
    (self.equation, self.derivatives, self.convention) = (equation, derivatives, convention)
    (self.call, self.aliases, self.notation) = (call, aliases, notation)
    (self.glyph, self.script, self.domains, self.kinks) = (glyph, script, domains, kinks)
    (self.accuracy, self.course) = (accuracy, course)
    (self.hasWeightsOfOneSign, self.commutes) = (hasWeightsOfOneSign, commutes)
    self.zeroIsConvention = zeroIsConvention
    self.file = String(file.split(separator: "/").last ?? "")
  }
}

extension PrimitiveDescriptor {
  /// The former name of `hasWeightsOfOneSign`.
  @available(*, deprecated, renamed: "hasWeightsOfOneSign")
  public var movesElements: Bool {
    get { hasWeightsOfOneSign }
    set { hasWeightsOfOneSign = newValue }
  }
}
