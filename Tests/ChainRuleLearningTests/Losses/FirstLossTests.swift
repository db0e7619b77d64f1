import ChainRuleLearning
import Testing

@Suite struct FirstLosses {
  @Test func aTargetOfAnotherShapeIsNotBroadcast() {
    let graph = Graph()
    let loss = meanSquaredError(graph.input("p", [[1], [2]]), graph.input("t", [1, 2]))
    let error = #expect(throws: ChainRuleError.self) { try loss.value() }
    #expect(error?.required == "a target of the prediction's shape [2, 1]")
  }

  @Test func aLabelOutOfRangeIsNamed() {
    let graph = Graph()
    let loss = softmaxCrossEntropy(graph.input("z", [[1, 2]]), graph.input("y", Tensor(indices: [2])))
    #expect(throws: ChainRuleError.self) { try loss.value() }
  }
}
