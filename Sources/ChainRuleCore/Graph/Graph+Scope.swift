/// Scopes: what a loop records and no longer needs is dropped, so that a long loop does not grow.
extension Graph {
  /// Runs `body` and drops everything it recorded; handles that escape are recognized when used.
  ///
  /// ```swift
  /// for _ in 0..<1_000_000 { try graph.scope { print(try loss(x).scalar()) } }
  /// ```
  /// - Throws: what `body` throws; what it recorded is dropped then too.
  public func scope<Result>(_ body: () throws -> Result) rethrows -> Result {
    let mark = mark
    defer { close(mark, keeping: []) }
    return try body()
  }

  /// Runs `body`, keeps the node it returns with everything that this node is computed from, and drops the rest.
  /// - Throws: what `body` throws; all that it recorded is dropped then.
  public func scope(_ body: () throws -> Node) rethrows -> Node { try scope { [try body()] }[0] }

  /// Runs `body`, keeps the nodes it returns with everything they are computed from, and drops the rest.
  /// - Throws: what `body` throws; all that it recorded is dropped then.
  public func scope(_ body: () throws -> [Node]) rethrows -> [Node] {
    let mark = mark
    do {
      let survivors = try body()
      return close(mark, keeping: survivors)
    } catch {
      close(mark, keeping: [])
      throw error
    }
  }

  /// Drops what was recorded since the mark except the ancestors of `survivors`, which move down.
  @discardableResult
  private func close(_ mark: Mark, keeping survivors: [Node]) -> [Node] {
    let (base, end) = (mark.nodes, count)
    var isKept = [Bool](repeating: false, count: survivors.isEmpty ? 0 : end - base)
    for node in survivors {
      if let id = node.graph === self ? node.validID : nil, Int(id) >= base { isKept[Int(id) - base] = true }
    }
    markAncestors(&isKept, from: base)
    guard isKept.contains(true) else {
      releaseSlots(of: base..<end)
      truncate(to: mark)
      return survivors
    }
    return compact(from: base, isKept: isKept, survivors: survivors)
  }

  /// Moves the kept nodes down to `base…` under a new generation and renumbers everything that names them.
  private func compact(from base: Int, isKept: [Bool], survivors: [Node]) -> [Node] {
    var moved = [Int32](repeating: -1, count: isKept.count)
    var next = base
    for offset in isKept.indices where isKept[offset] {
      moved[offset] = Int32(next)
      next += 1
    }
    func renumbered(_ id: Int32) -> Int32 { Int(id) < base ? id : moved[Int(id) - base] }
    let resolved = survivors.map { $0.graph === self ? $0.validID.map(renumbered) : nil }
    for offset in isKept.indices {
      let id = base + offset
      if !isKept[offset] {
        releaseSlots(of: id..<(id + 1))
        continue
      }
      move(id, to: Int(moved[offset]), renumbered)
    }
    renumber(from: base, to: next, renumbered)
    return zip(survivors, resolved).map { node, id in id.map { self.node($0) } ?? node }
  }

  private func move(_ id: Int, to target: Int, _ renumbered: (Int32) -> Int32) {
    var record = records[id]
    if record.kind == .operation {
      if record.inputCount > 2 {
        for position in Int(record.first)..<Int(record.first) + Int(record.second) {
          inputRuns[position] = renumbered(inputRuns[position])
        }
      } else {
        record.first = renumbered(record.first)
        if record.inputCount == 2 { record.second = renumbered(record.second) }
      }
    }
    if record.differentiates >= 0 { record.differentiates = renumbered(record.differentiates) }
    records[target] = record
  }
}

/// What a scope returns to, and what a graph renumbers when nodes have moved.
extension Graph {
  /// Counts of everything that grows, to return to when a scope ends.
  struct Mark { let nodes: Int, runs: Int, primitives: Int, errors: Int }

  var mark: Mark {
    Mark(nodes: count, runs: inputRuns.count, primitives: primitives.count, errors: errors.count)
  }

  /// Drops everything recorded since the mark; handles to it are recognized from now on.
  func truncate(to mark: Mark) {
    count = mark.nodes
    generation &+= 1
    inputRuns.removeSubrange(mark.runs...)
    primitives.removeSubrange(mark.primitives...)
    errors.removeSubrange(mark.errors...)
    labels.removeAll(from: Int32(mark.nodes))
    leafErrors = leafErrors.filter { $0.key < mark.nodes }
    followers = followers.filter { $0.key < mark.nodes }
    parameterLeaves.removeAll { $0.id >= mark.nodes }
    stateUpdates.removeAll { $0.state >= mark.nodes || $0.next >= mark.nodes }
    if oneID >= mark.nodes { oneID = -1 }
    if lowestWritten >= mark.nodes { lowestWritten = .max }
  }

  /// The nodes from `base` on have been moved together: gives them a new generation and renumbers what names them.
  func renumber(from base: Int, to end: Int, _ renumbered: (Int32) -> Int32) {
    count = end
    generation &+= 1
    for id in base..<end { records[id].generation = generation }
    labels.renumber(from: Int32(base), renumbered)
    leafErrors = Dictionary(
      leafErrors.map { (renumbered($0.key), $0.value) }.filter { $0.0 >= 0 }, uniquingKeysWith: { first, _ in first })
    followers = Dictionary(
      followers.map { (renumbered($0.key), $0.value) }.filter { $0.0 >= 0 }, uniquingKeysWith: { first, _ in first })
    parameterLeaves = parameterLeaves.map {
      ParameterLeaf(parameter: $0.parameter, id: renumbered($0.id), version: $0.version)
    }
    .filter { $0.id >= 0 }
    stateUpdates = stateUpdates.map { (renumbered($0.state), renumbered($0.next)) }.filter {
      $0.state >= 0 && $0.next >= 0
    }
    if oneID >= base { oneID = -1 }
    if lowestWritten != .max { lowestWritten = Swift.min(lowestWritten, Int32(base)) }
  }
}
