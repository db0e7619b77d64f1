import ChainRuleCore

/// What is made of a recorded function: a program, its gradient and its tangent as functions of their own. Each is made
/// once.
extension Subgraph {
  /// The function as a program of one precision.
  func program(_ type: ElementType) throws -> Program {
    try cached("program \(type)") {
      let graph = Graph(type == .float64 ? .double : .single)
      let nodes = placeholders(in: graph)
      return try graph.compile(
        inputs: nodes, outputs: record(in: graph, nodes), options: CompileOptions(includesRegisteredUpdates: false))
    }
  }

  /// Inputs without values for all that it reads.
  func placeholders(in graph: Graph) -> [Node] {
    inputs.enumerated().map { graph.input("input \($0)", shape: $1.shape, indices: $1.isIndex) }
  }

  /// A function that is recorded now, in a graph of its own.
  static func made(
    _ origin: String, _ arguments: [Signature], _ body: (Graph, [Node]) throws -> [Node]
  ) throws -> Subgraph {
    let graph = Graph()
    return try graph.capture(origin, arguments) { try body(graph, $0) }.body
  }

  /// Upstream of some results pulled back to some inputs: a function of all inputs, then of the upstreams. Zeros where
  /// no path leads.
  /// - Parameters:
  ///   - wanted: for each input whether its gradient is a result.
  ///   - arriving: for each result of this function whether an upstream arrives.
  ///   - kept: results whose values are known; they follow the upstreams among the arguments.
  func pullback(_ wanted: [Bool], arriving: [Bool], kept: Range<Int> = 0..<0) throws -> Subgraph {
    try cached("pullback \(Self.key(wanted)) \(Self.key(arriving)) \(kept)") {
      let upstreams = results.indices.filter { arriving[$0] }
      let arguments = inputs + upstreams.map { results[$0] } + kept.map { results[$0] }
      return try Self.made("pullback", arguments) { graph, nodes in
        let known = Dictionary(zip(kept.map { self.outputs[$0] }, nodes.suffix(kept.count))) { first, _ in first }
        let arguments = Array(nodes[..<inputs.count]), outputs = record(in: graph, arguments, known: known)
        var total: Node?
        for (place, number) in upstreams.enumerated() {
          let part = (outputs[number] * nodes[inputs.count + place]).sum()
          total = total.map { $0 + part } ?? part
        }
        let asked = arguments.indices.filter { wanted[$0] }.map { arguments[$0] }
        func zeros(_ node: Node) -> Node { graph.constant(0 as Double).broadcast(to: node.shape) }
        guard let total else { return asked.map(zeros) }
        let found = graph.backward(from: total, upstream: nil, wanted: try asked.map { try graph.resolve($0) })
        if let failure = found.failure { throw failure }
        return asked.map { found[$0] ?? zeros($0) }
      }
    }
  }

  /// The results and then their tangents: a function of all inputs, then of the tangents of those that move.
  func tangent(_ moving: [Bool]) throws -> Subgraph {
    try cached("tangent \(Self.key(moving))") {
      let movers = inputs.indices.filter { moving[$0] }
      return try Self.made("tangent", inputs + movers.map { inputs[$0] }) { graph, nodes in
        let arguments = Array(nodes[..<inputs.count]), outputs = record(in: graph, arguments)
        let directions = movers.enumerated().map { (arguments[$1], nodes[inputs.count + $0]) }
        return try outputs + outputs.map { try $0.tangent(along: directions) }
      }
    }
  }

  /// The same function with the products that its gradient needs among its results, before the last `behind` of them.
  func keepingProducts(behind: Int) throws -> Subgraph {
    try cached("keeping \(behind)") {
      let products = products().filter { !outputs.contains($0) }
      if products.isEmpty { return self }
      return try Self.made("kept", inputs) { graph, nodes in
        let all = recordAll(in: graph, nodes), results = outputs.map { all[$0] }
        return results.dropLast(behind) + products.map { all[$0] } + results.suffix(behind)
      }
    }
  }

  /// Why no gradient flows from the results to an input; `nil` where one does.
  func reasonForNoGradient(_ input: Int) -> String? {
    let found: String = cached("reason \(input)") {
      if inputs[input].isIndex { return "indices only choose" }
      let graph = Graph(), nodes = placeholders(in: graph)
      let numbers = zip(record(in: graph, nodes), results).filter { !$0.1.isIndex }.map(\.0)
      guard !numbers.isEmpty else { return "nothing but indices comes out" }
      let total = numbers.map { $0.sum() }.reduce(graph.constant(0 as Double), +)
      let gradients = graph.backward(from: total, upstream: nil, wanted: [nodes[input].id])
      return gradients.whyNone(nodes[input]) ?? ""
    }
    return found.isEmpty ? nil : found
  }

  private static func key(_ flags: [Bool]) -> String { String(flags.map { $0 ? "1" : "0" }) }
}
