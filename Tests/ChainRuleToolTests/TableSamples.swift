import Foundation

/// Rows whose price follows from their other columns: 2 · area + 10 for the red ones + a little of the row's own.
func houses(gaps: Bool = true, separator: String = ",", decimal: String = ".") -> String {
  let rows = (0..<120).map { index in
    let area = Double((index * 37) % 100) / 2
    let color = ["red", "blue", "green"][index * 7 % 3]
    let price = 2 * area + (color == "red" ? 10 : 0) + Double(index * 13 % 7) / 100
    let cells = [
      "\(index + 1)", gaps && index % 31 == 5 ? "NA" : "\(area)", gaps && index % 17 == 9 ? "" : color,
      index % 2 == 0 ? "yes" : "no", "2020-\(index % 12 + 1)-\(index % 28 + 1)",
      gaps && index % 29 == 3 ? "" : "\(price)",
    ]
    return cells.map { $0.replacing(".", with: decimal) }.joined(separator: separator)
  }
  return (["id,area,color,garden,sold,price".replacing(",", with: separator)] + rows).joined(separator: "\n") + "\n"
}

func train(_ table: String, _ words: [String], then body: (Tool, URL) throws -> Void = { _, _ in }) throws {
  try Tool.inNewFolder { folder in
    try Data(table.utf8).write(to: folder.appending(path: "t.csv"))
    try body(try Tool.run(["train", "--data", "t.csv"] + words, in: folder), folder)
  }
}
