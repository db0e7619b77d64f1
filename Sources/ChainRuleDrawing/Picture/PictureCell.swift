/// The size of what is drawn for one node or module: its box, the labels at its inputs and at its output.
struct PictureCell {
  struct PortLabel {
    /// Lines above the wire and below it.
    var local: [[Picture.Run]]
    var product: [[Picture.Run]]
    var edge: Int
  }

  static let small = 11.0
  static let large = 13.0
  static let line = 15.0
  static let smallLine = 13.0

  var glyph: String
  var name: String
  var style: Picture.Box.Style
  var title: String
  var boxWidth: Double
  var boxHeight: Double
  var ports: [PortLabel?]
  var portOffsets: [Double] = []
  var value: [[Picture.Run]] = []
  var gradient: [[Picture.Run]] = []
  var sum: [[Picture.Run]] = []
  /// The node whose value and gradient stand at the output; nil for a module with several outputs.
  var outputNode: Int?
  var hasFork = false

  /// The width of a label; where numbers may change under the reader's hands, each gets room for four digits.
  static func width(_ runs: [Picture.Run], _ size: Double, canChange: Bool) -> Double {
    runs.reduce(0) { width, run in
      let text = Palette.width(of: run.text, size: size)
      return width + (run.key == nil || !canChange ? text : max(text, Palette.width(of: "−0.0000", size: size)))
    }
  }

  /// The rectangle for the layout.
  mutating func cell(canChange: Bool) -> LayeredLayout.Cell {
    func width(_ runs: [Picture.Run], _ size: Double) -> Double {
      PictureCell.width(runs, size, canChange: canChange)
    }
    // Room above and below each wire.
    let rooms = ports.map { label -> (above: Double, below: Double) in
      guard let label else { return (11, 11) }
      return (
        Double(label.local.count) * PictureCell.smallLine + 5, Double(label.product.count) * PictureCell.smallLine + 6
      )
    }
    let total = rooms.reduce(0) { $0 + $1.above + $1.below }
    boxHeight = max(boxHeight, total)
    let valueHeight = Double(value.count) * PictureCell.line + 4
    let gradientHeight = Double(gradient.count) * PictureCell.line + Double(sum.count) * PictureCell.smallLine + 5
    let above = max(boxHeight / 2, valueHeight), below = max(boxHeight / 2, gradientHeight)
    var y = above - total / 2
    portOffsets = rooms.map { room in
      defer { y += room.above + room.below }
      return y + room.above
    }
    let left = ports.compactMap { label in
      label.map { ($0.local + $0.product).map { width($0, PictureCell.small) }.max() ?? 0 }.map { $0 + 14 }
    }.max()
    let right = max(
      (value + gradient).map { width($0, PictureCell.large) }.max() ?? 0,
      sum.map { width($0, PictureCell.small) }.max() ?? 0)
    // A page shows the sum so far and how many consumers are done.
    let running = hasFork && canChange ? Palette.width(of: "−0.0000 … 1 of 2", size: PictureCell.large) : 0
    return LayeredLayout.Cell(
      left: ports.isEmpty ? 0 : left ?? 14, body: boxWidth, right: max(right, running) + (hasFork ? 30 : 12),
      height: above + below,
      ports: portOffsets, out: above)
  }
}

extension PictureCell {
  init(_ item: FoldedGraph.Item, of explanation: Explanation, ports count: Int, _ context: PictureContext) {
    switch item {
    case .node(let id):
      self.init(
        node: explanation.nodes[id], of: explanation, contributions: context.contributions, inputs: context.inputs[id])
    case .module(let path, let nodes):
      self.init(module: path, nodes: nodes, of: explanation, ports: count, context.consumers)
    case .entry(let id, let from): self.init(entry: explanation.nodes[id], from: from)
    case .exit(let id, let users): self.init(exit: explanation.nodes[id], to: users)
    }
  }

  /// A value that a module gets from outside.
  private init(entry node: ExplainedNode, from module: String) {
    let from = module == node.symbol ? (node.isLeaf ? node.kind.rawValue : "from outside") : "from \(module)"
    self.init(plain: node.symbol, from, .entry, "\(node.symbol), from outside")
    outputNode = node.id
    if let shown = node.value { value = PictureCell.block(shown, key: .value(node.id)) }
    if let shown = node.gradient.value { gradient = PictureCell.block(shown, key: .gradient(node.id)) }
  }

  /// Where a value leaves a module.
  private init(exit node: ExplainedNode, to users: [String]) {
    let first = users.first.map { "to \($0)" } ?? "", more = Set(users).count - 1
    self.init(
      plain: node.symbol, first + (more > 0 ? " and \(more) more" : ""), .exit, "\(node.symbol) leaves the module")
    ports = [nil]
  }

  private init(plain glyph: String, _ name: String, _ style: Picture.Box.Style, _ title: String) {
    self.glyph = glyph
    self.name = name
    self.style = style
    self.title = title
    boxWidth = max(34, Palette.width(of: glyph, size: 14) + 16, Palette.width(of: name, size: PictureCell.small) + 12)
    boxHeight = 38
    ports = []
  }

  private init(
    node: ExplainedNode, of explanation: Explanation, contributions: [[Int]], inputs: [ExplainedEdge]
  ) {
    let isNumber = node.isNumeral
    if node.isLeaf {
      glyph = isNumber ? node.value?.line(digits: 4, elements: 3, typographic: true) ?? node.symbol : node.symbol
      name = isNumber ? "" : node.kind == .input ? "" : node.kind.rawValue
    } else {
      glyph = node.glyph ?? node.primitive
      name = node.symbol
    }
    style = node.isLeaf ? (node.kind == .constant ? .constant : .leaf) : .node
    title = node.isLeaf ? "\(node.kind.rawValue) \(node.symbol)" : "\(node.symbol) = \(node.formula)"
    boxWidth = max(34, Palette.width(of: glyph, size: 14) + 16, Palette.width(of: name, size: PictureCell.small) + 12)
    boxHeight = name.isEmpty ? 28 : 38
    outputNode = node.id

    ports = inputs.map { edge in
      guard edge.carriesGradient else { return nil }
      return PictureCell.portLabel(edge, sourceFansOut: contributions[edge.node].count > 1)
    }
    if !isNumber, let shown = node.value {
      value = PictureCell.block(shown, key: .value(node.id))
      if let tangent = node.tangent {
        value.append([
          .init(text: "tangent "),
          .init(text: tangent.line(digits: 4, elements: 3, typographic: true), key: .tangent(node.id)),
        ])
      }
    }
    switch node.gradient.state {
    case .value: gradient = node.gradient.value.map { PictureCell.block($0, key: .gradient(node.id)) } ?? []
    case .zero: gradient = [[.init(text: "0", key: .gradient(node.id))]]
    case .closedGate: gradient = [[.init(text: "0 closed gate", key: .gradient(node.id))]]
    case .noPath: gradient = [[.init(text: "no path")]]
    case .notComputed: gradient = node.kind == .constant ? [] : [[.init(text: "not computed")]]
    }
    if contributions[node.id].count > 1 {
      hasFork = true
      sum = PictureCell.sum(contributions[node.id], of: explanation)
    }
  }

  private init(
    module path: [String], nodes: [Int], of explanation: Explanation, ports count: Int, _ consumers: [[Int]]
  ) {
    glyph = path.last ?? "module"
    name = "\(nodes.count) nodes"
    style = .module
    title = "module \(path.joined(separator: ".")): \(nodes.count) nodes"
    boxWidth = max(70, Palette.width(of: glyph, size: 14) + 20, Palette.width(of: name, size: PictureCell.small) + 20)
    boxHeight = 48
    ports = [PortLabel?](repeating: nil, count: count)
    let inside = Set(nodes)
    var exits = Set(nodes.filter { consumers[$0].contains { !inside.contains($0) } })
    if inside.contains(explanation.output) { exits.insert(explanation.output) }
    guard exits.count == 1, let exit = exits.first else { return }
    let node = explanation.nodes[exit]
    outputNode = exit
    if let shown = node.value { value = PictureCell.block(shown, key: .value(exit)) }
    if let shown = node.gradient.value { gradient = PictureCell.block(shown, key: .gradient(exit)) }
  }
}
