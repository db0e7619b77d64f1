import ChainRuleCore
import ChainRuleDrawing

/// Reads a graph and one backward pass over it, and writes down what was computed.
struct ExplanationBuilder {
  /// More than anybody reads, and little enough to be kept.
  static let largestGraph = 50_000

  let graph: Graph
  let output: Node
  let gradients: Gradients
  let elementLimit: Int
  var explanation: Explanation
  /// The recorded id of each explained node, and the other way round.
  var recorded: [Int32] = []
  var explainedID: [Int32: Int] = [:]
  /// Reshapes that are not drawn.
  var hiddenReshapes = HiddenReshapes()
  /// What each node is written as inside other formulas.
  var symbols: [Formula] = []
  private var values: [Int32: ExplainedValue] = [:]

  init(explaining output: Node, upstream: Node?, wanted: [Node]?, elements: Int) throws {
    graph = output.graph
    self.output = output
    elementLimit = elements
    explanation = Explanation(title: "", output: 0, nodes: [], edges: [])
    _ = try output.value()
    var seed = upstream
    if seed == nil, output.shape.rank > 0 {
      seed = graph.constant(1 as Double).broadcast(to: output.shape)
      explanation.notes.append(
        "The output has shape \(output.shape), so its upstream is 1 for every element, as if the elements were summed.")
    }
    let ids = try wanted.map { try $0.map { try output.graph.resolve($0) } }
    gradients = graph.backward(from: output, upstream: seed, wanted: ids)
    if let failure = gradients.failure { throw failure }
    try findNodes()
    nameNodes()
    try addNodes(wanted: ids)
    try addEdges()
    explanation.nameZeros()
    writeNotes()
    findModules()
  }

  /// The name that its author gave it, or to the hidden reshape as which it is shown.
  func label(of id: Int32) -> String? {
    graph.label(of: id) ?? hiddenReshapes.faces[id].flatMap { graph.label(of: $0.id) }
  }

  /// The value of a node, read once; in the shape of another node where the two differ by axes of length one.
  mutating func value(of node: Node, shownAs other: Int32? = nil) throws -> ExplainedValue {
    let id = try graph.resolve(node)
    var value: ExplainedValue
    if let read = values[id] {
      value = read
    } else {
      let tensor = try node.value()
      if let error = tensor.error { throw error }
      value = ExplainedValue(shape: tensor.shape.dimensions, scalars: tensor.scalars, limit: elementLimit)
      values[id] = value
    }
    if let other { value.shape = shape(of: other).dimensions }
    return value
  }

  /// The shape that a node is shown in.
  func shape(of id: Int32) -> Shape { hiddenReshapes.faces[id]?.shape ?? graph.shape(of: id) }

  /// The nodes that a node is drawn to be computed from.
  func inputs(of id: Int32) -> [Int32] {
    number(id) != nil ? [] : graph.inputs(of: id).map { hiddenReshapes.node(for: $0) }
  }

  /// A number repeated to another shape is drawn as that number.
  func number(_ id: Int32) -> Double? { graph.label(of: id) == nil ? graph.node(id).constantNumber : nil }

  private mutating func findNodes() throws {
    let last = try graph.resolve(output)
    var isUsed = [Bool](repeating: false, count: Int(last) + 1)
    isUsed[Int(last)] = true
    for id in stride(from: last, through: 0, by: -1) where isUsed[Int(id)] && number(id) == nil {
      for input in graph.inputs(of: id) { isUsed[Int(input)] = true }
    }
    let count = isUsed.reduce(0) { $0 + ($1 ? 1 : 0) }
    guard count <= ExplanationBuilder.largestGraph else {
      throw ChainRuleError(
        .value, in: "explain", required: "a node computed from at most \(ExplanationBuilder.largestGraph) nodes",
        got: "\(count)",
        hint: "Explain a node further inside.")
    }
    hiddenReshapes = HiddenReshapes(graph: graph, upTo: last, used: isUsed, contributions: gradients.contributions)
    for id in 0...last where isUsed[Int(id)] {
      if let standIn = hiddenReshapes.standIn[id] {
        explainedID[id] = explainedID[standIn]
        continue
      }
      explainedID[id] = recorded.count
      recorded.append(id)
    }
    guard let shown = explainedID[last] else {
      throw ChainRuleError(
        .handle, in: "explain", required: "the output among the nodes that are shown", got: graph.name(of: last))
    }
    explanation.output = shown
  }

  private mutating func addNodes(wanted: [Int32]?) throws {
    var reasons = 0
    for (id, record) in recorded.enumerated() {
      let node = graph.node(record)
      let isNumber = number(record) != nil
      var explained = explanation.nodes[id]
      explained.inputs = inputs(of: record).compactMap { explainedID[$0] }
      explained.shape = isNumber ? [] : shape(of: record).dimensions
      explained.value = isNumber ? number(record).map { ExplainedValue($0) } : try value(of: node, shownAs: record)
      let face = hiddenReshapes.faces[record]?.id
      if let gradient = gradients[node] ?? face.flatMap({ gradients[graph.node($0)] }) {
        explained.gradient = ExplainedGradient(.value, value: try value(of: gradient, shownAs: record))
      } else if !graph.isVariable(record) {
        let reason =
          explained.kind == .computed
          ? "computed from constants alone"
          : "a \(node.kind == .parameter ? "parameter that is not trained" : explained.kind.rawValue)"
        explained.gradient = ExplainedGradient(.notComputed, reason: reason)
      } else if let wanted, !wanted.contains(record), !(face.map(wanted.contains) ?? false) {
        explained.gradient = ExplainedGradient(.notComputed, reason: "not asked for")
      } else {
        reasons += 1
        explained.gradient = ExplainedGradient(.noPath, reason: reasons <= 64 ? gradients.whyNone(node) : nil)
      }
      explanation.nodes[id] = explained
    }
  }

  private mutating func addEdges() throws {
    var contributed: [[Int32]: Int] = [:]
    for (index, record) in gradients.contributions.enumerated() {
      contributed[[record.consumer, record.inputIndex]] = index
    }
    var edgeOf: [Int: Int] = [:]
    for consumer in explanation.nodes {
      for (position, input) in consumer.inputs.enumerated() {
        let id = explanation.edges.count
        if let index = contributed[[recorded[consumer.id], Int32(position)]] { edgeOf[index] = id }
        explanation.edges.append(
          try edge(id, from: consumer.id, position, to: input, contributed[[recorded[consumer.id], Int32(position)]]))
      }
    }
    // The sum that stood at each node after each contribution, added in the order of the backward pass.
    var running: [Int: Tensor] = [:], order: [Int] = [], partials: [ExplainedValue?] = []
    var deferred: [Int32: Int] = [:]
    func take(_ index: Int) throws {
      guard let id = edgeOf[index] else { return }
      let node = explanation.edges[id].node
      let product = try graph.node(gradients.contributions[index].product).value().reshaped(
        to: shape(of: recorded[node]))
      let sum = running[node].map { $0 + product } ?? product
      running[node] = sum
      order.append(id)
      partials.append(ExplainedValue(shape: sum.shape.dimensions, scalars: sum.scalars, limit: elementLimit))
    }
    for (index, record) in gradients.contributions.enumerated() {
      if hiddenReshapes.standIn[record.consumer] != nil {
        if let waiting = deferred[record.consumer] { try take(waiting) }
      } else if hiddenReshapes.isDeferred.contains(record.input) {
        deferred[record.input] = index
      } else {
        try take(index)
      }
    }
    explanation.writeFrames(contributions: order, partials: partials)
  }

  private mutating func edge(_ id: Int, from consumer: Int, _ position: Int, to input: Int, _ index: Int?) throws
    -> ExplainedEdge
  {
    let node = graph.node(recorded[consumer])
    let isGate = isGate(node.primitive)
    guard let index else {
      var edge = ExplainedEdge(
        id: id, node: input, consumer: consumer, position: position, kind: .unused, local: "", localLaTeX: "",
        gate: isGate)
      if graph.isVariable(recorded[input]),
        case .none(let reason)? = localGradient(of: node, position)
      {
        edge.kind = .none
        edge.local = reason
        edge.localLaTeX = "\\text{\(LaTeXText.escaped(reason))}"
      }
      return edge
    }
    let record = gradients.contributions[index]
    let isFactor = record.local >= 0
    let local = isFactor ? formula(of: record.local) : try linearMap(of: node, position)
    return ExplainedEdge(
      id: id, node: input, consumer: consumer, position: position, kind: isFactor ? .factor : .linear,
      local: local.text, localLaTeX: isFactor ? local.factorLaTeX : local.latex,
      factor: isFactor ? try factor(record.local) : nil,
      upstream: try value(of: graph.node(record.upstream), shownAs: recorded[consumer]),
      product: try value(of: graph.node(record.product), shownAs: recorded[input]),
      gate: isGate)
  }

  /// Whether a zero local gradient means a piece that was not taken.
  private func isGate(_ primitive: (any Primitive)?) -> Bool {
    (primitive as? any PiecewisePrimitive).map { !$0.descriptor.zeroIsConvention } ?? false
  }

  /// What the primitive of a node says of one input.
  func localGradient(of consumer: Node, _ position: Int) -> LocalGradient? {
    consumer.primitive?.localGradient(of: consumer, withRespectTo: position, inputs: consumer.inputs)
  }

  private mutating func factor(_ id: Int32) throws -> ExplainedValue {
    try number(id).map { ExplainedValue($0) } ?? value(of: graph.node(id))
  }
}
