import ChainRuleCore

/// Nodes by name: the inputs of a model that has several, its outputs, or the targets of a loss.
///
/// ```swift
/// let both = concatenate([x.image, x["weight"]], axis: 1)
/// ```
///
/// A name that there is not gives a node that carries the mistake, with the names that there are.
@dynamicMemberLookup
public struct NamedNodes {
  /// Where the nodes are recorded.
  public let graph: Graph
  let nodes: [String: Node]
  /// What a message calls one of them.
  private let kind: String

  init(_ nodes: [String: Node], _ kind: String, in graph: Graph) {
    (self.nodes, self.kind, self.graph) = (nodes, kind, graph)
  }

  /// The names, in alphabetical order.
  public var names: [String] { nodes.keys.sorted() }

  /// The node of a name.
  public subscript(name: String) -> Node {
    nodes[name]
      ?? graph.failed(
        ChainRuleError(
          .value, in: "Training", required: "an \(kind) called \"\(name)\"",
          got: nodes.isEmpty ? "none" : "only \(names.map { "\"\($0)\"" }.joined(separator: ", "))"))
  }

  /// The node of a name that can be written as a property.
  public subscript(dynamicMember name: String) -> Node { self[name] }

  /// The only node, for whoever asks for no name.
  var only: Node {
    nodes.count == 1
      ? nodes.values[nodes.values.startIndex]
      : graph.failed(
        ChainRuleError(
          .value, in: "Training", required: "data with one \(kind) for a model that takes and gives one node",
          got: "\(kind)s called \(names.joined(separator: ", "))",
          hint: "Give losses: and a model that takes its inputs by name."))
  }
}
