/// A step that runs one primitive over whole values: moves, reductions in any form, reading at indices, convolution and
/// pooling. What is not listed here runs through the primitive's own `forward`.
enum SingleStep: Sendable {
  case copy(from: Location, to: Location, bytes: Int)
  case stridedCopy(from: Location, to: Location, shape: [Int], strides: [Int], wide: Bool)
  case place(from: Location, to: Location, shape: [Int], strides: [Int], offset: Int, count: Int, filling: Double)
  case placedSum(PlacedSumStep)
  case concatenate(parts: [Part], to: Location, outer: Int, bytes: Int)
  case reduce(Kernels.Reduction, Spans, from: Location, to: Location)
  case softmax(Spans, from: Location, to: Location)
  case argmax(Spans, from: Location, to: Location)
  case cumulativeSum(Spans, reverse: Bool, from: Location, to: Location)
  /// `Spans.count` is the length of the axis that is read at the indices.
  case take(Spans, transposed: Bool, indices: Location, indexCount: Int, from: Location, to: Location, origin: String)
  case takeAlong(
    Spans, transposed: Bool, indices: Location, indexLength: Int, from: Location, to: Location, origin: String)
  case oneHot(indices: Location, count: Int, depth: Int, to: Location)
  case asNumbers(from: Location, to: Location, count: Int)
  case asIndices(from: Location, to: Location, count: Int)
  case convolution(ConvolutionStep)
  case maxPoolWinners(Windows, from: Location, to: Location)
  case averagePool(Windows, transposed: Bool, from: Location, to: Location)
  case random(RandomUniform, counter: Location, to: Location, count: Int)
  case general(GeneralStep)

  /// Scratch that each thread needs.
  func scratchBytes(_ stride: Int) -> Int {
    switch self {
    case .convolution(let step): step.plan.scratchBytes
    case .maxPoolWinners(let windows, _, _): windows.places * stride
    default: 0
    }
  }

  var flops: Double {
    if case .convolution(let step) = self { return step.plan.flops }
    return 0
  }

  /// A value seen as `[outer, count, inner]`.
  struct Spans: Sendable {
    var outer: Int, count: Int, inner: Int
    init(_ shape: Shape, axis: Int) { (outer, count, inner) = shape.split(at: axis) }
    init(outer: Int, count: Int, inner: Int) { (self.outer, self.count, self.inner) = (outer, count, inner) }
  }

  /// One input of a concatenation: where it is, and the bytes of it in each outer row.
  struct Part: Sendable {
    let from: Location
    let bytes: Int
  }
}

struct ConvolutionStep: Sendable {
  let plan: ConvolutionPlan
  let first: Location, second: Location, result: Location
  /// Where the parts of a weight gradient are kept until they are added up.
  var partials = Location(base: 0, offset: 0)

  func run(_ state: RunState, threads: Int) {
    let (first, second, result) = (state.pointer(first), state.pointer(second), state.pointer(result))
    let partials = state.pointer(partials), parts = plan.parts
    let count = plan.flops < 200_000 ? 1 : Swift.min(parts, 16)
    ThreadPool.shared.run(parts: count, threads: threads) { part, thread in
      plan.run(
        parts * part / count..<parts * (part + 1) / count, first, second, result, partials,
        scratch: state.scratch(of: thread))
    }
    plan.finish(result, partials)
  }
}

/// Any primitive, through tensors: the slow road that is always open.
struct GeneralStep: Sendable {
  struct Value: Sendable {
    let location: Location, shape: Shape, type: ElementType
  }
  let primitive: any Primitive
  let inputs: [Value]
  let result: Value

  func run(_ state: RunState) throws {
    let tensors = try inputs.map { try $0.tensor(state) }
    let value = try primitive.forward(tensors)
    if let error = value.error { throw error }
    guard value.shape == result.shape else {
      throw ChainRuleError(
        .primitive, in: primitive.name, required: "a value of the promised shape \(result.shape)",
        got: "shape \(value.shape)", hint: "forward and shape(of:) must agree.")
    }
    let converted = value.converted(to: result.type)
    state.pointer(result.location).copyMemory(
      from: converted.storage.base, byteCount: converted.count * result.type.stride)
  }
}

extension GeneralStep.Value {
  /// A copy as a tensor.
  func tensor(_ state: RunState) throws -> Tensor {
    let tensor = try Kernels.make(shape, type)
    tensor.storage.base.copyMemory(from: state.pointer(location), byteCount: tensor.count * type.stride)
    return tensor
  }
}
