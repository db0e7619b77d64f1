import ChainRuleCore

/// A function of one example, recorded for a batch of them.
extension Subgraph {
  /// Records the function for a batch; every result has an axis of examples first.
  /// - Parameter isBatched: for each input whether it is another one for each example; its first axis is theirs then.
  func recordBatch(in graph: Graph, _ nodes: [Node], _ isBatched: [Bool], size: Int) throws -> [Node] {
    var made: [(node: Node, isBatched: Bool)] = []
    made.reserveCapacity(steps.count)
    for step in steps {
      switch step {
      case .input(let place): made.append((nodes[place], isBatched[place]))
      case .constant(let value): made.append((graph.constant(value), false))
      case .operation(let primitive, let places):
        let inputs = places.map { made[$0].node }, flags = places.map { made[$0].isBatched }
        guard flags.contains(true) else {
          made.append((graph.record(primitive, inputs), false))
          continue
        }
        let batch = Batch(inputs: inputs, isBatched: flags, size: size)
        made.append((try batch.made(primitive), true))
      }
      if let error = made[made.count - 1].node.error { throw error }
    }
    return outputs.map { number in
      let (node, isBatched) = made[number]
      return isBatched ? node : node.broadcast(to: node.shape.preceded(by: size))
    }
  }

  /// The function of a batch as a function of its own.
  func batched(_ isBatched: [Bool], size: Int) throws -> Subgraph {
    try cached("batch of \(size) \(isBatched)") {
      let arguments = zip(inputs, isBatched).map {
        $1 ? Signature($0.shape.preceded(by: size), isIndex: $0.isIndex) : $0
      }
      return try Self.made("vectorized", arguments) { try recordBatch(in: $0, $1, isBatched, size: size) }
    }
  }
}

extension Batch {
  /// By the primitive's rule, which must keep its promise, or example by example.
  fileprivate func made(_ primitive: any Primitive) throws -> Node {
    guard let node = recorded(primitive) else { return try looped(primitive) }
    if let error = node.error { throw error }
    let expected = try primitive.shape(of: inputs.indices.map { shape($0) }).preceded(by: size)
    guard node.shape == expected else {
      throw ChainRuleError(
        .primitive, in: "\(primitive.name), batched", required: "shape \(expected) for \(size) examples",
        got: "\(node.shape)", hint: "The axis of examples comes first.")
    }
    return node
  }

  /// Example by example: what no rule is known for.
  fileprivate func looped(_ primitive: any Primitive) throws -> Node {
    let places = inputs.indices.filter { isBatched[$0] }
    let (_, outputs) = try scan(over: places.map { inputs[$0] }, from: []) { _, rows in
      var values = inputs
      for (place, row) in zip(places, rows) { values[place] = row }
      return ([], [graph.record(primitive, values)])
    }
    return outputs[0]
  }
}
