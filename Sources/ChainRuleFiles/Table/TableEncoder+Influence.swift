import ChainRuleCore
import ChainRuleTraining
import Foundation

/// How much worse a model becomes without what a column says.
public struct ColumnImportance: Sendable, Codable, Equatable {
  /// The name of the column.
  public let column: String
  /// How much the score falls when the column is shuffled: mean and standard deviation over the shufflings.
  public let mean: Double, deviation: Double
}

/// What a model says as one column takes one value after another.
public struct PartialDependence: Sendable, Equatable {
  /// The name of the column.
  public let column: String
  /// The values, as a table writes them.
  public let values: [String]
  /// The values of numbers, yes/no (1 and 0) and dates (days since 1970-01-01); empty for a category.
  public let numbers: [Double]
  /// The mean of what the model says, for each value: `means[value][output]`.
  public let means: [[Double]]
}

extension TableEncoder {
  /// The features of each column, by their positions.
  package var featureRanges: [Range<Int>] {
    var end = 0
    return columns.map { column in
      defer { end += column.featureNames.count }
      return end..<end + column.featureNames.count
    }
  }

  private func checked(_ inputs: Tensor, _ origin: String) throws -> [Double] {
    if let error = inputs.error { throw error }
    guard inputs.shape.rank == 2, inputs.shape[1] == featureNames.count, inputs.shape[0] > 0 else {
      throw ChainRuleError(
        .shape, in: origin, required: "features [rows, \(featureNames.count)] of at least one row",
        got: "\(inputs.shape)")
    }
    return inputs.scalars
  }

  /// How much a score falls when the cells of one column change their rows, for each column: what the model owes to it.
  /// Columns that say the same stand in for each other, and each seems to matter little.
  ///
  /// - Parameters:
  ///   - examples: rows that were not learnt from, as `transform` gives them.
  ///   - repeats: how often each column is shuffled.
  ///   - score: of the model on some examples; greater is better.
  /// - Throws: a `ChainRuleError` for examples of other features and for less than one shuffling, and what `score`
  ///   throws. Source: Breiman 2001, as in Fisher, Rudin and Dominici 2019.
  public func permutationImportance(
    on examples: Dataset, repeats: Int = 5, seed: UInt64 = 1, score: (Dataset) throws -> Double
  ) throws -> [ColumnImportance] {
    let origin = "permutationImportance"
    let values = try checked(examples.inputs, origin), width = featureNames.count
    guard repeats > 0 else {
      throw ChainRuleError(.value, in: origin, required: "at least one shuffling", got: "\(repeats)")
    }
    var random = RandomNumbers(seed: seed)
    let whole = try score(examples)
    return try zip(columns, featureRanges).map { column, range in
      let falls = try (0..<repeats).map { _ in
        var shuffled = values
        for (row, other) in (0..<examples.count).shuffled(using: &random).enumerated() {
          for feature in range { shuffled[row * width + feature] = values[other * width + feature] }
        }
        let inputs = Tensor(shape: examples.inputs.shape, shuffled).converted(to: examples.inputs.elementType)
        return try whole
          - score(
            Dataset(inputs: inputs, targets: examples.targets, classNames: examples.classNames))
      }
      let mean = falls.reduce(0, +) / Double(repeats)
      let squares = falls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return ColumnImportance(
        column: column.name, mean: mean, deviation: (squares / Double(Swift.max(repeats - 1, 1))).squareRoot())
    }
  }

  /// What a model says on average when one column has the same value in all rows and the others are as they are.
  ///
  /// - Parameters:
  ///   - column: the name of the column.
  ///   - inputs: features `[rows, features]`, as `transform` gives them.
  ///   - points: how many values a number takes: all that there are, or equal steps from the 5 % quantile to that of
  ///     95 %. A category takes each of its texts.
  ///   - predict: from features to what is averaged, `[rows, outputs]`.
  /// - Throws: a `ChainRuleError` for another column, other features and less than two points, and what `predict`
  ///   throws. Source: Friedman 2001.
  public func partialDependence(
    of column: String, on inputs: Tensor, points: Int = 20, predict: (Tensor) throws -> Tensor
  ) throws -> PartialDependence {
    let values = try checked(inputs, "partialDependence"), width = featureNames.count
    guard let place = columns.firstIndex(where: { $0.name == column }), points > 1 else {
      throw ChainRuleError(
        .value, in: "partialDependence", required: "a column of the encoder and at least two points",
        got: "'\(column)' and \(points)")
    }
    let (encoder, range) = (columns[place], featureRanges[place])
    let grid = encoder.grid(
      range.first.map { first in
        stride(from: first, to: values.count, by: width).map { values[$0] }
      } ?? [], points)
    let means = try grid.map { point -> [Double] in
      var changed = values
      for row in 0..<inputs.shape[0] {
        for (offset, feature) in range.enumerated() { changed[row * width + feature] = point.features[offset] }
      }
      let outputs = try predict(Tensor(shape: inputs.shape, changed).converted(to: inputs.elementType))
      if let error = outputs.error { throw error }
      let scalars = outputs.scalars, count = scalars.count / inputs.shape[0]
      return (0..<count).map { output in
        stride(from: output, to: scalars.count, by: count).reduce(0) { $0 + scalars[$1] } / Double(inputs.shape[0])
      }
    }
    return PartialDependence(
      column: column, values: grid.map(\.text), numbers: grid.compactMap(\.number), means: means)
  }
}

extension ColumnEncoder {
  /// A value of the column: as a table writes it, as a number where it is one, and the features that it becomes.
  struct GridPoint {
    let text: String
    let number: Double?
    let features: [Double]
  }

  /// Values that a column may take.
  /// - Parameter scaled: the first feature of each row.
  fileprivate func grid(_ scaled: [Double], _ points: Int) -> [GridPoint] {
    let flag = hadGaps ? [0.0] : []
    if kind == .category {
      return values.indices.map { index in
        GridPoint(text: values[index], number: nil, features: values.indices.map { $0 == index ? 1 : 0 } + flag)
      }
    }
    return Self.steps(scaled, points).map { step in
      let number = mean + deviation * step
      return GridPoint(text: text(of: number), number: number, features: [step] + flag)
    }
  }

  /// A number of the column as a table writes it.
  package func text(of number: Double) -> String {
    switch kind {
    case .date: return DateReader.text(ofDay: number)
    case .yesNo where number == number.rounded(): return number > 0.5 ? "yes" : "no"
    default: return String(format: "%.6g", number)
    }
  }

  private static func steps(_ values: [Double], _ points: Int) -> [Double] {
    let distinct = Set(values).sorted()
    guard distinct.count > points else { return distinct }
    let sorted = values.sorted()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1), below = Int(place)
      let above = Swift.min(below + 1, sorted.count - 1)
      return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
    let (low, high) = (quantile(0.05), quantile(0.95))
    guard low < high else { return distinct.count > points ? Array(distinct.prefix(points)) : distinct }
    return (0..<points).map { low + (high - low) * Double($0) / Double(points - 1) }
  }
}
