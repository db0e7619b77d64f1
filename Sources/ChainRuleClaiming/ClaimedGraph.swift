import ChainRuleChecking
import ChainRuleCore
import ChainRuleExpression

/// A recorded function and its names, on which claims are judged. It is evaluated on intervals over values of its
/// leaves that nobody has to assign.
package final class ClaimedGraph {
  let graph: Graph
  let output: Node
  /// What the output is called: `f` unless it has a name.
  let outputName: String
  /// Every node with a name of its own, and derivatives that a claim named already.
  private(set) var names: [String: Node] = [:]
  /// The leaves whose values are tried, in the order of recording, and the values that they have.
  let leaves: [Leaf]
  /// Whether these values were given, rather than filled in for the sake of their shapes.
  package let hasValues: Bool

  /// An input, a parameter or a constant with a name.
  struct Leaf {
    let name: String
    let node: Node
    let value: Tensor
  }

  /// - Parameters:
  ///   - given: names beside the labels of the nodes below the output.
  ///   - hasValues: whether the leaves' values are a point that somebody asked about.
  /// - Throws: the mistake of the output.
  package init(output: Node, names given: [String: Node] = [:], hasValues: Bool = true) throws {
    let source = output.graph, id = try source.resolve(output)
    if let error = source.failure(of: id) { throw error }
    graph = source.precision == .double ? source : source.twin(in: .double, upTo: id)
    self.output = graph.node(id)
    self.hasValues = hasValues
    let isNeeded = graph.ancestors(of: [id])
    var leaves: [Leaf] = [], labels: [String: Node] = [:]
    for place in 0...id where isNeeded[Int(place)] {
      guard let label = graph.label(of: place) else { continue }
      let node = graph.node(place)
      labels[label] = node
      if !graph.isOperation(place), !graph.isIndex(place) {
        leaves.append(Leaf(name: label, node: node, value: try node.value()))
      }
    }
    self.leaves = leaves
    names = try labels.merging(given.mapValues { [graph] in graph.node(try source.resolve($0)) }) { $1 }
    outputName = graph.label(of: id) ?? "f"
  }

  /// Whether what is claimed about is a single number.
  package var isOfOneNumber: Bool { output.shape.elementCount == 1 }

  /// Makes a name known: one that the recording gave away, or one that a derivation defines.
  package func name(_ name: String, _ node: Node) { names[name] = node }

  /// The node that a derivative's name means, `∂L/∂a`, `dh`; recorded when it is first named.
  func derivative(named name: String) throws -> Node? {
    if let known = names[name] { return known }
    guard let subject = ClaimSubject.derivative(name, in: self) else { return nil }
    let node = try subject.node(in: self)
    names[name] = node
    return node
  }

  /// Records a formula on the names, derivatives included.
  func record(_ expression: Expression, over names: [String: Node]? = nil) throws -> Node {
    var inputs = names ?? self.names
    for name in expression.inputs where inputs[name] == nil {
      if let node = try derivative(named: name) { inputs[name] = node }
    }
    return try expression.record(in: graph, inputs: inputs)
  }
}
