/// Parts of what is computed as a whole: where a primitive makes part of what another one makes of the same inputs, and
/// both are asked for, the part is a slice of the whole. (Eigenvalues, beside their gradient, which reads the vectors.)
enum PartsOfWholes {
  private struct Work: Hashable {
    let primitive: ProgramGraph.PrimitiveID
    let inputs: [Int32]
  }

  /// - Returns: how many nodes became slices.
  static func apply(to graph: inout ProgramGraph) -> Int {
    var wholes: [ProgramGraph.PrimitiveID: ProgramGraph.PrimitiveID] = [:]
    for primitive in graph.primitives {
      guard let part = primitive as? any PartialPrimitive, let whole = part.whole else { continue }
      wholes[graph.primitiveID(of: part)] = graph.primitiveID(of: whole)
    }
    guard !wholes.isEmpty else { return 0 }
    let operations = graph.nodes.indices.filter { graph.nodes[$0].kind == .operation }
    let all = Set(operations.map { Work(primitive: graph.nodes[$0].primitive, inputs: graph.inputs(of: Int32($0))) })
    let parts = Set(
      operations.filter { id in
        wholes[graph.nodes[id].primitive].map {
          all.contains(Work(primitive: $0, inputs: graph.inputs(of: Int32(id))))
        } ?? false
      })
    guard !parts.isEmpty else { return 0 }
    graph.rewrite { node, old, _, graph in
      parts.contains(Int(old)) ? slice(of: node, in: &graph) ?? graph.append(node) : graph.append(node)
    }
    return parts.count
  }

  private static func slice(of node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    let inputs = graph.inputs(of: node), shapes = inputs.map { graph.shape(of: $0) }
    guard let part = graph.primitive(of: node) as? any PartialPrimitive, let whole = part.whole,
      let shape = try? whole.shape(of: shapes)
    else { return nil }
    let counts = graph.shapes[Int(node.shape)]
    let slice = Slice(
      starts: part.start(in: shapes), counts: counts.dimensions, steps: [Int](repeating: 1, count: counts.rank))
    return graph.append(slice, [graph.append(whole, inputs, shape: shape)], shape: counts)
  }
}
