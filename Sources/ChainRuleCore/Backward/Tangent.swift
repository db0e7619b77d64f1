/// Forward mode from the same local gradients: tangents are pushed from leaves to the output in recording order.
extension Node {
  /// The directional derivative of this node: how fast it changes when each node moves along its direction.
  ///
  /// `t(output) = Σ localGradient · t(input)`; zero where no path leads. Each direction is a node, a tensor or a
  /// literal: `along: [(x, 2), (w, [1, 0])]`.
  /// - Throws: when a direction does not have its node's shape, or a node is not valid here.
  public func tangent(along directions: [(Node, any TangentDirection)]) throws -> Node {
    try tangent(pushing: directions.map { ($0, $1.node(in: graph)) })
  }

  // Arrays of pairs do not convert element by element, so ready-made ones have overloads.

  /// The directional derivative along tensors that were put in an array before.
  /// - Throws: when a direction does not have its node's shape, or a node is not valid here.
  @_disfavoredOverload public func tangent(along directions: [(Node, Tensor)]) throws -> Node {
    try tangent(pushing: directions.map { ($0, graph.constant($1)) })
  }

  /// The directional derivative along nodes that were put in an array before.
  /// - Throws: when a direction does not have its node's shape, or a node is not valid here.
  @_disfavoredOverload public func tangent(along directions: [(Node, Node)]) throws -> Node {
    try tangent(pushing: directions)
  }

  /// `tangent(along:)` once every direction is a node.
  func tangent(pushing directions: [(Node, Node)]) throws -> Node {
    let tangents = try graph.tangents(upTo: self, along: directions)
    return (tangents.last.flatMap { $0 >= 0 ? graph.node($0) : nil } ?? graph.constant(0 as Double)).broadcast(
      to: shape)
  }
}

extension Graph {
  /// The tangent of every node up to `output`, by id; -1 where no path leads. The last one is the output's.
  package func tangents(upTo output: Node, along directions: [(Node, Node)]) throws -> [Int32] {
    let target = try resolve(output)
    if let error = failure(of: target) { throw error }
    var tangents: [Int32] = Array(repeating: -1, count: Int(target) + 1)
    var lowest = target
    for (node, direction) in directions {
      let (id, along) = (try resolve(node), try resolve(direction))
      if let error = failure(of: id) ?? failure(of: along) { throw error }
      guard records[Int(id)].shape == records[Int(along)].shape else {
        throw ChainRuleError(
          .gradient, in: "tangent", required: "a direction of shape \(node.shape) for \(name(of: id))",
          got: "\(direction.shape)")
      }
      guard id <= target else { continue }
      tangents[Int(id)] = tangents[Int(id)] < 0 ? along : (self.node(tangents[Int(id)]) + direction).id
      lowest = Swift.min(lowest, id)
    }
    let outer = differentiating
    defer { differentiating = outer }
    for id in lowest...target where records[Int(id)].kind == .operation && tangents[Int(id)] < 0 {
      if let tangent = pushed(to: id, tangents) { tangents[Int(id)] = tangent.id }
    }
    return tangents
  }

  /// The tangent of a node from those of its inputs; `nil` when none arrives.
  private func pushed(to id: Int32, _ tangents: [Int32]) -> Node? {
    let record = records[Int(id)]
    if Int(record.primitive) >= Opcode.count, let joint = primitive(of: id) as? any JointPrimitive {
      return pushed(through: joint, to: id, tangents)
    }
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

  /// The same through a primitive that pushes all tangents at once.
  private func pushed(through primitive: any JointPrimitive, to id: Int32, _ tangents: [Int32]) -> Node? {
    let arriving = inputs(of: id).map { tangents[Int($0)] >= 0 ? node(tangents[Int($0)]) : nil }
    guard arriving.contains(where: { $0 != nil }) else { return nil }
    differentiating = id
    do {
      return try primitive.pushforward(arriving, of: node(id), inputs: inputs(of: id).map { node($0) })
    } catch { return failed(ChainRuleError(error, in: primitive.name)) }
  }
}

/// What can be a direction: a node, a tensor, or a literal number or array of numbers.
public protocol TangentDirection {
  /// The direction as a node: a number as a constant of shape `[]`, an array stacked along a first axis.
  func node(in graph: Graph) -> Node
}

extension Node: TangentDirection {
  public func node(in graph: Graph) -> Node { self }
}

extension Tensor: TangentDirection {
  public func node(in graph: Graph) -> Node { graph.constant(self) }
}

extension Double: TangentDirection {
  public func node(in graph: Graph) -> Node { graph.constant(self) }
}

extension Int: TangentDirection {
  public func node(in graph: Graph) -> Node { graph.constant(Double(self)) }
}

extension Array: TangentDirection where Element: TangentDirection {
  public func node(in graph: Graph) -> Node { stack(map { $0.node(in: graph) }) }
}
