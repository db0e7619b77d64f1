extension Graph {
  /// A range of a node's elements, row by row, as a node of one axis; `nil` where they are 0 by how the node was
  /// recorded: the pullback of a part of a value is 0 everywhere else, and is not made to be taken apart again.
  package func piece(_ range: Range<Int>, of node: Node) -> Node? {
    guard let id = node.validID, failure(of: id) == nil else { return node }
    var pending = [(id, range)], visits = 0, sum: Node?
    func add(_ id: Int32, _ range: Range<Int>) {
      let whole = self.node(id).reshaped(to: [shape(of: id).elementCount])
      let part = range.count == whole.shape[0] ? whole : whole[range]
      sum = sum.map { $0 + part } ?? part
    }
    while let (next, range) = pending.popLast() {
      visits += 1
      let record = records[Int(next)]
      if range.isEmpty || (record.kind == .constant && record.shape == 0 && record.value == 0) { continue }
      guard record.kind == .operation, visits < 1_000 else {
        add(next, range)
        continue
      }
      switch primitive(of: next) {
      case let pad as Pad where pad.filling == 0:
        let inner = shape(of: record.first)
        let start = pad.shape.offsetOfConsecutive(starts: pad.starts, counts: inner.dimensions, steps: pad.steps)
        guard let start else { add(next, range); continue }
        let filled = start..<start + inner.elementCount, inside = range.clamped(to: filled)
        if inside == range {
          pending.append((record.first, range.lowerBound - start..<range.upperBound - start))
        } else if !inside.isEmpty {
          add(next, range)
        }
      case is Reshape: pending.append((record.first, range))
      case is Broadcast where records[Int(record.first)].shape == 0 && isZero(record.first): continue
      case is Add: pending += [(record.second, range), (record.first, range)]
      default: add(next, range)
      }
    }
    return sum
  }

  /// The same for a range of one axis of a node, which keeps its other axes.
  package func part(_ range: Range<Int>, ofAxis axis: Int, of node: Node) -> Node? {
    var pending = [(node, range)], visits = 0, sum: Node?
    while let (next, range) = pending.popLast() {
      visits += 1
      switch next.primitive {
      case let pad as Pad where pad.filling == 0 && pad.steps.allSatisfy({ $0 == 1 }) && visits < 1_000:
        let inner = next.inputs[0], start = pad.starts[axis], filled = start..<start + inner.shape[axis]
        let isWhole = (0..<pad.shape.rank).allSatisfy { $0 == axis || pad.shape[$0] == inner.shape[$0] }
        if !range.overlaps(filled) { continue }
        if isWhole && filled.clamped(to: range) == range {
          pending.append((inner, range.lowerBound - start..<range.upperBound - start))
          continue
        }
      case is Add where visits < 1_000:
        pending += next.inputs.reversed().map { ($0, range) }
        continue
      case is Broadcast where next.inputs[0].constantNumber == 0: continue
      default: break
      }
      let parts = (0..<next.shape.rank).map { $0 == axis ? range : 0..<next.shape[$0] }
      let found = range.count == next.shape[axis] ? next : next.sliced(parts)
      sum = sum.map { $0 + found } ?? found
    }
    return sum
  }

  private func isZero(_ id: Int32) -> Bool { records[Int(id)].kind == .constant && records[Int(id)].value == 0 }
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
