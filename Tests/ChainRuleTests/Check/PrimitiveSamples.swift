import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// One primitive with inputs at which it is differentiated; every primitive of the library has at least one.
struct PrimitiveSample: CustomTestStringConvertible, Sendable {
  let primitive: any Primitive
  let inputs: [Tensor]
  /// Written where a value is to be read in a test's title.
  var note = ""

  init(_ primitive: any Primitive, _ inputs: [Tensor], _ note: String = "") {
    (self.primitive, self.inputs, self.note) = (primitive, inputs, note)
  }

  var testDescription: String { "\(primitive.name) \(note.isEmpty ? "\(inputs.map(\.shape))" : note)" }

  /// The type's name, as the source spells it.
  var typeName: String { "\(type(of: primitive))" }

  /// How many of its derivatives agree with differences; by some inputs the chain of derivatives ends.
  var orders: Int {
    ["GammaIncompleteByShape", "BetaIncompleteByFirst", "BetaIncompleteBySecond"].contains(typeName)
      ? 1 : primitive.descriptor.endsDerivatives ? 0 : 2
  }
}

extension PrimitiveDescriptor {
  /// Whether there is an input by which it has a derivative that the library does not know.
  var endsDerivatives: Bool { derivatives.contains { $0.hasPrefix("none") && $0.hasSuffix("are not computed") } }
}

enum PrimitiveSamples {
  static func random(_ shape: Shape, from low: Double = -2, to high: Double = 2, seed: UInt64 = 1) -> Tensor {
    var random = RandomNumbers(seed: seed &+ UInt64(shape.elementCount) &* 977)
    return Tensor(shape: shape, (0..<shape.elementCount).map { _ in low + (high - low) * random.uniform() })
  }

  static let all: [PrimitiveSample] = elementwise + tensors
  static let tensors: [PrimitiveSample] = layout + reductions + indexed + windows + linearAlgebra + order

  /// Every built-in at points inside its domain.
  static let elementwise: [PrimitiveSample] =
    PrimitiveTable.elementwise.map { .init($0, inside($0.descriptor.domains, shape: [3])) } + [
      .init(ElementwiseFunction("cube", { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 }), [random([2])])
    ]

  /// One operand for each domain; what only chooses holds indices.
  static func inside(_ domains: [PrimitiveDescriptor.Domain], shape: Shape, seed: UInt64 = 0) -> [Tensor] {
    domains.enumerated().map { position, domain in
      if domain == .condition {
        return Tensor(indices: (0..<shape.elementCount).map { ($0 * 2 + 1) % 3 }, shape: shape)
      }
      let interval = domain.samples
      return random(shape, from: interval.lowerBound, to: interval.upperBound, seed: seed &+ UInt64(position + 1))
    }
  }

  static let layout: [PrimitiveSample] = [
    .init(Broadcast(shape: [2, 3]), [random([3])]), .init(Broadcast(shape: [2, 3]), [random([2, 1])]),
    .init(Reshape(shape: [3, 2]), [random([2, 3])]), .init(Transpose(order: [2, 0, 1]), [random([2, 1, 3])]),
    .init(Flip(axes: [0, 1]), [random([2, 3])]),
    .init(Slice(starts: [1, 2], counts: [2, 2], steps: [1, -2]), [random([3, 4])]),
    .init(Pad(shape: [3, 4], starts: [1, 0], steps: [1, 2], filling: 7), [random([2, 2])]),
    .init(Concatenate(axis: 1), [random([2, 1]), random([2, 2], seed: 2), random([2, 1], seed: 3)]),
    .init(CumulativeSum(axis: 0, isReversed: false), [random([4])]),
    .init(CumulativeSum(axis: 1, isReversed: true), [random([2, 3])]),
  ]

  static let reductions: [PrimitiveSample] = [
    .init(Sum(axes: [0, 2]), [random([2, 2, 2])]), .init(Extremum(isMaximum: true, axes: [1]), [random([2, 3])]),
    .init(Extremum(isMaximum: false, axes: [0]), [random([3, 2])]), .init(LogSumExp(axes: [1]), [random([2, 3])]),
    .init(Softmax(axis: 0), [random([3, 2])]), .init(Argmax(axis: 0), [random([3])]),
    .init(MatMul(transposesLeft: false, transposesRight: false), [random([2, 3]), random([3, 2], seed: 2)]),
    .init(MatMul(transposesLeft: true, transposesRight: false), [random([3, 2]), random([3, 2], seed: 2)]),
    .init(MatMul(transposesLeft: false, transposesRight: true), [random([2, 3]), random([2, 3], seed: 2)]),
    .init(MatMul(transposesLeft: true, transposesRight: true), [random([2, 1, 2]), random([2, 2, 1], seed: 2)]),
  ]

  static let indexed: [PrimitiveSample] = [
    .init(Gather(axis: 0), [random([3, 2]), Tensor(indices: [2, 0, 2])]),
    .init(ScatterAdd(axis: 0, length: 4), [random([3, 2]), Tensor(indices: [2, 0, 2])]),
    .init(GatherAlong(axis: 1), [random([2, 3]), Tensor(indices: [2, 0, 1, 1], shape: [2, 2])]),
    .init(ScatterAddAlong(axis: 1, length: 3), [random([2, 2]), Tensor(indices: [2, 2, 1, 1], shape: [2, 2])]),
  ]

  static let windows: [PrimitiveSample] = {
    guard let geometry = try? WindowGeometry(stride: [1, 2], padding: [1, 0], in: "sample") else { return [] }
    let x = random([1, 2, 3, 4]), w = random([2, 2, 2, 2], seed: 2)
    let output = (try? Convolution(geometry: geometry).shape(of: [x.shape, w.shape])) ?? []
    return [
      .init(Convolution(geometry: geometry), [x, w]),
      .init(ConvolutionInputGradient(geometry: geometry, size: [3, 4]), [random(output), w]),
      .init(ConvolutionWeightGradient(geometry: geometry, window: [2, 2]), [x, random(output)]),
    ] + pools()
  }()

  /// Not differentiated: their output holds indices, their only input counts or chooses, or it cuts the path on
  /// purpose.
  static let withoutGradient =
    ["Argmax", "OneHot", "RandomUniform", "MaxPoolWinners", "StopGradient"] + linearAlgebraWithoutGradient
    + orderWithoutGradient
}

private func pools() -> [PrimitiveSample] {
  guard let pooling = try? Pooling(window: [2, 2], stride: nil, padding: [0, 0], in: "sample") else { return [] }
  let x = PrimitiveSamples.random([1, 2, 4, 4])
  return [
    .init(MaxPool(pooling: pooling), [x]), .init(AveragePool(pooling: pooling, countsPadding: true), [x]),
    .init(
      AveragePoolTransposed(pooling: pooling, countsPadding: true, size: [4, 4]),
      [PrimitiveSamples.random([1, 2, 2, 2])]),
  ]
}
