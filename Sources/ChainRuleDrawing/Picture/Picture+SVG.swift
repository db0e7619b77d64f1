extension Explanation {
  /// A drawing of the graph: values in green above the wires, gradients in red below them, the local gradient at
  /// every input and `upstream × local gradient` under it, Σ wherever a node fans out.
  ///
  /// The picture follows the reader's light or dark setting, carries a title and a description for screen readers,
  /// and holds no script. The same explanation always gives the same text. It needs no style sheet to be read: a
  /// program that knows only the attributes of SVG draws it in the colours for white paper.
  ///
  /// - Parameter width: a wider drawing goes on on the next line, like text; `nil` keeps it on one.
  public func svg(folding: Folding = .automatic, width: Double? = 1280) -> String {
    let heading = Picture.broken(self.heading, size: 14, width: width ?? 1280)
    let picture = Picture(self, folding: folding, top: 16 + Double(heading.count) * Picture.headingLine, limit: width)
    var svg = picture.element(of: self, id: "cr", heading: heading, isStandalone: true)
    svg["xmlns"] = "http://www.w3.org/2000/svg"
    return svg.text + "\n"
  }

  /// The title, as much of it as a heading holds.
  var heading: String { title.count <= 600 ? title : title.prefix(590) + " …" }

  /// What the picture shows, in a sentence or two.
  func description(of picture: Picture) -> String {
    let leaves = nodes.filter { $0.kind == .input || $0.kind == .parameter }
    let gradients = leaves.prefix(12).map { "\($0.symbol) \(gradientText(of: $0, 4, typographic: true))" }
    let value = nodes[output].value?.line(digits: 4, typographic: true) ?? "not computed"
    return
      "Graph of \(nodes.count) nodes, from the inputs at the left to \(nodes[output].symbol) = \(value) at the right. "
      + "Values stand above the wires, gradients below them. Gradients: " + gradients.joined(separator: "; ")
      + (leaves.count > 12 ? "; …" : ".")
  }
}

extension Picture {
  static let paint = Paint(rules: [
    .init(".paper", ["fill": "@paper"]),
    .init(".box", ["fill": "@box", "stroke": "@edge", "stroke-width": "1.2"]),
    .init(".leaf .box", ["fill": "@leaf", "stroke": "@value"]),
    .init(".constant .box", ["fill": "@paper", "stroke-dasharray": "3 3"]),
    .init(".entry .box", ["fill": "@paper", "stroke-dasharray": "6 3"]),
    .init(".exit .box", ["fill": "@paper", "stroke-dasharray": "6 3"]),
    .init(".module .box", ["fill": "@module", "stroke-width": "2"]),
    .init(".glyph", ["fill": "@ink", "font-size": "14", "font-weight": "600", "text-anchor": "middle"]),
    .init(".name", ["fill": "@faint", "font-size": "11", "text-anchor": "middle"]),
    .init(".tag", ["fill": "@faint", "font-size": "11"]),
    .init(".legend", ["fill": "@faint", "font-size": "11"]),
    .init(".heading", ["fill": "@ink", "font-size": "14", "font-weight": "600"]),
    .init(".wire", ["fill": "none", "stroke": "@wire", "stroke-width": "1.3"]),
    .init(".idle", ["stroke-dasharray": "2 4"]),
    .init(".value", ["fill": "@value", "font-size": "13", "font-weight": "600"]),
    .init(".gradient", ["fill": "@gradient", "font-size": "13", "font-weight": "600"]),
    .init(".local", ["fill": "@local", "font-size": "11"]),
    .init(".product", ["fill": "@gradient", "font-size": "11"]),
    .init(".sum", ["fill": "@gradient", "font-size": "11"]),
    .init(".legend tspan", ["font-size": "11", "font-weight": "400"]),
    .init(".fork circle", ["fill": "@paper", "stroke": "@gradient"]),
    .init(".fork text", ["fill": "@gradient", "font-size": "11", "text-anchor": "middle"]),
    .init(".arrow", ["fill": "@wire"]),
  ])

  /// A module's path as one word.
  static func key(_ path: [String]) -> String { path.joined(separator: "/") }

  /// The picture as an `svg` element. Inside a page the style sheet is the page's, and boxes can be chosen.
  func element(of explanation: Explanation, id: String, heading: [String] = [], isStandalone: Bool) -> Markup {
    func text(_ x: Double) -> String { NumberText.short((x * 10).rounded() / 10, digits: 7) }
    let title = explanation.heading
    var wide = width
    if isStandalone {
      let legend = Picture.legend.map(\.words).joined(separator: Picture.legendGap)
      wide = max(wide, Palette.width(of: legend, size: 11) + 2 * Picture.margin)
      for line in heading { wide = max(wide, Palette.width(of: line, size: 14) + 2 * Picture.margin) }
    }
    let tall = height + (isStandalone ? 22 : 0)
    var svg = Markup(
      "svg",
      [
        "viewBox": "0 0 \(text(wide)) \(text(tall))", "width": text(wide), "height": text(tall), "class": "chainrule",
        "role": isStandalone ? "img" : "group", "aria-labelledby": "\(id)-title \(id)-desc",
      ])
    svg.append(Markup("title", ["id": "\(id)-title"], text: title))
    svg.append(Markup("desc", ["id": "\(id)-desc"], text: explanation.description(of: self)))
    if isStandalone {
      svg["font-family"] = Palette.font
      svg.append(Markup("style", verbatim: Picture.paint.darkStyle("svg.chainrule")))
    }
    svg.append(
      Markup(
        "defs", [:],
        [
          Markup(
            "marker",
            [
              "id": "\(id)-arrow", "viewBox": "0 0 8 8", "refX": "8", "refY": "4", "markerWidth": "9",
              "markerHeight": "9",
              "markerUnits": "userSpaceOnUse", "orient": "auto",
            ], [Markup("path", ["class": "arrow", "d": "M0,1 L8,4 L0,7 Z"])])
        ]))
    if isStandalone {
      svg.append(Markup("rect", ["width": text(wide), "height": text(tall), "class": "paper"]))
      for (number, line) in heading.enumerated() {
        let y = text(26 + Double(number) * Picture.headingLine)
        svg.append(Markup("text", ["class": "heading", "x": text(Picture.margin), "y": y], text: line))
      }
      svg.append(legend(y: text(tall - 10), x: text(Picture.margin)))
    }
    for wire in wires { for path in draw(wire, arrow: "\(id)-arrow", text) { svg.append(path) } }
    for box in boxes { svg.append(draw(box, explanation, isStandalone, text)) }
    for label in labels { svg.append(draw(label, text)) }
    for fork in forks {
      svg.append(
        Markup(
          "g", ["class": "fork", "data-node": "\(fork.node)"],
          [
            Markup("circle", ["cx": text(fork.center.x), "cy": text(fork.center.y), "r": "8"]),
            Markup("text", ["x": text(fork.center.x), "y": text(fork.center.y + 4)], text: "Σ"),
          ]))
    }
    return isStandalone ? Picture.paint.applied(to: svg) : svg
  }

  static let headingLine = 18.0

  /// A heading on lines that fit, broken between statements where that is enough, and at spaces.
  static func broken(_ text: String, size: Double, width: Double) -> [String] {
    let room = max(20, Int((width - 2 * margin) / Palette.width(of: "x", size: size)))
    var lines = [""]
    func add(_ part: Substring) {
      let last = lines[lines.count - 1]
      if !last.isEmpty, last.count + 1 + part.count > room { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + part
    }
    let statements = text.split(separator: ";").map { $0.drop { $0 == " " } }
    for (index, statement) in statements.enumerated() {
      let whole = statement + (index + 1 < statements.count ? ";" : "")
      if whole.count <= room { add(whole) } else { for word in whole.split(separator: " ") { add(word) } }
    }
    return lines
  }

  private static let legendGap = "  ·  "
  private static let legend: [(style: String, words: String)] = [
    (style: "value", words: "value above the wire"), ("gradient", "gradient below"),
    ("local", "local gradient at each input"), ("product", "upstream × local gradient"),
  ]

  private func legend(y: String, x: String) -> Markup {
    var legend = Markup("text", ["class": "legend", "x": x, "y": y, "xml:space": "preserve"])
    for (position, entry) in Picture.legend.enumerated() {
      if position > 0 { legend.append(text: Picture.legendGap) }
      legend.append(Markup("tspan", ["class": entry.style], text: entry.words))
    }
    return legend
  }

  private func draw(_ wire: Wire, arrow: String, _ text: (Double) -> String) -> [Markup] {
    wire.pieces.enumerated().map { index, piece in
      var path = Markup("path", ["class": wire.carriesGradient ? "wire" : "wire idle", "d": route(piece, text)])
      if index + 1 == wire.pieces.count { path["marker-end"] = "url(#\(arrow))" }
      if !wire.edges.isEmpty { path["data-edge"] = wire.edges.map(String.init).joined(separator: " ") }
      return path
    }
  }

  private func draw(_ box: Box, _ explanation: Explanation, _ isStandalone: Bool, _ text: (Double) -> String) -> Markup
  {
    var group = Markup("g", ["class": box.style])
    var title = box.title
    switch box.item {
    case .node(let id), .entry(let id, _), .exit(let id, _):
      group["data-node"] = "\(id)"
      let node = explanation.nodes[id]
      title +=
        ", value \(node.value?.line(digits: 4, typographic: true) ?? "not computed")"
        + ", gradient \(explanation.gradientText(of: node, 4, typographic: true))"
    case .module(let path, let nodes):
      group["data-module"] = Picture.key(path)
      if !isStandalone { group["data-nodes"] = nodes.map(String.init).joined(separator: " ") }
    }
    // In a page the script names the boxes, which change with the inputs.
    if isStandalone { group.append(Markup("title", text: title)) } else { group["data-title"] = box.title }
    group.append(
      Markup(
        "rect",
        [
          "class": "box", "x": text(box.rect.x), "y": text(box.rect.y), "width": text(box.rect.width),
          "height": text(box.rect.height), "rx": box.style == "leaf" || box.style == "entry" ? "14" : "6",
        ]))
    let center = box.rect.x + box.rect.width / 2, middle = box.rect.y + box.rect.height / 2
    group.append(
      Markup(
        "text", ["class": "glyph", "x": text(center), "y": text(middle + (box.name.isEmpty ? 5 : -1))], text: box.glyph)
    )
    if !box.name.isEmpty {
      group.append(Markup("text", ["class": "name", "x": text(center), "y": text(middle + 13)], text: box.name))
    }
    return group
  }

  private func draw(_ label: Label, _ text: (Double) -> String) -> Markup {
    var element = Markup("text", ["class": label.role.rawValue, "x": text(label.x), "y": text(label.y)])
    if label.anchor != .start { element["text-anchor"] = label.anchor.rawValue }
    if label.runs.contains(where: { $0.text.contains("  ") }) { element["xml:space"] = "preserve" }
    if let node = label.node { element["data-node"] = "\(node)" }
    if let edge = label.edge { element["data-edge"] = "\(edge)" }
    for run in label.runs {
      if run.key.isEmpty {
        element.append(text: run.text)
      } else {
        element.append(Markup("tspan", ["data-q": run.key], text: run.text))
      }
    }
    return element
  }

  /// Straight where it is level, as it is through columns; a level-ended curve through every gap.
  private func route(_ points: [LayeredLayout.Point], _ text: (Double) -> String) -> String {
    guard var last = points.first else { return "" }
    var path = "M\(text(last.x)),\(text(last.y))"
    for (index, point) in points.enumerated().dropFirst() {
      if point.y == last.y, index + 1 < points.count, points[index + 1].y == point.y { continue }
      if point.y == last.y {
        path += " L\(text(point.x)),\(text(point.y))"
      } else {
        let middle = text((last.x + point.x) / 2)
        path += " C\(middle),\(text(last.y)) \(middle),\(text(point.y)) \(text(point.x)),\(text(point.y))"
      }
      last = point
    }
    return path
  }
}
