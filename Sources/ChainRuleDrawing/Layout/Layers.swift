/// Columns of vertices: the cells themselves, and a waypoint wherever the wires of a source pass a column.
///
/// All wires of one source share its waypoints, so that a value that is used far away is one line until it forks.
struct Layers {
  struct Vertex {
    var rank: Int
    var height: Double
    var out: Double
    var isWaypoint: Bool
  }

  /// A piece of wire between neighbouring columns.
  struct Link {
    var source: Int
    var target: Int
    /// The port of a cell; 0 for a waypoint.
    var port: Int
  }

  private(set) var vertices: [Vertex]
  private(set) var links: [Link] = []
  /// The vertices of each column from top to bottom.
  private(set) var order: [[Int]]
  private let cells: [LayeredLayout.Cell]
  private var waypoints: [[Int: Int]]
  /// Links by the vertex at their left and at their right end.
  private var linksFrom: [[Int]] = []
  private var linksTo: [[Int]] = []

  private let wireGap: Double
  /// How many links were looked at so far: what the time is made of.
  private(set) var work = 0

  init(cells: [LayeredLayout.Cell], wires: [LayeredLayout.Wire], ranks: [Int], wireGap: Double) {
    self.cells = cells
    self.wireGap = wireGap
    vertices = cells.indices.map {
      Vertex(rank: ranks[$0], height: cells[$0].height, out: cells[$0].out, isWaypoint: false)
    }
    waypoints = [[Int: Int]](repeating: [:], count: cells.count)
    order = [[Int]](repeating: [], count: (ranks.max() ?? -1) + 1)
    for wire in wires where ranks[wire.target] > ranks[wire.source] {
      var last = wire.source
      for rank in (ranks[wire.source] + 1)..<ranks[wire.target] {
        if let known = waypoints[wire.source][rank] {
          last = known
          continue
        }
        let vertex = vertices.count
        vertices.append(Vertex(rank: rank, height: 2, out: 1, isWaypoint: true))
        waypoints[wire.source][rank] = vertex
        links.append(Link(source: last, target: vertex, port: 0))
        last = vertex
      }
      links.append(Link(source: last, target: wire.target, port: wire.port))
    }
    linksFrom = [[Int]](repeating: [], count: vertices.count)
    linksTo = linksFrom
    for (index, link) in links.enumerated() {
      linksFrom[link.source].append(index)
      linksTo[link.target].append(index)
    }
    firstOrder()
  }

  func waypoint(of source: Int, rank: Int) -> Int? { waypoints[source][rank] }

  func portOffset(of link: Link) -> Double {
    vertices[link.target].isWaypoint ? vertices[link.target].out : cells[link.target].ports[link.port]
  }

  /// Depth first from the right, ports in order: wires of a tree do not cross at all.
  private mutating func firstOrder() {
    for vertex in vertices.indices { linksTo[vertex].sort { (links[$0].port, $0) < (links[$1].port, $1) } }
    var seen = [Bool](repeating: false, count: vertices.count)
    let roots = vertices.indices.sorted { (-vertices[$0].rank, $0) < (-vertices[$1].rank, $1) }
    for root in roots where !seen[root] {
      var open = [root]
      seen[root] = true
      while let vertex = open.popLast() {
        order[vertices[vertex].rank].append(vertex)
        for link in linksTo[vertex].reversed() where !seen[links[link].source] {
          seen[links[link].source] = true
          open.append(links[link].source)
        }
      }
    }
  }

  // MARK: Crossings

  /// Sweeps the columns to the left and to the right, each time ordering a column by the mean place of its
  /// neighbours, and keeps the order with the fewest crossings.
  mutating func reduceCrossings() {
    guard order.count > 1 else { return }
    var best = order
    var fewest = crossings()
    let sweeps = vertices.count > 1500 ? 6 : 14
    for sweep in 0..<sweeps where fewest > 0 {
      sortColumns(leftward: sweep % 2 == 0)
      let count = crossings()
      if count < fewest { (best, fewest) = (order, count) }
    }
    order = best
    guard vertices.count <= 600, fewest > 0 else { return }
    for _ in 0..<4 {
      exchangeNeighbours()
      let count = crossings()
      guard count < fewest else { break }
      (best, fewest) = (order, count)
    }
    order = best
  }

  private func places() -> [Int] {
    var place = [Int](repeating: 0, count: vertices.count)
    for column in order { for (index, vertex) in column.enumerated() { place[vertex] = index } }
    return place
  }

  private func portFraction(_ link: Link) -> Double {
    guard !vertices[link.target].isWaypoint else { return 0 }
    return (Double(link.port) + 0.5) / Double(cells[link.target].ports.count) - 0.5
  }

  private mutating func sortColumns(leftward: Bool) {
    var place = places()
    work += links.count
    let ranks = leftward ? Array((0..<(order.count - 1)).reversed()) : Array(1..<order.count)
    for rank in ranks {
      var keys = [(key: Double, vertex: Int)]()
      keys.reserveCapacity(order[rank].count)
      for vertex in order[rank] {
        var sum = 0.0, count = 0.0
        for index in leftward ? linksFrom[vertex] : linksTo[vertex] {
          let link = links[index]
          sum +=
            leftward
            ? Double(place[link.target]) + portFraction(link) : Double(place[link.source]) - portFraction(link) * 0.01
          count += 1
        }
        keys.append((count > 0 ? sum / count : Double(place[vertex]), vertex))
      }
      keys.sort { ($0.key, place[$0.vertex]) < ($1.key, place[$1.vertex]) }
      order[rank] = keys.map(\.vertex)
      for (index, vertex) in order[rank].enumerated() { place[vertex] = index }
    }
  }

  /// Crossings of all neighbouring columns: inversions among the links sorted by their left ends.
  mutating func crossings() -> Int {
    let place = places()
    var total = 0
    work += links.count
    for rank in 0..<(order.count - 1) {
      var pairs: [(Int, Int)] = []
      for vertex in order[rank] {
        for index in linksFrom[vertex] {
          let link = links[index]
          pairs.append((place[vertex], place[link.target] * 64 + Swift.min(link.port, 63)))
        }
      }
      pairs.sort { $0 < $1 }
      total += Layers.inversions(pairs.map(\.1))
    }
    return total
  }

  static func inversions(_ values: [Int]) -> Int {
    guard values.count > 1 else { return 0 }
    let sorted = Array(Set(values)).sorted()
    var index: [Int: Int] = [:]
    for (position, value) in sorted.enumerated() { index[value] = position + 1 }
    var tree = [Int](repeating: 0, count: sorted.count + 1)
    var total = 0
    for (seen, value) in values.enumerated() {
      let position = index[value] ?? 1
      var notGreater = 0, i = position
      while i > 0 {
        notGreater += tree[i]
        i -= i & -i
      }
      total += seen - notGreater
      i = position
      while i < tree.count {
        tree[i] += 1
        i += i & -i
      }
    }
    return total
  }

  /// Exchanges neighbours of a column where that removes crossings.
  private mutating func exchangeNeighbours() {
    let place = places()
    func ends(_ vertex: Int, left: Bool) -> [Int] {
      (left ? linksTo[vertex] : linksFrom[vertex]).map { index in
        let link = links[index]
        return left ? place[link.source] : place[link.target] * 64 + Swift.min(link.port, 63)
      }
    }
    for rank in order.indices where order[rank].count > 1 {
      for index in 0..<(order[rank].count - 1) {
        let upper = order[rank][index], lower = order[rank][index + 1]
        var kept = 0, exchanged = 0
        for left in [true, false] {
          let a = ends(upper, left: left), b = ends(lower, left: left)
          work += a.count * b.count
          for x in a { for y in b { if x > y { kept += 1 } else if x < y { exchanged += 1 } } }
        }
        if exchanged < kept { order[rank].swapAt(index, index + 1) }
      }
    }
  }

  // MARK: Coordinates

  /// The top of every vertex: as level with its neighbours as the order and the gaps allow.
  mutating func coordinates() -> [Double] {
    var top = [Double](repeating: 0, count: vertices.count)
    for column in order {
      var y = 0.0
      for (index, vertex) in column.enumerated() {
        if index > 0 { y += gap(column[index - 1], vertex) }
        top[vertex] = y
        y += vertices[vertex].height
      }
    }
    let sweeps = vertices.count > 1500 ? 8 : 20
    for sweep in 0..<sweeps {
      work += links.count
      let ranks = sweep % 2 == 0 ? Array(order.indices.reversed()) : Array(order.indices)
      for rank in ranks {
        settle(
          rank, &top, useLeft: sweep % 2 == 1 || sweep >= sweeps - 4, useRight: sweep % 2 == 0 || sweep >= sweeps - 4)
      }
    }
    return top
  }

  private func gap(_ upper: Int, _ lower: Int) -> Double {
    vertices[upper].isWaypoint && vertices[lower].isWaypoint ? wireGap : LayeredLayout.rowGap
  }

  /// Moves the vertices of a column to where their links are level, least squares under the given order: blocks of
  /// vertices that would overlap are joined and move together (pool adjacent violators).
  private func settle(_ rank: Int, _ top: inout [Double], useLeft: Bool, useRight: Bool) {
    struct Block { var weight: Double, target: Double, first: Int }
    let column = order[rank]
    guard !column.isEmpty else { return }
    var offsets = [Double](repeating: 0, count: column.count)
    var offset = 0.0
    for index in column.indices {
      if index > 0 { offset += vertices[column[index - 1]].height + gap(column[index - 1], column[index]) }
      offsets[index] = offset
    }
    var blocks: [Block] = []
    for (index, vertex) in column.enumerated() {
      var sum = 0.0, weight = 0.0
      func pull(_ wanted: Double, _ strength: Double) {
        sum += wanted * strength
        weight += strength
      }
      if useRight {
        for id in linksFrom[vertex] {
          let link = links[id]
          pull(top[link.target] + portOffset(of: link) - vertices[vertex].out, strength(link))
        }
      }
      if useLeft {
        for id in linksTo[vertex] {
          let link = links[id]
          pull(top[link.source] + vertices[link.source].out - portOffset(of: link), strength(link))
        }
      }
      if weight == 0 { pull(top[vertex], 0.1) }
      blocks.append(Block(weight: weight, target: sum / weight - offsets[index], first: index))
      while blocks.count > 1, blocks[blocks.count - 2].target > blocks[blocks.count - 1].target {
        let last = blocks.removeLast()
        let joined = blocks[blocks.count - 1]
        let total = joined.weight + last.weight
        blocks[blocks.count - 1].target = (joined.target * joined.weight + last.target * last.weight) / total
        blocks[blocks.count - 1].weight = total
      }
    }
    for (number, block) in blocks.enumerated() {
      let end = number + 1 < blocks.count ? blocks[number + 1].first : column.count
      for index in block.first..<end { top[column[index]] = block.target + offsets[index] }
    }
  }

  /// A wire that passes columns should be straight before anything else is.
  private func strength(_ link: Link) -> Double {
    let ends = (vertices[link.source].isWaypoint ? 1 : 0) + (vertices[link.target].isWaypoint ? 1 : 0)
    return ends == 2 ? 8 : ends == 1 ? 2 : 1
  }
}
