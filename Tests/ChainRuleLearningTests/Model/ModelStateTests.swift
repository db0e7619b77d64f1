import ChainRuleLearning
import Testing

private struct Pair: Model {
  var one = Dense(2, 3)
  var two = Dense(3, 1)
  func callAsFunction(_ x: Node) -> Node { two(tanh(one(x))) }
}

private struct Other: Model {
  var one = Dense(2, 4)
  var three = Dense(4, 1)
  func callAsFunction(_ x: Node) -> Node { three(one(x)) }
}

@Suite struct ModelStates {
  @Test func aCopyHasEqualValuesInParametersOfItsOwn() throws {
    let model = Pair()
    let copy = try model.copy(into: Pair())
    #expect(copy.state == model.state)
    #expect(try model.differences(from: copy).allSatisfy { $0.largest == 0 })
    copy.one.weight.value = Tensor(shape: [2, 3], repeating: 0)
    #expect(copy.state != model.state)
  }

  @Test func restoringListsEverythingThatDoesNotFitAndChangesNothing() {
    let model = Pair(), before = model.state
    let error = #expect(throws: ChainRuleError.self) { try model.restore(Other().state) }
    #expect(
      error?.got
        == "missing: two.weight, two.bias; unexpected: three.weight, three.bias; "
        + "of another shape: one.weight of shape [2, 4] instead of [2, 3], one.bias of shape [4] instead of [3]")
    #expect(model.state == before)
  }

  @Test func frozenPartsKeepTheirValues() throws {
    let model = Pair(), before = model.state
    try model.freeze("one")
    let training = try Training(model, loss: meanSquaredError, optimizer: SGD(learningRate: 0.1))
    try training.run(on: Dataset([[1, 2], [2, 1]], values: [[1], [0]]), epochs: 3)
    #expect(model.state["one.weight"] == before["one.weight"])
    #expect(model.state["two.weight"] != before["two.weight"])
    #expect(throws: ChainRuleError.self) { try model.freeze("three") }
  }

  @Test func equalSeedsMakeEqualModels() {
    #expect(withSeed(3) { Pair() }.state == withSeed(3) { Pair() }.state)
    #expect(withSeed(3) { Pair() }.state != withSeed(4) { Pair() }.state)
  }

  @Test func sequentialTakesLayersFunctionsLoopsAndOptionals() throws {
    let extra: Dense? = nil
    let model = Sequential {
      Dense(weight: Tensor([[1, 0], [0, 1]]))
      Function { x in 2 * x }
      relu
      for _ in 0..<2 { Dense(weight: Tensor([[2, 0], [0, 2]])) }
      extra
    }
    #expect(model.parameters.map(\.path) == ["0.weight", "3.weight", "4.weight"])
    #expect(try model.predict(Tensor([[1, -1]])).scalars == [8, 0])
  }
}
