import ChainRuleLearning
import Testing

/// Recall by class, counted by hand: truths 0, 1, 1; after the first epoch the second row is taken for 0.
@Suite struct ClassCurvesTests {
  private let examples: Dataset
  private static let first = Tensor([[2, 1, 0], [2, 1, 0], [0, 1, 0]]),
    second = Tensor([[2, 1, 0], [0, 1, 0], [0, 1, 0]])

  init() throws {
    examples = try Dataset(inputs: Tensor([[1, 0], [0, 1], [0, 2]]), targets: Tensor(indices: [0, 1, 1]))
  }

  private func curves(saying scores: [Tensor]) -> ClassCurves {
    var left = scores
    return ClassCurves(on: examples, names: ["a", "b", "c"]) { _ in left.removeFirst() }
  }

  private func training() throws -> Training<Dense> {
    try Training(Dense(2, 3, seed: 1), loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1))
  }

  @Test func countWhatIsFoundAfterEachEpoch() throws {
    let curves = curves(saying: [Self.first, Self.second])
    _ = try training().run(on: examples, epochs: 2, progress: .none, callbacks: [curves])
    #expect(curves.series.map(\.name) == ["a", "b", "c"])
    #expect(curves.series.map(\.values) == [[1, 1], [0.5, 1], [nil, nil]])
  }

  @Test func goOnWhereARunStood() throws {
    let begun = try training(), resumed = try training(), unwatched = try training()
    _ = try begun.run(
      on: examples, epochs: 1, progress: .none, callbacks: [curves(saying: [Self.first])])
    try resumed.resume(from: begun.checkpoint())
    let curves = curves(saying: [Self.second])
    _ = try resumed.run(on: examples, epochs: 1, progress: .none, callbacks: [curves])
    #expect(curves.series.map(\.values) == [[1, 1], [0.5, 1], [nil, nil]])

    _ = try unwatched.run(on: examples, epochs: 1, progress: .none)
    let late = self.curves(saying: [Self.second])
    _ = try unwatched.run(on: examples, epochs: 1, progress: .none, callbacks: [late])
    #expect(late.series.map(\.values) == [[nil, 1], [nil, 1], [nil, nil]])
  }

  @Test func scoresOfOtherClassesAreRefused() throws {
    let curves = curves(saying: [Tensor([[2, 1], [2, 1], [0, 1]])])
    #expect(throws: ChainRuleError.self) {
      _ = try training().run(on: examples, epochs: 1, progress: .none, callbacks: [curves])
    }
  }
}
