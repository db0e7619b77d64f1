// How reductions, products and windows are made for a batch of examples.

extension Sum: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(Sum(axes: batch.shifted(axes))) }
}

extension Extremum: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? {
    batch.record(Extremum(isMaximum: isMaximum, axes: batch.shifted(axes)))
  }
}

extension LogSumExp: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(LogSumExp(axes: batch.shifted(axes))) }
}

extension Argmax: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(Argmax(axis: axis + 1)) }
}

extension Softmax: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(Softmax(axis: axis + 1)) }
}

extension CumulativeSum: BatchedPrimitive {
  package func batched(_ batch: Batch) -> Node? {
    batch.record(CumulativeSum(axis: axis + 1, isReversed: isReversed))
  }
}

extension MatMul: BatchedPrimitive {
  /// A matrix that all examples share is multiplied once: the examples' rows or columns become its rows.
  package func batched(_ batch: Batch) -> Node? {
    let isPlain = batch.shape(0).rank == 2 && batch.shape(1).rank == 2, n = batch.size
    guard isPlain, batch.isBatched[0] != batch.isBatched[1] else { return batch.record(self) }
    let (a, b) = (batch.inputs[0], batch.inputs[1])
    if batch.isBatched[0] {
      let rows = transposesLeft ? swapped(a) : a, (m, k) = (rows.shape[1], rows.shape[2])
      let product = batch.graph.recordGeneral(
        MatMul(transposesLeft: false, transposesRight: transposesRight), [rows.reshaped(to: [n * m, k]), b])
      return product.reshaped(to: [n, m, product.shape[1]])
    }
    // (A·B)ᵀ = Bᵀ·Aᵀ, for all B at once.
    let columns = transposesRight ? b : swapped(b), (p, k) = (columns.shape[1], columns.shape[2])
    let product = batch.graph.recordGeneral(
      MatMul(transposesLeft: false, transposesRight: !transposesLeft), [columns.reshaped(to: [n * p, k]), a])
    return swapped(product.reshaped(to: [n, p, product.shape[1]]))
  }

  /// The last two axes in the other order; a single row or column only changes its shape.
  private func swapped(_ node: Node) -> Node {
    let shape = node.shape
    if shape[1] == 1 || shape[2] == 1 { return node.reshaped(to: [shape[0], shape[2], shape[1]]) }
    return node.transposed([0, 2, 1])
  }
}

/// What works on a batch of images, with weights, if any, that are the same for all.
private protocol ImageBatches: BatchedPrimitive {}

extension ImageBatches {
  /// Images of all examples as one batch of images.
  package func batched(_ batch: Batch) -> Node? {
    guard batch.isBatched[0], batch.isBatched.count == 1 || !batch.isBatched[1] else { return nil }
    return batch.unfolded(batch.graph.recordGeneral(self, [batch.folded(0)] + batch.inputs.dropFirst()))
  }
}

extension Convolution: ImageBatches {}
extension ConvolutionInputGradient: ImageBatches {}
extension AveragePool: ImageBatches {}
extension AveragePoolTransposed: ImageBatches {}
extension MaxPool: ImageBatches {}
extension MaxPoolWinners: ImageBatches {}
