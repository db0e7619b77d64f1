import ChainRuleLearning

extension TrainingReport.Confusion {
  /// The matrix of labels and predictions, both as class indices.
  init(labels: [String], actual: [Int], predicted: [Int]) throws {
    self.init(try ConfusionMatrix(predicted: predicted, expected: actual, count: labels.count, names: labels))
  }

  /// `97.5 % (346 of 355)`
  var summary: String {
    let right = counts.indices.reduce(0) { $0 + counts[$1][$1] }
    return "\((100 * (accuracy ?? .nan)).fixed(1)) % (\(right) of \(counts.joined().reduce(0, +)))"
  }

  /// A matrix for the terminal: a row for each class, a column for what it was taken for.
  var text: String {
    guard labels.count <= 20 else { return mistakes }
    let names = labels.map { $0.count > 8 ? String($0.prefix(7)) + "…" : $0 }
    let head = Swift.max(names.map(\.count).max() ?? 0, 1)
    let width = Swift.max(head, counts.joined().map { "\($0)".count }.max() ?? 1)
    var lines = ["Confusion matrix: rows are the labels, columns the predictions", ""]
    lines.append(
      "  " + String(repeating: " ", count: head) + " │ " + names.map { $0.indented(to: width) }.joined(separator: " "))
    lines.append(
      "  " + String(repeating: "─", count: head + 1) + "┼" + String(repeating: "─", count: (width + 1) * names.count))
    for (row, name) in names.enumerated() {
      let cells = counts[row].map { ($0 == 0 ? "·" : "\($0)").indented(to: width) }
      lines.append("  " + name.indented(to: head) + " │ " + cells.joined(separator: " "))
    }
    return lines.joined(separator: "\n")
  }

  private var mistakes: String {
    let pairs = counts.indices.flatMap { actual in
      counts.indices.filter { $0 != actual && counts[actual][$0] > 0 }.map { (actual, $0, counts[actual][$0]) }
    }
    let worst = pairs.sorted { $0.2 > $1.2 }.prefix(10)
    return (["The most frequent mistakes:"] + worst.map { "  \(labels[$0.0]) taken for \(labels[$0.1]): \($0.2)" })
      .joined(separator: "\n")
  }
}
