import ChainRuleCore
import ChainRuleDrawing

extension ExplanationBuilder {
  /// Gives every node a symbol that is its own, and writes its formulas.
  mutating func nameNodes() {
    var names = SymbolNames(labels: recorded.compactMap { label(of: $0) })
    for (id, record) in recorded.enumerated() {
      symbols.append(symbol(of: record, isOutput: id == explanation.output, &names))
      explanation.nodes.append(named(id, record))
    }
    writeExpressions()
  }

  /// A number is its own symbol; a name is one for the first node that has it.
  private func symbol(of record: Int32, isOutput: Bool, _ names: inout SymbolNames) -> Formula {
    if let number = number(record) { return .number(number) }
    if let label = label(of: record) { return names.symbol(for: label) }
    let node = graph.node(record)
    switch node.kind {
    case .constant: return shortConstant(node).map { .symbol($0) } ?? names.constant()
    case .operation where isOutput: return names.output()
    case .operation, .failed, .input, .parameter: return names.intermediate()
    }
  }

  /// A node with its symbol and its step, as yet without numbers.
  private func named(_ id: Int, _ record: Int32) -> ExplainedNode {
    let node = graph.node(record), symbol = symbols[id]
    let kind = number(record) != nil ? .constant : kind(of: node)
    let step = kind == .computed ? self.step(record) : symbol
    let numbers = kind == .computed && node.shape.rank == 0 ? placeholders(record) : nil
    return ExplainedNode(
      id: id, recorded: Int(hiddenReshapes.faces[record]?.id ?? record), kind: kind, name: label(of: record) ?? "",
      symbol: symbol.text, primitive: kind == .computed ? node.primitive?.name ?? "" : kind.rawValue,
      glyph: node.primitive?.descriptor.glyph, formula: step.text, arithmetic: numbers?.text ?? "",
      arithmeticLaTeX: numbers?.latex ?? "", formulaLaTeX: step.latex, symbolLaTeX: symbol.latex, expression: "")
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
  private func shortConstant(_ node: Node) -> String? {
    guard node.shape.elementCount <= 3, node.shape.rank == 1, let tensor = try? node.value() else { return nil }
    return ExplainedValue(shape: tensor.shape.dimensions, scalars: tensor.scalars).line(digits: 4)
  }

  /// One step: the primitive applied to the symbols of its inputs.
  private func step(_ id: Int32) -> Formula { apply(id, inputs(of: id).map { formula(of: $0) }) }

  /// One step with a placeholder for every input's number, in parentheses where a sign needs them.
  private func placeholders(_ id: Int32) -> Formula {
    let notation = graph.primitive(of: id).descriptor.notation
    return apply(
      id,
      inputs(of: id).compactMap { explainedID[$0] }.enumerated().map { position, input in
        let value = ExplainedQuantity.value(input)
        let quantity = notation.needsParentheses(operand: position) ? value.parenthesized : value
        return .symbol(text: quantity.placeholder, latex: quantity.placeholderLaTeX)
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
      let inputs = inputs(of: record).compactMap { explainedID[$0] }
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
    explanation.title = title
  }

  /// The output with its expression, as far as it fits on a line.
  private var title: String {
    let last = explanation.nodes[explanation.output]
    let right = [last.expression, last.formula].first { $0.count <= ExplanationBuilder.longestTitle }
    guard let right, !last.isLeaf else { return last.symbol }
    return last.name.isEmpty ? right : "\(last.symbol) = \(right)"
  }

  private static let longestTitle = 72

  /// A node that is part of a local gradient: the symbols of the graph wherever it has one, otherwise what computes it.
  func formula(of id: Int32, depth: Int = 0) -> Formula {
    if let number = number(id) { return .number(number) }
    if let node = explainedID[id] { return symbols[node] }
    guard graph.isOperation(id), depth < 8 else { return .symbol(graph.name(of: id)) }
    let inputs = graph.inputs(of: id)
    if let quotient = quotient(id, inputs, depth) { return quotient }
    if let bounded = bounded(id, inputs) { return formula(of: bounded, depth: depth + 1) }
    // A reduction's map repeats upstream along the axes that it summed; the reshape before it says nothing new.
    if graph.isBroadcast(id), graph.isReshape(inputs[0]), explainedID[inputs[0]] == nil {
      return apply(id, [formula(of: graph.inputs(of: inputs[0])[0], depth: depth + 1)])
    }
    return apply(id, inputs.map { formula(of: $0, depth: depth + 1) })
  }

  private static func function(_ opcode: Opcode) -> Formula.Function? {
    PrimitiveTable.descriptors.first { $0.opcode == opcode }.map { .init(name: opcode.name, notation: $1.notation) }
  }

  /// What a bound at the lowest finite number is a bound of: it keeps −∞ out of a difference, and says nothing to a reader.
  private func bounded(_ id: Int32, _ inputs: [Int32]) -> Int32? {
    guard graph.tabulatedOpcode(of: id) == .maximum else { return nil }
    let bound = graph.isBroadcast(inputs[1]) ? graph.inputs(of: inputs[1])[0] : inputs[1]
    guard let number = number(bound), number < -1e38 else { return nil }
    return graph.isReshape(inputs[0]) && explainedID[inputs[0]] == nil ? graph.inputs(of: inputs[0])[0] : inputs[0]
  }

  /// What is computed as (a/b)/b, or as the square of 1/b, is written as people do: a/b².
  private func quotient(_ id: Int32, _ inputs: [Int32], _ depth: Int) -> Formula? {
    guard let first = inputs.first, explainedID[first] != nil, graph.isOperation(first) else { return nil }
    let operands = graph.inputs(of: first)
    func over(_ numerator: Formula, _ denominator: Int32) -> Formula? {
      guard let square = Self.function(.square), let divide = Self.function(.divide) else { return nil }
      return .apply(divide, [numerator, .apply(square, [formula(of: denominator, depth: depth + 1)])])
    }
    switch (graph.tabulatedOpcode(of: id), graph.tabulatedOpcode(of: first)) {
    case (.divide, .divide) where inputs[1] == operands[1]:
      return over(formula(of: operands[0], depth: depth + 1), operands[1])
    case (.square, .reciprocal): return over(.number(1), operands[0])
    default: return nil
    }
  }

  /// A linear local gradient as what it does to `upstream`.
  /// - Throws: when the primitive says something else than it said to the backward pass, or its map fails.
  func linearMap(of consumer: Node, _ position: Int) throws -> Formula {
    guard case .linear(_, let transpose)? = localGradient(of: consumer, position) else {
      throw ChainRuleError(
        .primitive, in: consumer.primitive?.name ?? "explain",
        required: "the linear local gradient that the backward pass was given", got: "another kind",
        hint: "localGradient must answer the same questions in the same way.")
    }
    let placeholder = graph.input(ExplainedEdge.upstreamSymbol.text, shape: consumer.shape)
    return formula(of: try graph.resolve(transpose(placeholder)))
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
