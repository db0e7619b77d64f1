/// Every number of one application of the chain rule, as plain data.
///
/// An explanation holds what was computed: the value and the gradient of every node, and for every edge the local
/// gradient, the upstream that arrived and their product. Renderers (`text`, `svg`, `html`, `latex`, `dot`,
/// `mermaid`, `json`) draw it and compute nothing. `Docs/Explanation.md` documents it as a JSON schema.
///
/// ```swift
/// let explanation = try f.explain()
/// print(explanation.text())
/// for frame in explanation.frames { print(explanation.sentence(for: frame)) }
/// ```
public struct Explanation: Sendable, Codable, Equatable {
  /// The schema that this version writes; a reader can refuse what it does not know.
  public static let currentSchema = "chainrule-explanation/1"

  public var schema = Explanation.currentSchema
  /// What the pictures are headed with: the expression that is explained.
  public var title: String
  /// The `id` of the node whose gradient this is.
  public var output: Int
  /// The nodes that the output is computed from, in the order in which they were recorded; `nodes[i].id == i`.
  public var nodes: [ExplainedNode]
  /// One edge for every input of every node; `edges[i].id == i`.
  public var edges: [ExplainedEdge]
  /// One for every node that several edges bring a contribution to.
  public var sums: [ExplainedSum]
  /// One for every node, in the order of evaluation.
  public var forwardFrames: [ExplainedFrame]
  /// The backward pass: the seed, then one frame for every contribution, in the order in which they were made.
  public var frames: [ExplainedFrame]
  /// Paths with their products; `paths(from:)` reads them, and finds those of scalar graphs that are not here.
  public var paths: [ExplainedPath]
  /// The nodes whose paths were asked for: text and LaTeX list those.
  public var pathTargets: [Int] = []
  /// What a page needs to compute everything again for other inputs; only for graphs of scalars.
  public var arithmetic: ExplainedArithmetic?
  /// Sentences that a reader should see beside the numbers, such as what was left out and why.
  public var notes: [String]

  public init(
    title: String, output: Int, nodes: [ExplainedNode], edges: [ExplainedEdge], sums: [ExplainedSum] = [],
    forwardFrames: [ExplainedFrame] = [], frames: [ExplainedFrame] = [], paths: [ExplainedPath] = [],
    arithmetic: ExplainedArithmetic? = nil, notes: [String] = []
  ) {
    self.title = title
    self.output = output
    self.nodes = nodes
    self.edges = edges
    self.sums = sums
    self.forwardFrames = forwardFrames
    self.frames = frames
    self.paths = paths
    self.arithmetic = arithmetic
    self.notes = notes
  }
}

/// A node with its value and gradient.
public struct ExplainedNode: Sendable, Codable, Equatable, Identifiable {
  public enum Kind: String, Sendable, Codable { case input, parameter, constant, state, computed }

  public var id: Int
  /// The node's place in the graph that it was recorded in.
  public var recorded: Int
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
  /// The same as LaTeX, with `⟨v1⟩` for `{v1}`, since braces have another meaning there.
  public var arithmeticLaTeX: String
  public var formulaLaTeX: String
  public var symbolLaTeX: String
  /// All the way down to the leaves, where that is short enough: `(x + y) · z`.
  public var expression: String
  /// The ids of its inputs, in order.
  public var inputs: [Int]
  public var shape: [Int]
  public var value: ExplainedValue?
  public var gradient: ExplainedGradient
  /// The forward-mode tangent, where directions were given.
  public var tangent: ExplainedValue?
  /// The modules that it belongs to, outermost first; pictures fold along this path.
  public var module: [String]

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

  public var isLeaf: Bool { inputs.isEmpty && kind != .computed }
  public var isScalar: Bool { shape.isEmpty }
}

/// A gradient, or the reason why there is none. A zero always says which kind of zero it is.
public struct ExplainedGradient: Sendable, Codable, Equatable {
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

  public var state: State
  public var value: ExplainedValue?
  /// For `noPath` and `notComputed`: where the path breaks.
  public var reason: String?

  public init(_ state: State, value: ExplainedValue? = nil, reason: String? = nil) {
    self.state = state
    self.value = value
    self.reason = reason
  }
}

/// One input of one node: the way that a gradient takes back.
public struct ExplainedEdge: Sendable, Codable, Equatable, Identifiable {
  public enum Kind: String, Sendable, Codable {
    /// Elementwise: the contribution is upstream times `factor`.
    case factor
    /// A linear map too large to form: `local` says which.
    case linear
    /// No gradient flows: `local` says why.
    case none
    /// A gradient could flow, but none was asked for.
    case unused
  }

  public var id: Int
  /// The node that a contribution goes to, and that the value came from.
  public var node: Int
  /// The node that consumes it.
  public var consumer: Int
  /// Which input of the consumer it is, from 0.
  public var position: Int
  public var kind: Kind
  /// The local gradient as an expression (`z`) or as a map (`upstream · Wᵀ`).
  public var local: String
  public var localLaTeX: String
  /// The local gradient as numbers.
  public var factor: ExplainedValue?
  public var upstream: ExplainedValue?
  public var product: ExplainedValue?
  /// The local gradient as a matrix, output elements by input elements, where it is small and was asked for.
  public var jacobian: ExplainedValue?
  /// True where the consumer chooses between pieces (relu, max, clamp …), so that a zero factor is a closed gate.
  public var gate: Bool

  public init(
    id: Int, node: Int, consumer: Int, position: Int, kind: Kind, local: String, localLaTeX: String,
    factor: ExplainedValue? = nil, upstream: ExplainedValue? = nil, product: ExplainedValue? = nil,
    jacobian: ExplainedValue? = nil, gate: Bool = false
  ) {
    self.id = id
    self.node = node
    self.consumer = consumer
    self.position = position
    self.kind = kind
    self.local = local
    self.localLaTeX = localLaTeX
    self.factor = factor
    self.upstream = upstream
    self.product = product
    self.jacobian = jacobian
    self.gate = gate
  }

  /// True where a contribution was made along this edge.
  public var carriesGradient: Bool { product != nil }
}

/// The sum of the contributions to a node that fans out: the sum over paths, one step at a time.
public struct ExplainedSum: Sendable, Codable, Equatable {
  public var node: Int
  /// The edges whose products are added, in that order.
  public var edges: [Int]
  public var total: ExplainedValue

  public init(node: Int, edges: [Int], total: ExplainedValue) {
    self.node = node
    self.edges = edges
    self.total = total
  }
}

/// What happens in one moment of a lecture.
public struct ExplainedFrame: Sendable, Codable, Equatable {
  public enum Kind: String, Sendable, Codable { case forward, seed, contribution }

  public var kind: Kind
  /// The node that is computed, or that the contribution goes to.
  public var node: Int
  public var edge: Int?
  /// After this frame, `done` of the `of` consumers have contributed; the gradient is final when they are equal.
  public var done: Int
  public var of: Int
  /// The value, or the sum of the contributions so far.
  public var total: ExplainedValue?
  /// The arithmetic in words, with placeholders for the numbers: see `Explanation.sentence(for:)`.
  public var words: String

  public init(kind: Kind, node: Int, edge: Int? = nil, done: Int, of: Int, total: ExplainedValue? = nil, words: String)
  {
    self.kind = kind
    self.node = node
    self.edge = edge
    self.done = done
    self.of = of
    self.total = total
    self.words = words
  }

  public var isFinal: Bool { done == of }
}

/// One way from the output back to a node, with the product of the local gradients along it.
public struct ExplainedPath: Sendable, Codable, Equatable {
  /// From the output to the node.
  public var nodes: [Int]
  public var edges: [Int]
  /// What this path contributes to the gradient; nil where it would have to be computed (`explain(paths:)`).
  public var product: ExplainedValue?

  public init(nodes: [Int], edges: [Int], product: ExplainedValue?) {
    self.nodes = nodes
    self.edges = edges
    self.product = product
  }
}

/// The elementary arithmetic behind a graph of scalars: slots that are filled in order, each from slots before it.
/// Local gradients are slots like values, so that whoever runs this multiplies and adds but knows no derivative.
public struct ExplainedArithmetic: Sendable, Codable, Equatable {
  public struct Instruction: Sendable, Codable, Equatable {
    /// `input`, `constant`, or the name of an elementary primitive.
    public var name: String
    public var inputs: [Int]
    public var numbers: [Double]
    public init(_ name: String, inputs: [Int] = [], numbers: [Double] = []) {
      self.name = name
      self.inputs = inputs
      self.numbers = numbers
    }
  }

  public var instructions: [Instruction]
  /// The slot of every node's value.
  public var nodeSlots: [Int]
  /// The slot of every edge's factor; -1 where no gradient flows.
  public var edgeSlots: [Int]
  /// How a page carries out each instruction that occurs: JavaScript on the inputs `a`, `b` and `c`, by name. It comes
  /// from the primitives themselves and is never read from a file, since a page would run whatever stands there.
  package var operations: [String: String] = [:]

  public init(instructions: [Instruction], nodeSlots: [Int], edgeSlots: [Int]) {
    self.instructions = instructions
    self.nodeSlots = nodeSlots
    self.edgeSlots = edgeSlots
  }

  private enum CodingKeys: String, CodingKey { case instructions, nodeSlots, edgeSlots }

  /// Equal slots; the operations follow from the names.
  public static func == (a: Self, b: Self) -> Bool {
    a.instructions == b.instructions && a.nodeSlots == b.nodeSlots && a.edgeSlots == b.edgeSlots
  }

  /// The operations as a JavaScript object of functions.
  var script: String {
    let functions = operations.sorted { $0.key < $1.key }.map { "\($0.key):(a,b,c)=>\($0.value)" }
    return "{" + functions.joined(separator: ",\n") + "}"
  }
}
