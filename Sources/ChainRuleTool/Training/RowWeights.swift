import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// How much each row of a table counts, told by a column of it.
struct RowWeights {
  /// By row of the table; at least 0.
  let values: [Double]

  /// - Throws: a `FileError` for a cell that is no finite number of at least 0, and where all are 0.
  init(_ table: CSVTable, column name: String, rows: [Int]) throws {
    let column = try table.column(name)
    var values = [Double](repeating: 0, count: table.rowCount)
    for (row, value) in zip(rows, try table.numbers(of: rows, in: column)) {
      guard value >= 0 else {
        throw FileError(
          table.file, line: table.line(of: row), column: name, "a weight of at least 0 is needed, not \(value)")
      }
      values[row] = value
    }
    guard values.contains(where: { $0 > 0 }) else {
      throw FileError(table.file, column: name, "has no weight above 0; every row would be left out")
    }
    self.values = values
  }

  /// The rows that count at all.
  func counted(_ rows: [Int]) -> [Int] { rows.filter { values[$0] > 0 } }

  /// Examples whose targets hold the weights in a last column, in the mean over these rows 1: what `loss` takes apart.
  /// Class indices become rows of zeros with a one.
  static func packed(_ examples: Dataset, _ weights: [Double]) throws -> Dataset {
    let plain = examples.targets.elementType == .int32 ? try examples.oneHot() : examples
    let sum = weights.reduce(0, +), mean = sum > 0 ? sum / Double(weights.count) : 1
    let width = plain.targets.shape[1], values = plain.targets.scalars
    var packed: [Float] = []
    packed.reserveCapacity(values.count + weights.count)
    for (row, weight) in weights.enumerated() {
      packed += values[row * width..<(row + 1) * width].map { Float($0) }
      packed.append(Float(weight / mean))
    }
    return try Dataset(
      inputs: examples.inputs, targets: Tensor(floats: packed, shape: [weights.count, width + 1]),
      classNames: examples.classNames)
  }

  /// The mean of the rows' losses, each times its weight, from packed targets.
  /// - Parameter rowLosses: the losses of the rows, `[rows]` or `[rows, outputs]`.
  static func loss(_ rowLosses: @escaping (Node, Node) -> Node) -> (Node, Node) -> Node {
    { outputs, packed in
      let width = packed.shape[-1] - 1
      let losses = rowLosses(outputs, packed[0..., 0..<width])
      return ((losses.shape.rank > 1 ? losses.mean(axes: [-1]) : losses) * packed[0..., width]).mean()
    }
  }

  /// The share of rows that are classified rightly, from packed targets.
  static let accuracy = Metric(Metric.accuracy.name) { scores, packed in
    let width = packed.shape[-1], values = packed.scalars
    let rows = (0..<packed.shape[0]).map { Array(values[$0 * width..<(($0 + 1) * width - 1)]) }
    return try Metric.accuracy(scores, Tensor(rows))
  }
}
