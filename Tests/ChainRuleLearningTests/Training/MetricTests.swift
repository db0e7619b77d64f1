import ChainRuleLearning
import Testing

@Suite struct Metrics {
  let scores = Tensor([[3, 1, 0], [0, 2, 1], [1, 2, 0], [0, 1, 2], [2, 1, 0]])
  let labels = Tensor(indices: [0, 1, 0, 2, 2])

  /// The numbers of scikit-learn 1.7 for these five rows.
  @Test(arguments: [
    (Metric.accuracy, 0.6), (.topK(2), 0.8), (.topK(3), 1), (.precision, 2.0 / 3), (.recall, 2.0 / 3),
    (.f1, 0.6111111111111112), (.microF1, 0.6),
  ])
  func ofClasses(metric: Metric, expected: Double) throws {
    #expect(abs(try metric(scores, labels) - expected) < 1e-12, "\(metric.name)")
    let oneHot = Tensor([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]])
    #expect(abs(try metric(scores, oneHot) - expected) < 1e-12, "\(metric.name)")
  }

  @Test func areaUnderTheCurveCountsTiesHalf() throws {
    let auc = Metric.areaUnderCurve
    #expect(try auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) == 0.75)
    #expect(try auc([1, 1], [0, 1]) == 0.5)
    #expect(try auc([1, 2], [1, 1]).isNaN)
  }

  @Test func ofNumbers() throws {
    let (p, t) = (Tensor([2.5, 0, 2, 8]), Tensor([3, -0.5, 2, 7]))
    #expect(abs(try Metric.rSquared(p, t) - 0.9486081370449679) < 1e-12)
    #expect(try Metric.meanAbsoluteError(p, t) == 0.5)
    #expect(abs(try Metric.rootMeanSquaredError(p, t) - 0.6123724356957945) < 1e-12)
  }

  @Test func perplexityOfIgnoranceIsTheNumberOfClasses() throws {
    #expect(abs(try Metric.perplexity(Tensor([[0, 0, 0, 0]]), Tensor(indices: [1])) - 4) < 1e-12)
  }

  @Test func aConfusionMatrixReads() throws {
    let matrix = try ConfusionMatrix(scores: scores, targets: labels, names: ["a", "b", "c"])
    #expect(matrix.counts == [[1, 1, 0], [0, 1, 0], [1, 0, 1]])
    #expect(
      "\(matrix)" == """
          │ a b c
        ──┼──────
        a │ 1 1 ·
        b │ · 1 ·
        c │ 1 · 1
        """)
    #expect(throws: ChainRuleError.self) { try ConfusionMatrix(predicted: [3], expected: [0], count: 3) }
    let error = #expect(throws: ChainRuleError.self) {
      try ConfusionMatrix(scores: scores, targets: labels, names: ["a", "b"])
    }
    #expect(error?.required == "a name for each of 3 classes")
  }

  @Test func targetsThatDoNotFitAreReported() {
    #expect(throws: ChainRuleError.self) { try Metric.accuracy(Tensor([1, 2]), Tensor(indices: [1, 2, 3])) }
  }

  @Test func aScoreThatIsNoNumberHasNoRank() throws {
    #expect(try Metric.areaUnderCurve(Tensor([Double.nan, 1, 0]), [1, 0, 1]).isNaN)
  }
}
