import ChainRuleCore
import ChainRuleDrawing

extension ExplanationBuilder {
  /// Gives every node a symbol that is its own, and writes its formulas.
  mutating func nameNodes() {
    func label(of id: Int32) -> String { graph.label(of: id) ?? "" }
    var taken = Set(recorded.map(label))
    var used = Set<String>()
    var counter = 0
    func fresh() -> String {
      repeat { counter += 1 } while taken.contains("v\(counter)")
      return "v\(counter)"
    }
    var constants = 0
    for (id, record) in recorded.enumerated() {
      let node = graph.node(record)
      let label = label(of: record)
      var symbol = label
      var formula: Formula?
      if let number = number(record) {
        symbol = NumberText.short(number)
        formula = .number(number)
      } else if symbol.isEmpty {
        switch node.kind {
        case .constant:
          constants += 1
          symbol = small(node) ?? "c\(constants)"
        case .operation where id == recorded.count - 1 && !taken.contains("f"): symbol = "f"
        default: symbol = fresh()
        }
      } else if !used.insert(symbol).inserted {
        var copy = 2
        while taken.contains("\(label)_\(copy)") { copy += 1 }
        symbol = "\(label)_\(copy)"
        taken.insert(symbol)
      }
      symbols.append(formula ?? .symbol(symbol))
      let kind = formula != nil ? .constant : kind(of: node)
      let step = kind == .computed ? self.step(record) : symbols[id]
      let numbers = kind == .computed && node.shape.rank == 0 ? placeholders(record) : nil
      explanation.nodes.append(
        ExplainedNode(
          id: id, recorded: Int(record), kind: kind, name: label, symbol: symbol,
          primitive: kind == .computed ? node.primitive?.name ?? "" : kind.rawValue,
          glyph: node.primitive?.descriptor.glyph, formula: step.text,
          arithmetic: numbers?.text ?? "", arithmeticLaTeX: numbers?.latex ?? "",
          formulaLaTeX: step.latex, symbolLaTeX: symbols[id].latex, expression: ""))
    }
    writeExpressions()
  }

  private func kind(of node: Node) -> ExplainedNode.Kind {
    switch node.kind {
    case .operation, .failed: .computed
    case .input: .input
    case .constant: .constant
    case .parameter: graph.isVariable(node.id) ? .parameter : .state
    }
  }

  /// A constant of a few numbers is its own symbol.
  private func small(_ node: Node) -> String? {
    guard node.shape.elementCount <= 3, node.shape.rank == 1, let tensor = try? node.value() else { return nil }
    return ExplainedValue(shape: tensor.shape.dimensions, scalars: tensor.scalars).line(digits: 4)
  }

  /// One step: the primitive applied to the symbols of its inputs.
  private func step(_ id: Int32) -> Formula {
    apply(id, inputs(of: id).map { known[$0].map { symbols[$0] } ?? .symbol("?") })
  }

  /// One step with a placeholder for every input's number; a capital one where a sign needs parentheses.
  private func placeholders(_ id: Int32) -> Formula {
    let inputs = inputs(of: id)
    let notation = graph.primitive(of: id).descriptor.notation
    return apply(
      id,
      inputs.enumerated().map { position, input in
        let key = notation.needsParentheses(operand: position) ? "V" : "v"
        return .symbol(text: "{\(key)\(known[input] ?? 0)}", latex: "⟨\(key)\(known[input] ?? 0)⟩")
      })
  }

  /// Every expression down to the leaves, as long as it stays short.
  private mutating func writeExpressions() {
    var full: [(formula: Formula, leaves: Int, depth: Int)] = []
    for (id, record) in recorded.enumerated() {
      guard explanation.nodes[id].kind == .computed else {
        full.append((symbols[id], 1, 0))
        explanation.nodes[id].expression = explanation.nodes[id].symbol
        continue
      }
      let inputs = inputs(of: record).compactMap { known[$0] }
      let leaves = inputs.reduce(0) { $0 + full[$1].leaves }
      let depth = (inputs.map { full[$0].depth }.max() ?? 0) + 1
      if leaves <= 12, depth <= 12 {
        full.append((apply(record, inputs.map { full[$0].formula }), leaves, depth))
        explanation.nodes[id].expression = full[id].formula.text
      } else {
        full.append((symbols[id], 1, 0))
        explanation.nodes[id].expression = explanation.nodes[id].formula
      }
    }
    let last = explanation.nodes[explanation.output]
    let isShort = last.expression.count <= 72 && last.expression != last.formula || last.formula.count <= 72
    let right = last.expression.count <= 72 ? last.expression : last.formula
    explanation.title = !isShort || last.isLeaf ? last.symbol : last.name.isEmpty ? right : "\(last.symbol) = \(right)"
  }

  /// A node that is part of a local gradient: the symbols of the graph wherever it has one, otherwise what computes it.
  func formula(of id: Int32, depth: Int = 0) -> Formula {
    if let number = number(id) { return .number(number) }
    if let node = known[id] { return symbols[node] }
    guard graph.isOperation(id), depth < 8 else { return .symbol(graph.name(of: id)) }
    let inputs = graph.inputs(of: id)
    // A reduction's map repeats upstream along the axes that it summed; the reshape before it says nothing new.
    if graph.isBroadcast(id), graph.isReshape(inputs[0]), known[inputs[0]] == nil {
      return apply(id, [formula(of: graph.inputs(of: inputs[0])[0], depth: depth + 1)])
    }
    return apply(id, inputs.map { formula(of: $0, depth: depth + 1) })
  }

  /// A linear local gradient as what it does to `upstream`.
  func map(of consumer: Node, _ position: Int) -> Formula {
    guard
      case .linear(_, let transpose)? = consumer.primitive?.localGradient(
        of: consumer, withRespectTo: position, inputs: consumer.inputs)
    else { return .symbol("upstream") }
    let placeholder = graph.input("upstream", shape: consumer.shape)
    guard let id = transpose(placeholder).validID else { return .symbol("upstream") }
    return formula(of: id)
  }

  /// A primitive of the graph applied to formulas of its inputs.
  func apply(_ id: Int32, _ inputs: [Formula]) -> Formula {
    let primitive = graph.primitive(of: id)
    let function = Formula.Function(primitive)
    if let transposed = graph.transposedOperands(of: id) {
      let transpose = Formula.Function(name: "transpose", notation: Graph.transposition)
      return .apply(function, zip(inputs, transposed).map { $1 ? .apply(transpose, [$0]) : $0 })
    }
    if function.notation == .product {
      let isNumber = inputs.map { if case .number = $0 { true } else { false } }
      return .apply(function, inputs, detail: graph.isScalar(id) || isNumber.contains(true) ? "" : "elementwise")
    }
    return .apply(function, inputs, detail: primitive.detail(of: graph.inputs(of: id).map { graph.shape(of: $0) }))
  }
}
