import ChainRuleCore

/// A primitive that makes all coefficients of its output at once.
protocol SeriesPrimitive: JointPrimitive {
  /// - Parameter rows: for each input its coefficients from that of t⁰ on, or `nil` where it does not move.
  func series(_ rows: [[Node]?], of output: Node, order: Int) throws -> [Node]
}

extension Subgraph {
  /// The coefficients of all results, those of t⁰ first, then those of t¹ …: a function of all inputs, then of the
  /// coefficients of t¹ of those that move, then of t² …
  func series(_ moving: [Bool], order: Int) throws -> Subgraph {
    try cached("series \(order) \(moving)") {
      let movers = inputs.indices.filter { moving[$0] }
      let higher = (0..<order).flatMap { _ in movers.map { inputs[$0] } }
      return try Self.made("series", inputs + higher) { graph, nodes in
        let outputs = record(in: graph, Array(nodes[..<inputs.count]))
        var builder = SeriesBuilder(graph: graph, order: order)
        for (place, input) in movers.enumerated() {
          let path = (0..<order).map { nodes[inputs.count + $0 * movers.count + place] }
          try builder.move(nodes[input], along: path)
        }
        let rows = try outputs.map { try builder.coefficients(of: $0) }
        return (0...order).flatMap { k in rows.map { $0[k] } }
      }
    }
  }
}

extension Choice: SeriesPrimitive {
  func series(_ rows: [[Node]?], of output: Node, order: Int) throws -> [Node] {
    let own = Array(rows.dropFirst(lead)), moving = own.map { $0 != nil }
    let choice = Choice(
      name: "\(name) series", bodies: try bodies.map { try $0.series(moving, order: order) }, isBinary: isBinary)
    let higher = (1..<order + 1).flatMap { k in own.compactMap { $0?[k] } }
    let found = output.graph.record(choice, output.inputs + higher), count = packing.shapes.count
    return (0...order).map { k in
      k == 0
        ? output
        : packing.node(of: (0..<count).map { choice.packing.part(k * count + $0, of: found) }, in: output.graph)
    }
  }
}

extension Loop: SeriesPrimitive {
  func series(_ rows: [[Node]?], of output: Node, order: Int) throws -> [Node] {
    let graph = output.graph, inputs = output.inputs, own = Array(rows.dropFirst(lead))
    let moving = body.inputs.indices.map { carried.contains($0) || own[$0] != nil }
    let body = try seriesBody(moving, order)
    func values(_ places: Range<Int>) -> [Node] {
      places.map { inputs[lead + $0] }
        + (1..<order + 1).flatMap { k in
          places.filter { moving[$0] }.map { place in
            own[place]?[k] ?? graph.constant(0 as Double).broadcast(to: inputs[lead + place].shape)
          }
        }
    }
    let loop = try Loop(
      name: "\(name) series", body: body, length: length, carries: carries * (order + 1),
      sequences: sequences + order * read.filter { moving[$0] }.count, ending: ending, isReversed: isReversed,
      stores: stores, keepsProducts: false)
    let found = graph.record(loop, inputs[..<lead] + values(carried) + values(read) + values(captured))
    return (0...order).map { k in
      if k == 0 { return output }
      let states = carried.map { loop.packing.part(k * carries + $0, of: found) }
      let rows = rowPlaces.map { loop.rows(k * rowPlaces.count + $0 - carries, of: found) }
      let none: [Node?] = ending == .condition ? [nil] : []
      return packing.node(of: states + rows + none, in: graph)
    }
  }

  /// The body's series with what is carried first, then what is given, each order after order.
  private func seriesBody(_ moving: [Bool], _ order: Int) throws -> Subgraph {
    let forward = running
    return try forward.cached("loop series \(order) \(moving) \(carries) \(ending)") {
      let series = try forward.series(moving, order: order), movers = moving.indices.filter { moving[$0] }
      func signatures(_ places: Range<Int>) -> [Subgraph.Signature] {
        places.map { forward.inputs[$0] }
          + (0..<order).flatMap { _ in places.filter { moving[$0] }.map { forward.inputs[$0] } }
      }
      return try Subgraph.made(name, signatures(carried) + signatures(read) + signatures(captured)) { graph, nodes in
        var values: [Node] = [], higher: [[Node]] = Array(repeating: [], count: order), rest = nodes[...]
        for places in [carried, read, captured] {
          values += rest.prefix(places.count)
          rest = rest.dropFirst(places.count)
          let count = movers.filter(places.contains).count
          for k in 0..<order {
            higher[k] += rest.prefix(count)
            rest = rest.dropFirst(count)
          }
        }
        let all = series.record(in: graph, values + higher.flatMap { $0 }), count = forward.results.count
        let states = (0...order).flatMap { k in carried.map { all[k * count + $0] } }
        let rows = (0...order).flatMap { k in rowPlaces.map { all[k * count + $0] } }
        return states + rows + (ending == .condition ? [all[count - 1]] : [])
      }
    }
  }
}
