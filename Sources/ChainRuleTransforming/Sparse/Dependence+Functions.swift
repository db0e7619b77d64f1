import ChainRuleCore

/// Which elements of a recorded function's results depend on which of its inputs': the inputs' elements are numbered one
/// input after the other.
extension Subgraph {
  func structure(limit: Int) throws -> [Dependence.Sets] {
    try cached("structure") {
      let graph = Graph(), nodes = placeholders(in: graph), results = record(in: graph, nodes)
      var dependence = Dependence(on: try nodes.map { try graph.resolve($0) }, in: graph, limit: limit)
      return try results.map { try dependence.sets(of: try graph.resolve($0)) }
    }
  }
}

extension Dependence {
  /// What results depend on, from what the inputs of a function do.
  fileprivate static func composed(_ structure: Sets, _ inputs: Sets) -> Sets {
    structure.map { places in union(places.lazy.map { inputs[Int($0)] }) }
  }

  fileprivate static func joined(_ a: Sets, _ b: Sets) -> Sets { zip(a, b).map { union([$0, $1]) } }
  fileprivate static func count(_ sets: Sets) -> Int { sets.reduce(0) { $0 + $1.count } }
  fileprivate static func none(_ count: Int) -> Sets { Sets(repeating: [], count: count) }
}

extension Choice: StructuredPrimitive {
  /// Whichever function is chosen.
  func dependence(_ sets: [Dependence.Sets], limit: Int) throws -> Dependence.Sets {
    let inputs = Dependence.Sets(sets.dropFirst(lead).joined())
    let found = try bodies.map { body in
      Dependence.Sets(try body.structure(limit: limit).map { Dependence.composed($0, inputs) }.joined())
    }
    return found.dropFirst().reduce(found[0]) { Dependence.joined($0, $1) }
  }
}

extension CustomGradient: StructuredPrimitive {
  /// The structure of the gradient that was given, not of the value; of both where forward mode is that of the value.
  func dependence(_ sets: [Dependence.Sets], limit: Int) throws -> Dependence.Sets {
    let count = value.results[0].shape.elementCount
    var parts = [[[Int32]]](repeating: [], count: count)
    for (found, own) in zip(try gradient.structure(limit: limit), sets) {
      for (upstreams, set) in zip(found, own) where !set.isEmpty {
        for place in upstreams where Int(place) < count { parts[Int(place)].append(set) }
      }
    }
    let given = parts.map { Dependence.union($0) }
    guard pushesValue else { return given }
    let inputs = Dependence.Sets(sets.prefix(value.inputs.count).joined())
    return Dependence.joined(given, Dependence.composed(try value.structure(limit: limit)[0], inputs))
  }
}

extension Loop: StructuredPrimitive {
  /// Step by step where all steps are made; where their number may change, whatever any number of them leads to.
  func dependence(_ sets: [Dependence.Sets], limit: Int) throws -> Dependence.Sets {
    var walk = LoopDependence(
      loop: self, structure: try running.structure(limit: limit), sets: Array(sets.dropFirst(lead)), limit: limit)
    return try ending == .all ? walk.allSteps() : walk.anyNumberOfSteps()
  }
}

private struct LoopDependence {
  let loop: Loop
  let structure: [Dependence.Sets]
  /// What the body's inputs depend on; sequences with the elements of all rows.
  let sets: [Dependence.Sets]
  let limit: Int

  private func size(_ place: Int) -> Int { loop.running.results[place].shape.elementCount }

  /// What a step's results depend on.
  private func step(_ carried: [Dependence.Sets], _ rows: [Dependence.Sets]) -> [Dependence.Sets] {
    let inputs = Dependence.Sets((carried + rows + Array(sets[loop.captured])).joined())
    return structure.map { Dependence.composed($0, inputs) }
  }

  private func row(_ place: Int, _ number: Int) -> Dependence.Sets {
    let size = loop.body.inputs[place].shape.elementCount
    return Array(sets[place][number * size..<(number + 1) * size])
  }

  mutating func allSteps() throws -> Dependence.Sets {
    var carried = loop.carried.map { sets[$0] }, count = 0
    var states = loop.carried.map { [sets[$0]] }, rows: [[Dependence.Sets]] = loop.rowPlaces.map { _ in [] }
    for step in 0..<loop.length {
      let number = loop.isReversed ? loop.length - 1 - step : step
      let results = self.step(carried, loop.read.map { row($0, number) })
      carried = Array(results[loop.carried])
      if loop.stores { for place in loop.carried { states[place].append(carried[place]) } }
      for place in loop.rowPlaces { rows[place - loop.carries].append(results[place]) }
      let kept = loop.stores ? results[...] : results[loop.rowPlaces]
      count += kept.reduce(0) { $0 + Dependence.count($1) }
      guard count <= limit else { throw Dependence.tooMany(count, limit, at: loop.name) }
    }
    func inOrder(_ rows: [Dependence.Sets]) -> Dependence.Sets {
      Dependence.Sets((loop.isReversed ? rows.reversed() : rows).joined())
    }
    let first = loop.stores ? states.map(inOrder) : carried
    return Dependence.Sets((first + rows.map(inOrder)).joined())
  }

  mutating func anyNumberOfSteps() throws -> Dependence.Sets {
    var carried = loop.carried.map { sets[$0] }
    let rows = loop.read.map { place in
      (0..<loop.length).map { row(place, $0) }.reduce(Dependence.none(loop.body.inputs[place].shape.elementCount)) {
        Dependence.joined($0, $1)
      }
    }
    var results = step(carried, rows)
    for _ in 0..<loop.length {
      let next = zip(carried, results).map { Dependence.joined($0, $1) }
      if next == carried { break }
      carried = next
      results = step(carried, rows)
    }
    let times = loop.stores ? loop.length + 1 : 1
    let pairs =
      times * carried.reduce(0) { $0 + Dependence.count($1) }
      + loop.length * results[loop.rowPlaces].reduce(0) { $0 + Dependence.count($1) }
    guard pairs <= limit else { throw Dependence.tooMany(pairs, limit, at: loop.name) }
    func repeated(_ sets: Dependence.Sets, _ times: Int) -> [Dependence.Sets] { Array(repeating: sets, count: times) }
    var all = carried.flatMap { repeated($0, times) }
    all += results[loop.rowPlaces].flatMap { repeated($0, loop.length) }
    if loop.ending == .condition { all.append([[]]) }
    return Dependence.Sets(all.joined())
  }
}
