import ChainRule

extension EngineCase {
  /// Shapes: broadcasting both ways, ranks 0 to 5, empty tensors, indices.
  static var moves: [EngineCase] { broadcasts + shapes + indexed }

  private static var broadcasts: [EngineCase] {
    let pairs: [(Shape, Shape)] = [
      ([], [3]), ([3], []), ([2, 3], [3]), ([3], [2, 3]), ([2, 1], [1, 3]), ([4, 1, 3], [2, 1]),
      ([2, 3, 4, 2], [4, 1]),
      ([2, 1, 2, 1, 3], [3, 1, 2, 1]), ([0, 3], [3]), ([1], [0]),
    ]
    return pairs.map { a, b in
      smooth("broadcast of \(a) and \(b)", [numbers(a, seed: 5), numbers(b, seed: 6, in: 0.5...2)]) {
        $0[0] * $0[1] + $0[0] / $0[1]
      }
    }
  }

  private static var shapes: [EngineCase] {
    let x = numbers([2, 3, 4], seed: 9), y = numbers([2, 5, 4], seed: 10)
    return [
      smooth("reshape", [x]) { $0[0].reshaped(to: [4, 6]) * 2 },
      smooth("transpose", [x]) { $0[0].transposed([2, 0, 1]) },
      smooth("transpose of rank 5", [numbers([2, 1, 3, 2, 2], seed: 3)]) { $0[0].transposed([4, 2, 0, 3, 1]) },
      smooth("flip", [x]) { $0[0].flipped(axes: [0, 2]) },
      smooth("slices by steps", [x]) { $0[0][0..., Stride(from: 2, by: -2), Stride(by: 3)] },
      smooth("slice and pad", [x]) { $0[0][1, 0..., 1..<3].padded(before: [1, 0], after: [0, 2], value: 3) },
      smooth("concatenate", [x, y]) { concatenate([$0[0], $0[1], $0[0]], axis: 1) },
      smooth("concatenate with nothing", [x, numbers([2, 0, 4], seed: 1)]) { concatenate([$0[0], $0[1]], axis: 1) },
      smooth("stop", [x]) { $0[0].stoppingGradient() * $0[0] },
      smooth("rank 0", [numbers([], seed: 8)]) { sin($0[0]) * $0[0] },
      plain("empty", [numbers([0, 3], seed: 1)]) {
        [sin($0[0]), $0[0].sum(axes: [0]), $0[0].sum(), $0[0].transposed([1, 0])]
      },
      smooth("repeated and rolled", [x]) { $0[0].rolled(by: 2, axis: 2).repeated(2, axis: 1) },
    ]
  }

  private static var indexed: [EngineCase] {
    let x = numbers([5, 3, 4], seed: 21), at = Tensor(indices: [4, 0, 0, 2], shape: [2, 2])
    let along = Tensor(indices: [0, 1, 2, 2, 1, 0, 0, 2, 1, 1, 2, 0], shape: [3, 4])
    return [0, 1, 2].map { axis in
      smooth("gather along \(axis)", [x, Tensor(indices: [2, 0, 2, 1], shape: [2, 2])]) {
        $0[0].gathered(at: $0[1], axis: axis)
      }
    } + [
      smooth("gather of one", [x, Tensor(indices: [3], shape: [])]) { $0[0].gathered(at: $0[1]) },
      smooth("gather at nothing", [x, Tensor(indices: [], shape: [0])]) { $0[0].gathered(at: $0[1]) },
      smooth("gather along each row", [numbers([3, 4], seed: 4), along]) { $0[0].gatheredAlong(axis: 0, at: $0[1]) },
      smooth("sums of segments", [x, Tensor(indices: [1, 0, 1, 3, 1], shape: [5])]) {
        $0[0].segmentSum($0[1], count: 4)
      },
      plain("one hot", [at]) { [$0[0].oneHot(classes: 5)] },
      plain("indices as numbers", [at, numbers([3], seed: 2)]) { [$0[0] * 2, $0[1].gathered(at: floor($0[1] * 0))] },
    ]
  }
}
