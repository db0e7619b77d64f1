import ChainRuleCore

/// The tangent of a loop: a loop of the body and its tangent.
extension Loop {
  func pushforward(_ tangents: [Node?], of output: Node, inputs: [Node]) throws -> Node? {
    let graph = output.graph, tangents = Array(tangents.dropFirst(lead))
    guard tangents.contains(where: { $0 != nil }) else { return nil }
    let moving = body.inputs.indices.map { carried.contains($0) || tangents[$0] != nil }
    let body = try tangentBody(moving)
    let movingRead = read.filter { moving[$0] }, movingCaptured = captured.filter { moving[$0] }
    let start = carried.map { tangents[$0] ?? graph.constant(0 as Double).broadcast(to: self.body.inputs[$0].shape) }
    func given(_ places: [Int]) -> [Node] { places.compactMap { tangents[$0] } }
    func values(_ places: Range<Int>) -> [Node] { places.map { inputs[lead + $0] } }
    let loop = try Loop(
      name: "\(name) forward", body: body, length: length, carries: 2 * carries,
      sequences: sequences + movingRead.count, ending: ending, isReversed: isReversed, stores: stores,
      keepsProducts: false, hint: hint)
    let arguments =
      inputs[..<lead] + values(carried) + start + values(read) + given(movingRead) + values(captured)
      + given(movingCaptured)
    let result = graph.record(loop, Array(arguments))
    // The second half of what is carried and of what is given are the tangents; the number of steps has none.
    let carriedParts = carried.map { loop.packing.part(carries + $0, of: result) }
    let rows = rowPlaces.map { loop.rows(rowPlaces.count + $0 - carries, of: result) }
    let none: [Node?] = ending == .condition ? [nil] : []
    return packing.node(of: carriedParts + rows + none, in: graph)
  }

  /// Carried values, their tangents, what is given, its tangents, and the condition.
  private func tangentBody(_ moving: [Bool]) throws -> Subgraph {
    let forward = running
    return try forward.cached("forward \(moving) \(carries) \(ending)") {
      let movers = forward.inputs.indices.filter { moving[$0] }
      func signatures(_ places: Range<Int>) -> [Subgraph.Signature] {
        places.map { forward.inputs[$0] } + movers.filter(places.contains).map { forward.inputs[$0] }
      }
      let tangent = try forward.tangent(moving), count = forward.results.count
      return try Subgraph.made(name, signatures(carried) + signatures(read) + signatures(captured)) { graph, nodes in
        var values: [Node] = [], directions: [Node] = [], rest = nodes[...]
        for places in [carried, read, captured] {
          values += rest.prefix(places.count)
          rest = rest.dropFirst(places.count)
          let moved = movers.filter(places.contains).count
          directions += rest.prefix(moved)
          rest = rest.dropFirst(moved)
        }
        let all = tangent.record(in: graph, values + directions)
        let condition = ending == .condition ? [all[count - 1]] : []
        var results = Array(all[..<carries])
        results += all[count..<count + carries]
        for offset in [0, count] { results += rowPlaces.map { all[offset + $0] } }
        return results + condition
      }
    }
  }
}
