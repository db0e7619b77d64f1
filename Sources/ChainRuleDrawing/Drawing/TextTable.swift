/// A table for the terminal: columns aligned, cells of several lines kept together.
struct TextTable {
  enum Alignment { case left, right }
  struct Column {
    var title: String
    var alignment: Alignment = .left
  }
  struct Cell {
    var lines: [String]
    var style: TerminalStyle
    init(_ text: String, _ style: TerminalStyle = .plain) { (lines, self.style) = ([text], style) }
    init(lines: [String], _ style: TerminalStyle = .plain) { (self.lines, self.style) = (lines, style) }
  }

  var columns: [Column]
  var rows: [[Cell]] = []

  /// Wider texts stand out of their column and do not widen it: the text of n rows grows as n, not as n².
  private static let widestAligned = 120

  mutating func add(_ cells: Cell...) { rows.append(cells) }

  func text(color: Bool, indent: String = "  ") -> String {
    let shown = columns.indices.filter { column in
      rows.contains { $0[column].lines.contains { !$0.isEmpty } }
    }
    var widths = shown.map { TextWidth.columns(of: columns[$0].title) }
    for cells in rows {
      for (index, column) in shown.enumerated() {
        for line in cells[column].lines {
          let width = TextWidth.columns(of: line)
          if width <= Self.widestAligned { widths[index] = Swift.max(widths[index], width) }
        }
      }
    }
    var result = line(shown.map { columns[$0].title }, widths, shown, .faint, color, indent)
    result +=
      indent
      + TerminalStyle.faint.apply(
        String(repeating: "─", count: widths.reduce(0, +) + 2 * Swift.max(0, widths.count - 1)), color) + "\n"
    for cells in rows {
      let height = cells.map(\.lines.count).max() ?? 1
      for index in 0..<height {
        var parts: [String] = []
        for (position, column) in shown.enumerated() {
          let cell = cells[column]
          let text = index < cell.lines.count ? cell.lines[index] : ""
          parts.append(cell.style.apply(pad(text, widths[position], columns[column].alignment), color && !text.isEmpty))
        }
        result += indent + trimmed(parts.joined(separator: "  ")) + "\n"
      }
    }
    return result
  }

  private func line(
    _ texts: [String], _ widths: [Int], _ shown: [Int], _ style: TerminalStyle, _ color: Bool, _ indent: String
  ) -> String {
    let parts = texts.enumerated().map { pad($1, widths[$0], columns[shown[$0]].alignment) }
    return indent + style.apply(trimmed(parts.joined(separator: "  ")), color) + "\n"
  }

  private func pad(_ text: String, _ width: Int, _ alignment: Alignment) -> String {
    let space = String(repeating: " ", count: Swift.max(0, width - TextWidth.columns(of: text)))
    return alignment == .left ? text + space : space + text
  }

  private func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
