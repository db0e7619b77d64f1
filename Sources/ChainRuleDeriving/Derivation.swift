import ChainRuleCore

/// The gradients of a scalar, written as formulas.
///
/// ```swift
/// let derivation = try loss.derivation(withRespectTo: [w])
/// derivation.formula(of: w).text
/// ```
public struct Derivation: Sendable {
  /// Each gradient, in the order that was asked for.
  public let gradients: [(name: String, formula: Formula)]
  private let places: [Place: Int]

  /// A node, without holding on to its graph.
  struct Place: Hashable {
    let graph: ObjectIdentifier, index: Int
    init(_ node: Node) { (graph, index) = (ObjectIdentifier(node.graph), node.index) }
  }

  init(gradients: [(name: String, formula: Formula)], places: [Place: Int]) {
    (self.gradients, self.places) = (gradients, places)
  }

  /// The gradient with respect to one of the nodes that the derivation was asked for; the number NaN for any other.
  public func formula(of node: Node) -> Formula {
    places[Place(node)].map { gradients[$0].formula } ?? .number(.nan)
  }
}

extension Node {
  /// The gradients of this scalar with respect to inputs, as simplified formulas read off the recorded backward pass.
  ///
  /// The names in them are the labels of the inputs. A scalar formula for the gradient of a tensor holds for each of
  /// its elements.
  /// - Throws: ``ChainRuleError`` for an output that is no scalar, an input without a name or with another's, or an
  ///   operation that has no notation among scalars, vectors and matrices: a primitive of one's own, for instance.
  public func derivation(withRespectTo nodes: [Node]) throws -> Derivation {
    if let error { throw error }
    guard shape.rank == 0 else {
      throw ChainRuleError(
        .shape, in: "derivation", required: "a scalar", got: "shape \(shape)", hint: "Differentiate a sum of it.")
    }
    let gradients = try gradients(withRespectTo: nodes)
    var reader = FormulaReader()
    var formulas: [(name: String, formula: Formula)] = []
    var places: [Derivation.Place: Int] = [:]
    for (node, gradient) in zip(nodes, gradients) {
      places[.init(node)] = formulas.count
      formulas.append((node.label ?? "", try reader.formula(of: gradient).simplified))
    }
    return Derivation(gradients: formulas, places: places)
  }
}

extension Node {
  /// The formula of this node itself, for messages; `nil` where it has no notation.
  package var formulaText: String? {
    var reader = FormulaReader()
    return (try? reader.formula(of: self).simplified)?.text
  }
}
