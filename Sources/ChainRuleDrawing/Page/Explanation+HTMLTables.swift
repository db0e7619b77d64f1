extension Explanation {
  /// A number that the page's script keeps up to date.
  func quantity(_ key: ExplainedQuantity, _ value: ExplainedValue?) -> Markup {
    quantity(key, text: value?.line(digits: 4, typographic: true) ?? "not computed")
  }

  private func quantity(_ key: ExplainedQuantity, text: String) -> Markup {
    let style =
      switch key.kind {
      case .value: "v"
      case .local: "l"
      case .gradient, .tangent, .upstream, .product, .partialSum: "g"
      }
    return Markup("span", ["class": style, "data-q": key.key], text: text)
  }

  /// Whether a column holds words or numbers, which stand at the right.
  private enum Column {
    case words(String)
    case numbers(String)

    var head: Markup {
      switch self {
      case .words(let title): Markup("th", ["scope": "col", "class": ""], text: title)
      case .numbers(let title): Markup("th", ["scope": "col", "class": "n"], text: title)
      }
    }
  }

  private func cell(_ text: String) -> Markup { Markup("td", text: text) }

  private func cell(_ key: ExplainedQuantity, _ value: ExplainedValue?) -> Markup {
    Markup("td", ["class": "n"], [quantity(key, value)])
  }

  private func details(_ summary: String, _ columns: [Column], _ rows: [Markup]) -> Markup {
    let head = Markup("thead", [:], [Markup("tr", [:], columns.map(\.head))])
    let table = Markup("table", [:], [head, Markup("tbody", [:], rows)])
    return Markup(
      "details", ["open": "open"], [Markup("summary", text: summary), Markup("div", ["class": "scroll"], [table])])
  }

  /// A node with its formula and value: the first three cells of its first row.
  private func head(_ node: ExplainedNode) -> [Markup] {
    [
      cell(node.symbol), cell(node.isLeaf ? node.kind.rawValue : node.formula), cell(.value(node.id), node.value),
    ]
  }

  var forwardDetails: Markup {
    details(
      "Forward: each value from the values before it", [.words("node"), .words("expression"), .numbers("value")],
      nodes.filter { !$0.isNumeral }.map { Markup("tr", [:], head($0)) })
  }

  var backwardDetails: Markup {
    let index = contributionIndex
    return details(
      "Backward: gradient = Σ upstream × local gradient",
      [
        .words("node"), .words("expression"), .numbers("value"), .words("consumer"), .numbers("upstream"),
        .words("× local gradient"), .numbers("= product"), .numbers("gradient"),
      ], backwardOrder.flatMap { rows(of: $0, index[$0.id]) })
  }

  /// A row for every contribution to a node, and their sum.
  private func rows(of node: ExplainedNode, _ contributions: [Int]) -> [Markup] {
    let empty = [cell(""), cell(""), cell("")]
    var gradient = cell(.gradient(node.id), node.gradient.value)
    if node.gradient.state != .value, node.gradient.value != nil {
      let text = gradientText(of: node, 4, typographic: true)
      gradient = Markup("td", ["class": "n"], [quantity(.gradient(node.id), text: text)])
    }
    if contributions.isEmpty {
      return [Markup("tr", [:], head(node) + [cell("start"), cell(""), cell(""), cell(""), gradient])]
    }
    var rows = contributions.enumerated().map { position, id in
      let edge = edges[id]
      return Markup(
        "tr", [:],
        (position == 0 ? head(node) : empty) + [
          cell(nodes[edge.consumer].symbol), cell(.upstream(id), edge.upstream), local(edge),
          cell(.product(id), edge.product), contributions.count == 1 ? gradient : cell(""),
        ])
    }
    if contributions.count > 1 {
      rows.append(
        Markup(
          "tr", ["class": "sum"],
          [cell(""), cell("Σ over \(contributions.count)"), cell(""), terms(contributions), gradient]))
    }
    return rows
  }

  private func local(_ edge: ExplainedEdge) -> Markup {
    var local = Markup("td", ["class": "l"])
    if !edge.isNumeral { local.append(text: edge.local + (edge.factor == nil ? "" : " = ")) }
    if edge.factor != nil { local.append(quantity(.local(edge.id), edge.factor)) }
    return local
  }

  /// The first eight terms of a sum of numbers.
  private func terms(_ contributions: [Int]) -> Markup {
    var terms = Markup("td", ["colspan": "4"])
    for (position, id) in contributions.prefix(8).enumerated() {
      guard let product = edges[id].product, product.shape.isEmpty else { continue }
      let text = product.line(digits: 4, typographic: true), key = ExplainedQuantity.product(id)
      if position > 0 { terms.append(text: " + ") }
      terms.append(
        position > 0
          ? quantity(key.parenthesized, text: NumberText.parenthesized(text)) : quantity(key, text: text))
    }
    if contributions.count > 8 { terms.append(text: " + …") }
    return terms
  }
}
