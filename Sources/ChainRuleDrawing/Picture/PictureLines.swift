/// Where each column of a layout goes on paper: all on one line, or line after line like text.
struct PictureLines {
  /// Wires that are cut carry tags, which need more room between them.
  static let wireGap = 13.0
  /// Room between lines.
  private static let leading = 30.0
  /// Room for the tags at both ends of a line.
  private static let tags = 78.0

  private var lineOfColumn: [Int] = []
  /// How far the columns of a line move.
  private var moved: [LayeredLayout.Point] = []
  private var ends: [Double] = []
  private var starts: [Double] = []
  private(set) var width: Double
  private(set) var height: Double

  init(_ layout: LayeredLayout, limit: Double?, margin: Double, top: Double) {
    width = layout.width + 2 * margin
    height = layout.height + 2 * margin + top
    lineOfColumn = [Int](repeating: 0, count: layout.columns.count)
    moved = [.init(x: margin, y: margin + top)]
    starts = [margin]
    ends = [margin + layout.width]
    guard let limit, width > limit, layout.columns.count > 1 else { return }
    let room = limit - 2 * margin - 2 * PictureLines.tags
    let lines = PictureLines.evenly(layout.columns, room: room)
    let extents = PictureLines.extents(of: lines, layout)
    var y = margin + top
    (moved, starts, ends, width) = ([], [], [], 0)
    for (number, line) in lines.enumerated() {
      for column in line { lineOfColumn[column] = number }
      let indent = margin + (number == 0 ? 0 : PictureLines.tags)
      let left = layout.columns[line.lowerBound].x, right = layout.columns[line.upperBound - 1].right
      moved.append(.init(x: indent - left, y: y - extents[number].lowerBound))
      starts.append(indent - 14)
      ends.append(indent + right - left + 14)
      width = max(width, indent + right - left + margin + (number + 1 < lines.count ? PictureLines.tags : 0))
      y += extents[number].upperBound - extents[number].lowerBound + PictureLines.leading
    }
    height = y - PictureLines.leading + margin
  }

  func line(of column: Int) -> Int { lineOfColumn[column] }
  func end(of column: Int) -> Double { ends[lineOfColumn[column]] }
  func start(of column: Int) -> Double { starts[lineOfColumn[column]] }

  func place(_ point: LayeredLayout.Point, _ column: Int) -> LayeredLayout.Point {
    let by = moved[lineOfColumn[column]]
    return .init(x: point.x + by.x, y: point.y + by.y)
  }

  /// What a cut wire carries, in a few characters.
  static func tag(_ item: FoldedGraph.Item, _ explanation: Explanation) -> String {
    let name: String =
      switch item {
      case .node(let id), .entry(let id, _), .exit(let id, _): explanation.nodes[id].symbol
      case .module(let path, _): path.last ?? ""
      }
    return name.count > 8 ? name.prefix(7) + "…" : name
  }

  /// As few lines as fit, of about the same length.
  private static func evenly(_ columns: [LayeredLayout.Column], room: Double) -> [Range<Int>] {
    func broken(at room: Double) -> [Range<Int>] {
      var lines: [Range<Int>] = [], start = 0
      for column in columns.indices where column > start && columns[column].right - columns[start].x > room {
        lines.append(start..<column)
        start = column
      }
      return lines + [start..<columns.count]
    }
    let fewest = broken(at: room)
    var low = 0.0, high = room, best = fewest
    for _ in 0..<12 {
      let middle = (low + high) / 2, lines = broken(at: middle)
      if lines.count == fewest.count { (best, high) = (lines, middle) } else { low = middle }
    }
    return best
  }

  /// From the top to the bottom of what stands on each line.
  private static func extents(of lines: [Range<Int>], _ layout: LayeredLayout) -> [ClosedRange<Double>] {
    var lineOf = [Int](repeating: 0, count: layout.columns.count)
    for (number, line) in lines.enumerated() { for column in line { lineOf[column] = number } }
    var low = [Double](repeating: .infinity, count: lines.count), high = low.map { -$0 }
    func include(_ y: Double, _ column: Int) {
      low[lineOf[column]] = min(low[lineOf[column]], y)
      high[lineOf[column]] = max(high[lineOf[column]], y)
    }
    for cell in layout.cells.indices {
      include(layout.tops[cell], layout.ranks[cell])
      include(layout.tops[cell] + layout.cells[cell].height, layout.ranks[cell])
    }
    for (wire, route) in zip(layout.wires, layout.routes) {
      for (index, point) in route.enumerated() {
        let column = layout.ranks[wire.source] + (index + 1) / 2
        include(point.y - 7, column)
        include(point.y + 7, column)
      }
    }
    return zip(low, high).map { $0 <= $1 ? $0...$1 : 0...0 }
  }
}
