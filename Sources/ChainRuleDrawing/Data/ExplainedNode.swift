/// A node with its value and gradient.
public struct ExplainedNode: Sendable, Codable, Equatable, Identifiable {
  /// What a node is: a leaf of one kind, or computed from other nodes.
  public enum Kind: String, Sendable, Codable {
    /// Data that was given.
    case input
    /// A parameter that is trained.
    case parameter
    /// A number or tensor that was written down.
    case constant
    /// A parameter that is not trained.
    case state
    /// The value of a primitive.
    case computed
  }

  /// The node's place in ``Explanation/nodes``.
  public var id: Int
  /// The node's place in the graph that it was recorded in.
  public var recorded: Int
  /// Whether it is a leaf, and which.
  public var kind: Kind
  /// What the person who wrote the model calls it; empty where it was not named.
  public var name: String
  /// Its name in this explanation, unique: `x`, `q`, `v7`, or the number itself for a constant.
  public var symbol: String
  /// The name of the primitive that computes it, or of its kind for a leaf.
  public var primitive: String
  /// What stands in the box of a picture, where that is shorter than the primitive's name: `+`, `x²`.
  public var glyph: String?
  /// One step, in the symbols of its inputs: `q · z`.
  public var formula: String
  /// The same step with a placeholder for every number, `{v1} · {V2}`: see `Explanation.sentence(for:)`.
  public var arithmetic: String
  /// ``arithmetic`` as LaTeX, with `⟨v1⟩` for `{v1}`, since braces have another meaning there.
  public var arithmeticLaTeX: String
  /// ``formula`` as LaTeX.
  public var formulaLaTeX: String
  /// ``symbol`` as LaTeX, unique too.
  public var symbolLaTeX: String
  /// All the way down to the leaves, where that is short enough: `(x + y) · z`.
  public var expression: String
  /// The ids of its inputs, in order.
  public var inputs: [Int]
  /// Sizes of the axes; empty for a scalar.
  public var shape: [Int]
  /// The value of the forward pass; nil where none was computed.
  public var value: ExplainedValue?
  /// The gradient of the output with respect to this node, or the reason why there is none.
  public var gradient: ExplainedGradient
  /// The forward-mode tangent, where directions were given.
  public var tangent: ExplainedValue?
  /// The modules that it belongs to, outermost first; pictures fold along this path.
  public var module: [String]

  /// A node with the given fields.
  public init(
    id: Int, recorded: Int, kind: Kind, name: String = "", symbol: String, primitive: String, glyph: String? = nil,
    formula: String,
    arithmetic: String = "", arithmeticLaTeX: String = "", formulaLaTeX: String, symbolLaTeX: String,
    expression: String, inputs: [Int] = [], shape: [Int] = [],
    value: ExplainedValue? = nil, gradient: ExplainedGradient = .init(.notComputed), tangent: ExplainedValue? = nil,
    module: [String] = []
  ) {
    self.id = id
    self.recorded = recorded
    self.kind = kind
    self.name = name
    self.symbol = symbol
    self.primitive = primitive
    self.glyph = glyph
    self.formula = formula
    self.arithmetic = arithmetic
    self.arithmeticLaTeX = arithmeticLaTeX
    self.formulaLaTeX = formulaLaTeX
    self.symbolLaTeX = symbolLaTeX
    self.expression = expression
    self.inputs = inputs
    self.shape = shape
    self.value = value
    self.gradient = gradient
    self.tangent = tangent
    self.module = module
  }

  /// True where nothing computes it: inputs, parameters, state and constants.
  public var isLeaf: Bool { inputs.isEmpty && kind != .computed }
  /// True for a single number.
  public var isScalar: Bool { shape.isEmpty }
  /// True for a constant that nobody named: its symbol is the number itself.
  var isNumeral: Bool { kind == .constant && name.isEmpty }
}

/// A gradient, or the reason why there is none. A zero always says which kind of zero it is.
public struct ExplainedGradient: Sendable, Codable, Equatable {
  /// What a gradient is, so that no zero is silent.
  public enum State: String, Sendable, Codable {
    /// A number that is not zero.
    case value
    /// The contributions cancel, or one factor of each is zero for a reason other than a closed gate.
    case zero
    /// Zero because every way back goes through a piece of a relu, max, clamp … that was not taken.
    case closedGate
    /// No path leads from here to the output, or a step that has no gradient interrupts every one.
    case noPath
    /// There is a path, but nobody asked for this gradient (a constant, an index).
    case notComputed
  }

  /// Which kind of gradient it is.
  public var state: State
  /// The gradient; nil for `noPath` and `notComputed`.
  public var value: ExplainedValue?
  /// For `noPath` and `notComputed`: where the path breaks.
  public var reason: String?

  /// A gradient in this state.
  public init(_ state: State, value: ExplainedValue? = nil, reason: String? = nil) {
    self.state = state
    self.value = value
    self.reason = reason
  }
}
