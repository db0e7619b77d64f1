import ChainRule

extension EngineCase {
  static var reductions: [EngineCase] {
    let x = numbers([3, 4, 5], seed: 31)
    let axes: [[Int]] = [[0], [1], [2], [0, 2], [0, 1, 2], []]
    let all = axes.flatMap { axes in
      [
        smooth("sum over \(axes)", [x]) { $0[0].sum(axes: axes) },
        smooth("mean over \(axes)", [x]) { $0[0].mean(axes: axes) },
        smooth("max over \(axes)", [x]) { $0[0].max(axes: axes) },
        smooth("min over \(axes)", [x]) { $0[0].min(axes: axes) },
        smooth("logSumExp over \(axes)", [x]) { logSumExp($0[0], axes: axes) },
      ]
    }
    return all + [
      smooth("softmax", slack: 4, [x]) { softmax($0[0], axis: 1) },
      smooth("logSoftmax of large numbers", slack: 10, [x]) { logSoftmax($0[0] * 400, axis: 2) },
      plain("softmax of rows of −∞", [Tensor(shape: [2, 2], [-.infinity, -.infinity, 1, -.infinity])]) {
        [softmax($0[0], axis: 1), logSumExp($0[0], axes: [1])]
      },
      smooth("log of softmax", [x]) { log(softmax($0[0], axis: 2)) },
      smooth("cumulative sums", [x]) { $0[0].cumulativeSum(axis: 1) },
      plain("argmax", [x]) { [$0[0].argmax(axis: 0), $0[0].argmax(axis: 2)] },
      plain("argmax of ties", [Tensor(shape: [2, 3], [1, 1, 0, 2, 3, 3])]) { [$0[0].argmax(axis: 1)] },
      smooth("product of matrices", [numbers([4, 3], seed: 1), numbers([3, 5], seed: 2)]) { $0[0].matmul($0[1]) },
      smooth("product of a vector", [numbers([3], seed: 1), numbers([3, 5], seed: 2)]) { $0[0].matmul($0[1]) },
      smooth("products of batches", [numbers([2, 1, 4, 3], seed: 1), numbers([3, 3, 2], seed: 2)]) {
        $0[0].matmul($0[1])
      },
      smooth("product over nothing", [numbers([2, 0], seed: 1), numbers([0, 3], seed: 2)]) { $0[0].matmul($0[1]) },
      EngineCase(name: "random numbers") { graph in
        let counter = graph.input("counter", shape: [])
        return (
          [(counter, Tensor(3))],
          [
            graph.randomUniform(shape: [7, 5], seed: 11, counter: counter),
            graph.randomNormal(shape: [4], seed: 12, counter: counter),
          ]
        )
      },
    ]
  }

  static var windows: [EngineCase] {
    let x = numbers([2, 4, 7, 6], seed: 41)
    func convolution(
      _ name: String, _ window: Shape, _ stride: [Int], _ padding: [Int], _ dilation: [Int], _ groups: Int
    )
      -> EngineCase
    {
      smooth(name, [x, numbers(window, seed: 42)]) {
        convolution2d($0[0], weight: $0[1], stride: stride, padding: padding, dilation: dilation, groups: groups)
      }
    }
    let pools: [(String, [Int], [Int], [Int])] = [
      ("pool 2", [2, 2], [2, 2], [0, 0]), ("pool 3 by 1", [3, 2], [1, 1], [1, 1]),
      ("pool 3 by 2", [3, 3], [2, 2], [1, 0]),
      ("pool that leaves a rest", [2, 3], [3, 2], [0, 0]), ("pool by more than its window", [1, 2], [3, 3], [0, 0]),
    ]
    return [
      convolution("convolution", [3, 4, 3, 3], [1, 1], [0, 0], [1, 1], 1),
      convolution("convolution, padded", [3, 4, 3, 3], [1, 1], [1, 2], [1, 1], 1),
      convolution("convolution by 2", [3, 4, 3, 2], [2, 2], [1, 0], [1, 1], 1),
      convolution("convolution by 3 and 2", [2, 4, 2, 2], [3, 2], [0, 1], [1, 1], 1),
      convolution("convolution, dilated", [2, 4, 2, 3], [1, 2], [1, 1], [2, 1], 1),
      convolution("convolution in groups", [6, 2, 3, 3], [1, 1], [1, 1], [1, 1], 2),
      convolution("convolution of each channel", [8, 1, 3, 3], [2, 1], [1, 1], [1, 1], 4),
      convolution("convolution, padded by more than its window", [2, 4, 2, 2], [1, 1], [3, 4], [1, 1], 1),
      smooth("transposed convolution", [numbers([2, 3, 4, 3], seed: 4), numbers([3, 2, 3, 3], seed: 5)]) {
        transposedConvolution2d($0[0], weight: $0[1], stride: [2, 2], padding: [1, 1])
      },
    ]
      + pools.flatMap { name, window, stride, padding in
        [
          smooth("largest of \(name)", [x]) { maxPool2d($0[0], window: window, stride: stride, padding: padding) },
          smooth("mean of \(name)", [x]) { avgPool2d($0[0], window: window, stride: stride, padding: padding) },
          smooth("mean of \(name), padding apart", [x]) {
            avgPool2d($0[0], window: window, stride: stride, padding: padding, countIncludePad: false)
          },
        ]
      } + [
        plain(
          "largest of windows with NaN and −∞",
          [
            Tensor(
              shape: [1, 1, 4, 4],
              [.nan, 1, -.infinity, -.infinity, 2, .nan, -.infinity, -.infinity, 3, 3, 1, 2, 3, 3, 2, 1])
          ]
        ) { [maxPool2d($0[0], window: [2, 2]), maxPool2d($0[0], window: [3, 3], stride: [1, 1], padding: [1, 1])] }
      ]
  }
}
