import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

private let m33 = PrimitiveSamples.random([3, 3], seed: 31), n33 = PrimitiveSamples.random([3, 3], seed: 32)
private let m23 = PrimitiveSamples.random([2, 3], seed: 33), v4 = PrimitiveSamples.random([4], seed: 34)

extension MutantCase {
  /// Products and reductions.
  static let products: [MutantCase] = [
    .transpose("matmul: B not transposed", MatMul(transposesLeft: false, transposesRight: false), [m33, n33]) {
      u, right, _, index, x in index == 0 ? u.matmul(x[1]) : right(u)
    },
    .transpose("matmul: A not transposed", MatMul(transposesLeft: false, transposesRight: false), [m33, n33]) {
      u, right, _, index, x in index == 1 ? x[0].matmul(u) : right(u)
    },
    .transpose("matmul: the result transposed", MatMul(transposesLeft: false, transposesRight: false), [m33, n33]) {
      u, right, _, index, _ in index == 0 ? right(u).transposed() : right(u)
    },
    .transpose("matmul: the operands exchanged", MatMul(transposesLeft: false, transposesRight: false), [m33, n33]) {
      u, _, _, index, x in index == 0 ? x[1].transposed().matmul(u) : u.matmul(x[0].transposed())
    },
    .transpose("sum: divided as a mean is", Sum(axes: [1]), [m33]) { u, right, _, _, _ in right(u) / 3 },
    .transpose("sum: spread along the wrong axis", Sum(axes: [1]), [m33]) { u, right, _, _, _ in right(u).transposed()
    },
    .transpose("sum: only the first summand", Sum(axes: [0]), [v4]) { u, right, _, _, _ in
      right(u) * u.graph.constant([1, 0, 0, 0])
    },
    .transpose("log-sum-exp: even weights", LogSumExp(axes: [1]), [m33]) { u, _, y, _, x in
      u.reshaped(to: [3, 1]).broadcast(to: [3, 3]) / 3
    },
    .transpose("log-sum-exp: weights not normalized", LogSumExp(axes: [1]), [m33]) { u, _, _, _, x in
      u.reshaped(to: [3, 1]) * exp(x[0])
    },
    .transpose("log-sum-exp: normalized over the wrong axis", LogSumExp(axes: [1]), [m33]) { u, _, _, _, x in
      u.reshaped(to: [3, 1]) * softmax(x[0], axis: 0)
    },
    .transpose("max: spread evenly", Extremum(isMaximum: true, axes: [1]), [m33]) { u, _, _, _, _ in
      u.reshaped(to: [3, 1]).broadcast(to: [3, 3]) / 3
    },
    .transpose("max: the winner's neighbour", Extremum(isMaximum: true, axes: [0]), [v4]) { u, right, _, _, _ in
      concatenate([right(u)[1...], right(u)[0..<1]])
    },
    .transpose("softmax: the diagonal alone", Softmax(axis: 1), [m33]) { u, _, y, _, _ in u * y * (1 - y) },
    .transpose("softmax: without the common term", Softmax(axis: 1), [m33]) { u, _, y, _, _ in u * y },
    .transpose("softmax: summed over the wrong axis", Softmax(axis: 1), [m33]) { u, _, y, _, _ in
      y * (u - (y * u).sum(axes: [0], keepingDimensions: true))
    },
    .transpose("softmax: plus for minus", Softmax(axis: 1), [m33]) { u, _, y, _, _ in
      y * (u + (y * u).sum(axes: [1], keepingDimensions: true))
    },
    .init("only the tangent is wrong", Softmax(axis: 1), [m33]) { right, _, _, _ in
      guard case .linear(let apply, let transpose) = right else { return right }
      return .linear(apply: { 1.001 * apply($0) }, transpose: transpose)
    },
  ]

  /// Moves of elements.
  static let moves: [MutantCase] = [
    .transpose("broadcast: the sum forgotten, first row kept", Broadcast(shape: [3, 4]), [v4]) { u, _, _, _, _ in u[0]
    },
    .transpose("broadcast: mean for sum", Broadcast(shape: [3, 4]), [v4]) { u, _, _, _, _ in u.mean(axes: [0]) },
    .transpose("broadcast: summed over the wrong axis", Broadcast(shape: [4, 4]), [v4]) { u, _, _, _, _ in
      u.sum(axes: [1])
    },
    .transpose("slice: off by one", Slice(starts: [1], counts: [2], steps: [1]), [v4]) { u, _, _, _, _ in
      u.padded(before: [2], after: [0])
    },
    .transpose("slice: the step dropped", Slice(starts: [0], counts: [2], steps: [2]), [v4]) { u, _, _, _, _ in
      u.padded(before: [0], after: [2])
    },
    .transpose("slice: read backwards", Slice(starts: [1], counts: [2], steps: [1]), [v4]) { u, right, _, _, _ in
      right(u.flipped())
    },
    .transpose(
      "padding: off by one", Pad(shape: [5], starts: [1], steps: [1], filling: 0), [PrimitiveSamples.random([3])]
    ) {
      u, _, _, _, _ in u[2..<5]
    },
    .transpose("concatenation: the parts exchanged", Concatenate(axis: 0), [v4, PrimitiveSamples.random([4], seed: 8)])
    {
      u, _, _, index, _ in index == 0 ? u[4..<8] : u[0..<4]
    },
    .transpose(
      "concatenation: everyone gets the first part", Concatenate(axis: 0), [v4, PrimitiveSamples.random([4], seed: 8)]
    ) {
      u, _, _, _, _ in u[0..<4]
    },
    .transpose(
      "transposition: the same order, not its inverse", Transpose(order: [1, 2, 0]),
      [PrimitiveSamples.random([2, 2, 2])]
    ) {
      u, _, _, _, _ in u.transposed([1, 2, 0])
    },
    .transpose("reshape: by columns", Reshape(shape: [3, 2]), [m23]) { u, _, _, _, _ in
      u.transposed()
    },
    .transpose("flip forgotten", Flip(axes: [0]), [v4]) { u, _, _, _, _ in 1 * u },
    .transpose("flip of the wrong axis", Flip(axes: [1]), [m33]) { u, _, _, _, _ in u.flipped(axes: [0]) },
    .transpose("running sum not reversed", CumulativeSum(axis: 0, isReversed: false), [v4]) { u, _, _, _, _ in
      u.cumulativeSum(axis: 0)
    },
    .transpose("running sum: the element itself left out", CumulativeSum(axis: 0, isReversed: false), [v4]) {
      u, right, _, _, _ in right(u) - u
    },
    .transpose("gather: assigned, not added, at repeated indices", Gather(axis: 0), [v4, Tensor(indices: [2, 0, 2])]) {
      u, right, _, _, _ in right(u * u.graph.constant([0, 1, 1]))
    },
    .transpose("gather: indices shifted by one", Gather(axis: 0), [v4, Tensor(indices: [2, 0, 2])]) {
      u, right, _, _, _ in
      concatenate([right(u)[3...], right(u)[0..<3]])
    },
    .transpose(
      "scatter: every index reads the first", ScatterAdd(axis: 0, length: 4),
      [PrimitiveSamples.random([3]), Tensor(indices: [2, 0, 2])]
    ) {
      u, _, _, _, _ in u[0..<1].broadcast(to: [3])
    },
  ]

  /// Windows over images.
  static let windows: [MutantCase] = {
    guard let geometry = try? WindowGeometry(stride: [1, 1], padding: [0, 0], in: "mutant"),
      let pooling = try? Pooling(window: [2, 2], stride: nil, padding: [0, 0], in: "mutant")
    else { return [] }
    let image = PrimitiveSamples.random([1, 1, 4, 4], seed: 41),
      kernel = PrimitiveSamples.random([1, 1, 2, 2], seed: 42)
    return [
      .transpose("convolution: the kernel flipped", Convolution(geometry: geometry), [image, kernel]) {
        u, right, _, index, _ in index == 1 ? right(u).flipped(axes: [2, 3]) : right(u)
      },
      .transpose("convolution: the image gradient shifted", Convolution(geometry: geometry), [image, kernel]) {
        u, right, _, index, _ in
        index == 0 ? concatenate([right(u)[0..., 0..., 1...], right(u)[0..., 0..., 0..<1]], axis: 2) : right(u)
      },
      .transpose("average pool: not divided by the window", AveragePool(pooling: pooling, countsPadding: true), [image])
      {
        u, right, _, _, _ in 4 * right(u)
      },
      .transpose("max pool: spread over the window", MaxPool(pooling: pooling), [image]) { u, _, _, _, _ in
        let back = AveragePoolTransposed(pooling: pooling, countsPadding: true, size: [4, 4])
        return u.graph.record(back, [u])
      },
    ]
  }()

  /// One primitive that uses its input twice but hands back one of the two contributions only.
  static let fanOut: [MutantCase] = [
    .factor("fan-out: the last contribution assigned, not added", TwoUses(), [v4]) { _, _, x in cos(x[0]) * x[0] },
    .factor("fan-out: the first contribution alone", TwoUses(), [v4]) { _, _, x in sin(x[0]) },
    .factor("fan-out: counted twice", TwoUses(), [v4]) { _, _, x in 2 * (sin(x[0]) + x[0] * cos(x[0])) },
  ]

  /// The mistakes that were written by hand.
  static let written = formulas + masks + subtle + secondOrder + products + moves + windows + fanOut

  static let all = generated + maps + written
}

/// x · sin x in one step.
struct TwoUses: Primitive {
  let name = "twoUses"
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.elementwise(.multiply, [inputs[0], Kernels.elementwise(.sin, inputs)])
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(sin(inputs[0]) + inputs[0] * cos(inputs[0]))
  }
}
