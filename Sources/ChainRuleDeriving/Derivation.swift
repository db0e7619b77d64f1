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
  private let places: [Int: Int]

  init(gradients: [(name: String, formula: Formula)], places: [Int: Int]) {
    (self.gradients, self.places) = (gradients, places)
  }

  /// The gradient with respect to one of the nodes that the derivation was asked for.
  public func formula(of node: Node) -> Formula {
    guard let place = places[node.index] else {
      preconditionFailure("The derivation was not asked for the gradient of \(node).")
    }
    return gradients[place].formula
  }
}

extension Node {
  /// The gradients of this scalar with respect to inputs, as simplified formulas read off the recorded backward pass.
  ///
  /// The names in them are the labels of the inputs. A scalar formula for the gradient of a tensor holds for each of
  /// its elements.
  /// - Throws: ``ChainRuleError`` for an output that is no scalar, an input without a name, or an operation that has no
  ///   notation among scalars, vectors and matrices.
  public func derivation(withRespectTo nodes: [Node]) throws -> Derivation {
    if let error { throw error }
    guard shape.rank == 0 else {
      throw ChainRuleError(
        .shape, in: "derivation", required: "a scalar", got: "shape \(shape)", hint: "Differentiate a sum of it.")
    }
    let gradients = try gradients(withRespectTo: nodes)
    var reader = FormulaReader()
    var formulas: [(name: String, formula: Formula)] = []
    var places: [Int: Int] = [:]
    for (node, gradient) in zip(nodes, gradients) {
      places[node.index] = formulas.count
      formulas.append((node.label ?? "", try reader.formula(of: gradient).simplified))
    }
    return Derivation(gradients: formulas, places: places)
  }
}
