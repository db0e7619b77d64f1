import ChainRuleCore

/// The places of a matrix that may differ from 0, row by row.
struct SparsePattern {
  let rowCount: Int, columnCount: Int
  private(set) var rows: [Int] = [], columns: [Int] = []
  /// By row the columns, and by column the rows, in rising order.
  private(set) var byRow: [[Int]], byColumn: [[Int]]

  init(_ rowCount: Int, _ columnCount: Int, byRow: [[Int]]) {
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

  init(of output: Node, by x: Node, _ structure: JacobianStructure) throws {
    let graph = output.graph, target = try graph.resolve(output), source = try graph.resolve(x)
    for id in [target, source] { if let error = graph.failure(of: id) { throw error } }
    let (m, n) = (output.shape.elementCount, x.shape.elementCount)
    var byRow = [[Int]](repeating: [], count: m)
    switch structure {
    case .detected:
      var dependence = Dependence(on: source, in: graph, limit: 50_000_000)
      byRow = try dependence.sets(of: target).map { $0.map(Int.init) }
    case .given(let rows, let columns):
      guard rows.count == columns.count, rows.allSatisfy((0..<m).contains), columns.allSatisfy((0..<n).contains) else {
        throw ChainRuleError(
          .shape, in: "jacobian(structure:)", required: "a column below \(n) for each row below \(m)",
          got: "\(rows.count) rows and \(columns.count) columns, or one out of range")
      }
      for (row, column) in zip(rows, columns) { byRow[row].append(column) }
      byRow = byRow.map { Array(Set($0)).sorted() }
    }
    self.init(m, n, byRow: byRow)
  }

  /// With (j, i) wherever there is (i, j).
  func symmetric() -> SparsePattern {
    SparsePattern(rowCount, columnCount, byRow: byRow.indices.map { Array(Set(byRow[$0] + byColumn[$0])).sorted() })
  }

  /// Colours of lines, no two of one colour in conflict, and the lines of each colour.
  struct Colouring {
    var colors: [Int]
    var groups: [[Int]] = []
    var count: Int { groups.count }
  }

  func colouredColumns() -> Colouring { Self.coloured(byColumn, byRow) }
  func colouredRows() -> Colouring { Self.coloured(byRow, byColumn) }

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

  static func ones(at places: [Int], of count: Int) -> [Double] {
    var values = [Double](repeating: 0, count: count)
    for place in places { values[place] = 1 }
    return values
  }

  /// The kept elements, each at a place among those that the passes found.
  func jacobian(_ passes: [Node], _ places: [Int], in graph: Graph) -> SparseJacobian {
    let values: Node
    if passes.isEmpty {
      values = graph.constant(Tensor(shape: [0], []))
    } else {
      let all = concatenate(passes.map { $0.reshaped(to: [$0.shape.elementCount]) })
      values = all.gathered(at: graph.constant(Tensor(indices: places)))
    }
    return SparseJacobian(
      shape: [rowCount, columnCount], rows: rows, columns: columns, values: values, passes: passes.count)
  }
}

/// Colours of the columns of a symmetric matrix such that every element is alone in its row, or its mirror image in its
/// own, among the columns of a colour: a star colouring (Gebremedhin, Tarafdar, Manne and Pothen 2007).
struct StarColouring {
  private let pattern: SparsePattern
  private(set) var groups: [[Int]] = []
  private var colors: [Int]

  init(_ pattern: SparsePattern) {
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
  func place(_ i: Int, _ j: Int) -> Int {
    let isAlone = !pattern.byRow[i].contains { $0 != j && colors[$0] == colors[j] }
    return isAlone ? colors[j] * pattern.rowCount + i : colors[i] * pattern.rowCount + j
  }
}
