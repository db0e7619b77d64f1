/// A step that runs one primitive over whole values: moves, reductions in any form, reading at indices, convolution and
/// pooling. What is not listed here runs through the primitive's own `forward`.
enum SingleStep: Sendable {
  case copy(CopyStep)
  case stridedCopy(StridedCopyStep)
  case pad(PadStep)
  case sumOfPads(SumOfPadsStep)
  case concatenate(ConcatenateStep)
  case reduce(ReduceStep)
  case softmax(SoftmaxStep)
  case argmax(ArgmaxStep)
  case cumulativeSum(CumulativeSumStep)
  case take(TakeStep)
  case addAt(AddAtStep)
  case takeAlong(TakeAlongStep)
  case oneHot(OneHotStep)
  case asNumbers(AsNumbersStep)
  case asIndices(AsIndicesStep)
  case convolution(ConvolutionStep)
  case maxPoolWinners(MaxPoolWinnersStep)
  case averagePool(AveragePoolStep)
  case random(RandomStep)
  case int8Product(Int8ProductStep)
  case general(GeneralStep)

  func run(_ state: RunState, threads: Int) throws {
    switch self {
    case .copy(let step): step.run(state)
    case .stridedCopy(let step): step.run(state, threads: threads)
    case .pad(let step): step.run(state)
    case .sumOfPads(let step): step.run(state, threads: threads)
    case .concatenate(let step): step.run(state, threads: threads)
    case .reduce(let step): step.run(state, threads: threads)
    case .softmax(let step): step.run(state)
    case .argmax(let step): step.run(state)
    case .cumulativeSum(let step): step.run(state)
    case .take(let step): try step.run(state, threads: threads)
    case .addAt(let step): try step.run(state, threads: threads)
    case .takeAlong(let step): try step.run(state, threads: threads)
    case .oneHot(let step): try step.run(state)
    case .asNumbers(let step): step.run(state)
    case .asIndices(let step): try step.run(state)
    case .convolution(let step): step.run(state, threads: threads)
    case .maxPoolWinners(let step): step.run(state, threads: threads)
    case .averagePool(let step): step.run(state, threads: threads)
    case .random(let step): step.run(state)
    case .int8Product(let step): step.run(state, threads: threads)
    case .general(let step): try step.run(state)
    }
  }

  /// What a step needs beside its operands, and what it computes.
  struct Needs {
    /// Bytes of scratch for each thread.
    var scratchBytes = 0
    /// Bytes for partial sums.
    var partialBytes = 0
    var flops = 0.0
  }

  /// - Parameter stride: bytes of an element.
  func needs(stride: Int) -> Needs {
    switch self {
    case .convolution(let step):
      Needs(scratchBytes: step.plan.scratchBytes, partialBytes: step.plan.partialBytes, flops: step.plan.flops)
    case .int8Product(let step):
      Needs(
        scratchBytes: step.matrix.scratchBytes(step.m),
        flops: 2 * Double(step.m) * Double(step.matrix.rows) * Double(step.matrix.columns))
    case .maxPoolWinners(let step): Needs(scratchBytes: step.windows.places * stride)
    case .copy, .stridedCopy, .pad, .sumOfPads, .concatenate, .reduce, .softmax, .argmax, .cumulativeSum, .take,
      .addAt, .takeAlong, .oneHot, .asNumbers, .asIndices, .averagePool, .random, .general:
      Needs()
    }
  }
}

/// A value seen as `[outer, count, inner]`.
struct Spans: Sendable {
  var outer: Int, count: Int, inner: Int
  init(_ shape: Shape, axis: Int) { (outer, count, inner) = shape.split(at: axis) }
  init(outer: Int, count: Int, inner: Int) { (self.outer, self.count, self.inner) = (outer, count, inner) }
  var elements: Int { outer * count * inner }
}
