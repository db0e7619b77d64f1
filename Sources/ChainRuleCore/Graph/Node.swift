/// A handle to one recorded value: a graph and a position in it. Small, copied freely, never dangling.
///
/// Operators on nodes record; nothing is computed until a value is asked for.
public struct Node {
  /// Where the node is recorded; nodes of different graphs do not mix.
  public let graph: Graph
  package let id: Int32
  let generation: UInt32

  @inline(__always)
  init(graph: Graph, id: Int32, generation: UInt32) {
    self.graph = graph
    self.id = id
    self.generation = generation
  }

  /// The id if the handle is valid in its graph.
  package var validID: Int32? { try? graph.resolve(self) }

  /// The node's position in creation order; -1 for a handle that no longer means a node.
  public var index: Int { validID.map(Int.init) ?? -1 }

  /// The shape that was checked when the node was recorded; a failed node reads as rank 0.
  public var shape: Shape { validID.map { graph.shape(of: $0) } ?? .scalar }

  /// The element type of the value: the graph's precision, or Int32 for indices.
  public var elementType: ElementType {
    guard let id = validID, graph.records[Int(id)].flags.contains(.isIndex) else { return graph.elementType }
    return .int32
  }

  /// The mistake that this node carries, if any.
  public var error: ChainRuleError? {
    do throws(ChainRuleError) { return graph.failure(of: try graph.resolve(self)) } catch { return error }
  }

  /// The name given to an input, a parameter or by `named(_:)`.
  public var label: String? { validID.flatMap { graph.labels.label(of: $0) } }

  /// The nodes that this one is computed from; empty for leaves.
  public var inputs: [Node] { validID.map { graph.inputs(of: $0).map { graph.node($0) } } ?? [] }

  /// The primitive that computes this node; `nil` for leaves and failed nodes.
  public var primitive: (any Primitive)? {
    guard let id = validID, graph.records[Int(id)].kind == .operation else { return nil }
    return graph.primitive(of: id)
  }

  /// What a leaf holds, or that the node is computed.
  public enum Kind: Sendable {
    /// A primitive computes it from its inputs.
    case operation
    /// A value that can be assigned, or fed to a program.
    case input
    /// A value that never changes.
    case constant
    /// The present value of a `Parameter`.
    case parameter
    /// It carries a mistake and has no value; also a handle that is not valid any more.
    case failed
  }

  /// What the node is: computed by a primitive, one of the leaves, or failed.
  public var kind: Kind {
    guard let id = validID else { return .failed }
    switch graph.records[Int(id)].kind {
    case .operation: return .operation
    case .input: return .input
    case .constant: return .constant
    case .parameter: return .parameter
    case .failed: return .failed
    }
  }

  /// The node whose backward step recorded this one, if any.
  public var differentiates: Node? {
    guard let id = validID else { return nil }
    let of = graph.records[Int(id)].differentiates
    return of >= 0 ? graph.node(of) : nil
  }

  /// Gives the node a name for explanations and messages, and returns it.
  @discardableResult
  public func named(_ label: String) -> Node {
    if let id = validID { graph.labels.set(label, for: id) }
    return self
  }

  /// The value of a constant number, looking through broadcasting; `nil` for anything else.
  package var constantNumber: Double? {
    guard var id = validID else { return nil }
    while graph.records[Int(id)].kind == .operation, graph.primitive(of: id) is Broadcast {
      id = graph.records[Int(id)].first
    }
    let record = graph.records[Int(id)]
    return record.kind == .constant && record.shape == 0 ? record.value : nil
  }
}

extension Node: Hashable {
  /// Whether two handles mean the same node; their values are not compared.
  public static func == (a: Node, b: Node) -> Bool {
    a.graph === b.graph && a.id == b.id && a.generation == b.generation
  }
  /// Hashes the graph and the position in it.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(graph))
    hasher.combine(id)
  }
}

extension Node: CustomStringConvertible {
  /// `Node(sum#7, shape: [2])`: label or primitive, and shape.
  public var description: String {
    guard let id = validID else { return "Node(invalid)" }
    return "Node(\(graph.name(of: id)), shape: \(shape))"
  }
}
