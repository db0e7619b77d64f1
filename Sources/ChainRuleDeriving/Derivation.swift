import ChainRuleCore

/// Derivatives written as formulas.
///
/// ```swift
/// let derivation = try loss.derivation(withRespectTo: [w])
/// derivation.formula(of: w).text
/// ```
public struct Derivation: Sendable {
  /// A formula and its name.
  public typealias Named = (name: String, formula: Formula)

  /// Each derivative, in the order that was asked for.
  public let gradients: [Named]
  /// The same with names in place of parts, where that is shorter: assigned names of the recording, or names of its own
  /// for what occurs more than once. Each part reads only those before it. Empty parts where no names are shorter.
  public let abbreviated: (parts: [Named], gradients: [Named])
  private let places: [Place: Int]

  /// A node, without holding on to its graph.
  struct Place: Hashable {
    let graph: ObjectIdentifier, index: Int
    init(_ node: Node) { (graph, index) = (ObjectIdentifier(node.graph), node.index) }
  }

  init(gradients: [Named], abbreviated: (parts: [Named], gradients: [Named]), places: [Place: Int]) {
    (self.gradients, self.abbreviated, self.places) = (gradients, abbreviated, places)
  }

  /// The derivative with respect to one of the nodes that the derivation was asked for; the number NaN for any other.
  public func formula(of node: Node) -> Formula {
    places[Place(node)].map { gradients[$0].formula } ?? .number(.nan)
  }
}

extension Node {
  /// The derivatives of this number or vector with respect to inputs, as simplified formulas read off the recorded
  /// backward pass: gradients of a number, Jacobians of a vector by a vector.
  ///
  /// The names in them are the labels of the inputs. A scalar formula for the gradient of a tensor holds for each of
  /// its elements.
  /// - Throws: ``ChainRuleError`` for an output that is neither, an input without a name or with another's, or an
  ///   operation that has no notation among scalars, vectors and matrices: a primitive of one's own, for instance.
  public func derivation(withRespectTo nodes: [Node]) throws -> Derivation {
    if let error { throw error }
    guard shape.rank <= 1, shape.elementCount > 0 else {
      throw ChainRuleError(
        .shape, in: "derivation", required: "a scalar or a vector", got: "shape \(shape)",
        hint: "Differentiate a sum of it.")
    }
    var places: [Derivation.Place: Int] = [:]
    for (number, node) in nodes.enumerated() { places[.init(node)] = number }
    let plain = withPlainNorms(keeping: nodes)
    let formulas = try plain.derivatives(withRespectTo: nodes, named: [:])
    return Derivation(gradients: formulas, abbreviated: try plain.abbreviated(formulas, nodes), places: places)
  }

  private func derivatives(withRespectTo nodes: [Node], named: [Node: String]) throws -> [Derivation.Named] {
    if shape.rank > 0 { return try nodes.map { ($0.label ?? "", try jacobianFormula(withRespectTo: $0)) } }
    var reader = FormulaReader(named: named)
    return try zip(nodes, gradients(withRespectTo: nodes)).map { node, gradient in
      (node.label ?? "", try reader.formula(of: gradient).withoutTies.simplified)
    }
  }

  /// The second derivatives of this number by pairs of inputs, numbers or vectors: each once; 0 where a first one does
  /// not depend on the input.
  /// - Throws: as `derivation(withRespectTo:)`.
  package func secondDerivatives(withRespectTo nodes: [Node]) throws -> [(names: [String], formula: Formula)] {
    try zip(nodes.indices, withPlainNorms(keeping: nodes).gradients(withRespectTo: nodes)).flatMap { index, gradient in
      let second = gradient.backward()
      return try nodes[index...].map { other -> (names: [String], formula: Formula) in
        let names = [nodes[index].label ?? "", other.label ?? ""]
        if second[other] == nil { return (names, .number(0)) }
        if gradient.shape.rank == 0 {
          return (names, try gradient.derivation(withRespectTo: [other]).formula(of: other))
        }
        return (names, try gradient.jacobianFormula(withRespectTo: other))
      }
    }
  }

  /// Names for parts: those of the recording where they make it shorter, else of what occurs more than once.
  private func abbreviated(
    _ formulas: [Derivation.Named], _ nodes: [Node]
  ) throws -> (parts: [Derivation.Named], gradients: [Derivation.Named]) {
    let length = formulas.reduce(0) { $0 + $1.formula.text.count }
    if shape.rank == 0 {
      let named = assignedNames()
      if !named.isEmpty, let short = try? derivatives(withRespectTo: nodes, named: named),
        short.reduce(0, { $0 + $1.formula.text.count }) < length
      {
        let used = try definitions(of: named, usedIn: short.map(\.formula)), taken = Set(used.map(\.name))
        let (more, shorter) = short.withNamesForParts(besides: taken)
        return (used + more, shorter)
      }
    }
    return formulas.withNamesForParts()
  }

  /// Computed nodes below this one that have names, apart from itself.
  private func assignedNames() -> [Node: String] {
    var named: [Node: String] = [:], names: Set<String> = [], seen: Set<Node> = [self], stack = inputs
    while let node = stack.popLast() {
      guard seen.insert(node).inserted else { continue }
      stack += node.inputs
      if let label = node.label, node.kind == .operation, names.insert(label).inserted { named[node] = label }
    }
    return named
  }

  /// What the names that some formulas use stand for, in an order in which each reads only those before it.
  private func definitions(of named: [Node: String], usedIn formulas: [Formula]) throws -> [Derivation.Named] {
    var wanted = Set(formulas.flatMap(\.names)), parts: [Derivation.Named] = []
    // Creation order is topological: from the last to the first, each brings in the names that it reads.
    for (node, name) in named.sorted(by: { $0.key.index > $1.key.index }) where wanted.contains(name) {
      var others = named
      others[node] = nil
      var reader = FormulaReader(named: others)
      let formula = try reader.formula(of: node).simplified
      wanted.formUnion(formula.names)
      parts.insert((name, formula), at: 0)
    }
    return parts
  }
}

extension Node {
  /// The formula of this node itself, for messages; `nil` where it has no notation.
  package var formulaText: String? {
    var reader = FormulaReader()
    return (try? reader.formula(of: self).simplified)?.text
  }
}
