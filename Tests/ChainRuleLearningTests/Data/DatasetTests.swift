import Testing

@testable import ChainRuleLearning
@testable import ChainRuleTraining

@Suite struct Datasets {
  let digits: Dataset
  init() throws { digits = try Digits.bundled().all }

  private func counts(_ set: Dataset) -> [Int] {
    (0..<10).map { digit in set.targets.indices.count { $0 == digit } }
  }

  @Test func splitsAreDisjointCompleteAndStratified() throws {
    let rows = try Dataset(
      inputs: Tensor((0..<1797).map(Double.init)).reshaped(to: [1797, 1]), targets: digits.targets)
    let parts = try rows.split([0.6, 0.2, 0.2], seed: 3, isStratified: true)
    #expect(parts.flatMap(\.inputs.scalars).sorted() == (0..<1797).map(Double.init))
    for (part, share) in zip(parts, [0.6, 0.2, 0.2]) {
      for (count, whole) in zip(counts(part), counts(rows)) { #expect(abs(Double(count) - share * Double(whole)) <= 1) }
    }
    #expect(try rows.split([0.5], seed: 1)[0].count == 899)
    #expect(throws: ChainRuleError.self) { try rows.split([0.9, 0.2], seed: 1) }
  }

  @Test func eachExampleIsValidatedOnce() throws {
    let folds = try digits.folds(7, seed: 1, isStratified: true)
    #expect(folds.map(\.validation.count).reduce(0, +) == 1797)
    for fold in folds { #expect(fold.training.count + fold.validation.count == 1797) }
    #expect(throws: ChainRuleError.self) { try digits.folds(1, seed: 1) }
  }

  @Test func standardizationComesFromTrainingAlone() throws {
    let training = try Dataset([[1, 5], [3, 5]], labels: [0, 1])
    let scale = try Standardization(fittedTo: training)
    #expect(scale.means == [2, 5])
    #expect(try scale(training).inputs.scalars == [-1, 0, 1, 0])
    #expect(try scale(Dataset([[4, 7]], labels: [0])).inputs.scalars == [2, 2])
    #expect(throws: ChainRuleError.self) { try scale(Tensor([[1, 2, 3]])) }
  }

  @Test func labelsBecomeOneHotRows() throws {
    let set = try Dataset([[1], [2]], labels: [2, 0]).oneHot()
    #expect(set.targets.scalars == [0, 0, 1, 1, 0, 0])
    #expect(throws: ChainRuleError.self) { try Dataset([[1]], labels: [3]).oneHot(classes: 2) }
  }

  @Test func inputsAndTargetsMustHaveEqualCounts() {
    #expect(throws: ChainRuleError.self) { try Dataset([[1], [2]], labels: [0]) }
    #expect(throws: ChainRuleError.self) { try Dataset([[1], [2, 3]], labels: [0, 1]) }
  }

  @Test func shufflesAreFixedBySeedAndEpoch() throws {
    func order(_ epoch: Int, _ seed: UInt64) -> [Int] {
      BatchOrder.shuffled.positions(count: 100, epoch: epoch, seed: seed)
    }
    #expect(order(0, 1) == order(0, 1))
    #expect(order(0, 1) != order(1, 1))
    #expect(order(0, 1).sorted() == Array(0..<100))
    #expect(try batches(of: order(0, 1), size: 32, in: "test").map(\.count) == [32, 32, 32, 4])
  }

  @Test func batchesPreparedAheadAreTheSame() throws {
    struct Slow: DataSource {
      let base: Dataset
      let prefetchCount: Int
      var count: Int { base.count }
      func examples(at positions: [Int]) throws -> Dataset { try base.examples(at: positions) }
    }
    func losses(_ ahead: Int) throws -> [Double] {
      let training = try Training(
        withSeed(1) { Sequential(Dense(64, 10)) }, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1))
      let source = Slow(base: try digits.split([0.1], seed: 1)[0], prefetchCount: ahead)
      try training.run(on: source, epochs: 2)
      return training.history.stepLosses
    }
    #expect(try losses(3) == losses(0))
  }
}

@Suite struct Augmentations {
  let image: Dataset
  init() throws {
    image = try Dataset(
      inputs: Tensor(shape: [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]), targets: Tensor(indices: [0]))
  }

  private func changed(_ change: Augmentation, epoch: Int = 0, seed: UInt64 = 0) throws -> [Double] {
    try Augmented(image, [change], seed: seed).examples(at: [0], epoch: epoch).inputs.scalars
  }

  @Test func nothingToDoChangesNothing() throws {
    let same = image.inputs.scalars
    for change in [
      Augmentation.shift(0), .rotate(degrees: 0), .scale(0), .noise(deviation: 0), .randomCrop(padding: 0),
      .cutout(size: 0),
    ] {
      for (a, b) in zip(try changed(change), same) { #expect(abs(a - b) < 1e-6) }
    }
  }

  @Test func flipsExchangeLeftAndRight() throws {
    let results = try Set((0..<20).map { try changed(.flip, epoch: $0) })
    #expect(results == [[1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 2, 1, 6, 5, 4, 9, 8, 7]])
  }

  @Test func cropsMoveByWholePixels() throws {
    for epoch in 0..<10 {
      let values = try changed(.randomCrop(padding: 1), epoch: epoch)
      #expect(values.allSatisfy { $0 == $0.rounded() })
    }
  }

  @Test func aChangeIsFixedBySeedEpochAndPosition() throws {
    #expect(try changed(.noise(deviation: 1)) == changed(.noise(deviation: 1)))
    #expect(try changed(.noise(deviation: 1)) != changed(.noise(deviation: 1), epoch: 1))
    #expect(try changed(.noise(deviation: 1)) != changed(.noise(deviation: 1), seed: 1))
    #expect(try changed(.cutout(size: 2)).contains(0))
  }

  @Test func flatRowsAreNoImages() throws {
    let rows = try Dataset([[1, 2]], labels: [0])
    #expect(throws: ChainRuleError.self) { try Augmented(rows, [.flip]).examples(at: [0], epoch: 0) }
  }
}
