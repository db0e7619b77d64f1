/// The places of a matrix that may differ from 0, row by row.
package struct SparsePattern {
  package let rowCount: Int, columnCount: Int
  package private(set) var rows: [Int] = [], columns: [Int] = []
  /// By row the columns, and by column the rows, in rising order.
  private(set) var byRow: [[Int]], byColumn: [[Int]]

  package init(_ rowCount: Int, _ columnCount: Int, byRow: [[Int]]) {
    (self.rowCount, self.columnCount, self.byRow) = (rowCount, columnCount, byRow)
    byColumn = Array(repeating: [], count: columnCount)
    for (row, places) in byRow.enumerated() {
      for column in places {
        rows.append(row)
        columns.append(column)
        byColumn[column].append(row)
      }
    }
  }

  /// With (j, i) wherever there is (i, j).
  package func symmetric() -> SparsePattern {
    SparsePattern(rowCount, columnCount, byRow: byRow.indices.map { Array(Set(byRow[$0] + byColumn[$0])).sorted() })
  }

  /// Colours of lines, no two of one colour in conflict, and the lines of each colour.
  package struct Colouring {
    package var colors: [Int]
    package var groups: [[Int]] = []
    package var count: Int { groups.count }
  }

  package func colouredColumns() -> Colouring { Self.coloured(byColumn, byRow) }
  package func colouredRows() -> Colouring { Self.coloured(byRow, byColumn) }

  /// Greedy: each line, the fullest first, takes the first colour that no line has that crosses one it crosses.
  private static func coloured(_ lines: [[Int]], _ crossing: [[Int]]) -> Colouring {
    var result = Colouring(colors: [Int](repeating: 0, count: lines.count))
    var forbidden: [Int] = [], isColoured = [Bool](repeating: false, count: lines.count)
    let order = lines.indices.filter { !lines[$0].isEmpty }.sorted {
      (lines[$0].count, $1) > (lines[$1].count, $0)
    }
    for line in order {
      for cross in lines[line] {
        for other in crossing[cross] where isColoured[other] { forbidden[result.colors[other]] = line }
      }
      let color = forbidden.firstIndex { $0 != line } ?? forbidden.count
      if color == forbidden.count {
        forbidden.append(-1)
        result.groups.append([])
      }
      result.colors[line] = color
      result.groups[color].append(line)
      isColoured[line] = true
    }
    return result
  }

  package static func ones(at places: [Int], of count: Int) -> [Double] {
    var values = [Double](repeating: 0, count: count)
    for place in places { values[place] = 1 }
    return values
  }
}

/// Colours of the columns of a symmetric matrix such that every element is alone in its row, or its mirror image in its
/// own, among the columns of a colour: a star colouring (Gebremedhin, Tarafdar, Manne and Pothen 2007).
package struct StarColouring {
  private let pattern: SparsePattern
  package private(set) var groups: [[Int]] = []
  private var colors: [Int]

  package init(_ pattern: SparsePattern) {
    self.pattern = pattern
    colors = [Int](repeating: -1, count: pattern.columnCount)
    var forbidden: [Int] = []
    func neighbours(_ v: Int) -> [Int] { pattern.byRow[v] }
    let order = (0..<pattern.columnCount).filter { !neighbours($0).isEmpty }.sorted {
      (neighbours($0).count, $1) > (neighbours($1).count, $0)
    }
    for v in order {
      for w in neighbours(v) where w != v {
        if colors[w] >= 0 { forbidden[colors[w]] = v }
        for x in neighbours(w) where x != v && x != w && colors[x] >= 0 {
          // A path v – w – x: x must differ where w has no colour yet, or where x has another neighbour of w's colour.
          if colors[w] < 0 || neighbours(x).contains(where: { $0 != w && $0 != x && colors[$0] == colors[w] }) {
            forbidden[colors[x]] = v
          }
        }
      }
      let color = forbidden.firstIndex { $0 != v } ?? forbidden.count
      if color == forbidden.count {
        forbidden.append(-1)
        groups.append([])
      }
      colors[v] = color
      groups[color].append(v)
    }
  }

  /// Where the element (i, j) stands among the passes: in row i of j's colour where j is alone there, else in row j of
  /// i's colour.
  package func place(_ i: Int, _ j: Int) -> Int {
    let isAlone = !pattern.byRow[i].contains { $0 != j && colors[$0] == colors[j] }
    return isAlone ? colors[j] * pattern.rowCount + i : colors[i] * pattern.rowCount + j
  }
}
