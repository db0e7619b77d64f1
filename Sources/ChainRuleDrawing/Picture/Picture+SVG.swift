extension Picture {
  /// A module's path as one word.
  static func key(_ path: [String]) -> String { path.joined(separator: "/") }

  /// The picture as an element of a page, whose style sheet paints it; its boxes can be chosen.
  func element(of explanation: Explanation, id: String) -> Markup {
    var svg = frame(of: explanation, id: id, width: width, height: height, role: "group")
    svg.append(arrowhead(id))
    appendDrawing(to: &svg, of: explanation, id: id, isStandalone: false)
    return svg
  }

  /// The picture as an image that needs no style sheet, with its heading and a legend.
  func image(of explanation: Explanation, id: String, heading: [String]) -> Markup {
    let legend = Picture.legend.map(\.words).joined(separator: Picture.legendGap)
    let texts = [Palette.width(of: legend, size: 11)] + heading.map { Palette.width(of: $0, size: 14) }
    let wide = texts.reduce(width) { max($0, $1 + 2 * Picture.margin) }, tall = height + 22
    var svg = frame(of: explanation, id: id, width: wide, height: tall, role: "img")
    svg["font-family"] = Palette.font
    svg.append(Markup("style", verbatim: Picture.paint.darkStyle("svg.chainrule")))
    svg.append(arrowhead(id))
    svg.append(Markup("rect", ["width": text(wide), "height": text(tall), "class": "paper"]))
    for (number, line) in heading.enumerated() {
      let y = text(26 + Double(number) * Picture.headingLine)
      svg.append(Markup("text", ["class": "heading", "x": text(Picture.margin), "y": y], text: line))
    }
    svg.append(self.legend(y: text(tall - 10), x: text(Picture.margin)))
    appendDrawing(to: &svg, of: explanation, id: id, isStandalone: true)
    return Picture.paint.applied(to: svg)
  }

  private func text(_ x: Double) -> String { NumberText.short((x * 10).rounded() / 10, digits: 7) }

  private func frame(of explanation: Explanation, id: String, width: Double, height: Double, role: String) -> Markup {
    Markup(
      "svg",
      [
        "viewBox": "0 0 \(text(width)) \(text(height))", "width": text(width), "height": text(height),
        "class": "chainrule", "role": role, "aria-labelledby": "\(id)-title \(id)-desc",
      ],
      [
        Markup("title", ["id": "\(id)-title"], text: explanation.heading),
        Markup("desc", ["id": "\(id)-desc"], text: explanation.description(of: self)),
      ])
  }

  private func arrowhead(_ id: String) -> Markup {
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
      ])
  }

  private func appendDrawing(to svg: inout Markup, of explanation: Explanation, id: String, isStandalone: Bool) {
    for wire in wires { for path in draw(wire, arrow: "\(id)-arrow") { svg.append(path) } }
    for box in boxes { svg.append(draw(box, explanation, isStandalone)) }
    for label in labels { svg.append(draw(label)) }
    for fork in forks {
      svg.append(
        Markup(
          "g", ["class": "fork", "data-node": "\(fork.node)"],
          [
            Markup("circle", ["cx": text(fork.center.x), "cy": text(fork.center.y), "r": "8"]),
            Markup("text", ["x": text(fork.center.x), "y": text(fork.center.y + 4)], text: "Σ"),
          ]))
    }
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

  private func draw(_ wire: Wire, arrow: String) -> [Markup] {
    wire.pieces.enumerated().map { index, piece in
      var path = Markup("path", ["class": wire.carriesGradient ? "wire" : "wire idle", "d": route(piece)])
      if index + 1 == wire.pieces.count { path["marker-end"] = "url(#\(arrow))" }
      if !wire.edges.isEmpty { path["data-edge"] = wire.edges.map(String.init).joined(separator: " ") }
      return path
    }
  }

  private func draw(_ box: Box, _ explanation: Explanation, _ isStandalone: Bool) -> Markup {
    var group = Markup("g", ["class": box.style.rawValue])
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
          "height": text(box.rect.height), "rx": box.style == .leaf || box.style == .entry ? "14" : "6",
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

  private func draw(_ label: Label) -> Markup {
    var element = Markup("text", ["class": label.role.rawValue, "x": text(label.x), "y": text(label.y)])
    if label.anchor != .start { element["text-anchor"] = label.anchor.rawValue }
    if label.runs.contains(where: { $0.text.contains("  ") }) { element["xml:space"] = "preserve" }
    if let node = label.node { element["data-node"] = "\(node)" }
    if let edge = label.edge { element["data-edge"] = "\(edge)" }
    for run in label.runs {
      if let quantity = run.key {
        element.append(Markup("tspan", ["data-q": quantity.key], text: run.text))
      } else {
        element.append(text: run.text)
      }
    }
    return element
  }

  /// Straight where it is level, as it is through columns; a level-ended curve through every gap.
  private func route(_ points: [LayeredLayout.Point]) -> String {
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
