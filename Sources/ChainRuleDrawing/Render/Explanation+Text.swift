extension Explanation {
  /// Two tables for a terminal: every node's value in the order of evaluation, then every contribution to every
  /// gradient in the order of the backward pass, with a Σ row wherever a node fans out.
  ///
  /// - Parameters:
  ///   - color: green values and red gradients, for a terminal that shows them.
  ///   - digits: significant digits.
  ///   - width: the columns of the terminal, to which wide tables are broken; `nil` for as wide as they are.
  public func text(color: Bool = false, digits: Int = 8, width: Int? = nil) -> String {
    var result = TerminalStyle.bold.apply(title, color) + "\n"
    if let value = nodes[output].value?.line(digits: digits) {
      let symbol = nodes[output].symbol
      result += symbol == title || symbol == value ? "" : "\(symbol) "
      result += "= " + TerminalStyle.value.apply(value, color) + "\n"
    }
    guard nodes.contains(where: isShown) else {
      return result + "\nThere is no input, so every number is a constant and there is nothing to differentiate.\n"
    }
    result +=
      "\nForward: each value from the values before it\n\n" + forwardTable(digits).text(color: color, width: width)
    result += "\nBackward: gradient = Σ upstream × local gradient, last node first\n\n"
    result += backwardTable(digits).text(color: color, width: width)
    let missing = missingGradients(digits)
    if !missing.rows.isEmpty { result += "\nNo number, and why\n\n" + missing.text(color: color, width: width) }
    let jacobians = jacobianTable(digits)
    if !jacobians.rows.isEmpty {
      result += "\nLocal gradients written out: a row for each element of the node, a column for each of its input\n\n"
      result += jacobians.text(color: color)
    }
    for path in pathSections(digits) { result += "\n" + path }
    for note in notes { result += "\nNote: \(note)\n" }
    return result
  }

  /// Whether a row of the forward table says something: an unnamed constant is already in the formulas that use it.
  private func isShown(_ node: ExplainedNode) -> Bool {
    node.kind != .constant || !node.name.isEmpty || !node.shape.isEmpty
  }

  private func forwardTable(_ digits: Int) -> TextTable {
    var table = TextTable(columns: [
      .init(title: "node"), .init(title: "expression"), .init(title: "shape"), .init(title: "value", alignment: .right),
      .init(title: "tangent", alignment: .right),
    ])
    for node in nodes where isShown(node) {
      table.add(
        .init(node.symbol, .bold), .init(node.isLeaf ? node.kind.rawValue : node.formula),
        .init(node.isScalar ? "" : node.value?.shapeText ?? ExplainedValue.text(ofShape: node.shape), .faint),
        .init(lines: node.value == nil ? ["not computed"] : lines(node.value, digits), .value),
        .init(lines: lines(node.tangent, digits), .now))
    }
    return table
  }

  private func backwardTable(_ digits: Int) -> TextTable {
    var table = TextTable(columns: [
      .init(title: "node"), .init(title: "expression", isSaidElsewhere: true),
      .init(title: "value", alignment: .right, isSaidElsewhere: true), .init(title: "consumer"),
      .init(title: "upstream", alignment: .right), .init(title: "× local gradient"),
      .init(title: "= product", alignment: .right), .init(title: "gradient", alignment: .right),
    ])
    let index = contributionIndex
    let sums = Dictionary(sums.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    for node in backwardOrder {
      table.rows += rows(of: node, index[node.id], digits)
      if let sum = sums[node.id] { table.rows.append(row(of: sum, digits)) }
    }
    return table
  }

  /// A row for every contribution to a node; one for a node where the pass starts.
  private func rows(of node: ExplainedNode, _ contributions: [Int], _ digits: Int) -> [[TextTable.Cell]] {
    let empty = TextTable.Cell("")
    let head: [TextTable.Cell] = [
      .init(node.symbol, .bold), .init(node.isLeaf ? node.kind.rawValue : node.formula),
      .init(lines: lines(node.value, digits), .value),
    ]
    let gradient = TextTable.Cell(lines: gradientLines(of: node, digits), .gradient)
    if contributions.isEmpty { return [head + [.init("start"), empty, empty, empty, gradient]] }
    let isOnly = contributions.count == 1
    return contributions.enumerated().map { position, id in
      let edge = edges[id]
      return (position == 0 ? head : [empty, empty, empty]) + [
        .init(nodes[edge.consumer].symbol),
        .init(lines: lines(edge.upstream, digits), .gradient),
        .init(lines: localLines(of: edge, digits), .local),
        .init(lines: isOnly && !node.isScalar ? [""] : lines(edge.product, digits)),
        isOnly ? gradient : empty,
      ]
    }
  }

  /// `Σ over 2 consumers`, with its terms where they are numbers.
  private func row(of sum: ExplainedSum, _ digits: Int) -> [TextTable.Cell] {
    let empty = TextTable.Cell("")
    let terms = sum.edges.map { edges[$0].product?.line(digits: digits) ?? "not computed" }
    let equation =
      terms.enumerated().map { $0 == 0 ? $1 : NumberText.parenthesized($1) }.joined(separator: " + ")
      + " = " + sum.total.line(digits: digits)
    return [
      empty, .init("Σ over \(sum.edges.count) consumers"), empty, empty, empty,
      .init(sum.total.shape.isEmpty ? equation : ""), empty,
      .init(lines: gradientLines(of: nodes[sum.node], digits), .gradient),
    ]
  }

  private func localLines(of edge: ExplainedEdge, _ digits: Int) -> [String] {
    guard edge.kind == .factor, let factor = edge.factor else { return ["  \(edge.local)"] }
    let lines = lines(factor, digits)
    if lines.count == 1 { return [lines[0] == edge.local ? "× \(edge.local)" : "× \(edge.local) = \(lines[0])"] }
    return ["× \(edge.local) ="] + lines.map { "  " + $0 }
  }

  private func gradientLines(of node: ExplainedNode, _ digits: Int) -> [String] {
    guard node.gradient.state == .value, let value = node.gradient.value else {
      return [gradientText(of: node, digits)]
    }
    return lines(value, digits)
  }

  /// A number with all its digits; the elements of a tensor with five of them, so that rows stay on the screen.
  private func lines(_ value: ExplainedValue?, _ digits: Int) -> [String] {
    value?.lines(digits: value?.shape.isEmpty == true ? digits : Swift.min(digits, 5)) ?? [""]
  }

  private func missingGradients(_ digits: Int) -> TextTable {
    var table = TextTable(columns: [.init(title: "node"), .init(title: "gradient"), .init(title: "reason")])
    for node in nodes where node.gradient.value == nil && isShown(node) {
      table.add(.init(node.symbol, .bold), .init(gradientText(of: node, digits)), .init(node.gradient.reason ?? ""))
    }
    return table
  }

  private func jacobianTable(_ digits: Int) -> TextTable {
    var table = TextTable(columns: [.init(title: "node"), .init(title: "input"), .init(title: "Jacobian")])
    for edge in edges {
      guard let jacobian = edge.jacobian else { continue }
      table.add(
        .init(nodes[edge.consumer].symbol, .bold), .init(nodes[edge.node].symbol),
        .init(lines: jacobian.lines(digits: Swift.min(digits, 5), rows: 16, columns: 16), .local))
    }
    return table
  }

  private func pathSections(_ digits: Int) -> [String] {
    pathTargets.map { target in
      let listed = paths(fromID: target)
      var section = "Paths from \(nodes[output].symbol) to \(nodes[target].symbol): \(listed.count)\n\n"
      for path in listed {
        let way = path.nodes.map { nodes[$0].symbol }.joined(separator: " → ")
        let factors = path.edges.enumerated().map { position, id in
          guard let factor = edges[id].factor?.line(digits: digits) else { return "(\(edges[id].local))" }
          return position == 0 ? factor : NumberText.parenthesized(factor)
        }
        section +=
          "  \(way):  \(factors.joined(separator: " × ")) = \(path.product?.line(digits: digits) ?? "not computed")\n"
      }
      if listed.count > 1 { section += "  Σ = \(gradientText(of: nodes[target], digits))\n" }
      return section
    }
  }
}
