import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A number that tells how good predictions are, for people; training itself follows the loss.
public struct Metric: Sendable {
  /// What a history calls the metric.
  public let name: String
  /// Whether the metric of a set is the mean of its batches' metrics; others are measured on whole sets only.
  public let isMean: Bool
  private let measure: @Sendable (_ predictions: Tensor, _ targets: Tensor) throws -> Double

  /// A metric of one's own, over predictions `[count, …]` and targets `[count, …]`.
  public init(
    _ name: String, isMean: Bool = true,
    _ measure: @escaping @Sendable (_ predictions: Tensor, _ targets: Tensor) throws -> Double
  ) {
    (self.name, self.isMean, self.measure) = (name, isMean, measure)
  }

  /// The metric of predictions `[count, …]` against targets `[count, …]`.
  /// - Throws: the mistake that a tensor carries, or that of shapes which do not belong together.
  public func callAsFunction(_ predictions: Tensor, _ targets: Tensor) throws -> Double {
    if let error = predictions.error ?? targets.error { throw error }
    return try measure(predictions, targets)
  }

  /// What is measured unless something else is asked for: accuracy where targets are class indices and the prediction
  /// has a score for each class.
  static func usual(for targets: Tensor, _ prediction: Tensor) -> [Metric] {
    let isScored = prediction.shape[-1] > 1 && prediction.shape.dimensions.dropLast() == targets.shape.dimensions[...]
    return targets.elementType == .int32 && isScored ? [.accuracy] : []
  }
}

// MARK: Classes

extension Metric {
  /// The share of rows whose largest score is at the target class: scores `[…, classes]` against indices `[…]` or
  /// one-hot rows. Like all metrics of classes it is NaN where a score is.
  public static let accuracy = Metric("accuracy") { scores, targets in
    let (predicted, expected) = try classes(scores, targets, in: "accuracy")
    guard !expected.isEmpty, !scores.hasNaN else { return .nan }
    return Double(zip(predicted, expected).count { $0 == $1 }) / Double(expected.count)
  }

  /// The share of rows whose target class is among the k largest scores, a k of at least 1.
  public static func topK(_ k: Int) -> Metric {
    Metric("top\(k)") { scores, targets in
      guard k > 0 else {
        throw ChainRuleError(.value, in: "topK", required: "a k of at least 1", got: "\(k)")
      }
      let (_, expected) = try classes(scores, targets, in: "top\(k)")
      guard !scores.hasNaN else { return .nan }
      let width = scores.shape[-1], values = scores.scalars
      let hits = expected.enumerated().count { row, label in
        let score = values[row * width + label]
        return (0..<width).count { values[row * width + $0] > score } < k
      }
      return expected.isEmpty ? .nan : Double(hits) / Double(expected.count)
    }
  }

  /// The mean over classes of: right among those predicted as the class; 0 where none was.
  public static let precision = ofConfusion("precision") { $0.precision }
  /// The mean over classes of: found among those of the class; 0 where there is none.
  public static let recall = ofConfusion("recall") { $0.recall }
  /// The mean over classes of the harmonic mean of precision and recall.
  public static let f1 = ofConfusion("f1") { $0.macroF1 }
  /// The harmonic mean of precision and recall over all decisions together.
  public static let microF1 = ofConfusion("micro_f1") { $0.microF1 }

  private static func ofConfusion(_ name: String, _ read: @escaping @Sendable (ConfusionMatrix) -> Double) -> Metric {
    Metric(name, isMean: false) { scores, targets in
      if scores.hasNaN, try !classes(scores, targets, in: name).expected.isEmpty { return .nan }
      return try read(ConfusionMatrix(scores: scores, targets: targets))
    }
  }

  /// e to the mean of −ln softmax(z)[y]: how many classes the model hesitates between. From logits.
  public static let perplexity = Metric("perplexity", isMean: false) { scores, targets in
    let graph = Graph()
    return exp(try softmaxCrossEntropy(graph.constant(scores), graph.constant(targets)).scalar())
  }

  /// The probability that a random positive example scores above a random negative one (ties count half): the area
  /// under the receiver operating characteristic. Scores `[count]` or `[count, 1]`; targets 0 or 1.
  public static let areaUnderCurve = Metric("auc", isMean: false) { scores, targets in
    let pairs = try column("auc", scores, targets).sorted { $0.0 < $1.0 }
    let positives = pairs.count { $0.1 > 0.5 }
    let negatives = pairs.count - positives
    // A score that is no number has no rank.
    guard positives > 0, negatives > 0, !pairs.contains(where: { $0.0.isNaN }) else { return .nan }
    // The sum of the positives' ranks; equal scores share the mean of their ranks.
    var rankSum = 0.0, start = 0
    while start < pairs.count {
      var end = start
      while end < pairs.count, pairs[end].0 == pairs[start].0 { end += 1 }
      let rank = Double(start + 1 + end) / 2
      rankSum += rank * Double(pairs[start..<end].count { $0.1 > 0.5 })
      start = end
    }
    return (rankSum - Double(positives * (positives + 1)) / 2) / Double(positives * negatives)
  }

  /// The share of labels that are on the right side of one half: for `sigmoidCrossEntropy`, from logits.
  public static let labelAccuracy = Metric("label_accuracy") { logits, targets in
    let pairs = try column("label_accuracy", logits, targets)
    guard !logits.hasNaN else { return .nan }
    return Double(pairs.count { ($0.0 > 0) == ($0.1 > 0.5) }) / Double(pairs.count)
  }
}

// MARK: Numbers

extension Metric {
  /// The mean of |prediction − target|.
  public static let meanAbsoluteError = Metric("mae") { predictions, targets in
    let pairs = try column("mae", predictions, targets)
    return pairs.map { Swift.abs($0.0 - $0.1) }.reduce(0, +) / Double(pairs.count)
  }

  /// The root of the mean of (prediction − target)².
  public static let rootMeanSquaredError = Metric("rmse", isMean: false) { predictions, targets in
    let pairs = try column("rmse", predictions, targets)
    let errors = pairs.map { $0.0 - $0.1 }, largest = errors.map(Swift.abs).max() ?? 0
    // Squares that would leave the range are taken of multiples of the largest.
    let unit = largest.isFinite && largest > 0 && !(1e-140...1e140).contains(largest) ? largest : 1
    return (errors.map { ($0 / unit) * ($0 / unit) }.reduce(0, +) / Double(pairs.count)).squareRoot() * unit
  }

  /// R² = 1 − Σ (y − ŷ)² / Σ (y − mean y)²: the share of the variance that is explained.
  public static let rSquared = Metric("r2", isMean: false) { predictions, targets in
    let pairs = try column("r2", predictions, targets)
    let mean = pairs.map(\.1).reduce(0, +) / Double(pairs.count)
    let residual = pairs.map { ($0.1 - $0.0) * ($0.1 - $0.0) }.reduce(0, +)
    return 1 - residual / pairs.map { ($0.1 - mean) * ($0.1 - mean) }.reduce(0, +)
  }

  /// Predictions and targets element by element.
  private static func column(_ name: String, _ predictions: Tensor, _ targets: Tensor) throws -> [(Double, Double)] {
    guard predictions.count == targets.count, predictions.rowCount == targets.rowCount else {
      throw ChainRuleError(
        .shape, in: name, required: "as many predictions as targets",
        got: "shapes \(predictions.shape) and \(targets.shape)")
    }
    return Array(zip(predictions.scalars, targets.scalars))
  }
}

extension Tensor {
  fileprivate var hasNaN: Bool { scalars.contains { $0.isNaN } }
}

/// The predicted and the expected class of each row.
/// - Throws: when scores and targets do not belong together, and for a class that has no score.
func classes(_ scores: Tensor, _ targets: Tensor, in name: String) throws -> (predicted: [Int], expected: [Int]) {
  let rows = Shape(Array(scores.shape.dimensions.dropLast()))
  guard scores.shape.rank == 0 || scores.shape[-1] != 1 else {
    throw ChainRuleError(
      .shape, in: name, required: "scores of at least two classes", got: "one column, shape \(scores.shape)",
      hint: "The largest of one score is always right: measure labelAccuracy, which judges a yes or no.")
  }
  guard scores.shape.rank > 0, scores.shape[-1] > 0, targets.shape == rows || targets.shape == scores.shape else {
    throw ChainRuleError(
      .shape, in: name,
      required: "scores [\(targets.shape.dimensions.map(String.init).joined(separator: ", ")), classes]",
      got: "\(scores.shape)")
  }
  let expected = targets.shape == rows ? targets : targets.argmax(axis: -1)
  if let label = expected.indices.first(where: { !(0..<scores.shape[-1]).contains($0) }) {
    throw ChainRuleError(.value, in: name, required: "classes from 0 to \(scores.shape[-1] - 1)", got: "class \(label)")
  }
  return (scores.argmax(axis: -1).indices, expected.indices)
}
