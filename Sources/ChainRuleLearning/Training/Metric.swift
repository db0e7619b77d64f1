/// A number that tells how good predictions are, for people; training itself follows the loss.
public struct Metric: Sendable {
  public let name: String
  private let measure: @Sendable (_ predictions: Tensor, _ targets: Tensor) throws -> Double

  /// A metric of one's own, over predictions `[count, …]` and targets `[count, …]`.
  public init(
    _ name: String, _ measure: @escaping @Sendable (_ predictions: Tensor, _ targets: Tensor) throws -> Double
  ) {
    (self.name, self.measure) = (name, measure)
  }

  public func callAsFunction(_ predictions: Tensor, _ targets: Tensor) throws -> Double {
    if let error = predictions.error ?? targets.error { throw error }
    return try measure(predictions, targets)
  }

  /// The share of rows whose largest score is at the target class: scores `[…, classes]` against indices `[…]` or
  /// one-hot rows.
  public static let accuracy = Metric("accuracy") { scores, targets in
    let (predicted, expected) = try classes(scores, targets, in: "accuracy")
    guard !expected.isEmpty else { return .nan }
    return Double(zip(predicted, expected).count { $0 == $1 }) / Double(expected.count)
  }

  /// What is measured unless something else is asked for: accuracy where targets are class indices.
  static func usual(for targets: Tensor) -> [Metric] { targets.elementType == .int32 ? [.accuracy] : [] }
}

/// The predicted and the expected class of each row.
/// - Throws: when scores and targets do not belong together.
func classes(_ scores: Tensor, _ targets: Tensor, in name: String) throws -> (predicted: [Int], expected: [Int]) {
  let rows = Shape(Array(scores.shape.dimensions.dropLast()))
  guard scores.shape.rank > 0, targets.shape == rows || targets.shape == scores.shape else {
    throw ChainRuleError(
      .shape, in: name,
      required: "scores [\(targets.shape.dimensions.map(String.init).joined(separator: ", ")), classes]",
      got: "\(scores.shape)")
  }
  let expected = targets.shape == rows ? targets : targets.argmax(axis: -1)
  return (scores.argmax(axis: -1).indices, expected.indices)
}
