// A page writes what Picture drew and what Data holds; it places nothing and computes no number.

extension Explanation {
  /// One page that a browser opens from disk, with no network: the drawing to step through forward and backward, the
  /// arithmetic of the step in words and numbers, a panel for the chosen node, paths with their products, and inputs
  /// that can be edited where the graph is one of scalars.
  public func html() -> String {
    let context = PictureContext(self), views = views(context)
    var body = Markup(
      "body", [:], [header, controls(views, opens: views.contains { $0.folding != .none })])
    body.append(Markup("p", ["class": "words", "id": "words", "role": "status", "aria-live": "polite"]))
    var tables = Markup("section", ["class": "tables", "aria-label": "Tables"])
    if nodes.count <= Self.mostOnPage {
      tables.append(forwardDetails)
      tables.append(backwardDetails)
    } else {
      let note = "The tables of every number are left out for \(nodes.count) nodes; choose a box to see its own."
      tables.append(Markup("p", ["class": "note"], text: note))
    }
    body.append(Markup("main", [:], [Markup("div", ["class": "left"], [drawing(views, context), tables]), aside]))
    body.append(footer)
    body.append(pageData)
    body.append(Markup("script", verbatim: PageScript.text(arithmetic)))
    let head = Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("title", text: heading),
        Markup("link", ["rel": "icon", "href": "data:,"]),
        Markup("style", verbatim: PageStyle.text),
      ])
    return "<!DOCTYPE html>\n" + Markup("html", ["lang": "en"], [head, body]).text + "\n"
  }

  private var header: Markup {
    var result = Markup("p", ["class": "result"])
    if nodes[output].symbol != title { result.append(text: nodes[output].symbol + " ") }
    result.append(text: "= ")
    result.append(quantity(.value(output), nodes[output].value))
    return Markup("header", [:], [Markup("h1", text: heading), result])
  }

  private func controls(_ views: [PageView], opens: Bool) -> Markup {
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
          views.map { Markup("option", ["value": $0.kind.rawValue], text: $0.kind.title) }))
    }
    if opens {
      bar.append(button("unfold", "open all", "open every module"))
      bar.append(button("fold", "close all", "close every module"))
    }
    return bar
  }

  /// The drawing of the whole, folded or not, and one of the inside of every module that is drawn as a box.
  private func drawing(_ views: [PageView], _ context: PictureContext) -> Markup {
    var result = Markup("div", ["class": "drawings"]), modules: [[String]] = []
    for (index, view) in views.enumerated() {
      let graph = FoldedGraph(self, view.folding, context)
      let limit = view.kind == .onSeveralLines ? Self.lineOnPage : nil
      let picture = Picture(self, graph, context, canChange: arithmetic != nil, limit: limit)
      modules += graph.modules
      var pane = pane(picture, id: "view\(index)", label: "Drawing")
      pane["data-view"] = view.kind.rawValue
      if view.kind == .onSeveralLines { pane["class"] = "drawing lines" }
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
            pane(picture, id: "inside\(next)", label: "inside \(name)", packs: nodes.count > Self.mostOnPage),
          ]))
    }
    return result
  }

  /// A drawing in a frame that scrolls; in a large page packed until it is opened.
  private func pane(_ picture: Picture, id: String, label: String, packs: Bool = false) -> Markup {
    let frame = Markup("div", ["class": "drawing", "tabindex": "0", "role": "region", "aria-label": label])
    let drawing = picture.element(of: self, id: id)
    var pane = frame
    if packs {
      pane.append(Markup("script", ["type": "text/plain"], verbatim: PackedText.pack(drawing.text)))
    } else {
      pane.append(drawing)
    }
    return pane
  }

  /// What the script reads.
  private var pageData: Markup {
    let json = forPage.json()
    return nodes.count > Self.mostOnPage
      ? Markup("script", ["type": "text/plain", "id": "data"], verbatim: PackedText.pack(json))
      : Markup("script", ["type": "application/json", "id": "data"], verbatim: json)
  }

  /// The width of a line of a drawing on several lines: what stands beside the panels at 1,280 pixels, and on paper.
  private static let lineOnPage = 850.0

  /// The whole drawings that a page offers: folded where that helps, every node where they are not too many, and on
  /// several lines where it would be wide.
  private func views(_ context: PictureContext) -> [PageView] {
    var views: [PageView] = []
    if !FoldedGraph(self, .automatic, context).modules.isEmpty {
      views.append(PageView(kind: .modulesFolded, folding: .automatic))
      if nodes.count <= Self.mostOnPage { views.append(PageView(kind: .everyNode, folding: .none)) }
    } else {
      views.append(PageView(kind: .everyNode, folding: .none))
      if FoldedGraph(self, .open([]), context).modules.count > 1 {
        views.append(PageView(kind: .modulesFolded, folding: .open([])))
      }
    }
    if nodes.count > 12, nodes.count <= Self.mostOnPage {
      // What would be wide is on several lines at first, unless modules make it short.
      let isFolded = views.contains { $0.kind == .modulesFolded && $0.folding == .automatic }
      views.insert(PageView(kind: .onSeveralLines, folding: .none), at: isFolded ? views.count : 0)
    }
    return views
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

/// A drawing of the whole graph that a page offers.
private struct PageView {
  /// What the page's menu and script call it.
  enum Kind: String {
    case everyNode = "every"
    case modulesFolded = "folded"
    case onSeveralLines = "lines"

    var title: String {
      switch self {
      case .everyNode: "every node"
      case .modulesFolded: "modules folded"
      case .onSeveralLines: "on several lines"
      }
    }
  }

  let kind: Kind
  let folding: Explanation.Folding
}
