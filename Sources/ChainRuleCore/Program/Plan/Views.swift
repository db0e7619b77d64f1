/// Slices that are not copied: a stretch of consecutive elements of another value is read where it lies.
///
/// | read | where |
/// |---|---|
/// | x[2..<5] of a vector | x, 2 elements on |
/// | x[1] of shape [3, m, n] | x, m·n elements on |
/// | x[0..., 1] of a matrix | elements are not consecutive: copied |
extension Plan {
  mutating func findViews() {
    for id in graph.nodes.indices.map(Int32.init)
    where graph.applies(Slice.self, id) && !self[id].isKept && graph.count(of: id) > 0 {
      guard let slice = graph.primitive(of: id, as: Slice.self) else { continue }
      let input = graph.input(of: id), source = self[input].root
      guard graph.nodes[Int(source)].shape != 0,
        let offset = graph.shape(of: input).offsetOfConsecutive(
          starts: slice.starts, counts: slice.counts, steps: slice.steps)
      else { continue }
      self[id].base = self[source].base
      self[id].offset = self[source].offset + offset
    }
  }

  func isView(_ root: Int32) -> Bool { self[root].base != root }
}
