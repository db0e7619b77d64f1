/// Places boxes in columns from left to right so that every wire runs to the right, few wires cross, and nothing
/// overlaps. Like this whole folder it knows rectangles and ports, and no explanation.
///
/// The steps are those of Sugiyama, Tagawa and Toda (1981): ranks, waypoints where a wire passes a column, an order
/// within each column with few crossings, then coordinates. A column belongs to its boxes alone: wires bend only in
/// the gaps between columns and pass a column on a waypoint of their own, so that no wire runs through a label.
struct LayeredLayout {
  /// A rectangle that holds a box with the labels to its left and right, and the heights at which wires reach it.
  struct Cell {
    var left: Double
    var body: Double
    var right: Double
    var height: Double
    /// Distance from the top of each input port.
    var ports: [Double]
    /// Distance from the top at which wires leave.
    var out: Double
  }

  struct Wire {
    var source: Int
    var target: Int
    var port: Int
  }

  struct Point: Equatable, Sendable {
    var x: Double
    var y: Double
  }

  /// Where wire `i` goes: from its source's right edge to its port, in pairs that enclose each bend.
  private(set) var routes: [[Point]] = []
  /// The top of each cell.
  private(set) var tops: [Double]
  private(set) var columns: [Column] = []
  /// The column of each cell.
  private(set) var ranks: [Int]
  private(set) var width = 0.0
  private(set) var height = 0.0
  /// Cells and waypoints, and how many links were looked at to place them.
  private(set) var vertexCount = 0
  private(set) var work = 0

  /// Boxes of a column are centred on each other; the labels to their left and right get the widest one's room.
  struct Column: Sendable {
    var x: Double
    var left = 0.0
    var body = 0.0
    var rightZone = 0.0
    var right: Double { x + left + body + rightZone }
    var bodyCenter: Double { x + left + body / 2 }
  }

  static let rowGap = 14.0
  static let wireGap = 9.0

  let cells: [Cell]
  let wires: [Wire]

  /// Wires must not form a cycle; a wire of a cycle would be drawn backward, never lost.
  init(cells: [Cell], wires: [Wire], wireGap: Double = LayeredLayout.wireGap) {
    self.cells = cells
    self.wires = wires
    ranks = LayeredLayout.ranks(count: cells.count, wires: wires)
    tops = [Double](repeating: 0, count: cells.count)
    guard !cells.isEmpty else { return }
    var layers = Layers(cells: cells, wires: wires, ranks: ranks, wireGap: wireGap)
    layers.reduceCrossings()
    let centers = layers.coordinates()
    place(layers, centers)
    (vertexCount, work) = (layers.vertices.count, layers.work)
  }

  /// Longest path from the left; then every leaf, with what is computed from it alone, moves next to the consumer that
  /// is nearest to it.
  static func ranks(count: Int, wires: [Wire]) -> [Int] {
    var outgoing = [[Int]](repeating: [], count: count), incoming = outgoing
    var waiting = [Int](repeating: 0, count: count)
    for wire in wires {
      outgoing[wire.source].append(wire.target)
      incoming[wire.target].append(wire.source)
      waiting[wire.target] += 1
    }
    var rank = [Int](repeating: 0, count: count)
    var ready = (0..<count).filter { waiting[$0] == 0 }
    var next = 0
    while next < ready.count {
      let cell = ready[next]
      next += 1
      for target in outgoing[cell] {
        rank[target] = max(rank[target], rank[cell] + 1)
        waiting[target] -= 1
        if waiting[target] == 0 { ready.append(target) }
      }
    }
    // Whatever feeds it moves with it: leaves, and cells that nobody else uses.
    var isMovable = [Bool](repeating: false, count: count)
    for cell in ready {
      isMovable[cell] = incoming[cell].allSatisfy { isMovable[$0] && (incoming[$0].isEmpty || outgoing[$0].count == 1) }
    }
    for cell in ready.reversed() where isMovable[cell] {
      if let nearest = outgoing[cell].map({ rank[$0] }).min() { rank[cell] = max(rank[cell], nearest - 1) }
    }
    return rank
  }

  private mutating func place(_ layers: Layers, _ positions: [Double]) {
    // Tops, shifted so that the highest thing is at zero.
    var least = Double.infinity, most = -Double.infinity
    for vertex in positions.indices {
      least = min(least, positions[vertex])
      most = max(most, positions[vertex] + layers.vertices[vertex].height)
    }
    for cell in cells.indices { tops[cell] = positions[cell] - least }
    height = most - least

    // Columns: wide enough for their cells; gaps grow with how steeply the wires between them climb.
    let count = layers.order.count
    var steepest = [Double](repeating: 0, count: count)
    for link in layers.links {
      let rank = layers.vertices[link.source].rank
      let from = positions[link.source] + layers.vertices[link.source].out
      let to = positions[link.target] + layers.portOffset(of: link)
      steepest[rank] = max(steepest[rank], abs(to - from))
    }
    var x = 0.0
    for rank in 0..<count {
      var column = Column(x: x)
      for vertex in layers.order[rank] where vertex < cells.count {
        column.left = max(column.left, cells[vertex].left)
        column.body = max(column.body, cells[vertex].body)
        column.rightZone = max(column.rightZone, cells[vertex].right)
      }
      columns.append(column)
      x = column.right + (rank + 1 < count ? min(90, 28 + steepest[rank] * 0.13) : 0)
    }
    width = x

    // A wire: its source's right edge, the waypoints it passes, its port.
    for wire in wires {
      var route = [Point(x: columns[ranks[wire.source]].right, y: tops[wire.source] + cells[wire.source].out)]
      if ranks[wire.target] > ranks[wire.source] + 1 {
        for rank in (ranks[wire.source] + 1)..<ranks[wire.target] {
          guard let vertex = layers.waypoint(of: wire.source, rank: rank) else { continue }
          let y = positions[vertex] - least + layers.vertices[vertex].out
          route.append(Point(x: columns[rank].x, y: y))
          route.append(Point(x: columns[rank].right, y: y))
        }
      }
      route.append(Point(x: columns[ranks[wire.target]].x, y: tops[wire.target] + cells[wire.target].ports[wire.port]))
      routes.append(route)
    }
  }
}
