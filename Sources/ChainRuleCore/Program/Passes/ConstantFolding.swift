/// Constant folding: what depends on constants alone is computed once, when the program is made.
///
/// A constant whose elements are all equal becomes the broadcast of one number, which later passes see through; a
/// broadcast itself is never written out, and nothing larger than 65,536 elements (or than its inputs) is kept.
struct ConstantFolding: Pass {
  mutating func replacement(for node: Draft.Node, in draft: inout Draft) -> Int32? {
    switch node.kind {
    case .constant: return node.shape == 0 || node.isIndex ? nil : uniform(node, in: &draft)
    case .operation: break
    default: return nil
    }
    for index in 0..<Int(node.inputCount) {
      if draft.nodes[Int(draft.input(index, of: node))].kind != .constant { return nil }
    }
    if node.shape == 0, let opcode = node.opcode {
      func value(_ id: Int32) -> Double { id < 0 ? 0 : draft.nodes[Int(id)].value }
      return draft.constant(Kernels.scalar(opcode, value(node.first), value(node.second), value(node.third)))
    }
    return folded(node, in: &draft)
  }

  private func folded(_ node: Draft.Node, in draft: inout Draft) -> Int32? {
    let inputs = draft.inputs(of: node).map { tensor($0, draft) }
    let count = draft.shapes[Int(node.shape)].elementCount
    let primitive = node.opcode.map { PrimitiveTable[$0] } ?? draft.primitive(of: node)
    guard let primitive, !(primitive is Broadcast),
      count <= Swift.max(65_536, inputs.map(\.count).max() ?? 0),
      let value = try? primitive.forward(inputs), value.error == nil, value.shape == draft.shapes[Int(node.shape)]
    else { return nil }
    return draft.constant(node.isIndex ? value : value.converted(to: draft.elementType))
  }

  private func tensor(_ id: Int32, _ draft: Draft) -> Tensor {
    let node = draft.nodes[Int(id)]
    return node.leaf < 0 ? Tensor(node.value).converted(to: draft.elementType) : draft.constants[Int(node.leaf)]
  }

  /// The broadcast of one number, if all elements are equal.
  private func uniform(_ node: Draft.Node, in draft: inout Draft) -> Int32? {
    let tensor = draft.constants[Int(node.leaf)]
    guard tensor.count > 0 else { return nil }
    let value = tensor.element(0)
    guard value == value, (1..<tensor.count).allSatisfy({ tensor.element($0) == value }), value != 0 else {
      return tensor.count > 0 && (0..<tensor.count).allSatisfy({ tensor.element($0).bitPattern == 0 })
        ? draft.uniform(0, shape: tensor.shape) : nil
    }
    return draft.uniform(value, shape: tensor.shape)
  }
}
