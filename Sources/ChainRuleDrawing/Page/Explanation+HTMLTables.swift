extension Explanation {
  /// A number that the page's script keeps up to date.
  func quantity(_ key: String, _ value: ExplainedValue?) -> Markup {
    let style =
      switch key.first {
      case "v": "v";
      case "l": "l";
      default: "g"
      }
    return Markup(
      "span", ["class": style, "data-q": key], text: value?.line(digits: 4, typographic: true) ?? "not computed")
  }

  private func cell(_ text: String) -> Markup { Markup("td", text: text) }

  private func cell(_ key: String, _ value: ExplainedValue?) -> Markup {
    Markup("td", ["class": "n"], [quantity(key, value)])
  }

  private func table(_ titles: [String], _ rows: [Markup]) -> Markup {
    let head = Markup(
      "thead", [:],
      [
        Markup(
          "tr", [:],
          titles.map { title in
            Markup(
              "th",
              ["scope": "col", "class": ["value", "upstream", "= product", "gradient"].contains(title) ? "n" : ""],
              text: title)
          })
      ])
    return Markup("div", ["class": "scroll"], [Markup("table", [:], [head, Markup("tbody", [:], rows)])])
  }

  var forwardDetails: Markup {
    let rows = nodes.filter { $0.kind != .constant || !$0.name.isEmpty }.map { node in
      Markup(
        "tr", [:],
        [cell(node.symbol), cell(node.isLeaf ? node.kind.rawValue : node.formula), cell("v\(node.id)", node.value)])
    }
    return Markup(
      "details", ["open": "open"],
      [
        Markup("summary", text: "Forward: each value from the values before it"),
        table(["node", "expression", "value"], rows),
      ])
  }

  var backwardDetails: Markup {
    let index = contributionIndex
    var rows: [Markup] = []
    for node in backwardOrder {
      let contributions = index[node.id]
      let head = [
        cell(node.symbol), cell(node.isLeaf ? node.kind.rawValue : node.formula), cell("v\(node.id)", node.value),
      ]
      let empty = [cell(""), cell(""), cell("")]
      var gradient = cell("g\(node.id)", node.gradient.value)
      if node.gradient.state != .value, node.gradient.value != nil {
        gradient = Markup(
          "td", ["class": "n"],
          [
            Markup("span", ["class": "g", "data-q": "g\(node.id)"], text: gradientText(of: node, 4, typographic: true))
          ])
      }
      if contributions.isEmpty {
        rows.append(Markup("tr", [:], head + [cell("start"), cell(""), cell(""), cell(""), gradient]))
      }
      for (position, id) in contributions.enumerated() {
        let edge = edges[id]
        var local = Markup("td", ["class": "l"])
        let isNumeral = edge.factor?.scalar.map { NumberText.short($0) == edge.local } ?? false
        if !isNumeral { local.append(text: edge.local + (edge.factor == nil ? "" : " = ")) }
        if edge.factor != nil { local.append(quantity("l\(id)", edge.factor)) }
        rows.append(
          Markup(
            "tr", [:],
            (position == 0 ? head : empty) + [
              cell(nodes[edge.consumer].symbol), cell("u\(id)", edge.upstream), local, cell("p\(id)", edge.product),
              contributions.count == 1 ? gradient : cell(""),
            ]))
      }
      if contributions.count > 1 {
        var terms = Markup("td", ["colspan": "4"])
        for (position, id) in contributions.prefix(8).enumerated() where edges[id].product?.shape.isEmpty ?? false {
          if position > 0 { terms.append(text: " + ") }
          let text = edges[id].product?.line(digits: 4, typographic: true) ?? "?"
          terms.append(
            Markup(
              "span", ["class": "g", "data-q": (position > 0 ? "P" : "p") + "\(id)"],
              text: position > 0 ? NumberText.parenthesized(text) : text))
        }
        if contributions.count > 8 { terms.append(text: " + …") }
        rows.append(
          Markup("tr", ["class": "sum"], [cell(""), cell("Σ over \(contributions.count)"), cell(""), terms, gradient]))
      }
    }
    return Markup(
      "details", ["open": "open"],
      [
        Markup("summary", text: "Backward: gradient = Σ upstream × local gradient"),
        table(
          ["node", "expression", "value", "consumer", "upstream", "× local gradient", "= product", "gradient"], rows),
      ])
  }
}
