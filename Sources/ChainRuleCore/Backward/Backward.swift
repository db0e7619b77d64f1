/// The backward pass: one reversed loop over the arena. Each node's gradient (upstream) is multiplied by each local
/// gradient and added to the input's gradient. Everything is recorded as ordinary nodes, so gradients can be
/// differentiated again.
extension Node {
  /// Gradients of this node with respect to every node that leads to it.
  ///
  /// - Parameter upstream: the gradient of something later with respect to this node, of this node's shape; a
  ///   single number needs none (it is 1). Mistakes are carried by the gradients.
  public func backward(upstream: Node? = nil) -> Gradients {
    graph.backward(from: self, upstream: upstream, wanted: nil)
  }

  /// The gradients with respect to the given nodes, in their order.
  /// - Throws: when no path leads from one of them to this node, saying where it breaks; the mistake of any of the
  ///   nodes.
  public func gradients(withRespectTo nodes: [Node], upstream: Node? = nil) throws -> [Node] {
    let ids = try nodes.map { try graph.resolve($0) }
    let gradients = graph.backward(from: self, upstream: upstream, wanted: ids)
    if let failure = gradients.failure { throw failure }
    return try nodes.map { node in
      if let gradient = gradients[node] { return gradient }
      throw ChainRuleError(
        .gradient, in: "gradients(withRespectTo:)", required: "a path from \(graph.name(of: node.id)) to the output",
        got: "none: \(gradients.whyNone(node) ?? "")",
        hint: "Use backward() and test for nil if a missing path is expected.")
    }
  }
}

extension Graph {
  /// - Parameter wanted: the nodes whose gradients are asked for; `nil` for all.
  package func backward(from output: Node, upstream: Node?, wanted: [Int32]?) -> Gradients {
    var result = Gradients(graph: self, output: output, generation: generation)
    do throws(ChainRuleError) {
      let id = try resolve(output)
      if let error = failure(of: id) { throw error }
      let seed = try seed(for: id, upstream)
      var pass = BackwardPass(graph: self, output: id, wanted: wanted)
      pass.run(seed: seed)
      result.found = pass.gradients
      result.contributions = pass.contributions
      result.generation = generation  // a local gradient may have opened and closed a scope of its own
    } catch { (result.failure, result.failed) = (error, failed(error)) }
    return result
  }

  private func seed(for id: Int32, _ upstream: Node?) throws(ChainRuleError) -> Int32 {
    guard let upstream else {
      guard records[Int(id)].shape == 0 else {
        throw ChainRuleError(
          .gradient, in: "backward", required: "a single number or an upstream of shape \(shape(of: id))",
          got: "\(name(of: id)) of shape \(shape(of: id)) without upstream",
          hint: "Reduce it with sum(), or pass backward(upstream:).")
      }
      return one.id
    }
    let seed = try resolve(upstream)
    if let error = failure(of: seed) { throw error }
    guard records[Int(seed)].shape == records[Int(id)].shape else {
      throw ChainRuleError(
        .gradient, in: "backward", required: "an upstream of shape \(shape(of: id))", got: "\(shape(of: seed))")
    }
    return seed
  }
}

/// The working state of one pass.
private struct BackwardPass {
  let graph: Graph
  let output: Int32
  var gradients: [Int32]
  var contributions: [ContributionRecord] = []
  /// Whether a gradient of this node is needed to reach a wanted one; empty when all are wanted.
  var leadsToWanted: [Bool] = []
  let tabulatedGradients = PrimitiveTable.gradients
  let lowest: Int32

  init(graph: Graph, output: Int32, wanted: [Int32]?) {
    self.graph = graph
    self.output = output
    gradients = [Int32](repeating: -1, count: Int(output) + 1)
    lowest = wanted.map { $0.min() ?? output } ?? 0
    guard let wanted else { return }
    var leads = [Bool](repeating: false, count: Int(output) + 1)
    for id in wanted where id <= output { leads[Int(id)] = true }
    graph.markDescendants(&leads, from: lowest)
    leadsToWanted = leads
  }

  mutating func run(seed: Int32) {
    gradients[Int(output)] = seed
    // Room for two inputs per node: pages that are never written cost nothing, growing would copy.
    contributions.reserveCapacity(2 * Int(output - lowest + 1))
    let outer = graph.differentiating, leads = leadsToWanted
    defer { graph.differentiating = outer }
    for id in stride(from: output, through: lowest, by: -1) where gradients[Int(id)] >= 0 {
      let record = graph.records[Int(id)]
      guard record.kind == .operation else { continue }
      graph.differentiating = id
      let number = Int(record.primitive)
      if number < Opcode.count, record.inputCount <= 2, !tabulatedGradients[number].isEmpty {
        for index in 0..<Int(record.inputCount) {
          let input = index == 0 ? record.first : record.second
          guard graph.isVariable(input), leads.isEmpty || leads[Int(input)] else { continue }
          contribute(
            factor: tabulatedGradients[number][index].node(id, record, in: graph), to: input, of: id, at: index)
        }
      } else {
        ask(graph.primitive(of: id), of: id)
      }
    }
  }

  /// Contributions through a primitive that records its local gradients.
  private mutating func ask(_ primitive: any Primitive, of consumer: Int32) {
    let output = graph.node(consumer), inputs = graph.inputs(of: consumer).map { graph.node($0) }
    if let joint = primitive as? any JointPrimitive { return ask(joint, output, inputs) }
    for (index, input) in inputs.enumerated() {
      guard graph.isVariable(input.id), leadsToWanted.isEmpty || leadsToWanted[Int(input.id)] else { continue }
      switch primitive.localGradient(of: output, withRespectTo: index, inputs: inputs) {
      case .factor(let node): contribute(factor: graph.id(of: node), to: input.id, of: consumer, at: index)
      case .linear(_, let transpose):
        let product = graph.id(of: transpose(graph.node(gradients[Int(consumer)])))
        contribute(product, through: -1, to: input.id, of: consumer, at: index)
      case .none: break
      }
    }
  }

  /// Contributions through a primitive that records the gradients of all its inputs at once.
  private mutating func ask(_ primitive: any JointPrimitive, _ output: Node, _ inputs: [Node]) {
    let wanted = inputs.enumerated().map { index, input in
      graph.isVariable(input.id) && (leadsToWanted.isEmpty || leadsToWanted[Int(input.id)])
        && primitive.reasonForNoGradient(withRespectTo: index, inputs: inputs) == nil
    }
    guard wanted.contains(true) else { return }
    let upstream = graph.node(gradients[Int(output.id)])
    var products: [Node?]
    do {
      products = try primitive.pullback(upstream, of: output, inputs: inputs, wanted: wanted)
      guard products.count == inputs.count else {
        throw ChainRuleError(
          .primitive, in: primitive.name, required: "a gradient or nil for each of \(inputs.count) inputs",
          got: "\(products.count)")
      }
    } catch { products = inputs.map { _ in graph.failed(ChainRuleError(error, in: primitive.name)) } }
    for (index, input) in inputs.enumerated() where wanted[index] {
      guard let product = products[index] else { continue }
      contribute(graph.id(of: product), through: -1, to: input.id, of: output.id, at: index)
    }
  }

  @inline(__always)
  private mutating func contribute(factor: Int32, to input: Int32, of consumer: Int32, at index: Int) {
    let product = graph.multiplied(gradients[Int(consumer)], factor, consumer, index)
    contribute(product, through: factor, to: input, of: consumer, at: index)
  }

  @inline(__always)
  private mutating func contribute(
    _ product: Int32, through factor: Int32, to input: Int32, of consumer: Int32, at index: Int
  ) {
    let product = graph.checked(product, input, consumer, index), sum = gradients[Int(input)]
    gradients[Int(input)] = sum < 0 ? product : graph.binary(.add, sum, product)
    contributions.append(
      ContributionRecord(
        input: input, consumer: consumer, inputIndex: Int32(index), local: factor,
        upstream: gradients[Int(consumer)], product: product))
  }
}

/// The arithmetic of a contribution. It belongs to the graph, so that the pass is not copied for every question it
/// asks.
extension Graph {
  /// upstream · factor; a factor that would change the output's shape is the primitive's mistake.
  @inline(__always)
  fileprivate func multiplied(_ upstream: Int32, _ factor: Int32, _ consumer: Int32, _ index: Int) -> Int32 {
    if isOne(factor) { return upstream }
    let (left, right) = (records[Int(upstream)], records[Int(factor)])
    if left.shape == right.shape { return isOne(upstream) ? factor : binary(.multiply, upstream, factor) }
    return fits(factor, upstream) ? binary(.multiply, upstream, factor) : misshapen(factor, consumer, index)
  }

  @inline(never)
  private func fits(_ factor: Int32, _ upstream: Int32) -> Bool {
    let shape = shape(of: upstream)
    return records[Int(factor)].kind == .failed || shape.broadcast(with: self.shape(of: factor)) == shape
  }

  @inline(never)
  private func misshapen(_ factor: Int32, _ consumer: Int32, _ index: Int) -> Int32 {
    failed(
      ChainRuleError(
        .primitive, in: "\(primitive(of: consumer).name), local gradient for input \(index)",
        required: "a factor of the output's shape \(shape(of: consumer))", got: "\(shape(of: factor))",
        hint: "A map that changes shapes is .linear(apply:transpose:).")
    ).id
  }

  /// The product if it has the input's shape; otherwise a failed node that names the primitive.
  @inline(__always)
  fileprivate func checked(_ product: Int32, _ input: Int32, _ consumer: Int32, _ index: Int) -> Int32 {
    let record = records[Int(product)]
    if record.shape == records[Int(input)].shape || record.kind == .failed { return product }
    return misdirected(product, input, consumer, index)
  }

  @inline(never)
  private func misdirected(_ product: Int32, _ input: Int32, _ consumer: Int32, _ index: Int) -> Int32 {
    failed(
      ChainRuleError(
        .primitive, in: "\(primitive(of: consumer).name), local gradient for input \(index)",
        required: "a product of the input's shape \(shape(of: input))", got: "\(shape(of: product))",
        hint: "factor must have the output's shape, transpose must return the input's.")
    ).id
  }
}
