extension Explanation {
  /// What stands beside the drawing: the inputs, the chosen node, and paths.
  var aside: Markup {
    let chosen = Markup(
      "section", ["id": "panel", "aria-live": "polite", "aria-label": "Chosen node"],
      [Markup("h2", text: "Node"), Markup("p", ["class": "note"], text: "Choose a box of the drawing.")])
    return Markup("aside", [:], [inputPanel, chosen, pathPanel])
  }

  private var changeable: [ExplainedNode] { nodes.filter { $0.kind == .input || $0.kind == .parameter } }

  /// A field for every input where the page can compute again, and otherwise the reason why it cannot.
  private var inputPanel: Markup {
    var inputs = Markup("section", [:], [Markup("h2", text: "Inputs")])
    if arithmetic != nil {
      inputs.append(Markup("div", ["class": "fields"], changeable.map(field)))
      inputs.append(
        Markup(
          "p", ["class": "note"],
          text: "Edit a number (0.5, 0,5, 1/3, ½, −2): everything is computed again, here in the page."))
      inputs.append(Markup("button", ["type": "button", "id": "reset"], text: "reset"))
    } else {
      inputs.append(
        Markup(
          "p", ["class": "note"],
          text: "This graph holds tensors, or more steps than a page computes again: the page shows recorded values."))
    }
    for note in notes { inputs.append(Markup("p", ["class": "note"], text: note)) }
    return inputs
  }

  /// A field of text, since a browser's field of numbers drops what it does not know: 1/3 would become 13.
  private func field(_ leaf: ExplainedNode) -> Markup {
    var label = Markup("label")
    label.append(text: leaf.symbol)
    label.append(
      Markup(
        "input",
        [
          "type": "text", "autocomplete": "off", "spellcheck": "false", "data-input": "\(leaf.id)",
          "aria-describedby": "understood\(leaf.id)",
          "value": leaf.value?.scalar.map { NumberText.short($0, digits: 17) } ?? "",
        ]))
    label.append(Markup("span", ["class": "note", "id": "understood\(leaf.id)", "role": "status"]))
    return label
  }

  private var pathPanel: Markup {
    var target = Markup("select", ["id": "target"], [Markup("option", ["value": ""], text: "choose an input")])
    let computed = nodes.filter { !$0.isLeaf && $0.gradient.value != nil && $0.id != output }
    for node in changeable + computed { target.append(Markup("option", ["value": "\(node.id)"], text: node.symbol)) }
    return Markup(
      "section", [:],
      [
        Markup("h2", text: "Paths"),
        Markup("label", ["for": "target"], text: "from \(nodes[output].symbol) back to "), target,
        Markup("ul", ["class": "list", "id": "paths"]),
        Markup("p", ["class": "note", "id": "total", "role": "status"]),
      ])
  }
}
