import ChainRule
import Testing

@Suite struct TensorTests {
  @Test func literalsMakeScalarsVectorsAndMatrices() {
    let scalar: Tensor = -2, vector: Tensor = [1, 2.5, 3], matrix: Tensor = [[1, 2], [3, 4]]
    #expect(scalar.shape == [] && scalar.scalars == [-2])
    #expect(vector.shape == [3] && vector.scalars == [1, 2.5, 3])
    #expect(matrix.shape == [2, 2] && matrix.scalars == [1, 2, 3, 4])
    #expect(Tensor([[1, 2], [3, 4]]) == matrix)
    #expect(Tensor(3).shape == [] && Tensor([1, 2, 3]).shape == [3])
  }

  @Test func elementTypesAreChosenByLabel() {
    #expect(Tensor(floats: [1, 2]).elementType == .float32)
    #expect(Tensor(indices: [3, 1]).elementType == .int32)
    #expect(Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6]).elementType == .float64)
    #expect(Tensor(shape: [2], repeating: 7).scalars == [7, 7])
    #expect(Tensor(floats: [0.1]).scalars == [Double(Float(0.1))])
    #expect(Tensor(indices: [Int.max]).error?.kind == .value)
  }

  @Test func aRaggedLiteralCarriesItsMistakeToTheFirstUse() {
    let ragged: Tensor = [[1, 2], [3]]
    #expect(ragged.error?.description.contains("ragged") == true)
    #expect(throws: ChainRuleError.self) { try ragged.scalar() }
    let graph = Graph()
    let node = graph.input("x", ragged) * 2
    let error = #expect(throws: ChainRuleError.self) { try node.value() }
    #expect(error?.got == "a row of shape [1]")
  }

  @Test func aCountThatDoesNotFitTheShapeIsReported() {
    #expect(Tensor(shape: [2, 3], [1, 2]).error?.required == "6 elements for shape [2, 3]")
    #expect(Tensor(shape: [-1], []).error?.kind == .shape)
    #expect(Tensor(shape: [1 << 40, 1 << 40], repeating: 0).error?.kind == .value)
  }

  @Test func copiesShareStorageUntilOneIsWritten() {
    let original: Tensor = [1, 2, 3]
    var copy = original
    copy[1] = 20
    #expect(original.scalars == [1, 2, 3])
    #expect(copy.scalars == [1, 20, 3])
  }

  @Test func subscriptsAreTotal() {
    var matrix: Tensor = [[1, 2], [3, 4]]
    #expect(matrix[1, 0] == 3)
    #expect(matrix[5, 0].isNaN && matrix[0].isNaN && matrix[-1, 0].isNaN)
    matrix[9, 9] = 1
    #expect(matrix.scalars == [1, 2, 3, 4])
    let shape: Shape = [2, 3]
    #expect(shape[-1] == 3 && shape[5] == 0 && shape[-7] == 0)
  }

  @Test func arithmeticBroadcastsWithoutRecording() {
    let m: Tensor = [[1, 2], [3, 4]]
    #expect(m + [10, 20] == [[11, 22], [13, 24]])
    #expect(m * 2 == [[2, 4], [6, 8]])
    #expect(1 - m == [[0, -1], [-2, -3]])
    #expect((m / [[1], [2]]).scalars == [1, 2, 1.5, 2])
    #expect((-m).scalars == [-1, -2, -3, -4])
    #expect((m + [1, 2, 3]).error?.required == "shapes that broadcast")
    #expect(m.map { $0 * $0 }.scalars == [1, 4, 9, 16])
    #expect(m.argmax(axis: 1) == Tensor(indices: [1, 1]))
    #expect(m.argmax(axis: 5).error?.kind == .shape)
  }

  @Test func theDescriptionReadsLikeTheMatrix() {
    #expect(Tensor([[1, 2], [3, -4.5]]).description == "[[   1,    2],\n [   3, -4.5]]")
    #expect(Tensor(3).description == "3")
    #expect(Tensor((0..<20).map(Double.init)).description == "[ 0,  1,  2, …, 17, 18, 19]")
    #expect(Tensor(shape: [0, 3], []).description == "Tensor(shape: [0, 3])")
    #expect(Tensor([.nan, .infinity, -.infinity]).description == "[ nan,  inf, -inf]")
  }

  @Test func equalityIsByShapeTypeAndElements() {
    #expect(Tensor([1, 2]) != Tensor([[1, 2]]))
    #expect(Tensor([1]) != Tensor(floats: [1]))
    #expect(Tensor([.nan]) != Tensor([.nan]))
  }
}

@Suite struct ShapeTests {
  static let pairs: [[Shape]] = [
    [[2, 3], [3], [2, 3]], [[4, 1], [3], [4, 3]], [[], [2], [2]], [[1], [1, 1], [1, 1]], [[0], [1], [0]],
  ]

  @Test(arguments: pairs) func broadcastingFollowsNumPy(_ shapes: [Shape]) {
    #expect(shapes[0].broadcast(with: shapes[1]) == shapes[2])
    #expect(shapes[1].broadcast(with: shapes[0]) == shapes[2])
  }

  @Test func lengthsThatDifferDoNotBroadcast() {
    #expect(Shape([2]).broadcast(with: [3]) == nil)
    #expect(Shape([0]).broadcast(with: [2]) == nil)
  }

  @Test func elementCountsSaturate() {
    #expect(Shape([1 << 40, 1 << 40]).elementCount == Int.max)
    #expect(Shape([]).elementCount == 1)
    #expect(Shape([-2]).elementCount == 0)
  }
}
