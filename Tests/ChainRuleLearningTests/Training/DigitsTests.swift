import ChainRuleLearning
import Testing

struct Classifier: Model {
  var hidden = Dense(64, 32, activation: relu)
  var output = Dense(32, 10)
  func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
}

@Test func theBundledDigitsAreSplitAsTheirReadmeSays() throws {
  let digits = try Digits.bundled()
  #expect(digits.training.inputs.shape == [1442, 64])
  #expect(digits.test.count == 355)
}
