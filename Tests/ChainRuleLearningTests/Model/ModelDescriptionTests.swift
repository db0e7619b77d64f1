import ChainRuleLearning
import Testing

private struct Classifier: Model {
  var hidden = Dense(64, 32, activation: relu)
  var norm: BatchNorm? = BatchNorm(32)
  var output = Sequential {
    relu
    Dense(32, 10)
  }
  func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
}

@Test func printingAModelShowsItsTree() throws {
  let model = Classifier()
  try model.freeze("hidden.weight")
  #expect(
    "\(model)" == """
      Classifier             2,538 parameters
      ├─ hidden: Dense       2,080
      │  ├─ weight [64, 32] (frozen)
      │  └─ bias [32]
      ├─ norm: BatchNorm       128
      │  ├─ weight [32]
      │  ├─ bias [32]
      │  ├─ runningMean [32] (state)
      │  └─ runningVariance [32] (state)
      └─ output: Sequential    330
         ├─ 0: function
         └─ 1: Dense           330
            ├─ weight [32, 10]
            └─ bias [10]
      """)
}
