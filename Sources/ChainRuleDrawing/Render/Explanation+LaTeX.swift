extension Explanation {
  /// The derivation as LaTeX for `amsmath`: the forward definitions, every step of the backward pass, and for the
  /// chosen inputs the chain rule as a product with its sums over paths, in symbols and in numbers.
  ///
  /// - Parameters:
  ///   - symbols: the nodes to derive; by default those whose paths were asked for, or the first inputs.
  ///   - standalone: a whole document instead of a fragment to `\input`.
  public func latex(for symbols: [String]? = nil, standalone: Bool = false) -> String {
    let f = nodes[output].symbolLaTeX, index = contributionIndex
    var body = "% Needs \\usepackage{amsmath}.\n\\begingroup\\allowdisplaybreaks\n"
    let values = nodes.filter { !$0.isNumeral || $0.id == output }.map(forwardLine)
    body += "\\noindent\\textbf{Forward}\n" + aligned(values)
    let steps = backwardOrder.filter { $0.id != output }.flatMap { backwardLines($0, index[$0.id], f) }
    if !steps.isEmpty { body += "\\noindent\\textbf{Backward: upstream times local gradient}\n" + aligned(steps) }
    let derived = derivations(symbols).flatMap { chainLines($0, f) }
    if !derived.isEmpty { body += "\\noindent\\textbf{The chain rule, summed over paths}\n" + aligned(derived) }
    body += withoutGradient + jacobianLines + "\\endgroup\n"
    guard standalone else { return body }
    return """
      \\documentclass{article}
      \\usepackage[utf8]{inputenc}
      \\usepackage[T1]{fontenc}
      \\usepackage{amsmath}
      \\usepackage[a4paper,margin=20mm]{geometry}
      \\begin{document}
      \\section*{$\(nodes[output].symbolLaTeX) = \(nodes[output].formulaLaTeX)$}
      \(body)\\end{document}

      """
  }

  /// Which nodes have no gradient, and why.
  private var withoutGradient: String {
    let missing = nodes.filter { $0.gradient.value == nil && !$0.isNumeral }
    guard !missing.isEmpty else { return "" }
    let items = missing.map { node in
      let reason = node.gradient.reason.map { " (\(LaTeXText.escaped($0)))" } ?? ""
      return "\\item $\(node.symbolLaTeX)$: \(gradientText(of: node, 6))\(reason)"
    }
    return "\\noindent\\textbf{No number, and why}\n\\begin{itemize}\n"
      + items.map { "  \($0)\n" }.joined() + "\\end{itemize}\n"
  }

  /// The local gradients that were written out as matrices.
  private var jacobianLines: String {
    let lines = edges.compactMap { edge in
      edge.jacobian.map {
        derivative(of: nodes[edge.consumer].symbolLaTeX, by: nodes[edge.node].symbolLaTeX) + " &= " + matrix($0)
      }
    }
    return lines.isEmpty ? "" : "\\noindent\\textbf{Local gradients written out}\n" + aligned(lines)
  }

  /// At most 24 lines to an environment, so that a long derivation breaks over pages.
  private func aligned(_ lines: [String]) -> String {
    stride(from: 0, to: lines.count, by: 24).map { start in
      let part = lines[start..<Swift.min(start + 24, lines.count)]
      return "\\begin{align*}\n" + part.map { "  " + $0 }.joined(separator: " \\\\\n") + "\n\\end{align*}\n"
    }.joined()
  }

  private func derivative(of f: String, by x: String) -> String { "\\frac{\\partial \(f)}{\\partial \(x)}" }

  private func number(_ value: ExplainedValue?, parenthesized: Bool = false) -> String {
    guard let value else { return "\\text{not computed}" }
    guard let scalar = value.scalar, value.shape.isEmpty else { return matrix(value) }
    let text = NumberText.latex(scalar)
    return parenthesized && scalar < 0 ? "(\(text))" : text
  }

  /// A row, a matrix, or above rank 2 a column of matrices; in words where it is large.
  private func matrix(_ value: ExplainedValue) -> String {
    guard value.fits(rows: 6, columns: 6) else {
      return "\\text{\(LaTeXText.escaped(value.line(digits: 4, elements: 0)))}"
    }
    return value.shape.count == 1 ? matrix(.row([value.nested])) : matrix(value.nested)
  }

  private func matrix(_ nested: ExplainedValue.Nested) -> String {
    guard case .row(let rows) = nested else { return "" }
    let written = rows.map { row in
      guard case .row(let cells) = row else { return "" }
      let numbers = cells.compactMap { if case .number(let x) = $0 { NumberText.latex(x, digits: 4) } else { nil } }
      return numbers.count == cells.count ? numbers.joined(separator: " & ") : matrix(row)
    }
    return "\\begin{bmatrix} \(written.joined(separator: " \\\\ ")) \\end{bmatrix}"
  }

  private func forwardLine(_ node: ExplainedNode) -> String {
    guard !node.isLeaf else { return "\(node.symbolLaTeX) &= \(number(node.value))" }
    var line = "\(node.symbolLaTeX) &= \(node.formulaLaTeX)"
    if !node.arithmeticLaTeX.isEmpty, node.inputs.allSatisfy({ nodes[$0].isScalar }) {
      let numbers = Explanation.fill(node.arithmeticLaTeX, between: ("⟨", "⟩")) { number(nodes[$0.index].value) }
      line += " = \(numbers)"
    }
    return line + " = \(number(node.value))"
  }

  /// The sum of the contributions in symbols, in numbers, and its value; more than two take a line each way.
  private func backwardLines(_ node: ExplainedNode, _ ids: [Int], _ f: String) -> [String] {
    let contributions = ids.map { edges[$0] }
    var sums = [contributions.map { term($0, f) }]
    if contributions.allSatisfy({ $0.factor?.shape.isEmpty == true && $0.upstream?.shape.isEmpty == true }) {
      sums.append(
        contributions.enumerated().map { position, edge in
          "\(number(edge.upstream, parenthesized: position > 0)) \\cdot \(number(edge.factor, parenthesized: true))"
        })
      if contributions.count > 1 {
        sums.append(contributions.enumerated().map { number($1.product, parenthesized: $0 > 0) })
      }
    }
    let note =
      switch node.gradient.state {
      case .closedGate: "\\quad\\text{(closed gate)}"
      case .zero: "\\quad\\text{(zero)}"
      case .value, .noPath, .notComputed: ""
      }
    let value = number(node.gradient.value) + note
    let matrices = sums.count == 1 ? matrixTerms(contributions) : nil
    if let matrices { sums.append(matrices) }
    let left = derivative(of: f, by: node.symbolLaTeX)
    guard contributions.count > 2 || matrices != nil else {
      return ["\(left) &= " + sums.map { $0.joined(separator: " + ") }.joined(separator: " = ") + " = \(value)"]
    }
    var lines: [String] = []
    for (number, terms) in sums.enumerated() {
      let width = number == 0 ? 4 : number == 1 ? 3 : 6
      for start in stride(from: 0, to: terms.count, by: width) {
        let part = terms[start..<Swift.min(start + width, terms.count)].joined(separator: " + ")
        lines.append((start > 0 ? "&\\qquad + " : number == 0 ? "\(left) &= " : "&= ") + part)
      }
    }
    return lines + ["&= \(value)"]
  }

  /// The contributions with small matrices for their numbers: upstream ⊙ factor, or the map applied to upstream.
  private func matrixTerms(_ contributions: [ExplainedEdge]) -> [String]? {
    guard contributions.count == 1, let edge = contributions.first, let upstream = edge.upstream else { return nil }
    guard upstream.summary == nil, upstream.count <= 9, upstream.shape.count <= 2 else { return nil }
    let arrived = number(upstream, parenthesized: true)
    guard let factor = edge.factor else {
      guard edge.localLaTeX.contains(ExplainedEdge.upstreamSymbol.latex) else { return nil }
      return [edge.localLaTeX.replacing(ExplainedEdge.upstreamSymbol.latex, with: arrived)]
    }
    guard factor.summary == nil, factor.count <= 9, factor.shape.count <= 2 else { return nil }
    return ["\(arrived) \(upstream.shape.isEmpty ? "\\cdot" : "\\odot") \(number(factor, parenthesized: true))"]
  }

  private func term(_ edge: ExplainedEdge, _ f: String) -> String {
    let upstream = derivative(of: f, by: nodes[edge.consumer].symbolLaTeX)
    if edge.factor == nil { return edge.localLaTeX.replacing(ExplainedEdge.upstreamSymbol.latex, with: upstream) }
    let sign = edge.upstream?.shape.isEmpty == true ? "\\cdot" : "\\odot"
    return "\(upstream) \(sign) \(edge.localLaTeX)"
  }

  private func derivations(_ symbols: [String]?) -> [ExplainedNode] {
    if let symbols { return symbols.compactMap { self[$0] }.filter { $0.gradient.value != nil } }
    if !pathTargets.isEmpty { return pathTargets.map { nodes[$0] }.filter { $0.gradient.value != nil } }
    return Array(
      nodes.filter { ($0.kind == .input || $0.kind == .parameter) && $0.gradient.value != nil && $0.id != output }
        .prefix(10))
  }

  // MARK: The chain rule as one product

  /// The pieces of a product: factors, signs and parentheses, to be broken over lines where they are many.
  private typealias Pieces = [(text: String, isFactor: Bool)]

  private func chainLines(_ node: ExplainedNode, _ f: String) -> [String] {
    let index = contributionIndex
    var sizes: [Int: Int] = [:]
    let symbolic = pieces(node.id, index, &sizes) { edge in
      derivative(of: nodes[edge.consumer].symbolLaTeX, by: nodes[edge.node].symbolLaTeX)
    } whole: {
      derivative(of: f, by: nodes[$0].symbolLaTeX)
    }
    var lines = broken("\(derivative(of: f, by: node.symbolLaTeX)) &= ", symbolic)
    let areScalars = edges.filter(\.carriesGradient).allSatisfy { $0.factor?.shape.isEmpty == true }
    if areScalars {
      let numeric = pieces(node.id, index, &sizes) {
        number($0.factor, parenthesized: true)
      } whole: {
        number(nodes[$0].gradient.value, parenthesized: true)
      }
      lines += broken("&= ", numeric)
    }
    return lines + ["&= \(number(node.gradient.value))"]
  }

  /// The gradient of a node as (sum over consumers) times local gradients; a consumer whose own product would be long
  /// stays one factor.
  private func pieces(
    _ node: Int, _ index: [[Int]], _ sizes: inout [Int: Int], factor: (ExplainedEdge) -> String, whole: (Int) -> String
  ) -> Pieces {
    let edgesIn = index[node]
    if edgesIn.isEmpty { return [(whole(node), true)] }
    var result: Pieces = []
    if edgesIn.count > 1 { result.append(("\\bigl(", false)) }
    for (position, id) in edgesIn.enumerated() {
      if position > 0 { result.append(("+", false)) }
      let edge = edges[id]
      let isSeed = index[edge.consumer].isEmpty && nodes[output].gradient.value?.scalar == 1
      if !isSeed {
        if size(edge.consumer, index, &sizes) <= 28 {
          result += pieces(edge.consumer, index, &sizes, factor: factor, whole: whole)
        } else {
          result.append((whole(edge.consumer), true))
        }
        result.append(("\\cdot", false))
      }
      result.append((factor(edge), true))
    }
    if edgesIn.count > 1 { result.append(("\\bigr)", false)) }
    return result
  }

  /// How many factors a node's product has, found once for each node.
  private func size(_ node: Int, _ index: [[Int]], _ sizes: inout [Int: Int]) -> Int {
    if let known = sizes[node] { return known }
    // Consumers come later in the recording, so one pass from the end knows them all.
    for id in nodes.indices.reversed() where sizes[id] == nil {
      sizes[id] = Swift.min(
        1000, index[id].reduce(index[id].isEmpty ? 1 : 0) { $0 + 1 + (sizes[edges[$1].consumer] ?? 1) })
    }
    return sizes[node] ?? 1
  }

  private func broken(_ start: String, _ pieces: Pieces) -> [String] {
    var lines: [String] = [], line = start, count = 0
    for piece in pieces {
      if count >= 8, !piece.isFactor, piece.text != "\\bigr)", piece.text != "\\bigl(" {
        lines.append(line)
        (line, count) = ("&\\qquad ", 0)
      }
      line += piece.text + " "
      if piece.isFactor { count += 1 }
    }
    return lines + [line]
  }
}
