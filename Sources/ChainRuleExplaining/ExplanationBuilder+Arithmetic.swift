import ChainRuleCore
import ChainRuleDrawing

extension ExplanationBuilder {
  /// Writes a graph of scalars down as instructions, local gradients included, if all of it is elementary.
  mutating func addArithmetic() throws {
    guard explanation.nodes.allSatisfy({ $0.isScalar }), explanation.nodes.count <= 2000 else { return }
    var slots: [Int32: Int] = [:]
    var arithmetic = ExplainedArithmetic(instructions: [], nodeSlots: [], edgeSlots: [])
    for record in recorded {
      guard let slot = emit(record, &slots, &arithmetic) else { return }
      arithmetic.nodeSlots.append(slot)
    }
    let contributions = Dictionary(
      gradients.contributions.map { ([$0.consumer, $0.inputIndex], $0.local) }, uniquingKeysWith: { first, _ in first })
    for edge in explanation.edges {
      guard edge.carriesGradient else {
        arithmetic.edgeSlots.append(-1)
        continue
      }
      guard var local = contributions[[recorded[edge.consumer], Int32(edge.position)]] else { return }
      if local < 0 {
        // A linear map between two numbers is the number that it makes of 1.
        let consumer = graph.node(recorded[edge.consumer])
        guard case .linear(_, let transpose)? = localGradient(of: consumer, edge.position),
          let id = transpose(graph.one).validID
        else { return }
        local = id
        explanation.edges[edge.id].factor = try value(of: graph.node(id))
      }
      guard let slot = emit(local, &slots, &arithmetic) else { return }
      arithmetic.edgeSlots.append(slot)
    }
    explanation.arithmetic = arithmetic
  }

  /// The slot of a node, writing what computes it first; nil where something is not elementary.
  private func emit(_ id: Int32, _ slots: inout [Int32: Int], _ arithmetic: inout ExplainedArithmetic) -> Int? {
    var open = [id]
    while let next = open.last {
      guard slots[next] == nil else {
        open.removeLast()
        continue
      }
      guard graph.isScalar(next) else { return nil }
      if let number = number(next) {
        guard number.isFinite else { return nil }
        arithmetic.instructions.append(.constant(number))
      } else if graph.isOperation(next) {
        let primitive = graph.primitive(of: next)
        guard let script = primitive.descriptor.script,
          arithmetic.operations.updateValue(script, forKey: primitive.name) ?? script == script
        else { return nil }  // nothing to run, or two primitives of one name
        let missing = graph.inputs(of: next).filter { slots[$0] == nil }
        if !missing.isEmpty {
          open += missing
          continue
        }
        arithmetic.instructions.append(.init(primitive.name, inputs: graph.inputs(of: next).compactMap { slots[$0] }))
      } else {
        guard let number = try? graph.node(next).scalar(), number.isFinite else { return nil }
        arithmetic.instructions.append(graph.node(next).kind == .constant ? .constant(number) : .input(number))
      }
      slots[next] = arithmetic.instructions.count - 1
      open.removeLast()
    }
    return slots[id]
  }
}
