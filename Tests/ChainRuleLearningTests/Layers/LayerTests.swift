import ChainRuleLearning
import Testing

@Suite struct Layers {
  let graph = Graph()

  @Test func dropoutKeepsTheMeanAndRepeatsForAStep() throws {
    let dropout = Dropout(0.25, seed: 3)
    let x = graph.input("x", Tensor(shape: [100, 100], repeating: 1))
    let y = dropout(x)
    let first = try y.value().scalars
    #expect(Set(first) == [0, 1 / 0.75])
    let mean: Double = first.reduce(0, +) / 10_000
    #expect(abs(mean - 1) < 0.02)
    #expect(try y.value().scalars == first)
    try graph.applyUpdates()
    #expect(try y.value().scalars != first)
    graph.mode = .evaluation
    #expect(try dropout(x).value() == x.value())
  }

  @Test func transposedConvolutionIsTheTransposeOfConvolution() throws {
    var numbers = RandomNumbers(seed: 1)
    func random(_ shape: Shape) -> Node {
      graph.input("r", Tensor(shape: shape, (0..<shape.elementCount).map { _ in numbers.normal() }))
    }
    let x = random([2, 3, 7, 6]), w = random([4, 3, 3, 2])
    let y = convolution2d(x, weight: w, stride: [2, 2], padding: [1, 0])
    let u = random(y.shape)
    let back = transposedConvolution2d(u, weight: w, stride: [2, 2], padding: [1, 0])
    #expect(back.shape == x.shape)
    let (left, right) = try ((u * y).sum().scalar(), (back * x).sum().scalar())
    #expect(abs(left - right) < 1e-10 * abs(left) + 1e-12)
  }

  @Test func transposedConvolutionEnlarges() {
    let layer = TransposedConv2D(2, 5, kernel: [4], stride: [2], padding: [1])
    #expect(layer(graph.input("x", Tensor(shape: [1, 2, 8, 8], repeating: 1))).shape == [1, 5, 16, 16])
  }

  @Test func oneDimensionalLayersAreTheTwoDimensionalOnes() throws {
    let x = graph.input("x", Tensor(shape: [1, 2, 6], (0..<12).map(Double.init)))
    let layer = Conv1D(2, 3, kernel: 3, padding: 1)
    #expect(layer(x).shape == [1, 3, 6])
    #expect(try MaxPool1D(2)(x).value().scalars == [1, 3, 5, 7, 9, 11])
    #expect(try AveragePool1D(3)(x).value().scalars == [1, 4, 7, 10])
    #expect(try GlobalAveragePool()(x).value().scalars == [2.5, 8.5])
    #expect(try GlobalMaxPool()(x).value().scalars == [5, 11])
  }

  @Test func maxoutTakesTheLargestPiece() throws {
    let layer = Maxout(1, 1, pieces: 2)
    layer.pieces.weight.value = Tensor([[1, -1]])  // |x|
    #expect(try layer.predict(Tensor([[-3], [2]])).scalars == [3, 2])
  }

  @Test func residualAddsItsInput() throws {
    let layer = Residual { Function { 2 * $0 } }
    #expect(try layer.predict(Tensor([[1, 2]])).scalars == [3, 6])
  }

  /// [1, 2, 3, 6]·size: less the mean [−2, −1, 0, 3], over √3.5, whatever the size; the slopes are those of size 1 over it.
  @Test("normalizations of very large numbers", arguments: [1, 1e10, 1e19, 1e20, 1e37])
  func normalizationsOfLargeNumbers(size: Double) throws {
    let expected = [-2.0, -1, 0, 3].map { $0 / 3.5.squareRoot() }
    func check(_ layer: (Node) -> Node, _ shape: Shape) throws {
      let graph = Graph(.single)
      graph.mode = .training
      let x = graph.input("x", Tensor(shape: shape, [1, 2, 3, 6].map { $0 * size }))
      let y = layer(x), slopes = try (y * y * y).sum().gradients(withRespectTo: [x])[0].value().scalars
      for (value, right) in zip(try y.value().scalars, expected) { #expect(abs(value - right) < 1e-4) }
      // Σ y³ has the gradient (3/σ)(y² − mean y² − y·mean y³).
      let mean = expected.reduce(0) { $0 + $1 * $1 * $1 } / 4
      for (slope, v) in zip(slopes, expected) {
        #expect(abs(slope * size - 3 / 3.5.squareRoot() * (v * v - 1 - v * mean)) < 1e-3)
      }
    }
    try check({ LayerNorm(4, isAffine: false)($0) }, [1, 4])
    try check({ GroupNorm(groups: 1, channels: 2, isAffine: false)($0) }, [1, 2, 2])
    try check({ BatchNorm(1, isAffine: false)($0) }, [4, 1])
    try check({ ($0 - $0.mean()) / $0.standardDeviation() }, [4])
  }

  @Test func maskedStepsLeaveTheStateAsItIs() throws {
    let lstm = LSTM(2, 3, seed: 1)
    let values = (0..<12).map { Double($0) / 10 }
    let x = graph.input("x", Tensor(shape: [1, 6, 2], values))
    let mask = graph.input("mask", [[1, 1, 1, 0, 0, 0]])
    let masked = lstm.run(x, mask: mask).final[0]
    let short = lstm.run(x[0..., 0..<3]).final[0]
    for (a, b) in zip(masked, short) { #expect(try a.value() == b.value()) }
    #expect(LSTM(2, 3, returnsSequence: false)(x).shape == [1, 3])
  }

  @Test func causalAttentionDoesNotSeeTheFuture() throws {
    let block = TransformerBlock(8, heads: 2, isCausal: true, seed: 2)
    var values = (0..<40).map { Double($0 % 7) / 7 }
    let before = try block.predict(Tensor(shape: [1, 5, 8], values), precision: .double).scalars
    values[39] += 1
    let after = try block.predict(Tensor(shape: [1, 5, 8], values), precision: .double).scalars
    #expect(before.prefix(32) == after.prefix(32))
    #expect(before.suffix(8) != after.suffix(8))
  }

  @Test func mistakesNameTheLayer() {
    func origin(_ node: Node) -> String? { node.error?.origin }
    let x = graph.input("x", [[1, 2, 3]])
    #expect(origin(BatchNorm(4)(x)) == "BatchNorm")
    #expect(origin(LayerNorm(4)(x)) == "LayerNorm")
    #expect(origin(GroupNorm(groups: 2, channels: 3)(x)) == "GroupNorm")
    #expect(origin(LSTM(3, 2)(x)) == "Recurrent")
    #expect(origin(MultiHeadAttention(4, heads: 3)(x)) == "MultiHeadAttention")
    #expect(origin(Dropout(1.5)(x)) == "Dropout")
    #expect(origin(BatchNorm(3)(x)) == "BatchNorm")
  }
}
