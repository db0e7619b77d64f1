import ChainRuleCore
import ChainRuleDrawing

/// What a reader would stumble over: a value that is none, and a number that is only rounding.
extension ExplanationBuilder {
  private static let mostNotes = 4

  mutating func writeNotes() {
    var notes: [String] = []
    for node in explanation.nodes where notes.count < Self.mostNotes && node.kind == .computed {
      if let note = valueNote(node) ?? roundingNote(node) { notes.append(note) }
    }
    var products = [[Double]](repeating: [], count: explanation.nodes.count)
    for edge in explanation.edges {
      if let product = edge.product?.scalar { products[edge.node].append(product) }
    }
    for node in explanation.nodes where notes.count < Self.mostNotes {
      if let note = gradientNote(node, products[node.id]) { notes.append(note) }
    }
    explanation.notes += notes
  }

  /// A value that is not finite, of operands that are.
  private func valueNote(_ node: ExplainedNode) -> String? {
    guard let value = node.value, let odd = value.scalars.first(where: { !$0.isFinite }) else { return nil }
    let operands = node.inputs.compactMap { explanation.nodes[$0].value }
    guard operands.allSatisfy({ $0.scalars.allSatisfy(\.isFinite) && $0.summary == nil }) else { return nil }
    guard odd.isNaN else {
      return "\(node.symbol) = \(node.formula) is not finite here: a pole, or larger than any number of this precision."
    }
    let names = node.inputs.map { input in
      let operand = explanation.nodes[input]
      return operand.kind == .constant ? operand.symbol : "\(operand.symbol) = \(operand.value?.line(digits: 4) ?? "")"
    }
    return
      "\(node.symbol) = \(node.formula) has no real value at \(names.joined(separator: ", ")): nan is handed on, and "
      + "gradients through it mean nothing."
  }

  /// A sum or difference so much smaller than its operands that it is their rounding.
  private func roundingNote(_ node: ExplainedNode) -> String? {
    guard let opcode = graph.tabulatedOpcode(of: recorded[node.id]), opcode == .add || opcode == .subtract,
      let value = node.value?.scalar
    else { return nil }
    let operands = node.inputs.compactMap { explanation.nodes[$0].value?.scalar }
    guard isRounding(value, of: operands) else { return nil }
    return "\(node.symbol) = \(node.formula) is rounding: its operands cancel, and 0 is meant."
  }

  /// A gradient whose contributions cancel but for rounding.
  private func gradientNote(_ node: ExplainedNode, _ products: [Double]) -> String? {
    guard let total = node.gradient.value?.scalar, products.count > 1, isRounding(total, of: products) else {
      return nil
    }
    return "The gradient of \(node.symbol) is rounding: its contributions cancel, and 0 is meant."
  }

  private func isRounding(_ sum: Double, of terms: [Double]) -> Bool {
    let unit = graph.precision.unit
    let size = terms.map(\.magnitude).max() ?? 0
    return sum != 0 && size.isFinite && sum.magnitude <= 2 * unit * size * Double(terms.count)
  }
}
