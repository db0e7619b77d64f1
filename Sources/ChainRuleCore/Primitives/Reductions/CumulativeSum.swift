/// yᵢ = Σ_{j ≤ i} xⱼ along an axis (j ≥ i if reversed). Its transpose is the sum from the other end.
struct CumulativeSum: DescribedPrimitive, LinearEnclosure, PrecisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "running sums", derivatives: ["running sums from the other end"], call: "cumulativeSum",
    aliases: ["cumsum"], hasWeightsOfOneSign: true)
  let axis: Int
  let isReversed: Bool
  var name: String { isReversed ? "reverseCumulativeSum" : "cumulativeSum" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.cumulativeSum(inputs[0], axis: axis, reverse: isReversed)
  }
  func terms(of inputs: [Shape]) -> Int { inputs[0][axis] }
  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    var result = inputs[0]
    for group in shapes[0].groups(over: [axis]) {
      var sum: DoubleDouble = 0
      for position in isReversed ? group.reversed() : group {
        sum = sum + inputs[0][position]
        result[position] = sum
      }
    }
    return result
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .linear(self, transpose: CumulativeSum(axis: axis, isReversed: !isReversed))
  }
}

extension Node {
  /// Running sums along an axis.
  public func cumulativeSum(axis: Int = -1, reversed: Bool = false) -> Node {
    graph.attempt(self) {
      CumulativeSum(axis: try shape.position(ofAxis: axis, in: "cumulativeSum"), isReversed: reversed)
    }
  }
}
