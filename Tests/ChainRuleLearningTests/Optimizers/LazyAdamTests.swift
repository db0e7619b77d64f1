@testable import ChainRuleCore
import ChainRuleLearning
import Testing

/// Adam on the rows that a step reads, beside a reference written out element by element.
@Suite struct LazyAdamTests {
  /// Rows of a table, read at the inputs; the loss is Σ c (row · row) over what is read, so that gradients are 2 c row.
  private struct Table: Model {
    var embedding: Embedding
    func callAsFunction(_ x: Node) -> Node { embedding(x) }
  }

  private static let rows = 7, width = 3
  private static let start = (0..<rows * width).map { Double(($0 * 5) % 11) / 11 - 0.4 }
  private static let batches: [[Int]] = [[2, 5, 2, 2], [0, 5, 6, 5], [2, 2, 2, 2], [1, 3, 0, 6]]

  /// The same by hand: repeated indices summed first, then the rule for each row that was read.
  private static func reference(_ adam: Adam, fixed: Int? = nil) -> [Double] {
    var (theta, m, v, largest) = (start, zeros, zeros, zeros)
    if let fixed { for column in 0..<width { theta[fixed * width + column] = 0 } }
    for (step, batch) in batches.enumerated() {
      let t = Double(step + 1), corrections = (1 - pow(adam.beta1, t), 1 - pow(adam.beta2, t)), old = theta
      for row in Set(batch) where row != fixed {
        let count = Double(batch.filter { $0 == row }.count)
        for i in row * width..<(row + 1) * width {
          var g = 2 * count * old[i]
          if adam.isDecoupled {
            theta[i] -= adam.learningRate * adam.weightDecay * theta[i]
          } else {
            g += adam.weightDecay * old[i]
          }
          m[i] = adam.beta1 * m[i] + (1 - adam.beta1) * g
          v[i] = adam.beta2 * v[i] + (1 - adam.beta2) * g * g
          largest[i] = max(largest[i], v[i])
          let square = (adam.isAMSGrad ? largest[i] : v[i]) / corrections.1
          theta[i] -= adam.learningRate * m[i] / corrections.0 / (square.squareRoot() + adam.epsilon)
        }
      }
    }
    return theta
  }
  private static let zeros = [Double](repeating: 0, count: rows * width)

  private static func pow(_ x: Double, _ n: Double) -> Double { (0..<Int(n)).reduce(1.0) { product, _ in product * x } }

  private func trained(
    _ optimizer: any Optimizer, fixed: Int? = nil, precision: Graph.Precision = .double,
    clipping: GradientClipping? = nil, twice: Bool = false
  ) throws -> [Double] {
    var weight = Tensor(shape: [Self.rows, Self.width], Self.start)
    if let fixed { for column in 0..<Self.width { weight[fixed, column] = 0 } }
    let model = Table(embedding: Embedding(weight: weight, paddingIndex: fixed))
    let graph = Graph(precision)
    let x = graph.input("x", shape: [2, 2], indices: true), y = model(x)
    let loss = twice ? square(y).sum() / 2 + square(model(x.reshaped(to: [4]))).sum() / 2 : square(y).sum()
    let stepper = try optimizer.stepper(for: model.parameters, clipping: clipping)
    let program = try graph.compile(inputs: [x], outputs: [loss], updates: stepper.updates(of: loss))
    for batch in Self.batches { _ = try program.run([Tensor(indices: batch, shape: [2, 2])]) }
    return model.embedding.weight.value.scalars
  }

  private func expectEqual(_ a: [Double], _ b: [Double], _ bound: Double = 1e-14) {
    for (a, b) in zip(a, b) { #expect(abs(a - b) <= bound * max(1, abs(b)), "\(a) \(b)") }
  }

  private static let settings = [
    Adam(learningRate: 0.1, isLazy: true), Adam(learningRate: 0.1, beta1: 0.5, isAMSGrad: true, isLazy: true),
    Adam(learningRate: 0.1, weightDecay: 0.2, isLazy: true),
    Adam(learningRate: 0.1, weightDecay: 0.2, isDecoupled: true, isLazy: true),
  ]

  @Test(arguments: settings.indices) func followsTheReference(number: Int) throws {
    let adam = Self.settings[number]
    expectEqual(try trained(adam), Self.reference(adam))
    expectEqual(try trained(adam, precision: .single), Self.reference(adam), 2e-6)
    expectEqual(try trained(adam, twice: true), Self.reference(adam))
  }

  @Test func aClippedGradientIsSparseToo() throws {
    let adam = Self.settings[0]
    expectEqual(try trained(adam, clipping: .globalNorm(1e9)), Self.reference(adam), 1e-7)
  }

  @Test func aPaddingRowStaysAsItIs() throws {
    let adam = Self.settings[2]
    expectEqual(try trained(adam, fixed: 2), Self.reference(adam, fixed: 2))
  }

  @Test func decoupledByName() throws {
    let adam = Self.settings[3]
    expectEqual(
      try trained(AdamW(learningRate: 0.1, weightDecay: 0.2, isLazy: true)), Self.reference(adam))
  }

  @Test func otherRowsKeepMovingOtherwise() throws {
    let (dense, lazy) = (try trained(Adam(learningRate: 0.1)), try trained(Self.settings[0]))
    #expect(dense != lazy)
    // Row 4 is never read, row 1 in the last step alone.
    #expect(dense[12..<15] == lazy[12..<15])
  }

  @Test func whatIsReadOtherwiseTooIsDense() throws {
    let table = Parameter([[1, 2], [3, 4], [5, 6]] as Tensor, name: "table")
    func moved(_ isLazy: Bool) throws -> Tensor {
      table.value = [[1, 2], [3, 4], [5, 6]]
      let graph = Graph(.double), w = graph.parameter(table)
      let loss = w.gathered(at: graph.constant(Tensor(indices: [0], shape: [1]))).sum() + square(w).sum()
      let stepper = try Adam(isLazy: isLazy).stepper(for: [table])
      _ = try graph.compile(inputs: [], outputs: [loss], updates: stepper.updates(of: loss)).run()
      return table.value
    }
    #expect(try moved(true) == moved(false))
  }

  @Test func noStepOfTheProgramIsAsLongAsTheTable() throws {
    let model = Table(embedding: Embedding(5_000, 4, seed: 1)), graph = Graph(.single)
    let x = graph.input("x", shape: [8], indices: true), loss = square(model(x)).sum()
    let stepper = try Adam(isLazy: true).stepper(for: model.parameters)
    let program = try graph.compile(inputs: [x], outputs: [loss], updates: stepper.updates(of: loss))
    #expect(program.arenaByteCount < 5_000)
    #expect(program.code.notes.filter { $0.bytes > 5_000 && $0.name != "addAt" && $0.name != "gather" }.isEmpty)
    #expect(program.code.notes.contains { $0.name == "firstOfRepeats" })
  }
}
