import ChainRule

/// Two applications of every primitive of formulas that is made with more than its operands, so that their rules can
/// be compared: axes, orders and lengths differ, and no two lengths of one sample are the same.
enum GeneralSamples {
  static func nodes(in graph: Graph) -> [[Node]] {
    func x(_ lengths: Int...) -> Node { graph.input("x", Tensor(shape: Shape(lengths), repeating: 0.5)) }
    func at(_ positions: [Int], _ lengths: Int...) -> Node {
      graph.constant(Tensor(indices: positions, shape: Shape(lengths)))
    }
    let cube = x(2, 3, 4), square = x(5, 3)
    let reductions: [[Node]] = [
      [cube.sum(axes: [1]), x(6, 2, 3).sum(axes: [0, 2])], [cube.max(axes: [1]), x(6, 2, 3).max(axes: [0, 2])],
      [cube.min(axes: [1]), x(6, 2, 3).min(axes: [0, 2])],
      [logSumExp(cube, axes: [1]), logSumExp(square, axes: [0])],
      [softmax(cube, axis: 1), softmax(square, axis: 0)], [cube.argmax(axis: 1), square.argmax(axis: 0)],
      [cube.cumulativeSum(axis: 1), square.cumulativeSum(axis: 0)],
    ]
    let arrangements: [[Node]] = [
      [x(2, 3).matmul(x(3, 4)), x(7, 2, 3).matmul(x(7, 3, 5))],
      [x(3, 1).broadcast(to: [2, 3, 4]), x(6, 1, 5).broadcast(to: [6, 2, 5])],
      [x(2, 3).reshaped(to: [6]), x(4, 5).reshaped(to: [2, 2, 5])],
      [cube.transposed([1, 2, 0]), x(2, 3, 4, 5).transposed([1, 2, 3, 0])],
      [cube.flipped(axes: [1]), x(6, 2, 3).flipped(axes: [0, 2])],
      [x(6, 7)[1..<3, 2..<6], x(9, 5, 7)[Stride(from: 1, to: 8, by: 2), 2..<5, 0..<4]],
      [
        square.padded(before: [1, 2], after: [3, 4], value: 2),
        x(2, 7).padded(before: [2, 3], after: [1, 5], value: 7),
      ],
      [
        concatenate([x(2, 3), x(4, 3), x(7, 3)], axis: 0), concatenate([x(2, 3, 7), x(2, 5, 7), x(2, 4, 7)], axis: 1),
      ],
      [x(5, 3).gathered(at: at([0, 2], 2)), x(2, 6, 3).gathered(at: at([0, 1, 1, 0], 2, 2), axis: 1)],
      [
        x(5, 3).gatheredAlong(axis: 1, at: at([0, 1, 2, 0, 1], 5, 1)),
        x(4, 2).gatheredAlong(axis: 0, at: at([0, 3, 1, 1, 2, 0], 3, 2)),
      ],
      [cube.stoppingGradient(), square.stoppingGradient()],
    ]
    let windows: [[Node]] = [
      [
        convolution2d(x(1, 2, 5, 6), weight: x(4, 2, 2, 3)),
        convolution2d(x(3, 4, 7, 8), weight: x(6, 2, 3, 2), stride: [2, 1], padding: [1, 0], groups: 2),
      ],
      [
        maxPool2d(x(1, 2, 6, 8), window: [2]),
        maxPool2d(x(3, 4, 7, 9), window: [3, 2], stride: [2, 1], padding: [1, 0]),
      ],
      [
        avgPool2d(x(1, 2, 6, 8), window: [2]),
        avgPool2d(x(3, 4, 7, 9), window: [3, 2], stride: [2, 1], padding: [1, 0]),
      ],
    ]
    return reductions + arrangements + windows
  }
}
