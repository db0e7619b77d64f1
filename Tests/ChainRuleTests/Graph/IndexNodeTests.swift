import ChainRule
import Testing

@Test func whatIsMadeOfIndicesAloneHoldsIndices() throws {
  let graph = Graph(.single)
  // 2^24 + 1 is the first whole number that a 32-bit float cannot hold.
  let labels = graph.input("labels", Tensor(indices: [16_777_217, 3]))
  let moved = concatenate([labels.reshaped(to: [2, 1]).transposed(), labels.reshaped(to: [1, 2])])[1]
  #expect(moved.elementType == .int32)
  #expect(try moved.value().indices == [16_777_217, 3])
}
