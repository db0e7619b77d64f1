/// Steps that reduce or run along one stretch of axes.

struct ReduceStep: Sendable {
  let reduction: Kernels.Reduction
  let spans: Spans
  let from: Location, to: Location

  func run(_ state: RunState, threads: Int) {
    ThreadPool.share(rows: spans.outer, elements: spans.elements, threads: threads) { rows, _ in
      Kernels.reduce(
        reduction, isDouble: state.isDouble, outer: rows.count, count: spans.count, inner: spans.inner,
        state.pointer(to) + rows.lowerBound * spans.inner * state.stride,
        state.pointer(from) + rows.lowerBound * spans.count * spans.inner * state.stride)
    }
  }
}

struct SoftmaxStep: Sendable {
  let spans: Spans
  let from: Location, to: Location

  func run(_ state: RunState) {
    Kernels.softmax(
      isDouble: state.isDouble, outer: spans.outer, count: spans.count, inner: spans.inner, state.pointer(to),
      state.pointer(from))
  }
}

struct ArgmaxStep: Sendable {
  let spans: Spans
  let from: Location, to: Location

  func run(_ state: RunState) {
    Kernels.argmax(
      isDouble: state.isDouble, outer: spans.outer, count: spans.count, inner: spans.inner, state.pointer(to),
      state.pointer(from))
  }
}

struct CumulativeSumStep: Sendable {
  let spans: Spans
  let isReversed: Bool
  let from: Location, to: Location

  func run(_ state: RunState) {
    Kernels.cumulativeSum(
      isDouble: state.isDouble, outer: spans.outer, count: spans.count, inner: spans.inner, reverse: isReversed,
      state.pointer(to), state.pointer(from))
  }
}
