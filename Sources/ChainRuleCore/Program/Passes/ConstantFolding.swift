/// Constant folding: what depends on constants alone is computed once, when the program is made.
///
/// A constant whose elements are all equal becomes the broadcast of one number, which later passes see through; a
/// broadcast itself is never written out, and nothing larger than 65,536 elements (or than its inputs) is kept.
struct ConstantFolding: Pass {
  mutating func replacement(for node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    switch node.kind {
    case .constant: return node.shape == 0 || node.isIndex ? nil : uniform(node, in: &graph)
    case .operation: break
    case .input, .parameter, .state: return nil
    }
    for index in 0..<Int(node.inputCount) {
      if graph.nodes[Int(graph.input(index, of: node))].kind != .constant { return nil }
    }
    if node.shape == 0, let opcode = node.opcode {
      func value(_ index: Int) -> Double {
        index < Int(node.inputCount) ? graph.nodes[Int(graph.input(index, of: node))].value : 0
      }
      return graph.constant(Kernels.scalar(opcode, value(0), value(1), value(2)))
    }
    return folded(node, in: &graph)
  }

  private func folded(_ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    let inputs = graph.inputs(of: node).map { tensor($0, graph) }
    let count = graph.shapes[Int(node.shape)].elementCount
    let primitive = node.opcode.map { PrimitiveTable[$0] } ?? graph.primitive(of: node)
    guard let primitive, !(primitive is Broadcast),
      count <= Swift.max(65_536, inputs.map(\.count).max() ?? 0),
      let value = try? primitive.value(of: inputs, promised: graph.shapes[Int(node.shape)])
    else { return nil }
    return graph.constant(node.isIndex ? value : value.converted(to: graph.elementType))
  }

  private func tensor(_ id: Int32, _ graph: ProgramGraph) -> Tensor {
    let node = graph.nodes[Int(id)]
    return node.leaf < 0 ? Tensor(node.value).converted(to: graph.elementType) : graph.constants[Int(node.leaf)]
  }

  /// The broadcast of one number, if all elements are equal.
  private func uniform(_ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    let tensor = graph.constants[Int(node.leaf)]
    guard tensor.count > 0 else { return nil }
    let value = tensor.element(0)
    guard value == value, (1..<tensor.count).allSatisfy({ tensor.element($0) == value }), value != 0 else {
      return tensor.count > 0 && (0..<tensor.count).allSatisfy({ tensor.element($0).bitPattern == 0 })
        ? graph.uniform(0, shape: tensor.shape) : nil
    }
    return graph.uniform(value, shape: tensor.shape)
  }
}
