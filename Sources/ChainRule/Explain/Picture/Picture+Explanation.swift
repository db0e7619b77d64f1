extension Picture {
  static let margin = 18.0

  /// Draws `explanation`: sizes first, then the layout, then everything at its place.
  init(_ explanation: Explanation, folding: Explanation.Folding = .automatic, top: Double = 0, canChange: Bool = false)
  {
    let graph = FoldedGraph(explanation, folding)
    let contributions = explanation.contributionIndex, inputs = explanation.inputEdges
    var drawn: [PictureCell] = [], cells: [LayeredLayout.Cell] = []
    for (index, item) in graph.items.enumerated() {
      var cell = PictureCell(
        item, of: explanation, ports: graph.portCounts[index], contributions: contributions, inputs: inputs)
      cells.append(cell.cell(canChange: canChange))
      drawn.append(cell)
    }
    let layout = LayeredLayout(
      cells: cells, wires: graph.wires.map { .init(source: $0.source, target: $0.target, port: $0.port) })
    let margin = Picture.margin
    func place(_ point: LayeredLayout.Point) -> LayeredLayout.Point {
      .init(x: point.x + margin, y: point.y + margin + top)
    }
    width = layout.width + 2 * margin
    height = layout.height + 2 * margin + top

    for index in graph.items.indices {
      let cell = drawn[index], column = layout.columns[layout.ranks[index]]
      let out = place(.init(x: column.right, y: layout.tops[index] + cells[index].out))
      let left = column.bodyCenter - cell.boxWidth / 2 + margin
      let rect = Rect(x: left, y: out.y - cell.boxHeight / 2, width: cell.boxWidth, height: cell.boxHeight)
      let ports = cell.portOffsets.map { offset in place(.init(x: left - margin, y: layout.tops[index] + offset)) }
      boxes.append(
        Box(
          rect: rect, item: graph.items[index], glyph: cell.glyph, name: cell.name, style: cell.style,
          title: cell.title,
          ports: ports, out: .init(x: rect.right, y: out.y)))
      if case .module(let path, _) = graph.items[index] { modules.append(path) }
      addLabels(cell, rect: rect, ports: ports)
      if cell.hasFork, let node = cell.outputNode {
        forks.append(Fork(node: node, center: .init(x: out.x - 9, y: out.y)))
      }
    }
    for (wire, route) in zip(graph.wires, layout.routes) {
      let source = boxes[wire.source], target = boxes[wire.target]
      wires.append(
        Wire(
          edges: wire.edges, carriesGradient: wire.edges.contains { explanation.edges[$0].carriesGradient },
          points: [source.out] + route.map(place) + [target.ports[wire.port]]))
    }
    // The output's wire leads out of the picture.
    if let index = graph.items.firstIndex(where: { item in
      switch item {
      case .node(let id): id == explanation.output
      case .module(_, let nodes): nodes.contains(explanation.output)
      }
    }) {
      let out = boxes[index].out
      let end = LayeredLayout.Point(x: layout.columns[layout.ranks[index]].right + margin, y: out.y)
      wires.append(Wire(edges: [], carriesGradient: true, points: [out, end]))
    }
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
