import ChainRule
import Testing

@Suite struct TensorRows {
  let matrix = Tensor([[1, 2], [3, 4], [5, 6]])

  @Test func rowsAreTakenInTheOrderAsked() {
    #expect(matrix.rows(at: [2, 0, 2]) == Tensor([[5, 6], [1, 2], [5, 6]]))
    #expect(matrix.rows(1..<3) == Tensor([[3, 4], [5, 6]]))
    #expect(Tensor(indices: [7, 8, 9]).rows(at: [1]) == Tensor(indices: [8]))
  }

  @Test func aMissingRowIsCarriedAsAMistake() {
    #expect(matrix.rows(at: [3]).error?.description == "rows(at:): required positions in 0..<3, got 3.")
  }

  @Test func joiningIsTheInverseOfTakingApart() {
    #expect(Tensor.joined([matrix.rows(0..<1), matrix.rows(1..<3)]) == matrix)
    #expect(Tensor.joined([matrix, Tensor([1, 2])]).error != nil)
  }
}
