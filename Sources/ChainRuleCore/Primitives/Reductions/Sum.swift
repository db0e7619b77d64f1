/// y = Σ x over axes. The local gradient is the weight 1 for every element.
struct Sum: DescribedPrimitive, EnclosedPrimitive, PrecisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "Σ x", derivatives: ["weight 1"], call: "sum", notation: .function(latex: "\\textstyle\\sum"),
    glyph: "sum", hasWeightsOfOneSign: true)
  func detail(of inputs: [Shape]) -> String { axes(axes, of: inputs[0].rank) }
  let axes: [Int]
  var name: String { "sum" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0].reduced(over: axes, keepingDimensions: false) }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.reduce(.sum, inputs[0], axes: axes) }
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    inputs[0].reduced(over: axes) { $0.reduce(Interval(0), +) }
  }
  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    shapes[0].groups(over: axes).map { $0.reduce(0) { $0 + inputs[0][$1] } }
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .weightedReduction(weights: nil, of: inputs[0], axes: axes)
  }
}

extension Node {
  /// Σ over the axes (all of them by default).
  public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    reduced("sum", axes, keepingDimensions) { Sum(axes: $0) }
  }
}
