extension Explanation {
  /// A drawing of the graph: values in green above the wires, gradients in red below them, the local gradient at
  /// every input and `upstream × local gradient` under it, Σ wherever a node fans out.
  ///
  /// The picture follows the reader's light or dark setting, carries a title and a description for screen readers,
  /// and holds no script. The same explanation always gives the same text.
  public func svg(folding: Folding = .automatic) -> String {
    let picture = Picture(self, folding: folding, top: 34)
    var svg = picture.element(of: self, id: "cr", isStandalone: true)
    svg["xmlns"] = "http://www.w3.org/2000/svg"
    return svg.text + "\n"
  }

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
  static func style(_ selector: String) -> String {
    Palette.variables(selector)
      + """

      \(selector){background:var(--paper);color:var(--ink);font-family:\(Palette.font)}
      \(selector) .box{fill:var(--box);stroke:var(--edge);stroke-width:1.2}
      \(selector) .leaf .box{fill:var(--leaf);stroke:var(--value)}
      \(selector) .constant .box{fill:var(--paper);stroke-dasharray:3 3}
      \(selector) .module .box{fill:var(--module);stroke-width:2}
      \(selector) .glyph{fill:var(--ink);font-size:14px;font-weight:600;text-anchor:middle}
      \(selector) .name,\(selector) .legend{fill:var(--faint);font-size:11px;text-anchor:middle}
      \(selector) .legend{text-anchor:start}
      \(selector) .heading{fill:var(--ink);font-size:14px;font-weight:600}
      \(selector) .wire{fill:none;stroke:var(--wire);stroke-width:1.3}
      \(selector) .wire.idle{stroke-dasharray:2 4}
      \(selector) .value{fill:var(--value);font-size:13px;font-weight:600}
      \(selector) .gradient{fill:var(--gradient);font-size:13px;font-weight:600}
      \(selector) .local{fill:var(--local);font-size:11px}
      \(selector) .product,\(selector) .sum{fill:var(--gradient);font-size:11px}
      \(selector) .fork circle{fill:var(--paper);stroke:var(--gradient)}
      \(selector) .fork text{fill:var(--gradient);font-size:11px;text-anchor:middle}
      \(selector) .arrow{fill:var(--wire)}
      """
  }

  /// The picture as an `svg` element. Inside a page the style sheet is the page's, and boxes can be chosen.
  func element(of explanation: Explanation, id: String, isStandalone: Bool) -> Markup {
    func text(_ x: Double) -> String { NumberText.short((x * 10).rounded() / 10, digits: 7) }
    let title = explanation.title
    let wide = max(width, Palette.width(of: title, size: 14) + 2 * Picture.margin, isStandalone ? 520 : 0)
    let tall = height + (isStandalone ? 22 : 0)
    var svg = Markup(
      "svg",
      [
        "viewBox": "0 0 \(text(wide)) \(text(tall))", "width": text(wide), "height": text(tall), "class": "chainrule",
        "role": isStandalone ? "img" : "group", "aria-labelledby": "\(id)-title \(id)-desc",
      ])
    svg.append(Markup("title", ["id": "\(id)-title"], text: title))
    svg.append(Markup("desc", ["id": "\(id)-desc"], text: explanation.description(of: self)))
    if isStandalone { svg.append(Markup("style", verbatim: Picture.style("svg.chainrule"))) }
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
      svg.append(Markup("rect", ["width": text(wide), "height": text(tall), "fill": "var(--paper)"]))
      svg.append(Markup("text", ["class": "heading", "x": text(Picture.margin), "y": "26"], text: title))
      svg.append(legend(y: text(tall - 10), x: text(Picture.margin)))
    }
    for wire in wires {
      var path = Markup(
        "path",
        [
          "class": wire.carriesGradient ? "wire" : "wire idle", "d": route(wire.points, text),
          "marker-end": "url(#\(id)-arrow)",
        ])
      if !wire.edges.isEmpty { path["data-edge"] = wire.edges.map(String.init).joined(separator: " ") }
      svg.append(path)
    }
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
    return svg
  }

  private func legend(y: String, x: String) -> Markup {
    var legend = Markup("text", ["class": "legend", "x": x, "y": y])
    for (style, words) in [
      ("value", "value above the wire"), ("gradient", "gradient below"), ("local", "local gradient at each input"),
      ("product", "upstream × local gradient"),
    ] {
      if style != "value" { legend.append(text: "  ·  ") }
      legend.append(Markup("tspan", ["class": style, "style": "font-size:11px"], text: words))
    }
    return legend
  }

  private func draw(_ box: Box, _ explanation: Explanation, _ isStandalone: Bool, _ text: (Double) -> String) -> Markup
  {
    var group = Markup("g", ["class": box.style])
    var title = box.title
    switch box.item {
    case .node(let id):
      group["data-node"] = "\(id)"
      let node = explanation.nodes[id]
      title +=
        ", value \(node.value?.line(digits: 4, typographic: true) ?? "not computed")"
        + ", gradient \(explanation.gradientText(of: node, 4, typographic: true))"
    case .module(let path, let nodes):
      group["data-module"] = path.joined(separator: "/")
      if !isStandalone { group["data-nodes"] = nodes.map(String.init).joined(separator: " ") }
    }
    if !isStandalone {
      group["tabindex"] = "0"
      group["role"] = "button"
      group["aria-label"] = title
    }
    group.append(Markup("title", text: title))
    group.append(
      Markup(
        "rect",
        [
          "class": "box", "x": text(box.rect.x), "y": text(box.rect.y), "width": text(box.rect.width),
          "height": text(box.rect.height), "rx": box.style == "leaf" ? "14" : "6",
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

  /// Straight through columns, a level-ended curve through every gap.
  private func route(_ points: [LayeredLayout.Point], _ text: (Double) -> String) -> String {
    guard let first = points.first else { return "" }
    var path = "M\(text(first.x)),\(text(first.y))"
    var last = first
    for (index, point) in points.enumerated().dropFirst() {
      if index % 2 == 1 || point.y == last.y {
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
