import ChainRuleLearning
import Testing

/// The learning sample as outside programs write it, without `import ChainRule`.
@Suite struct LearnSurfaceTests {
  struct Classifier: Model {
    var hidden = Dense(64, 32, activation: relu)
    var output = Dense(32, 10)
    func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
  }

  @Test func trainingAClassifier() throws {
    let digits = try Digits.bundled()
    let training = try Training(Classifier(), loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01))
    let history = try training.run(
      on: digits.training, validatingOn: digits.test, epochs: 3, batchSize: 32, progress: .none)
    #expect(history.last?.validationAccuracy ?? 0 > 0.8)
  }

  @Test func aModelIsChecked() throws {
    struct Gate: Model {
      let weight = Parameter([[0.5, -1], [2, 0.25]], name: "weight")
      func callAsFunction(_ x: Node) -> Node { x * sigmoid(x.matmul(x.graph.parameter(weight))) }
    }
    let report: GradientReport = try checkModel(Gate(), inputs: [[1, 2], [-0.5, 3]])
    #expect(report.verdict == .agree, "\(report)")
    #expect(report.entries.map(\.name).contains("weight[0][1]"))
    try expectAgreement(
      try checkModel(Gate(), inputs: [[1, 2]], order: 2) { meanSquaredError($0, $0.graph.constant([[1, 0]])) })
  }
}
