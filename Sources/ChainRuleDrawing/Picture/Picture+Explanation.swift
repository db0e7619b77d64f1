extension Picture {
  static let margin = 18.0

  /// Draws `explanation`: sizes first, then the layout, then everything at its place.
  ///
  /// Where the drawing would be wider than `limit`, it goes on below, line by line; a wire that is cut says what it
  /// carries, at both ends.
  init(
    _ explanation: Explanation, folding: Explanation.Folding = .automatic, top: Double = 0, canChange: Bool = false,
    limit: Double? = nil
  ) {
    let context = PictureContext(explanation)
    self.init(
      explanation, FoldedGraph(explanation, folding, context), context, top: top, canChange: canChange, limit: limit)
  }

  init(
    _ explanation: Explanation, _ graph: FoldedGraph, _ context: PictureContext, top: Double = 0,
    canChange: Bool = false, limit: Double? = nil
  ) {
    var drawn: [PictureCell] = [], cells: [LayeredLayout.Cell] = []
    for (index, item) in graph.items.enumerated() {
      var cell = PictureCell(item, of: explanation, ports: graph.portCounts[index], context)
      cells.append(cell.cell(canChange: canChange))
      drawn.append(cell)
    }
    let layout = LayeredLayout(
      cells: cells, wires: graph.wires.map { .init(source: $0.source, target: $0.target, port: $0.port) },
      wireGap: limit == nil ? LayeredLayout.wireGap : PictureLines.wireGap)
    let lines = PictureLines(layout, limit: limit, margin: Picture.margin, top: top)
    (width, height) = (lines.width, lines.height)

    for index in graph.items.indices {
      let cell = drawn[index], rank = layout.ranks[index], column = layout.columns[rank], y = layout.tops[index]
      let out = lines.place(.init(x: column.right, y: y + cells[index].out), rank)
      let left = lines.place(.init(x: column.bodyCenter - cell.boxWidth / 2, y: 0), rank).x
      let rect = Rect(x: left, y: out.y - cell.boxHeight / 2, width: cell.boxWidth, height: cell.boxHeight)
      let ports = cell.portOffsets.map { offset in
        LayeredLayout.Point(x: left, y: lines.place(.init(x: 0, y: y + offset), rank).y)
      }
      boxes.append(
        Box(
          rect: rect, item: graph.items[index], glyph: cell.glyph, name: cell.name, style: cell.style,
          title: cell.title, ports: ports, out: .init(x: rect.right, y: out.y)))
      if case .module(let path, _) = graph.items[index] { modules.append(path) }
      addLabels(cell, rect: rect, ports: ports)
      if cell.hasFork, let node = cell.outputNode {
        forks.append(Fork(node: node, center: .init(x: out.x - 9, y: out.y)))
      }
    }
    for (wire, route) in zip(graph.wires, layout.routes) {
      addWire(wire, route, layout, lines, of: explanation)
    }
    // The output's wire leads out of the picture.
    if let index = graph.items.firstIndex(where: { $0.holds(explanation.output) }) {
      let out = boxes[index].out, rank = layout.ranks[index]
      let end = lines.place(.init(x: layout.columns[rank].right, y: 0), rank).x + Picture.margin
      wires.append(Wire(edges: [], carriesGradient: true, pieces: [[out, .init(x: end, y: out.y)]]))
    }
  }

  /// A wire along its route, cut where a line of the drawing ends.
  private mutating func addWire(
    _ wire: FoldedGraph.Wire, _ route: [LayeredLayout.Point], _ layout: LayeredLayout, _ lines: PictureLines,
    of explanation: Explanation
  ) {
    let source = boxes[wire.source], target = boxes[wire.target], first = layout.ranks[wire.source]
    let carries = PictureLines.tag(source.item, explanation)
    var pieces = [[source.out]]
    for (index, point) in route.enumerated() {
      let rank = first + (index + 1) / 2, place = lines.place(point, rank)
      if index > 0, lines.line(of: rank) != lines.line(of: first + index / 2), let last = pieces.last?.last {
        let end = lines.end(of: first + index / 2), start = lines.start(of: rank)
        pieces[pieces.count - 1].append(.init(x: end, y: last.y))
        pieces.append([.init(x: start, y: place.y)])
        addTag("→ " + carries, .start, x: end + 4, y: last.y + 4, of: wire)
        addTag(carries + " →", .end, x: start - 4, y: place.y + 4, of: wire)
      }
      pieces[pieces.count - 1].append(place)
    }
    pieces[pieces.count - 1].append(target.ports[wire.port])
    wires.append(
      Wire(
        edges: wire.edges, carriesGradient: wire.edges.contains { explanation.edges[$0].carriesGradient },
        pieces: pieces))
  }

  /// One tag for all wires that are cut at the same place.
  private mutating func addTag(_ text: String, _ anchor: Label.Anchor, x: Double, y: Double, of wire: FoldedGraph.Wire)
  {
    let label = Label(role: .tag, runs: [.init(text: text)], anchor: anchor, x: x, y: y, size: PictureCell.small)
    if !labels.contains(where: { $0.role == .tag && $0.rect == label.rect }) { labels.append(label) }
  }

  private mutating func addLabels(_ cell: PictureCell, rect: Rect, ports: [LayeredLayout.Point]) {
    for (port, label) in zip(ports, cell.ports) {
      guard let label else { continue }
      let x = port.x - 9
      for (index, line) in label.local.enumerated() {
        let y = port.y - 4 - Double(label.local.count - 1 - index) * PictureCell.smallLine
        labels.append(
          Label(role: .local, edge: label.edge, runs: line, anchor: .end, x: x, y: y, size: PictureCell.small))
      }
      for (index, line) in label.product.enumerated() {
        let y = port.y + 12 + Double(index) * PictureCell.smallLine
        labels.append(
          Label(role: .product, edge: label.edge, runs: line, anchor: .end, x: x, y: y, size: PictureCell.small))
      }
    }
    let x = rect.right + 6, wire = rect.y + rect.height / 2
    for (index, line) in cell.value.enumerated() {
      let y = wire - 5 - Double(cell.value.count - 1 - index) * PictureCell.line
      labels.append(
        Label(role: .value, node: cell.outputNode, runs: line, anchor: .start, x: x, y: y, size: PictureCell.large))
    }
    for (index, line) in cell.gradient.enumerated() {
      let y = wire + 14 + Double(index) * PictureCell.line
      labels.append(
        Label(role: .gradient, node: cell.outputNode, runs: line, anchor: .start, x: x, y: y, size: PictureCell.large))
    }
    for (index, line) in cell.sum.enumerated() {
      let y = wire + 13 + Double(cell.gradient.count) * PictureCell.line + Double(index) * PictureCell.smallLine
      labels.append(
        Label(role: .sum, node: cell.outputNode, runs: line, anchor: .start, x: x, y: y, size: PictureCell.small))
    }
  }
}
