import ChainRule

/// How often each class was taken for each other one.
struct Confusion {
  let names: [String]
  /// `counts[actual][predicted]`
  private(set) var counts: [[Int]]

  init(names: [String], actual: [Int], predicted: [Int]) {
    self.names = names
    counts = names.map { _ in [Int](repeating: 0, count: names.count) }
    for (actual, predicted) in zip(actual, predicted) { counts[actual][predicted] += 1 }
  }

  var total: Int { counts.joined().reduce(0, +) }
  var right: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }
  /// `97.5 % (346 of 355)`
  var accuracy: String { "\((100 * Double(right) / Double(Swift.max(total, 1))).fixed(1)) % (\(right) of \(total))" }

  /// A matrix for the terminal: a row for each class, a column for what it was taken for.
  var text: String {
    guard names.count <= 20 else { return mistakes }
    let labels = names.map { $0.count > 8 ? String($0.prefix(7)) + "…" : $0 }
    let head = Swift.max(labels.map(\.count).max() ?? 0, 1)
    let width = Swift.max(head, counts.joined().map { "\($0)".count }.max() ?? 1)
    var lines = ["Confusion matrix: rows are the labels, columns the predictions", ""]
    lines.append(
      "  " + String(repeating: " ", count: head) + " │ " + labels.map { $0.indented(to: width) }.joined(separator: " "))
    lines.append(
      "  " + String(repeating: "─", count: head + 1) + "┼" + String(repeating: "─", count: (width + 1) * names.count))
    for (row, label) in labels.enumerated() {
      let cells = counts[row].map { ($0 == 0 ? "·" : "\($0)").indented(to: width) }
      lines.append("  " + label.indented(to: head) + " │ " + cells.joined(separator: " "))
    }
    return lines.joined(separator: "\n")
  }

  private var mistakes: String {
    let pairs = counts.indices.flatMap { actual in
      counts.indices.filter { $0 != actual && counts[actual][$0] > 0 }.map { (actual, $0, counts[actual][$0]) }
    }
    let worst = pairs.sorted { $0.2 > $1.2 }.prefix(10)
    return (["The most frequent mistakes:"] + worst.map { "  \(names[$0.0]) taken for \(names[$0.1]): \($0.2)" })
      .joined(separator: "\n")
  }
}
