/// What compiling may do; everything by default.
///
/// Each pass can be turned off to see what it is worth, or to find a mistake in it.
public struct CompileOptions: Sendable {
  /// A set of passes over the recorded nodes and of choices in the plan.
  public struct Passes: OptionSet, Sendable, Hashable {
    /// A bit for each pass.
    public let rawValue: Int
    /// The passes whose bits are set.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// What no output or update depends on is not computed.
    public static let deadNodes = Passes(rawValue: 1 << 0)
    /// What depends on constants alone is computed once.
    public static let constantFolding = Passes(rawValue: 1 << 1)
    /// Equal primitives on equal inputs are computed once.
    public static let commonSubexpressions = Passes(rawValue: 1 << 2)
    /// x·1, x + 0, −(−x), transposes of transposes, sums of broadcasts …
    public static let algebra = Passes(rawValue: 1 << 3)
    /// log(softmax x), log(sigmoid x), log(Σ eˣ) and their gradients without overflow or cancellation.
    public static let stableForms = Passes(rawValue: 1 << 4)
    /// Elementwise primitives and the reductions around them run tile by tile in one step.
    public static let fusion = Passes(rawValue: 1 << 5)
    /// Bias, relu, scaling and accumulation happen inside the matrix product.
    public static let matrixEpilogues = Passes(rawValue: 1 << 6)
    /// A result takes the place of an operand that is read for the last time.
    public static let inPlace = Passes(rawValue: 1 << 7)
    /// Buffers whose lifetimes do not overlap share memory.
    public static let memoryReuse = Passes(rawValue: 1 << 8)

    /// What is made cheaply from values that are read anyway is computed again, not kept in memory.
    public static let rematerialization = Passes(rawValue: 1 << 9)

    /// What is added at indices is added where it lies, without a tensor of zeros around it.
    public static let rowUpdates = Passes(rawValue: 1 << 10)

    /// What stands between products, a row for each of their results, is computed a block of rows at a time.
    public static let rowBlocks = Passes(rawValue: 1 << 11)

    /// Every pass there is.
    public static let all: Passes = [
      .deadNodes, .constantFolding, .commonSubexpressions, .algebra, .stableForms, .fusion, .matrixEpilogues, .inPlace,
      .memoryReuse, .rematerialization, .rowUpdates, .rowBlocks,
    ]

    /// Every pass with its name, for listings and tests.
    public static let named: [(name: String, pass: Passes)] = [
      ("deadNodes", .deadNodes), ("constantFolding", .constantFolding),
      ("commonSubexpressions", .commonSubexpressions), ("algebra", .algebra), ("stableForms", .stableForms),
      ("fusion", .fusion), ("matrixEpilogues", .matrixEpilogues), ("inPlace", .inPlace), ("memoryReuse", .memoryReuse),
      ("rematerialization", .rematerialization), ("rowUpdates", .rowUpdates), ("rowBlocks", .rowBlocks),
    ]
  }

  /// The passes that are made.
  public var passes: Passes = .all
  /// Whether updates registered with `graph.update(_:to:)` belong to the program. Where nothing is said they do, but
  /// for those of parameters to train: compiling then asks for a word, unless it is given updates itself.
  public var includesRegisteredUpdates: Bool?

  /// How a program keeps the matrices that it multiplies with.
  public enum Weights: Sendable, Hashable {
    /// As parameters and constants are: numbers of the graph's precision, read where they are.
    case recorded
    /// As whole numbers of 8 bits with a scale for each column, a quarter of the bytes of floats, for predictions: what
    /// they are when the program is compiled stays in it. No element is off by more than a 254th of the largest of its
    /// column; sums are of the graph's precision.
    case int8
  }
  /// How matrices `[k, n]` are kept that are parameters or constants and a factor of products. The built-in engine's
  /// alone.
  public var weights: Weights

  /// The most bytes that a run may need, parameters, inputs and outputs included; no limit where nothing is said.
  public var memoryLimit: Int?

  /// Values of at least this many bytes are worth computing again: half of a second cache, which they leave before they
  /// are read.
  var leastRematerializedBytes = 1 << 19
  /// Values of at least this many bytes between two products are worth computing a block of rows at a time.
  var leastRowBlockBytes = 1 << 19

  /// Values of at least this many bytes are given up and computed again where a limit of memory asks for it.
  var leastRecomputedBytes = 1 << 10

  /// Everything that compiling may do, but for what is given.
  public init(
    passes: Passes = .all, includesRegisteredUpdates: Bool? = nil, weights: Weights = .recorded,
    memoryLimit: Int? = nil
  ) {
    self.passes = passes
    self.memoryLimit = memoryLimit
    self.includesRegisteredUpdates = includesRegisteredUpdates
    self.weights = weights
  }
}
