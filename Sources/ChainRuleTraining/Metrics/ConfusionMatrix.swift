import ChainRuleCore

/// How often each true class was predicted as each class, and the rates that follow.
public struct ConfusionMatrix: Sendable, Equatable, CustomStringConvertible {
  /// The names of the classes, by index.
  public let names: [String]
  /// `counts[truth][prediction]`
  public let counts: [[Int]]

  /// From scores `[…, classes]` and class indices `[…]` or one-hot rows.
  /// - Throws: a `ChainRuleError` for scores and targets that do not belong together, for a score of NaN, and as below.
  public init(scores: Tensor, targets: Tensor, names: [String]? = nil) throws {
    let (predicted, expected) = try classes(scores, targets, in: "ConfusionMatrix")
    if let place = scores.scalars.firstIndex(where: { $0.isNaN }) {
      throw ChainRuleError(
        .value, in: "ConfusionMatrix", required: "scores that are numbers",
        got: "NaN in row \(place / scores.shape[-1])")
    }
    try self.init(predicted: predicted, expected: expected, count: scores.shape[-1], names: names)
  }

  /// From class indices below `count`.
  /// - Throws: a `ChainRuleError` for a class that is not below `count`, for another number of names, of predictions
  ///   than of truths, and for more than 10,000 classes.
  public init(predicted: [Int], expected: [Int], count: Int, names: [String]? = nil) throws {
    guard (0...10_000).contains(count), predicted.count == expected.count else {
      throw ChainRuleError(
        .value, in: "ConfusionMatrix", required: "0 to 10,000 classes, and a truth for each prediction",
        got: "\(count) classes, \(predicted.count) predictions and \(expected.count) truths")
    }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    for (prediction, truth) in zip(predicted, expected) {
      guard (0..<count).contains(truth), (0..<count).contains(prediction) else {
        throw ChainRuleError(
          .value, in: "ConfusionMatrix", required: "classes from 0 to \(count - 1)",
          got: "class \(truth) predicted as \(prediction)")
      }
      counts[truth][prediction] += 1
    }
    self.counts = counts
    self.names = names ?? counts.indices.map(String.init)
    guard self.names.count == counts.count else {
      throw ChainRuleError(
        .value, in: "ConfusionMatrix", required: "a name for each of \(count) classes", got: "\(self.names.count)")
    }
  }

  private var all: Range<Int> { counts.indices }
  private func right(_ c: Int) -> Int { counts[c][c] }
  private func predicted(_ c: Int) -> Int { all.map { counts[$0][c] }.reduce(0, +) }
  private func actual(_ c: Int) -> Int { counts[c].reduce(0, +) }
  private func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
  private func mean(_ value: (Int) -> Double) -> Double { all.map(value).reduce(0, +) / Double(counts.count) }

  /// How many decisions were counted.
  public var total: Int { counts.map { $0.reduce(0, +) }.reduce(0, +) }
  /// The share of decisions that are right.
  public var accuracy: Double { share(all.map(right).reduce(0, +), total) }

  /// Right among those predicted as the class; NaN for a class that there is not.
  public func precision(of c: Int) -> Double { all.contains(c) ? share(right(c), predicted(c)) : .nan }
  /// Found among those of the class; NaN for a class that there is not.
  public func recall(of c: Int) -> Double { all.contains(c) ? share(right(c), actual(c)) : .nan }
  /// 2 · right / (predicted + actual); NaN for a class that there is not.
  public func f1(of c: Int) -> Double { all.contains(c) ? share(2 * right(c), predicted(c) + actual(c)) : .nan }

  /// The mean of the classes' precisions.
  public var precision: Double { mean(precision(of:)) }
  /// The mean of the classes' recalls.
  public var recall: Double { mean(recall(of:)) }
  /// The mean of the classes' F1.
  public var macroF1: Double { mean(f1(of:)) }
  /// With one class for each row, precision, recall and F1 over all decisions together are the accuracy.
  public var microF1: Double { accuracy }

  /// Rows are the truth, columns what was predicted; zeros off the diagonal are dots.
  public var description: String {
    let cells = counts.enumerated().map { truth, row in
      row.enumerated().map { $0 == truth || $1 != 0 ? "\($1)" : "·" }
    }
    let width = (cells.flatMap { $0 } + names).map(\.count).max() ?? 1
    let lead = names.map(\.count).max() ?? 1
    func line(_ head: String, _ cells: [String]) -> String {
      head.indented(to: lead) + " │ " + cells.map { $0.indented(to: width) }.joined(separator: " ")
    }
    let head = line("", names)
    let rule = String(repeating: "─", count: lead + 1) + "┼" + String(repeating: "─", count: head.count - lead - 2)
    return ([head, rule] + zip(names, cells).map(line)).joined(separator: "\n")
  }
}
