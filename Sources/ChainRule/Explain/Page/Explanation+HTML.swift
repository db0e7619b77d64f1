extension Explanation {
  /// One page that a browser opens from disk, with no network: the drawing to step through forward and backward, the
  /// arithmetic of the step in words and numbers, a panel for the chosen node, paths with their products, and inputs
  /// that can be edited where the graph is one of scalars.
  public func html() -> String {
    let context = PictureContext(self), views = views(context)
    var body = Markup(
      "body", [:],
      [header, controls(views.map { ($0.name, $0.title) }, opens: views.count > 1 || nodes.count > Self.most)])
    body.append(Markup("p", ["class": "words", "id": "words", "role": "status", "aria-live": "polite"]))
    var tables = Markup("section", ["class": "tables", "aria-label": "Tables"])
    if nodes.count <= Self.most {
      tables.append(forwardDetails)
      tables.append(backwardDetails)
    } else {
      let note = "The tables of every number are left out for \(nodes.count) nodes; choose a box to see its own."
      tables.append(Markup("p", ["class": "note"], text: note))
    }
    body.append(Markup("main", [:], [Markup("div", ["class": "left"], [drawing(views, context), tables]), aside]))
    body.append(footer)
    body.append(Markup("script", ["type": "application/json", "id": "data"], verbatim: json()))
    body.append(Markup("script", verbatim: PageScript.text))
    let head = Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("title", text: title),
        Markup("link", ["rel": "icon", "href": "data:,"]),
        Markup("style", verbatim: PageStyle.text),
      ])
    return "<!DOCTYPE html>\n" + Markup("html", ["lang": "en"], [head, body]).text + "\n"
  }

  private var header: Markup {
    var result = Markup("p", ["class": "result"])
    if nodes[output].symbol != title { result.append(text: nodes[output].symbol + " ") }
    result.append(text: "= ")
    result.append(quantity("v\(output)", nodes[output].value))
    return Markup("header", [:], [Markup("h1", text: title), result])
  }

  private func controls(_ views: [(name: String, title: String)], opens: Bool) -> Markup {
    func button(_ id: String, _ text: String, _ label: String, _ style: String = "") -> Markup {
      var button = Markup("button", ["id": id, "type": "button", "title": label, "aria-label": label], text: text)
      if !style.isEmpty { button["class"] = style }
      return button
    }
    var bar = Markup(
      "div", ["class": "controls", "role": "toolbar", "aria-label": "Steps"],
      [
        button("first", "|◀", "first step (Home)"), button("previous", "◀", "previous step (left arrow)"),
        button("play", "▶ play", "play or pause (space)", "primary"), button("next", "▶", "next step (right arrow)"),
        button("last", "▶|", "last step (End)"),
        Markup("input", ["type": "range", "id": "step", "min": "0", "max": "1", "value": "1", "aria-label": "step"]),
        Markup("output", ["id": "count"]), button("smaller", "−", "smaller drawing"),
        button("larger", "+", "larger drawing"),
        button("fit", "fit", "fit the drawing into the window"),
      ])
    if views.count > 1 {
      bar.append(
        Markup(
          "select", ["id": "views", "aria-label": "modules"],
          views.map { Markup("option", ["value": $0.name], text: $0.title) }))
    }
    if opens {
      bar.append(button("unfold", "open all", "open every module"))
      bar.append(button("fold", "close all", "close every module"))
    }
    return bar
  }

  /// Up to this many nodes the page also carries a drawing of every node, and the tables of every number.
  private static let most = 400

  /// The drawing of the whole, folded or not, and one of the inside of every module that is drawn as a box.
  private func drawing(_ views: [(name: String, title: String, folding: Folding)], _ context: PictureContext) -> Markup
  {
    var result = Markup("div", ["class": "drawings"]), modules: [[String]] = []
    for (index, view) in views.enumerated() {
      let graph = FoldedGraph(self, view.folding, context)
      let picture = Picture(self, graph, context, canChange: arithmetic != nil)
      modules += graph.modules
      var pane = pane(picture, id: "view\(index)", label: "Drawing")
      pane["data-view"] = view.name
      if index > 0 { pane["hidden"] = "hidden" }
      result.append(pane)
    }
    var next = 0
    while next < modules.count {
      let path = modules[next], graph = FoldedGraph(self, inside: path, context)
      next += 1
      // Inner modules stand behind the one that they are in.
      modules.insert(contentsOf: graph.modules, at: next)
      let picture = Picture(self, graph, context, canChange: arithmetic != nil)
      let name = path.joined(separator: " › ")
      result.append(
        Markup(
          "section",
          ["class": "inside", "data-inside": Picture.key(path), "aria-label": "inside \(name)", "hidden": ""],
          [
            Markup("button", ["type": "button", "class": "close", "title": "close \(name)"], text: "▾ \(name)"),
            pane(picture, id: "inside\(next)", label: "inside \(name)"),
          ]))
    }
    return result
  }

  private func pane(_ picture: Picture, id: String, label: String) -> Markup {
    Markup(
      "div", ["class": "drawing", "tabindex": "0", "role": "region", "aria-label": label],
      [picture.element(of: self, id: id, isStandalone: false)])
  }

  /// The whole drawings that a page offers: folded where that helps, and every node where they are not too many.
  private func views(_ context: PictureContext) -> [(name: String, title: String, folding: Folding)] {
    let isFolded = !FoldedGraph(self, .automatic, context).modules.isEmpty
    if isFolded {
      return [("", "modules folded", .automatic)] + (nodes.count <= Self.most ? [("*", "every node", .none)] : [])
    }
    let hasModules = FoldedGraph(self, .open([]), context).modules.count > 1
    return [("", "every node", .none)] + (hasModules ? [("folded", "modules folded", .open([]))] : [])
  }

  private var aside: Markup {
    var inputs = Markup("section", [:], [Markup("h2", text: "Inputs")])
    let leaves = nodes.filter { $0.kind == .input || $0.kind == .parameter }
    if arithmetic != nil {
      inputs.append(
        Markup(
          "div", ["class": "fields"],
          leaves.map { leaf in
            var label = Markup("label")
            label.append(text: leaf.symbol)
            label.append(
              Markup(
                "input",
                [
                  "type": "number", "step": "any", "inputmode": "decimal", "data-input": "\(leaf.id)",
                  "value": leaf.value?.scalar.map { NumberText.short($0, digits: 17) } ?? "",
                ]))
            return label
          }))
      inputs.append(
        Markup("p", ["class": "note"], text: "Edit a number: everything is computed again, here in the page."))
      inputs.append(Markup("button", ["type": "button", "id": "reset"], text: "reset"))
    } else {
      inputs.append(
        Markup(
          "p", ["class": "note"],
          text: "This graph holds more than elementary arithmetic on scalars: the page shows recorded values."))
    }
    for note in notes { inputs.append(Markup("p", ["class": "note"], text: note)) }
    var target = Markup("select", ["id": "target"], [Markup("option", ["value": ""], text: "choose an input")])
    let computed = nodes.filter { !$0.isLeaf && $0.gradient.value != nil && $0.id != output }
    for node in leaves + computed { target.append(Markup("option", ["value": "\(node.id)"], text: node.symbol)) }
    return Markup(
      "aside", [:],
      [
        inputs,
        Markup(
          "section", ["id": "panel", "aria-live": "polite", "aria-label": "Chosen node"],
          [
            Markup("h2", text: "Node"), Markup("p", ["class": "note"], text: "Choose a box of the drawing."),
          ]),
        Markup(
          "section", [:],
          [
            Markup("h2", text: "Paths"),
            Markup("label", ["for": "target"], text: "from \(nodes[output].symbol) back to "), target,
            Markup("ul", ["class": "list", "id": "paths"]),
            Markup("p", ["class": "note", "id": "total", "role": "status"]),
          ]),
      ])
  }

  private var footer: Markup {
    var note = Markup("p")
    for (key, words) in [
      ("→", "next step, "), ("←", "previous, "), ("space", "play, "), ("Home", ""), ("End", "first and last, "),
      ("Tab", "to a box and "), ("Enter", "to choose it, "), ("Esc", "to let go."),
    ] {
      note.append(Markup("kbd", text: key))
      note.append(text: " " + words)
    }
    return Markup("footer", ["class": "screen"], [note])
  }
}
