/// Forward mode from the same local gradients: tangents are pushed from leaves to the output in recording order.
extension Node {
  /// The directional derivative of this node: how fast it changes when each node moves along its direction.
  ///
  /// `t(output) = Σ localGradient · t(input)`; zero where no path leads.
  /// - Throws: when a direction does not have its node's shape, or a node is not valid here.
  public func tangent(along directions: [(Node, Node)]) throws -> Node {
    let target = try graph.resolve(self)
    if let error = graph.failure(of: target) { throw error }
    var tangents: [Int32] = Array(repeating: -1, count: Int(target) + 1)
    var lowest = target
    for (node, direction) in directions {
      let (id, along) = (try graph.resolve(node), try graph.resolve(direction))
      if let error = graph.failure(of: id) ?? graph.failure(of: along) { throw error }
      guard graph.records[Int(id)].shape == graph.records[Int(along)].shape else {
        throw ChainRuleError(
          .gradient, in: "tangent", required: "a direction of shape \(node.shape) for \(graph.name(of: id))",
          got: "\(direction.shape)")
      }
      guard id <= target else { continue }
      tangents[Int(id)] = tangents[Int(id)] < 0 ? along : (graph.node(tangents[Int(id)]) + direction).id
      lowest = Swift.min(lowest, id)
    }
    let outer = graph.differentiating
    defer { graph.differentiating = outer }
    for id in lowest...target where graph.records[Int(id)].kind == .operation && tangents[Int(id)] < 0 {
      if let tangent = graph.pushed(to: id, tangents) { tangents[Int(id)] = tangent.id }
    }
    return tangents[Int(target)] < 0
      ? graph.number(0).broadcast(to: shape) : graph.node(tangents[Int(target)]).broadcast(to: shape)
  }

  /// The directional derivative along plain tensors: `along: [(x, 2)]`.
  public func tangent(along directions: [(Node, Tensor)]) throws -> Node {
    try tangent(along: directions.map { ($0, graph.constant($1)) })
  }
}

extension Graph {
  /// The tangent of a node from those of its inputs; `nil` when none arrives.
  fileprivate func pushed(to id: Int32, _ tangents: [Int32]) -> Node? {
    let record = records[Int(id)]
    var sum: Node?
    for index in 0..<Int(record.inputCount) {
      let input = input(index, of: id)
      guard tangents[Int(input)] >= 0 else { continue }
      differentiating = id
      let (output, tangent) = (node(id), node(tangents[Int(input)]))
      let part: Node
      switch primitive(of: id).localGradient(of: output, withRespectTo: index, inputs: inputs(of: id).map { node($0) })
      {
      case .factor(let factor): part = isOne(factor.id) ? tangent : factor * tangent
      case .linear(let apply, _): part = apply(tangent)
      case .none: continue
      }
      sum = sum.map { $0 + part } ?? part
    }
    return sum
  }
}
