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
    var svg = picture.image(of: self, id: "cr", heading: heading)
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
