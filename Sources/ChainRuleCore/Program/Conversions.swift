/// y = x as numbers of the graph's precision: what happens when indices are used as numbers.
package struct AsNumbers: Primitive {
  package let precision: Graph.Precision
  package var name: String { "asNumbers" }
  package func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  package func forward(_ inputs: [Tensor]) throws -> Tensor {
    inputs[0].converted(to: precision == .double ? .float64 : .float32)
  }
  package func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "indices only choose")
  }
}

/// y = x as Int32 indices: what happens when numbers are used as positions. What is no index is the reader's mistake.
package struct AsIndices: IndexPrimitive {
  package let reader: String
  package var name: String { "asIndices" }
  package func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  package func forward(_ inputs: [Tensor]) throws -> Tensor { try inputs[0].asIndices(in: reader) }
  package func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "indices only choose")
  }
}
