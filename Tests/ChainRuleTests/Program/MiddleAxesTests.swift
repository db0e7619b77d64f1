import Testing

@testable import ChainRuleCore

/// Broadcasts and sums over axes in the middle, thin rows and turned convolutions: programs against evaluation on
/// demand.
@Suite("Axes in the middle")
struct MiddleAxesTests {
  private func expectSame(
    _ precision: Graph.Precision, _ shapes: [Shape], seed: UInt64 = 5, _ function: ([Node]) throws -> Node
  ) throws -> String {
    var random = RandomNumbers(seed: seed)
    let graph = Graph(precision)
    let inputs = shapes.enumerated().map { number, shape in
      let value = Tensor(shape: shape, (0..<shape.elementCount).map { _ in random.uniform() - 0.5 })
      return graph.input("x\(number)", precision == .double ? value : value.converted(to: .float32))
    }
    let f = try function(inputs)
    let outputs = [f] + (try f.gradients(withRespectTo: inputs))
    let program = try graph.compile(inputs: inputs, outputs: outputs)
    let values = try inputs.map { try $0.value() }
    let results = try program.run(values)
    for (result, output) in zip(results, outputs) {
      let expected = try output.value().scalars, scale = 1 + (expected.map { Swift.abs($0) }.max() ?? 0)
      let tolerance = (precision == .double ? 1e-13 : 1e-4) * scale
      #expect(zip(result.scalars, expected).allSatisfy { Swift.abs($0 - $1) <= tolerance }, "\(program)")
    }
    program.threads = 2
    let again = try program.run(values)
    for (result, other) in zip(results, again) { #expect(result.scalars == other.scalars, "\(program)") }
    return "\(program)"
  }

  @Test(
    arguments: [Graph.Precision.double, .single], [(3, 4, 5), (25, 40, 10), (2, 700, 3), (5, 3, 1500), (40, 50, 4)])
  func broadcastsAndSums(precision: Graph.Precision, sizes: (k: Int, n: Int, d: Int)) throws {
    let (k, n, d) = sizes
    let listing = try expectSame(precision, [[n, d], [k, d], [k, d]]) { x in
      let difference = x[0] - x[1].reshaped(to: [k, 1, d])
      return square(difference * exp(x[2]).reshaped(to: [k, 1, d])).sum()
    }
    #expect(!listing.contains("  broadcast"), "\(listing)")
    _ = try expectSame(precision, [[k, n, d], [k, d]]) { x in
      (exp(x[0]).sum(axes: [1]) * x[1] + tanh(x[0]).mean(axes: [1])).sum()
    }
    _ = try expectSame(precision, [[k, n, d], [k, 1, d], [k, n]]) { x in
      let rows = logSumExp(x[0] * x[1], axes: [2]) * x[2]
      return square(rows).sum() + (x[0] * x[1]).sum(axes: [1]).max()
    }
  }

  /// Rows of a few elements with a number for each row, and for each column.
  @Test(arguments: [Graph.Precision.double, .single], [1, 2, 3, 4, 7, 10, 17])
  func thinRows(precision: Graph.Precision, width: Int) throws {
    for rows in [1, 5, 333, 2000] {
      _ = try expectSame(precision, [[rows, width], [rows, 1], [width]]) { x in
        (tanh(x[0] * x[1]) + x[2] * square(x[1])).sum()
      }
      _ = try expectSame(precision, [[rows, width], [rows, 1]]) { x in
        let normalized = x[0] / sqrt(square(x[0]).sum(axes: [1], keepingDimensions: true) + 1)
        return (softmax(normalized * x[1], axis: 1) * x[0]).sum()
      }
    }
  }

  @Test(arguments: [
    ([3, 3], [1, 1], [1, 1]), ([5, 2], [0, 0], [1, 1]), ([3, 3], [2, 1], [2, 1]), ([1, 4], [0, 3], [1, 1]),
  ])
  func turnedConvolutions(window: [Int], padding: [Int], dilation: [Int]) throws {
    for precision in [Graph.Precision.double, .single] {
      let listing = try expectSame(precision, [[2, 3, 9, 8], [4, 3, window[0], window[1]]]) { x in
        square(convolution2d(x[0], weight: x[1], padding: padding, dilation: dilation)).sum()
      }
      #expect(!listing.contains("convolutionInputGradient"), "\(listing)")
    }
  }

  @Test func otherConvolutionsStayAsTheyAre() throws {
    let strided = try expectSame(.double, [[2, 4, 9, 8], [4, 4, 3, 3]]) { x in
      square(convolution2d(x[0], weight: x[1], stride: [2], padding: [1])).sum()
    }
    let grouped = try expectSame(.double, [[2, 4, 9, 8], [4, 2, 3, 3]]) { x in
      square(convolution2d(x[0], weight: x[1], padding: [1], groups: 2)).sum()
    }
    let padded = try expectSame(.double, [[2, 4, 9, 8], [4, 4, 3, 3]]) { x in
      square(convolution2d(x[0], weight: x[1], padding: [4])).sum()
    }
    for listing in [strided, grouped, padded] { #expect(listing.contains("convolutionInputGradient"), "\(listing)") }
  }

  @Test("Convolutions of many channels around a normalization", arguments: [Graph.Precision.single, .double])
  func convolutionsAroundANormalization(precision: Graph.Precision) throws {
    for (batch, channels, middle, height, width) in [(9, 32, 32, 16, 16), (3, 24, 40, 7, 33), (2, 16, 17, 5, 4)] {
      let shapes: [Shape] = [
        [batch, channels, height, width], [middle, channels, 3, 3], [channels, middle, 3, 3], [1, middle, 1, 1],
      ]
      _ = try expectSame(precision, shapes) { inputs in
        let h = convolution2d(inputs[0], weight: inputs[1], padding: [1])
        let centered = h - h.mean(axes: [0, 2, 3], keepingDimensions: true)
        let variance = square(centered).mean(axes: [0, 2, 3], keepingDimensions: true)
        let inner = relu(centered * rsqrt(variance + 1e-5) * inputs[3])
        return square(relu(inputs[0] + convolution2d(inner, weight: inputs[2], padding: [1]))).mean()
      }
    }
  }
}
