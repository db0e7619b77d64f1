extension Explanation {
  /// The graph for Graphviz: a box for every node with its value and gradient, the local gradient on every edge.
  public func dot() -> String {
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
    var result = "digraph {\n  rankdir=LR\n  label=\(quoted(title))\n  node [shape=box, fontname=\"monospace\"]\n"
    result += "  edge [fontname=\"monospace\", fontsize=10]\n"
    for node in nodes {
      let style = node.isLeaf ? ", style=rounded" : ""
      result += "  n\(node.id) [label=\(quoted(label(of: node)))\(style)]\n"
    }
    for edge in edges {
      let text = label(of: edge)
      result +=
        "  n\(edge.node) -> n\(edge.consumer)" + (text.isEmpty ? " [style=dotted]" : " [label=\(quoted(text))]") + "\n"
    }
    return result + "}\n"
  }

  /// The graph for Mermaid, which many documentation sites draw.
  public func mermaid() -> String {
    func quoted(_ text: String) -> String {
      let escaped = text.replacing("&", with: "#amp;").replacing("\"", with: "#quot;").replacing("<", with: "#lt;")
        .replacing(">", with: "#gt;").replacing("\n", with: "<br/>")
      return "\"\(escaped)\""
    }
    var result = "flowchart LR\n"
    for node in nodes {
      let text = quoted(label(of: node))
      result += "  n\(node.id)" + (node.isLeaf ? "([\(text)])" : "[\(text)]") + "\n"
    }
    for edge in edges {
      let text = label(of: edge)
      result += "  n\(edge.node) " + (text.isEmpty ? "-.->" : "-->|\(quoted(text))|") + " n\(edge.consumer)\n"
    }
    return result
  }

  private func label(of node: ExplainedNode) -> String {
    let head = node.isLeaf ? node.symbol : "\(node.symbol) = \(node.formula)"
    guard !node.isNumeral else { return head }
    var lines = [head]
    if let value = node.value { lines.append("value \(value.line(digits: 6, elements: 6))") }
    return (lines + ["gradient \(gradientText(of: node, 6))"]).joined(separator: "\n")
  }

  private func label(of edge: ExplainedEdge) -> String {
    guard edge.carriesGradient else { return "" }
    guard let factor = edge.factor, let upstream = edge.upstream, let product = edge.product, factor.count <= 4 else {
      return edge.local
    }
    let number = factor.line(digits: 6), local = number == edge.local ? number : "\(edge.local) = \(number)"
    return "\(local)\n\(upstream.line(digits: 6)) × \(NumberText.parenthesized(number)) = \(product.line(digits: 6))"
  }
}
