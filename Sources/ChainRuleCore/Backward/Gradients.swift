/// What one backward pass found: for each node on a path to the output, its gradient and the summed contributions.
///
/// It is a value of its own each time; nothing accumulates behind it.
///
/// ```swift
/// let gradients = f.backward()
/// print(try gradients[x]?.scalar() as Any)       // Optional(-4.0)
/// ```
public struct Gradients {
  /// The graph of the output, in which the gradients are nodes.
  public let graph: Graph
  /// The node that was differentiated.
  public let output: Node
  /// Gradient ids by node id; -1 where no path leads.
  package var found: [Int32] = []
  package var contributions: [ContributionRecord] = []
  /// Why the pass could not be made.
  package var failure: ChainRuleError?
  /// The failed node that carries it: every gradient then.
  var failed: Node?
  var generation: UInt32

  /// The gradient of the output with respect to a node, of the node's shape; `nil` where no path leads to the output.
  ///
  /// `whyNone` says where the path breaks. `nil` never stands for zero.
  public subscript(node: Node) -> Node? {
    if let failed { return failed }
    guard node.graph === graph else { return graph.foreign }
    guard let id = node.validID else { return node }  // a handle of a scope that has ended says so itself
    guard Int(id) < found.count, found[Int(id)] >= 0 else { return nil }
    return handle(found[Int(id)])
  }

  /// A gradient may be a node that is older than the pass (the other factor of a product), of an earlier generation.
  /// A younger one in its place means that the scope of the pass has ended.
  private func handle(_ id: Int32) -> Node {
    let isAlive = Int(id) < graph.count && graph.records[Int(id)].generation <= generation
    return Node(graph: graph, id: id, generation: isAlive ? graph.records[Int(id)].generation : generation)
  }

  /// One summand of a node's gradient: upstream · local gradient along one edge.
  public struct Contribution {
    /// The node that uses the input.
    public let consumer: Node
    /// The position of the input among the consumer's inputs, from 0.
    public let inputIndex: Int
    /// The node whose gradient the product is added to.
    public let input: Node
    /// The derivative of the consumer with respect to the input, as a node; `nil` for a linear map.
    public let localGradient: Node?
    /// The gradient of the consumer.
    public let upstream: Node
    /// What is added to the input's gradient.
    public let product: Node
  }

  /// The summands of a node's gradient in the order in which the pass found them.
  public func contributions(to node: Node) -> [Contribution] {
    guard let id = node.graph === graph ? node.validID : nil else { return [] }
    return contributions.lazy.filter { $0.input == id }.map(expanded)
  }

  /// Every summand of every gradient, in the order of the backward pass.
  public var allContributions: [Contribution] { contributions.map(expanded) }

  private func expanded(_ record: ContributionRecord) -> Contribution {
    func handle(_ id: Int32) -> Node { graph.node(id) }
    return Contribution(
      consumer: handle(record.consumer), inputIndex: Int(record.inputIndex), input: handle(record.input),
      localGradient: record.local >= 0 ? handle(record.local) : nil, upstream: handle(record.upstream),
      product: handle(record.product))
  }

  /// Why a node has no gradient: where every path from it to the output breaks. `nil` if it has one.
  public func whyNone(_ node: Node) -> String? {
    if let failure { return failure.description }
    guard let id = node.graph === graph ? node.validID : nil else {
      return "the node does not belong to this graph, or its scope has ended"
    }
    if Int(id) < found.count, found[Int(id)] >= 0 { return nil }
    return graph.reasonForNoPath(from: id, to: output.validID ?? -1)
  }
}

/// A contribution as plain old data.
package struct ContributionRecord {
  package let input: Int32, consumer: Int32, inputIndex: Int32, local: Int32, upstream: Int32, product: Int32
}

extension Graph {
  /// Where the paths between two nodes break, as a sentence.
  func reasonForNoPath(from id: Int32, to output: Int32) -> String {
    let source = name(of: id)
    if let failure = failure(of: id) { return "\(source) is a failed node: \(failure)" }
    if records[Int(id)].kind == .constant { return "\(source) is a constant" }
    if records[Int(id)].flags.contains(.isIndex) { return "\(source) holds indices, which only choose" }
    if !records[Int(id)].flags.contains(.isVariable) { return "\(source) depends on constants alone" }
    if id > output { return "\(name(of: output)) was recorded before \(source) and does not use it" }
    // Uses that lead to the output are followed forward: a node is reached when a local gradient leads to it from a
    // reached one.
    var isUsed = [Bool](repeating: false, count: Int(output - id) + 1), isReached = isUsed, breaks: [String] = []
    isUsed[Int(output - id)] = true
    markAncestors(&isUsed, from: Int(id))
    isReached[0] = true
    for user in (id + 1)..<Swift.max(id + 1, output + 1) where isUsed[Int(user - id)] {
      for (index, input) in inputs(of: user).enumerated() where input >= id && isReached[Int(input - id)] {
        if let reason = reasonForNoGradient(of: user, withRespectTo: index) {
          breaks.append("\(name(of: user)): \(reason)")
        } else {
          isReached[Int(user - id)] = true
        }
      }
    }
    if breaks.isEmpty { return "\(name(of: output)) does not use \(source)" }
    return "every path from \(source) to \(name(of: output)) breaks at " + breaks.prefix(3).joined(separator: "; ")
  }

  /// Why no gradient flows through a node to one of its inputs. What the primitive records to answer is dropped.
  private func reasonForNoGradient(of id: Int32, withRespectTo index: Int) -> String? {
    let output = node(id)
    return scope { () -> String? in
      guard
        case .none(let reason) = primitive(of: id).localGradient(
          of: output, withRespectTo: index, inputs: output.inputs)
      else { return nil }
      return reason
    }
  }
}
