import Synchronization

/// A recorded function of nodes, apart from any graph: what a loop does in a step, a branch, a block that is computed
/// again. It is recorded once, and can be recorded anew on other nodes or made a program.
///
/// Equal to itself alone.
package final class Subgraph: Sendable, Hashable {
  /// What a node is like before it has a value.
  package struct Signature: Sendable, Hashable {
    package let shape: Shape
    package let isIndex: Bool
    package init(_ shape: Shape, isIndex: Bool = false) { (self.shape, self.isIndex) = (shape, isIndex) }
    package init(_ node: Node) { self.init(node.shape, isIndex: node.elementType == .int32) }
  }

  /// One node: a place among the inputs, a value, or a primitive on earlier nodes.
  package enum Step: Sendable {
    case input(Int)
    case constant(Tensor)
    case operation(any Primitive, [Int])
  }

  package let inputs: [Signature]
  package let steps: [Step]
  /// What the nodes were called, by their number.
  package let labels: [Int: String]
  /// The numbers of the results among the steps, and what they are like.
  package let outputs: [Int]
  package let results: [Signature]

  package init(
    inputs: [Signature], steps: [Step], labels: [Int: String], outputs: [Int], results: [Signature]
  ) {
    (self.inputs, self.steps, self.labels) = (inputs, steps, labels)
    (self.outputs, self.results) = (outputs, results)
  }

  /// What was made of it: programs, its gradient, its tangent.
  private let made = Mutex<[String: any Sendable]>([:])

  /// What was made under this key, or is made now.
  package func cached<Value: Sendable>(_ key: String, _ make: () throws -> Value) rethrows -> Value {
    if let known = made.withLock({ $0[key] }) as? Value { return known }
    let value = try make()
    return made.withLock { made in
      if let known = made[key] as? Value { return known }  // somebody else was faster: one value for all
      made[key] = value
      return value
    }
  }

  package static func == (a: Subgraph, b: Subgraph) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

  /// Records every step on the given nodes and returns all of them, in order.
  /// - Parameter known: nodes that hold what some steps compute: those are not computed again, and still have the
  ///   gradients of what they are.
  package func recordAll(in graph: Graph, _ nodes: [Node], known: [Int: Node] = [:]) -> [Node] {
    var recorded: [Node] = []
    recorded.reserveCapacity(steps.count)
    for (number, step) in steps.enumerated() {
      switch step {
      case .input(let place): recorded.append(nodes[place])
      case .constant(let value): recorded.append(graph.constant(value))
      case .operation(let primitive, let inputs):
        let operands = inputs.map { recorded[$0] }
        recorded.append(
          known[number].map { graph.record(Recalled(primitive: primitive), operands + [$0]) }
            ?? graph.record(primitive, operands))
        if let label = labels[number] { recorded[number].named(label) }
      }
    }
    return recorded
  }

  /// A recorded function computes on values of the shapes that it was recorded for, and on no others: its primitive may
  /// be read off a node and recorded again.
  /// - Parameter skipping: inputs of whoever asks that come before those of the function.
  package func check(_ shapes: [Shape], in origin: String, skipping: Int = 0) throws {
    guard shapes.count == skipping + inputs.count,
      zip(shapes.dropFirst(skipping), inputs).allSatisfy({ $0 == $1.shape })
    else {
      throw ChainRuleError(
        .shape, in: origin, required: "the inputs that it was recorded for: \(inputs.map(\.shape))", got: "\(shapes)",
        hint: "Record it anew for others.")
    }
  }

  /// Records the function on the given nodes.
  package func record(in graph: Graph, _ nodes: [Node], known: [Int: Node] = [:]) -> [Node] {
    let all = recordAll(in: graph, nodes, known: known)
    return outputs.map { all[$0] }
  }
}

extension Graph {
  /// Records `body` on placeholders, takes out what it recorded, and leaves the graph as it was.
  ///
  /// - Parameter origin: who is told about mistakes.
  /// - Returns: the function, whose inputs are the placeholders and then the captured nodes: what it read of this
  ///   graph.
  /// - Throws: what `body` throws; the mistake of a result; where the body changes state or records inputs.
  package func capture(
    _ origin: String, _ arguments: [Subgraph.Signature], names: [String] = [],
    _ body: ([Node]) throws -> [Node]
  ) throws -> (body: Subgraph, captured: [Node]) {
    let updates = stateUpdates.count
    let (function, leaves) = try scope { () throws -> (Subgraph, [CapturedLeaf]) in
      let base = count
      let placeholders = arguments.enumerated().map { place, argument in
        append(
          NodeRecord(
            shape: shapeID(of: argument.shape), kind: .input, flags: argument.isIndex ? .isIndex : .isVariable))
      }
      for (node, name) in zip(placeholders, names) where !name.isEmpty { node.named(name) }
      let results = try body(placeholders)
      let ids = try results.map { node throws -> Int32 in
        let id = try resolve(node)
        if let error = failure(of: id) { throw error }
        return id
      }
      guard stateUpdates.count == updates else {
        throw ChainRuleError(
          .value, in: origin, required: "a body that only computes", got: "an update registered within it",
          hint: "Return the new value as a result, and call graph.update outside.")
      }
      var taker = SubgraphTaker(graph: self, base: base, origin: origin, arguments: arguments)
      return (try taker.take(ids), taker.leaves)
    }
    let captured = leaves.map { leaf in
      switch leaf {
      case .node(let id): node(id)
      case .parameter(let parameter): self.parameter(parameter)
      }
    }
    return (function, captured)
  }
}

/// What a body reads from outside: a node that is older, or a parameter that it mentions first.
private enum CapturedLeaf {
  case node(Int32)
  case parameter(Parameter)
}

/// Copies what was recorded since `base` and leads to the results.
private struct SubgraphTaker {
  let graph: Graph
  let base: Int
  let origin: String
  let arguments: [Subgraph.Signature]
  private(set) var leaves: [CapturedLeaf] = []
  private var signatures: [Subgraph.Signature]
  private var steps: [Subgraph.Step]
  private var labels: [Int: String] = [:]
  /// Numbers of steps by id.
  private var numbers: [Int32: Int] = [:]

  init(graph: Graph, base: Int, origin: String, arguments: [Subgraph.Signature]) {
    (self.graph, self.base, self.origin, self.arguments) = (graph, base, origin, arguments)
    signatures = arguments
    steps = arguments.indices.map { .input($0) }
    for place in arguments.indices { numbers[Int32(base + place)] = place }
  }

  mutating func take(_ results: [Int32]) throws -> Subgraph {
    var isNeeded = [Bool](repeating: false, count: graph.count - base)
    for id in results where Int(id) >= base { isNeeded[Int(id) - base] = true }
    graph.markAncestors(&isNeeded, from: base)
    for offset in isNeeded.indices where isNeeded[offset] && offset >= arguments.count {
      try copy(Int32(base + offset))
    }
    let outputs = results.map { number(of: $0) }
    return Subgraph(
      inputs: signatures, steps: steps, labels: labels, outputs: outputs,
      results: results.map { Subgraph.Signature(graph.node($0)) })
  }

  private mutating func copy(_ id: Int32) throws {
    switch graph.records[Int(id)].kind {
    case .constant: append(.constant(graph.tensor(of: id)), id)
    case .operation:
      let primitive = graph.primitive(of: id)
      if primitive is Recalled, let value = graph.inputs(of: id).last {
        numbers[id] = number(of: value)
        return
      }
      if (primitive as? RandomUniform)?.countsRuns == true {
        throw ChainRuleError(
          .value, in: origin, required: "random numbers with a counter", got: "random numbers that count runs",
          hint: "Pass counter: with a number that is another one in each step, such as the step's own.")
      }
      append(.operation(primitive, graph.inputs(of: id).map { number(of: $0) }), id)
      if let label = graph.labels.label(of: id) { labels[steps.count - 1] = label }
    case .parameter:
      guard let leaf = graph.parameterLeaves.first(where: { $0.id == id }) else { return }
      capture(.parameter(leaf.parameter), id)
    case .input:
      throw ChainRuleError(
        .value, in: origin, required: "inputs that are recorded before",
        got: "\(graph.name(of: id)), recorded within the body",
        hint: "Record the input outside; the body may use it.")
    case .failed: throw graph.failure(of: id) ?? ChainRuleError(.handle, in: origin, required: "a node", got: "none")
    }
  }

  private mutating func append(_ step: Subgraph.Step, _ id: Int32) {
    numbers[id] = steps.count
    steps.append(step)
  }

  private mutating func capture(_ leaf: CapturedLeaf, _ id: Int32) {
    append(.input(signatures.count), id)
    signatures.append(Subgraph.Signature(graph.node(id)))
    leaves.append(leaf)
  }

  /// The step of a node; one from outside becomes an input, a constant from outside a constant.
  private mutating func number(of id: Int32) -> Int {
    if let known = numbers[id] { return known }
    if graph.records[Int(id)].kind == .constant {
      append(.constant(graph.tensor(of: id)), id)
    } else {
      capture(.node(id), id)
    }
    return steps.count - 1
  }
}

extension Graph {
  /// A part of values that lie one after the other, for a node that reads one of them or several as a whole; `nil` for
  /// any other node.
  package func part(_ id: Int32, of pieces: [Node]) -> Node? {
    guard let slice = primitive(of: id) as? Slice, let from = inputs(of: id).first else { return nil }
    let start = shape(of: from).offsetOfConsecutive(starts: slice.starts, counts: slice.counts, steps: slice.steps)
    guard let start, slice.steps.allSatisfy({ $0 == 1 }) else { return nil }
    let count = shape(of: id).elementCount
    var position = 0, found: [Node] = [], length = 0
    for piece in pieces {
      let size = piece.shape.elementCount
      if position >= start, position + size <= start + count, size > 0 {
        found.append(piece)
        length += size
      }
      position += size
    }
    guard length == count, count > 0 else { return nil }
    let whole = found.count == 1 ? found[0] : concatenate(found.map { $0.reshaped(to: [$0.shape.elementCount]) })
    return whole.reshaped(to: shape(of: id))
  }
}

/// A primitive whose value is known: its last input. It is never computed; a function that is taken out of a graph reads
/// the known value in its place, and its local gradients are those of the primitive.
private struct Recalled: Primitive {
  let primitive: any Primitive
  var name: String { primitive.name }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[inputs.count - 1] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[inputs.count - 1] }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == inputs.count - 1 { return .none(reason: "a value that is known from before") }
    return primitive.localGradient(of: output, withRespectTo: index, inputs: Array(inputs.dropLast()))
  }
  static func == (a: Self, b: Self) -> Bool { AnyHashable(a.primitive) == AnyHashable(b.primitive) }
  func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(primitive)) }
}
