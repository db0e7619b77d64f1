/// How a group reads a value: element i of the group reads element (i / divisor) mod modulus of the source.
///
/// | source | divisor | modulus |
/// |---|---|---|
/// | all elements | 1 | 0 (none) |
/// | repeated over leading axes, `[n] → [m, n]` | 1 | n |
/// | repeated over trailing axes, `[m, 1] → [m, n]` | n | 0 |
/// | both, `[c, 1] → [b, c, n]` | n | c |
/// | a single number | 0 (always element 0) | 0 |
struct Operand {
  var source: Int32
  var divisor = 1
  var modulus = 0

  var isFull: Bool { divisor == 1 && modulus == 0 }
  var isSingle: Bool { divisor == 0 }
}

extension Plan {
  /// The operand behind a node: reshapes are looked through, and so is one broadcast of a supported form.
  func operand(_ id: Int32) -> Operand {
    let root = roots[Int(id)]
    guard isVirtual[Int(root)], let pattern = Self.pattern(from: sourceShape(root), to: draft.shape(of: root)) else {
      return Operand(source: root)
    }
    let source = roots[Int(draft.nodes[Int(root)].first)]
    if isVirtual[Int(source)] { return Operand(source: operand(source).source, divisor: 0) }
    return Operand(source: source, divisor: pattern.divisor, modulus: pattern.modulus)
  }

  private func sourceShape(_ broadcast: Int32) -> Shape { draft.shape(of: draft.nodes[Int(broadcast)].first) }

  /// Finds the broadcasts that all their readers see through. One that somebody needs written out is a value of its
  /// own, and so is one that is broadcast again (but for single numbers).
  mutating func findVirtualBroadcasts() {
    isVirtual = draft.nodes.indices.map { isSeenThrough(Int32($0)) }
    for id in draft.nodes.indices { writeWhatCannotBeSeenThrough(by: Int32(id)) }
  }

  /// Rows of two operands that do not go together (4 and 6, say, when a reshape lies between), or a row that is
  /// reduced and longer than what is repeated in it: such a reader is given its broadcasts written out.
  private mutating func writeWhatCannotBeSeenThrough(by reader: Int32) {
    let node = draft.nodes[Int(reader)]
    guard node.kind == .operation, roots[Int(reader)] == reader, absorbedBy[reader] == nil, isGroupable(reader),
      requirement(reader) == nil
    else { return }
    for input in draft.inputs(of: reader) { isVirtual[Int(roots[Int(input)])] = false }
  }

  private func isSeenThrough(_ root: Int32) -> Bool {
    let node = draft.nodes[Int(root)]
    guard node.kind == .operation, node.opcode == nil, draft.primitive(of: node) is Broadcast, !node.isIndex,
      !isKept[Int(root)], passes.contains(.fusion), draft.count(of: root) > 0,
      Self.pattern(from: sourceShape(root), to: draft.shape(of: root)) != nil
    else { return false }
    return readers(of: root).allSatisfy {
      (isGroupable($0) || absorbedBy[$0] != nil)
        && (draft.primitive(of: $0, as: Broadcast.self) == nil || draft.count(of: root) == 1)
    }
  }

  /// Which elements a broadcast repeats, if they follow the table of `Operand`.
  static func pattern(from source: Shape, to target: Shape) -> (divisor: Int, modulus: Int)? {
    if source.elementCount == target.elementCount { return (1, 0) }
    if source.elementCount == 1 { return (0, 0) }
    let missing = target.rank - source.rank
    var runs: [(isRepeated: Bool, length: Int)] = []
    for axis in 0..<target.rank where target[axis] != 1 {
      let isRepeated = axis < missing || source[axis - missing] == 1
      if runs.last?.isRepeated == isRepeated {
        runs[runs.count - 1].length *= target[axis]
      } else {
        runs.append((isRepeated, target[axis]))
      }
    }
    let kinds = runs.map(\.isRepeated)
    if kinds == [true, false] { return (1, runs[1].length) }
    if kinds == [false, true] { return (runs[1].length, 0) }
    if kinds == [true, false, true] { return (runs[2].length, runs[1].length) }
    return nil
  }

  /// Whether a node can be computed tile by tile.
  func isGroupable(_ id: Int32) -> Bool {
    absorbedBy[id] == nil && absorbed[id] == nil && !(isNumber(id) && draft.opcode(of: id) != nil)
      && (isFusable(id) || isAlias(id))
  }
}
