extension Plan {
  /// The rows that a slice takes of its input, longer than a few elements and not consecutive.
  func slicedRows(_ id: Int32) -> Rows? {
    guard let slice = graph.primitive(of: id, as: Slice.self), !graph.nodes[Int(id)].isIndex,
      let rows = graph.shape(of: graph.input(of: id)).rows(
        starts: slice.starts, counts: slice.counts, steps: slice.steps),
      !rows.isConsecutive, rows.length >= Rows.shortest
    else { return nil }
    return rows
  }

  /// Whether everybody who reads a slice can read it where it lies.
  func isSliceSeenThrough(_ root: Int32) -> Bool {
    guard passes.contains(.fusion), passes.contains(.inPlace), !self[root].isKept, !isView(root),
      let rows = slicedRows(root)
    else { return false }
    let source = self[graph.input(of: root)].root
    guard !isScalar(source), graph.primitive(of: source, as: Broadcast.self) == nil,
      graph.primitive(of: source, as: Slice.self) == nil || isView(source)
    else { return false }
    return readers(of: root).allSatisfy { readsRows($0, rows, of: root) }
  }

  private func readsRows(_ reader: Int32, _ rows: Rows, of root: Int32) -> Bool {
    if graph.nodes[Int(reader)].region != 0 { return false }
    if graph.primitive(of: reader, as: MatMul.self) != nil {
      return graph.inputs(of: reader).allSatisfy {
        self[$0].root != root || graph.shape(of: $0).rank == 2 && graph.shape(of: $0)[1] == rows.length
      }
    }
    return self[reader].absorber < 0 && isGroupable(reader) && !isAlias(reader)
      && graph.primitive(of: reader, as: Broadcast.self) == nil
  }

  // MARK: Written where they belong

  /// The parts of a value that is put together from others, in the order of its inputs; `nil` for any other.
  func pieces(of id: Int32) -> [Rows]? {
    if let sum = graph.primitive(of: id, as: SumOfPads.self) { return sum.pieces }
    guard let concatenate = graph.primitive(of: id, as: Concatenate.self) else { return nil }
    let (_, length, inner) = graph.shape(of: id).split(at: concatenate.axis)
    var offset = 0
    return graph.inputs(of: id).map { input in
      let (count, run) = (graph.count(of: input), graph.shape(of: input)[concatenate.axis] * inner)
      defer { offset += run }
      return run == length * inner || count == run
        ? Rows(offset: offset, count: count, length: count, stride: count)
        : Rows(offset: offset, count: count, length: run, stride: length * inner)
    }
  }

  /// More stretches than this are not looked at one by one.
  private static let mostStretches = 32_768

  /// Finds the values that are computed right where a concatenation, or a sum of what stands apart, has them.
  mutating func findHomes() {
    guard passes.contains(.fusion), passes.contains(.inPlace) else { return }
    let renewed = Set(graph.updates.map { self[$0.next].root })
    // Whole values first, so that their parts can be computed in the whole's whole.
    for id in graph.nodes.indices.reversed().map(Int32.init) where graph.nodes[Int(id)].inputCount > 1 {
      guard !graph.nodes[Int(id)].isIndex, let pieces = pieces(of: id), !renewed.contains(id),
        self[id].root == id, self[id].unit >= 0, self[id].home?.rows.isConsecutive ?? true
      else { continue }
      let apart = piecesApart(pieces)
      for (index, rows) in pieces.enumerated() where apart[index] {
        let piece = self[graph.input(index, of: id)].root
        if !renewed.contains(piece), mayBeComputed(piece, as: rows, of: id) {
          self[piece].home = Home(owner: id, rows: rows)
        }
      }
    }
  }

  /// Which pieces overlap no other.
  private func piecesApart(_ pieces: [Rows]) -> [Bool] {
    var apart = [Bool](repeating: false, count: pieces.count)
    guard pieces.reduce(0, { $0 + $1.count / Swift.max(1, $1.length) }) <= Self.mostStretches else { return apart }
    apart = pieces.map { $0.count > 0 }
    let stretches = pieces.enumerated().flatMap { number, rows in rows.ranges.map { (range: $0, piece: number) } }
      .sorted { $0.range.lowerBound < $1.range.lowerBound }
    var last = (end: -1, piece: -1)
    for (range, piece) in stretches {
      if range.lowerBound < last.end { (apart[piece], apart[last.piece]) = (false, false) }
      if range.upperBound > last.end { last = (range.upperBound, piece) }
    }
    return apart
  }

  private mutating func mayBeComputed(_ root: Int32, as rows: Rows, of owner: Int32) -> Bool {
    let unit = self[root].unit
    guard graph.nodes[Int(root)].kind == .operation, unit >= 0, self[root].home == nil, !self[root].isKept,
      !isScalar(root), !isView(root), graph.count(of: root) == rows.count, !graph.nodes[Int(root)].isIndex
    else { return false }
    if rows.isConsecutive { return units[Int(unit)].kind != .scalar && !isAccumulating(root) }
    // By rows: an elementwise member of a group whose rows are those, read by nobody else.
    guard units[Int(unit)].kind == .group, reductionForm(root) == nil, onlyReader(of: root) == owner,
      rows.length >= Rows.shortest, graph.count(of: root) == units[Int(unit)].group.count,
      let shape = units[Int(unit)].group.requiring(rowsExactly: rows.length)
    else { return false }
    units[Int(unit)].group = shape
    return true
  }

  /// Whether a product is added to the memory of another value, whose place it takes.
  private func isAccumulating(_ root: Int32) -> Bool {
    let unit = units[Int(self[root].unit)]
    return unit.kind == .matmul && unit.nodes.count > 1 && epilogue(of: unit.nodes[0]).epilogue.accumulated != nil
  }
}

/// Where a value is computed: as rows of another, its owner.
struct Home {
  var owner: Int32
  var rows: Rows
}
