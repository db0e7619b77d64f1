import ChainRuleCore
import ChainRuleMathematics
import ChainRuleTransforming

/// Writes one node: its operands are values, and so is what it becomes.
struct NodeWriter {
  let body: StableHLOBuilder
  let primitive: any Primitive
  let inputs: [StableHLOValue]
  /// What the node promises.
  let type: StableHLOType

  var lengths: [Int] { type.dimensions }
  var x: StableHLOValue { inputs[0] }
  func zeros(_ type: StableHLOType) -> StableHLOValue { body.constant(0, type) }

  /// The value of the node.
  /// - Throws: a primitive that nobody says how to write; the mistakes of one's own.
  func write() throws -> StableHLOValue {
    if type.count == 0 { return zeros(type) }
    if let own = primitive as? any StableHLOPrimitive { return try checked(try own.stableHLO(inputs, in: body)) }
    let form = PrimitiveForm(primitive)
    if case .elementwise(let opcode) = form {
      if let value = elementwise(opcode) ?? special(opcode) { return value }
    } else if let value = reduction(form) ?? movement(form) ?? conversion() ?? indexed(form) ?? windows(form) {
      return value
    } else if let elementwise = primitive as? any ElementwisePrimitive {  // one's own, with a kernel of the library
      let opcode = Swift.type(of: elementwise).opcode
      if let value = self.elementwise(opcode) ?? special(opcode) { return value }
    } else if let form = MathematicalForm(primitive), let value = try mathematical(form) {
      return value
    } else if let form = ControlForm(primitive) {
      return try control(form)
    }
    throw Self.refused(primitive.name)
  }

  static func refused(_ name: String) -> ChainRuleError {
    ChainRuleError(
      .primitive, in: "stableHLO", required: "primitives that are written in StableHLO", got: name,
      hint: "Let it conform to StableHLOPrimitive, write it with other primitives, or export what lies before it.")
  }

  private func checked(_ value: StableHLOValue) throws -> StableHLOValue {
    guard value.type == type else {
      throw ChainRuleError(
        .primitive, in: "stableHLO", required: "a value of type \(type) for \(primitive.name)", got: "\(value.type)",
        hint: "stableHLO(_:in:) and shape(of:) must agree.")
    }
    return value
  }
}
