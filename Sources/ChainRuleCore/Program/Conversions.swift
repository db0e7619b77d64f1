/// y = x as numbers of the graph's precision: what happens when indices are used as numbers.
struct AsNumbers: Primitive {
  let precision: Graph.Precision
  var name: String { "asNumbers" }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    inputs[0].converted(to: precision == .double ? .float64 : .float32)
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "indices only choose")
  }
}

/// y = x as Int32 indices: what happens when numbers are used as positions. What is no index is the reader's mistake.
struct AsIndices: IndexPrimitive {
  let reader: String
  var name: String { "asIndices" }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try inputs[0].asIndices(in: reader) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "indices only choose")
  }
}
