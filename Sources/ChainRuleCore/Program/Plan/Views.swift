/// Slices that are not copied: a stretch of consecutive elements of another value is read where it lies.
///
/// | read | where |
/// |---|---|
/// | x[2..<5] of a vector | x, 2 elements on |
/// | x[1] of shape [3, m, n] | x, m·n elements on |
/// | x[0..., 1] of a matrix | elements are not consecutive: copied |
struct Views {
  /// For each root the value that it is a stretch of, or itself.
  private(set) var bases: [Int32]
  /// Elements from the start of that value.
  private(set) var offsets: [Int]

  init(_ draft: Draft, roots: [Int32], isKept: [Bool], passes: CompileOptions.Passes) {
    bases = draft.nodes.indices.map(Int32.init)
    offsets = [Int](repeating: 0, count: draft.nodes.count)
    guard passes.contains(.inPlace) else { return }
    for id in draft.nodes.indices where !isKept[id] && draft.nodes[id].primitive >= UInt32(Opcode.count) {
      guard let slice = draft.primitive(of: Int32(id), as: Slice.self), draft.count(of: Int32(id)) > 0 else { continue }
      let source = roots[Int(draft.nodes[id].first)]
      guard draft.nodes[Int(source)].shape != 0,
        let offset = Self.stretch(
          starts: slice.starts, counts: slice.counts, steps: slice.steps, in: draft.shape(of: draft.nodes[id].first))
      else { continue }
      bases[id] = bases[Int(source)]
      offsets[id] = offsets[Int(source)] + offset
    }
  }

  /// The first element of a part whose elements are consecutive: axes before the first that is longer than 1 have one
  /// element, and those after it are whole.
  static func stretch(starts: [Int], counts: [Int], steps: [Int], in shape: Shape) -> Int? {
    let strides = shape.strides
    if let long = counts.firstIndex(where: { $0 != 1 }) {
      guard steps[long] == 1, (long + 1..<shape.rank).allSatisfy({ counts[$0] == shape[$0] && steps[$0] == 1 }) else {
        return nil
      }
    }
    return zip(starts, strides).map(*).reduce(0, +)
  }

  func isView(_ root: Int32) -> Bool { bases[Int(root)] != root }
}
