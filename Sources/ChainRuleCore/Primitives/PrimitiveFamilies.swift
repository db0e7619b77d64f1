/// The primitives that no row of the C table computes, for documents and tests; nothing that computes reads this list.
package enum PrimitiveFamilies {
  static let reductions: [any DescribedPrimitive.Type] = [Sum.self, Extremum.self, LogSumExp.self, Argmax.self]

  static let linear: [any DescribedPrimitive.Type] = [
    MatMul.self, Broadcast.self, Reshape.self, Transpose.self, Flip.self, Slice.self, Pad.self, Concatenate.self,
    Gather.self, ScatterAdd.self, GatherAlong.self, ScatterAddAlong.self, CumulativeSum.self, Softmax.self,
    Convolution.self, ConvolutionInputGradient.self, ConvolutionWeightGradient.self, MaxPool.self, AveragePool.self,
    AveragePoolTransposed.self,
  ]

  static let withoutGradient: [any DescribedPrimitive.Type] = [
    StopGradient.self, OneHot.self, MaxPoolWinners.self, RandomUniform.self,
  ]
}
