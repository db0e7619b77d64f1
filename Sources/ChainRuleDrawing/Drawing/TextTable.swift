/// A table for the terminal: columns aligned, cells of several lines kept together.
struct TextTable {
  enum Alignment { case left, right }
  struct Column {
    var title: String
    var alignment: Alignment = .left
    /// Left out where a terminal is too narrow: another table says the same.
    var isSaidElsewhere = false
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

  /// - Parameter width: the columns of the terminal; cells of wider tables are broken into lines.
  func text(color: Bool, indent: String = "  ", width: Int? = nil) -> String {
    if let width { return fitted(to: Swift.max(width, indent.count) - indent.count).text(color: color, indent: indent) }
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

  /// No column of words gets narrower than this; numbers are not broken.
  private static let narrowest = 8

  /// The table with the cells of its widest columns broken into lines until it is no wider than `width`.
  private func fitted(to width: Int) -> TextTable {
    var table = self
    var widths = columns.indices.map { column in
      let texts = rows.flatMap { $0[column].lines }
      return texts.contains { !$0.isEmpty }
        ? Swift.max(0, (texts + [columns[column].title]).map(TextWidth.columns).max() ?? 0) : 0
    }
    var broken: Set<Int> = []
    while true {
      let over = widths.reduce(0, +) + 2 * Swift.max(0, widths.count { $0 > 0 } - 1) - width
      let reducible = widths.indices.filter {
        let least = Swift.max(Self.narrowest, TextWidth.columns(of: columns[$0].title))
        return columns[$0].alignment == .left && widths[$0] > least
      }
      guard over > 0, let widest = reducible.max(by: { widths[$0] < widths[$1] }) else { break }
      let least = Swift.max(Self.narrowest, TextWidth.columns(of: columns[widest].title))
      // No narrower than the next one, so that several share what is cut.
      let next = reducible.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
      widths[widest] = Swift.max(least, Swift.min(widths[widest] - 1, Swift.max(widths[widest] - over, next)))
      broken.insert(widest)
    }
    let isTooWide = widths.reduce(0, +) + 2 * Swift.max(0, widths.count { $0 > 0 } - 1) > width
    if isTooWide, columns.contains(where: \.isSaidElsewhere) {
      var shorter = self
      for row in rows.indices {
        var cells = zip(columns, rows[row]).filter { !$0.0.isSaidElsewhere }.map(\.1)
        // What stood there in place of a name, Σ over the consumers, goes where the name is.
        let words = zip(columns, rows[row]).first { $0.0.isSaidElsewhere }?.1
        if cells[0].lines == [""], let words { cells[0] = words }
        shorter.rows[row] = cells
      }
      shorter.columns.removeAll(where: \.isSaidElsewhere)
      return shorter.fitted(to: width)
    }
    for column in broken {
      for row in rows.indices {
        table.rows[row][column].lines = rows[row][column].lines.flatMap { Self.broken($0, at: widths[column]) }
      }
    }
    return table
  }

  /// A text in lines of at most `width` columns, broken at spaces where there are any.
  private static func broken(_ text: String, at width: Int) -> [String] {
    var lines: [String] = [], rest = text[...]
    let indent = String(text.prefix { $0 == " " })
    while TextWidth.columns(of: String(rest)) > width {
      var end = rest.startIndex, room = width, space: Substring.Index?
      while end < rest.endIndex, room >= TextWidth.columns(of: rest[end]) {
        if rest[end] == " ", end > rest.startIndex, !lines.isEmpty || rest[..<end].contains(where: { $0 != " " }) {
          space = end
        }
        room -= TextWidth.columns(of: rest[end])
        end = rest.index(after: end)
      }
      let cut = space ?? end
      guard cut > rest.startIndex else { break }
      lines.append(String(rest[..<cut]))
      let next = rest[cut...].drop { $0 == " " }
      if next.isEmpty { return lines }
      rest = (indent + next)[...]
      if indent.count >= width { break }
    }
    return lines + [String(rest)]
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
