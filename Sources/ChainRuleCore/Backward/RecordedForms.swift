extension Graph {
  /// Whether a node may hold something other than 0 in a range of its elements, row by row, by how it was recorded: the
  /// pullback of a part of a value is 0 everywhere else.
  package func mayBeNonzero(_ node: Node, in range: Range<Int>) -> Bool {
    guard let id = node.validID else { return true }
    var pending = [(id, range)], visits = 0
    while let (next, range) = pending.popLast() {
      visits += 1
      if visits > 1_000 { return true }  // a sum that is shared again and again
      let record = records[Int(next)]
      if range.isEmpty || (record.kind == .constant && record.shape == 0 && record.value == 0) { continue }
      guard record.kind == .operation else { return true }
      switch primitive(of: next) {
      case let pad as Pad where pad.filling == 0:
        let inner = shape(of: record.first)
        guard let start = pad.shape.offsetOfConsecutive(starts: pad.starts, counts: inner.dimensions, steps: pad.steps)
        else { return true }
        let inside = range.clamped(to: start..<start + inner.elementCount)
        pending.append((record.first, inside.lowerBound - start..<inside.upperBound - start))
      case is Reshape: pending.append((record.first, range))
      case is Broadcast: pending.append((record.first, 0..<shape(of: record.first).elementCount))
      case is Add: pending += [(record.first, range), (record.second, range)]
      default: return true
      }
    }
    return false
  }
}

/// A matrix product as it was recorded, for whoever adds up many of them: Σₜ AₜBₜ is one product of all of them.
package struct RecordedProduct: Sendable {
  package let transposesLeft: Bool, transposesRight: Bool

  /// The factors of a node that is a product of two matrices; `nil` for any other node.
  package static func factors(of node: Node) -> (product: RecordedProduct, left: Node, right: Node)? {
    guard let product = node.primitive as? MatMul, node.shape.rank == 2 else { return nil }
    let flags = RecordedProduct(transposesLeft: product.transposesLeft, transposesRight: product.transposesRight)
    return (flags, node.inputs[0], node.inputs[1])
  }

  /// Σₜ AₜBₜ for rows of factors, `[t, …]` each.
  package func sum(_ left: Node, _ right: Node) -> Node {
    let a = joined(left, innerFirst: transposesLeft), b = joined(right, innerFirst: !transposesRight)
    return left.graph.recordGeneral(MatMul(transposesLeft: transposesLeft, transposesRight: transposesRight), [a, b])
  }

  /// The rows in one matrix, along the axis that is summed over.
  private func joined(_ rows: Node, innerFirst: Bool) -> Node {
    let (t, m, n) = (rows.shape[0], rows.shape[1], rows.shape[2])
    return innerFirst ? rows.reshaped(to: [t * m, n]) : rows.transposed([1, 0, 2]).reshaped(to: [m, t * n])
  }
}

extension Node {
  /// The summands of a node that was recorded as a sum of two, and so on; the node itself where it was not.
  package var summands: [Node] {
    guard primitive is Add, inputs.count == 2 else { return [self] }
    var found: [Node] = [], pending = [self]
    while let next = pending.popLast() {
      if next.primitive is Add, found.count + pending.count < 16 {
        pending += next.inputs.reversed()
      } else {
        found.append(next)
      }
    }
    return found
  }

  /// What is summed over its first axis, where this node is such a sum, perhaps reshaped; `nil` where it is not.
  package var summedOverFirstAxis: Node? {
    var node = self
    while node.primitive is Reshape { node = node.inputs[0] }
    guard let sum = node.primitive as? Sum, sum.axes == [0], node.shape.elementCount == shape.elementCount else {
      return nil
    }
    return node.inputs[0]
  }
}
