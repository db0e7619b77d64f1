// How moves of elements are made for a batch: the axis of examples comes first and stays where it is.

extension StopGradient: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(self) }
}

extension ElementwiseFunction: BatchedPrimitive {
  public func batched(_ batch: Batch) -> Node? { batch.record(self) }
}

extension Broadcast: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? {
    let own = batch.shape(0).dimensions, missing = shape.rank - own.count
    let lengths = [batch.size] + [Int](repeating: 1, count: missing) + own
    return batch.full(0).reshaped(to: Shape(lengths)).broadcast(to: batch.behind(shape))
  }
}

extension Reshape: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.full(0).reshaped(to: batch.behind(shape)) }
}

extension Transpose: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(Transpose(order: [0] + batch.shifted(order))) }
}

extension Flip: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(Flip(axes: batch.shifted(axes))) }
}

extension Slice: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? {
    batch.record(Slice(starts: [0] + starts, counts: [batch.size] + counts, steps: [1] + steps))
  }
}

extension Pad: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? {
    batch.record(Pad(shape: batch.behind(shape), starts: [0] + starts, steps: [1] + steps, filling: filling))
  }
}

extension Concatenate: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(Concatenate(axis: axis + 1)) }
}

extension OneHot: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(self) }
}

extension Gather: BatchedPrimitive {
  /// Examples of what is read, of the places, or of both; the last by a loop.
  package func batched(_ batch: Batch) -> Node? {
    switch (batch.isBatched[0], batch.isBatched[1]) {
    case (true, false): return batch.graph.recordGeneral(Gather(axis: axis + 1), batch.inputs)
    case (false, true):
      // The places come where the axis was, so that the axis of examples is there too.
      let found = batch.graph.recordGeneral(self, batch.inputs)
      return found.transposed([axis] + (0..<axis) + ((axis + 1)..<Swift.max(axis + 1, found.shape.rank)))
    default: return nil
    }
  }
}

extension ScatterAdd: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? {
    guard batch.isBatched == [true, false] else { return nil }
    return batch.graph.recordGeneral(ScatterAdd(axis: axis + 1, length: length), batch.inputs)
  }
}

extension GatherAlong: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(GatherAlong(axis: axis + 1)) }
}

extension ScatterAddAlong: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(ScatterAddAlong(axis: axis + 1, length: length)) }
}
