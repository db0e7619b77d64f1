import ChainRuleLearning
import Testing

@Suite("Sequences of different lengths") struct SequenceDataTests {
  @Test func aBatchIsPaddedToItsLongest() throws {
    let data = try SequenceData(
      [[4, 8, 15], [16, 23], [42]], targets: Tensor(indices: [0, 1, 1]), padding: 9, multiple: 2)
    let batch = try data.examples(at: [2, 0])
    #expect(batch.inputColumns["sequence"] == Tensor(indices: [42, 9, 9, 9, 4, 8, 15, 9]).reshaped(to: [2, 4]))
    #expect(batch.inputColumns["mask"]?.scalars == [1, 0, 0, 0, 1, 1, 1, 0])
    #expect(batch.targets.indices == [1, 0])
    let rows = try SequenceData([[[1, 2]], [[3, 4], [5, 6]]], targets: [[1], [2]], multiple: 1).examples(at: [0, 1])
    #expect(rows.inputColumns["sequence"]?.shape == [2, 2, 2])
    #expect(rows.inputColumns["sequence"]?.scalars == [1, 2, 0, 0, 3, 4, 5, 6])
  }

  @Test func bucketsHoldSequencesOfAboutOneLength() throws {
    var numbers = RandomNumbers(seed: 1)
    let lengths = (0..<203).map { _ in 1 + Int(numbers.uniform() * 60) }
    let data = try SequenceData(
      lengths.map { [Int](repeating: 1, count: $0) }, targets: Tensor(indices: lengths.map { _ in 0 }))
    guard case .custom(let order) = data.bucketed(batchSize: 10, seed: 1) else {
      Issue.record("no order of its own")
      return
    }
    let (first, second) = (order(0, 203), order(1, 203))
    #expect(first.sorted() == Array(0..<203) && second.sorted() == first.sorted() && first != second)
    #expect(first == order(0, 203))
    func spread(_ order: [Int]) -> Int {
      stride(from: 0, to: 200, by: 10).map { start in
        let all = order[start..<start + 10].map { lengths[$0] }
        return (all.max() ?? 0) - (all.min() ?? 0)
      }.reduce(0, +)
    }
    #expect(spread(first) < 20 * 6 && spread(Array(0..<203)) > 20 * 40)
  }

  /// What stands behind the end changes nothing: the loss is that of each sequence alone.
  @Test func paddingDoesNotCount() throws {
    struct Tagger: Parameterized {
      var table = Embedding(5, 4), scores = Dense(4, 3)
    }
    let data = try SequenceData([[1, 2, 3], [4]], stepTargets: [[0, 1, 2], [2]], multiple: 1)
    let loss = NamedLoss("tags") { outputs, targets in
      softmaxCrossEntropy(outputs.tags, targets.target, mask: targets.mask)
    }
    var options = TrainingOptions()
    options.precision = .double
    let training = try Training(
      withSeed(1) { Tagger() }, losses: [loss], optimizer: SGD(learningRate: 0.1), options: options
    ) {
      ["tags": $0.scores($0.table($1.sequence))]
    }
    let together = try training.evaluate(on: data, batchSize: 2).loss
    let alone = try [0, 1].map { try training.evaluate(on: data.examples(at: [$0])).loss }
    #expect(abs(together - (3 * alone[0] + alone[1]) / 4) < 1e-12)
    try training.run(on: data, epochs: 2, batchSize: 2, order: data.bucketed(batchSize: 2, seed: 1))
    #expect(try training.evaluate(on: data, batchSize: 2).loss < together)
  }

  @Test func mistakesNameTheSequence() {
    func got(_ body: () throws -> SequenceData) -> String? { #expect(throws: ChainRuleError.self) { try body() }?.got }
    let labels = Tensor(indices: [0, 1])
    #expect(got { try SequenceData([[1], []], targets: labels) } == "sequence 1 without a step")
    #expect(got { try SequenceData([[Int]](), targets: labels) } == "no sequence")
    #expect(got { try SequenceData([[1], [2], [3]], targets: labels) } == "shape [2]")
    #expect(
      got { try SequenceData([[1, 2], [3]], stepTargets: [[0, 1], [0, 1]]) } == "2 for the 1 steps of sequence 1")
    #expect(got { try SequenceData([[[1, 2], [3]]], targets: Tensor(indices: [0])) } == "a row of 1")
  }
}
