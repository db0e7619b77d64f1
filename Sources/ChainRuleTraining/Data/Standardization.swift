import ChainRuleCore

/// Features with mean 0 and deviation 1, by numbers that come from training examples only.
///
/// ```swift
/// let scale = try Standardization(fittedTo: training)
/// let (a, b) = try (scale(training), scale(test))
/// ```
public struct Standardization: Sendable, Equatable, Codable {
  /// One number for each feature, of any size; a constant feature has deviation 1, so that it becomes 0.
  public let means: [Double], deviations: [Double]

  /// The mean and the deviation of each feature over some examples.
  /// - Throws: for an empty data set.
  public init(fittedTo examples: Dataset) throws { try self.init(fittedTo: examples.inputs) }

  /// The mean and the deviation of each feature over rows `[count, …]`.
  /// - Throws: where there are none.
  package init(fittedTo inputs: Tensor) throws {
    let count = inputs.rowCount, values = inputs.scalars
    guard count > 0, !values.isEmpty else {
      throw ChainRuleError(.value, in: "Standardization", required: "at least one example", got: "none")
    }
    let width = values.count / count
    var means = [Double](repeating: 0, count: width), units = means, squares = means
    for (place, value) in values.enumerated() { means[place % width] += value / Double(count) }
    for (place, value) in values.enumerated() {
      units[place % width] = Swift.max(units[place % width], Swift.abs(value - means[place % width]))
    }
    // Squares that would leave the range are taken of multiples of the largest.
    units = units.map { $0.isFinite && $0 > 0 && !(1e-140...1e140).contains($0) ? $0 : 1 }
    for (place, value) in values.enumerated() {
      let d = (value - means[place % width]) / units[place % width]
      squares[place % width] += d * d / Double(count)
    }
    self.means = means
    deviations = zip(squares, units).map { $0 > 0 && $0.isFinite ? $0.squareRoot() * $1 : 1 }
  }

  /// The examples with scaled inputs.
  /// - Throws: a `ChainRuleError` for rows with another number of features.
  public func callAsFunction(_ examples: Dataset) throws -> Dataset {
    try Dataset(inputs: try self(examples.inputs), targets: examples.targets, classNames: examples.classNames)
  }

  /// Scaled inputs `[count, …]`.
  /// - Throws: a `ChainRuleError` for rows with another number of features.
  public func callAsFunction(_ inputs: Tensor) throws -> Tensor {
    let width = inputs.rowCount == 0 ? means.count : inputs.count / inputs.rowCount
    guard width == means.count else {
      throw ChainRuleError(
        .shape, in: "Standardization", required: "\(means.count) features for each row", got: "\(inputs.shape)")
    }
    let values = inputs.scalars.enumerated().map { ($1 - means[$0 % width]) / deviations[$0 % width] }
    return inputs.elementType == .float32
      ? Tensor(floats: values.map { Float($0) }, shape: inputs.shape) : Tensor(shape: inputs.shape, values)
  }
}
