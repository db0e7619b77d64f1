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

  /// The schema of this explanation; ``currentSchema`` for one that was made here.
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

  /// An explanation of these parts, as ``Node/explain(title:upstream:withRespectTo:paths:tangents:jacobians:elements:)``
  /// puts them together.
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
