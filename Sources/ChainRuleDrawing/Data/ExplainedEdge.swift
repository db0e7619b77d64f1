/// One input of one node: the way that a gradient takes back.
public struct ExplainedEdge: Sendable, Codable, Equatable, Identifiable {
  /// What kind of local gradient it has.
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

  /// The edge's place in ``Explanation/edges``.
  public var id: Int
  /// The node that a contribution goes to, and that the value came from.
  public var node: Int
  /// The node that consumes it.
  public var consumer: Int
  /// Which input of the consumer it is, from 0.
  public var position: Int
  /// What kind of local gradient it has.
  public var kind: Kind
  /// The local gradient as an expression (`z`) or as a map (`upstream · Wᵀ`).
  public var local: String
  /// ``local`` as LaTeX; a factor in parentheses where it needs them behind a multiplication sign.
  public var localLaTeX: String
  /// The local gradient as numbers.
  public var factor: ExplainedValue?
  /// The gradient of the output with respect to the consumer, as it arrived along this edge.
  public var upstream: ExplainedValue?
  /// The contribution: upstream times local gradient.
  public var product: ExplainedValue?
  /// The local gradient as a matrix, output elements by input elements, where it is small and was asked for.
  public var jacobian: ExplainedValue?
  /// True where the consumer chooses between pieces that pass on other inputs or none (relu, max, clamp …), so that a
  /// zero factor is a closed gate. |x| passes its input on both pieces and is none.
  public var gate: Bool

  /// An edge with the given fields.
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

  /// True where the local gradient is written as its number, so that there is nothing to write beside it.
  var isNumeral: Bool { factor?.scalar.map { NumberText.short($0) == local } ?? false }

  /// What stands for the gradient that arrives in ``local`` and ``localLaTeX`` of a linear map.
  package static let upstreamSymbol = (text: "upstream", latex: #"\mathrm{upstream}"#)
}

/// The sum of the contributions to a node that fans out: the sum over paths, one step at a time.
public struct ExplainedSum: Sendable, Codable, Equatable {
  /// The node that fans out.
  public var node: Int
  /// The edges whose products are added, in that order.
  public var edges: [Int]
  /// The sum of the products: the node's gradient.
  public var total: ExplainedValue

  /// A sum over these edges.
  public init(node: Int, edges: [Int], total: ExplainedValue) {
    self.node = node
    self.edges = edges
    self.total = total
  }
}

/// One way from the output back to a node, with the product of the local gradients along it.
public struct ExplainedPath: Sendable, Codable, Equatable {
  /// From the output to the node.
  public var nodes: [Int]
  /// The edges between the nodes, in the same order.
  public var edges: [Int]
  /// What this path contributes to the gradient; nil where it would have to be computed (`explain(paths:)`).
  public var product: ExplainedValue?

  /// A path along these nodes and edges.
  public init(nodes: [Int], edges: [Int], product: ExplainedValue?) {
    self.nodes = nodes
    self.edges = edges
    self.product = product
  }
}
