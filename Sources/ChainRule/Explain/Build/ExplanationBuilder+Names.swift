extension ExplanationBuilder {
  /// Gives every node a symbol that is its own, and writes its formulas.
  mutating func nameNodes() {
    // A parameter may have been named after it was recorded.
    let parameters = Dictionary(
      graph.parameterLeaves.map { ($0.id, $0.parameter.name) }, uniquingKeysWith: { first, _ in first })
    func label(of id: Int32) -> String { graph.labels.label(of: id) ?? parameters[id] ?? "" }
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
          primitive: kind == .computed ? node.primitive?.name ?? "" : kind.rawValue, formula: step.text,
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
    case .parameter: graph.records[Int(node.id)].flags.contains(.isVariable) ? .parameter : .state
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
    let name = graph.primitive(of: id).name
    let isInfix = ["add", "subtract", "multiply", "divide"].contains(name)
    return apply(
      id,
      inputs.enumerated().map { position, input in
        let key =
          position == 0 && isInfix || !isInfix && !["negate", "square", "pow", "reciprocal"].contains(name) ? "v" : "V"
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
    guard graph.records[Int(id)].kind == .operation, depth < 8 else { return .symbol(graph.name(of: id)) }
    let inputs = graph.inputs(of: id)
    let primitive = graph.primitive(of: id)
    // A reduction's map repeats upstream along the axes that it summed; the reshape before it says nothing new.
    if primitive is Broadcast, graph.records[Int(inputs[0])].kind == .operation, known[inputs[0]] == nil,
      graph.primitive(of: inputs[0]) is Reshape
    {
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
    func shape(_ shape: Shape) -> String {
      shape.rank == 0 ? "scalar" : shape.dimensions.map(String.init).joined(separator: "×")
    }
    func axes(_ axes: [Int], of rank: Int) -> String {
      axes.count == rank ? "" : axes.count == 1 ? "axis \(axes[0])" : "axes \(axes)"
    }
    let rank = graph.inputs(of: id).first.map { graph.shape(of: $0).rank } ?? 0
    switch primitive {
    case let product as MatMul:
      let operands = zip(inputs, [product.transposesLeft, product.transposesRight]).map {
        $1 ? Formula.apply("transpose", [$0]) : $0
      }
      return .apply("matmul", operands)
    case is Multiply:
      let isElementwise =
        graph.shape(of: id).rank > 0 && inputs.allSatisfy { if case .number = $0 { false } else { true } }
      return .apply("multiply", inputs, detail: isElementwise ? "elementwise" : "")
    case let sum as Sum: return .apply("sum", inputs, detail: axes(sum.axes, of: rank))
    case let extremum as Extremum: return .apply(extremum.name, inputs, detail: axes(extremum.axes, of: rank))
    case let sum as LogSumExp: return .apply("logSumExp", inputs, detail: axes(sum.axes, of: rank))
    case let softmax as Softmax: return .apply("softmax", inputs, detail: rank > 1 ? "axis \(softmax.axis)" : "")
    case let reshape as Reshape: return .apply("reshape", inputs, detail: shape(reshape.shape))
    case let broadcast as Broadcast: return .apply("broadcast", inputs, detail: shape(broadcast.shape))
    case let transpose as Transpose:
      return .apply(
        "transpose", inputs, detail: transpose.order == Array((0..<rank).reversed()) ? "" : "order \(transpose.order)")
    case let slice as Slice:
      let parts = zip(slice.starts, zip(slice.counts, slice.steps)).map { start, part in
        part.0 == 1 ? "\(start)" : "\(start)..<\(start + part.0 * part.1)" + (part.1 == 1 ? "" : " by \(part.1)")
      }
      return .apply("slice", inputs, detail: "[" + parts.joined(separator: ", ") + "]")
    default: return .apply(primitive.name, inputs)
    }
  }
}
