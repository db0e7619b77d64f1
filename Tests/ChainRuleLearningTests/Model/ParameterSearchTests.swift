import ChainRuleLearning
import Testing

private class Base: Model {
  let first = Dense(2, 3)
  func callAsFunction(_ x: Node) -> Node { first(x) }
}

private final class Derived: Base {
  let second = Dense(3, 1)
  var partner: Derived?
  override func callAsFunction(_ x: Node) -> Node { second(super.callAsFunction(x)) }
}

private struct Everything: Model {
  var list = [Dense(2, 2), Dense(2, 2)]
  var pair = (Dense(1, 1), 7)
  var optional: Dense? = Dense(2, 2, biases: nil)
  var missing: Dense?
  var any: any Model = Sequential(Dense(2, 2), Sequential(Dense(2, 2)))
  var named = ["b": Dense(1, 1, biases: nil), "a": Dense(1, 1, biases: nil)]
  let scale = Parameter(2)
  var table = Tensor(shape: [100], repeating: 0)
  func callAsFunction(_ x: Node) -> Node { x * x.graph.parameter(scale) }
}

private struct Tied: Model {
  let encoder: Dense, decoder: Dense
  init() {
    encoder = Dense(2, 2, biases: nil)
    decoder = encoder
  }
  func callAsFunction(_ x: Node) -> Node { decoder(encoder(x)) }
}

private struct Hidden: Model {
  var visible = Dense(2, 2)
  let secret: @Sendable (Node) -> Node = { [layer = Dense(2, 2)] x in layer(x) }
  func callAsFunction(_ x: Node) -> Node { secret(visible(x)) }
}

private struct Unused: Model {
  var used = Dense(2, 1)
  var unused = Dense(2, 1)
  func callAsFunction(_ x: Node) -> Node { used(x) }
}

@Suite struct ParametersAreFoundByReflection {
  @Test func inSuperclassesFirstAndOnceInACycle() {
    let model = Derived()
    model.partner = model
    #expect(model.parameters.map(\.path) == ["first.weight", "first.bias", "second.weight", "second.bias"])
  }

  @Test func inEveryKindOfContainer() {
    let paths = Everything().parameters.map(\.path)
    #expect(
      paths == [
        "list.0.weight", "list.0.bias", "list.1.weight", "list.1.bias", "pair.0.weight", "pair.0.bias",
        "optional.weight", "any.0.weight", "any.0.bias", "any.1.0.weight", "any.1.0.bias", "named.a.weight",
        "named.b.weight", "scale",
      ])
  }

  @Test func tiedWeightsAreOneParameter() {
    #expect(Tied().parameters.map(\.path) == ["encoder.weight"])
  }

  @Test func oneThatAClosureHidesIsReported() throws {
    let training = try Training(Hidden(), loss: meanSquaredError, optimizer: SGD(learningRate: 0.1))
    let examples = try Dataset([[1, 2]], values: [[1, 2]])
    let error = #expect(throws: ChainRuleError.self) { try training.run(on: examples, epochs: 1) }
    #expect(error?.required == "every parameter to be stored in the model")
    #expect(error?.got.contains("shape [2, 2]") == true)
  }

  @Test func oneThatTheLossDoesNotUseIsReportedUnlessFrozen() throws {
    let model = Unused()
    let examples = try Dataset([[1, 2]], values: [[1]])
    let training = try Training(model, loss: meanSquaredError, optimizer: SGD(learningRate: 0.1))
    let error = #expect(throws: ChainRuleError.self) { try training.run(on: examples, epochs: 1) }
    #expect(error?.required == "a path from unused.weight to the loss")
    try model.freeze("unused")
    try training.run(on: examples, epochs: 1)
    #expect(model.trainableParameters.map(\.path) == ["used.weight", "used.bias"])
  }

  @Test func aModelWithoutParametersCannotBeTrained() {
    let error = #expect(throws: ChainRuleError.self) {
      try Training(Function { $0 }, loss: meanSquaredError, optimizer: SGD(learningRate: 0.1))
    }
    #expect(error?.required == "a model with parameters to train")
  }
}
