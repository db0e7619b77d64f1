import ChainRuleCore

/// One line of a derivation as a lecture writes it.
public struct DerivationStep: Sendable {
  /// What stands on the left: `∂f/∂h`, or a name that is given to a value.
  public let symbol: String
  /// What it is, in terms of the lines above.
  public let formula: Formula
  /// The rule behind it, in words; empty for a definition.
  public let rule: String

  /// A line of its parts.
  package init(symbol: String, formula: Formula, rule: String) {
    (self.symbol, self.formula, self.rule) = (symbol, formula, rule)
  }
}

extension Node {
  /// The gradients of this number line by line: first names for what is computed, then each gradient from those of what
  /// reads its node, last node first.
  ///
  /// Computed nodes go by their labels; where none has one, by numbers.
  /// - Throws: as `derivation(withRespectTo:)`.
  public func derivationSteps(withRespectTo nodes: [Node]) throws -> [DerivationStep] {
    if let error { throw error }
    guard shape.rank == 0 else {
      throw ChainRuleError(
        .shape, in: "derivation", required: "a scalar", got: "shape \(shape)", hint: "Differentiate a sum of it.")
    }
    let plain = withPlainNorms(keeping: nodes)
    guard plain == self else { return try plain.derivationSteps(withRespectTo: nodes) }
    let output = label.flatMap { kind == .operation ? $0 : nil } ?? "f"
    let names = namedOperations(besides: nodes).sorted { $0.key.index < $1.key.index }
    var named = Dictionary(uniqueKeysWithValues: names.map { ($0.key, $0.value) })
    var steps: [DerivationStep] = []
    for (node, name) in names + [(key: self, value: output)] {
      var reader = FormulaReader(named: named.filter { $0.key != node })
      steps.append(.init(symbol: name, formula: try reader.formula(of: node).simplified, rule: ""))
    }
    _ = try gradients(withRespectTo: nodes)
    // A name that only decides between branches has no gradient, and no line.
    let gradients = backward()
    for node in names.reversed().map(\.key) + nodes {
      guard let gradient = gradients[node] else { continue }
      let symbol = "∂\(output)/∂\(named[node] ?? node.label ?? "")"
      var reader = FormulaReader(named: named)
      let formula = try reader.formula(of: gradient).withoutTies.simplified
      steps.append(.init(symbol: symbol, formula: formula, rule: rule(of: node, named, output)))
      // A number or another gradient needs no name of its own.
      if gradient.kind == .operation, named[gradient] == nil { named[gradient] = symbol }
    }
    return steps
  }

  /// The operations that lines are written for, apart from this one.
  private func namedOperations(besides nodes: [Node]) -> [Node: String] {
    var seen: Set<Node> = [self], stack = inputs, operations: [Node] = []
    while let node = stack.popLast() {
      guard seen.insert(node).inserted else { continue }
      stack += node.inputs
      if node.kind == .operation, !nodes.contains(node) { operations.append(node) }
    }
    let labelled = operations.filter { $0.label != nil }
    if !labelled.isEmpty {
      return Dictionary(labelled.map { ($0, $0.label ?? "") }, uniquingKeysWith: { first, _ in first })
    }
    let moved = backward()
    let telling = operations.filter { node in
      !["reshape", "broadcast", "transpose", "copy", "eigh", "svd", "qr"].contains(node.primitive?.name ?? "")
        && (node.primitive?.name != "slice" || node.factorPart != nil
          || node.elementPlace != nil && node.shape.rank == 0)
        && moved[node].map { $0.constantNumber != 0 } ?? false
    }
    let taken = Set(seen.compactMap(\.label))
    var number = 0
    return Dictionary(
      uniqueKeysWithValues: telling.sorted { $0.index < $1.index }.map { node in
        repeat { number += 1 } while taken.contains("v\(number)")
        return (node, "v\(number)")
      })
  }

  /// Through what the gradient of a node comes, in words.
  private func rule(of node: Node, _ named: [Node: String], _ output: String) -> String {
    var readers: [(name: String, node: Node)] = []
    for (reader, name) in named.merging([self: output], uniquingKeysWith: { a, _ in a })
    where !name.hasPrefix("∂") && reader != node && reader.reads(node, past: named) {
      readers.append((name, reader))
    }
    readers.sort { $0.node.index < $1.node.index }
    guard readers.count == 1 else {
      return readers.isEmpty ? "" : "sum over the paths through \(readers.map(\.name).joined(separator: " and "))"
    }
    let (name, reader) = readers[0]
    var text = "chain rule through \(name)"
    if let primitive = reader.primitive, reader.graph.tabulatedOpcode(of: Int32(reader.index)) != nil,
      reader.inputs.count == 1, let derivative = primitive.descriptor.derivatives.first
    {
      text +=
        ": \(primitive.descriptor.equation) has the derivative \(derivative)"
        + (derivative.contains("y") ? ", y = \(name)" : "") + (derivative.contains("x") ? ", x what it is of" : "")
    }
    return text
  }

  /// Whether this node is computed from another without a named one between.
  private func reads(_ node: Node, past named: [Node: String]) -> Bool {
    var stack = inputs, seen: Set<Node> = []
    while let next = stack.popLast() {
      if next == node { return true }
      if named[next] == nil, seen.insert(next).inserted { stack += next.inputs }
    }
    return false
  }
}
