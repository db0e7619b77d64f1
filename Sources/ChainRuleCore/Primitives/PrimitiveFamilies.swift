/// The primitives that no row of the C table computes, for formulas, documents and tests; nothing that computes
/// reads this list.
package enum PrimitiveFamilies {
  package static let reductions: [any DescribedPrimitive.Type] = [Sum.self, Extremum.self, LogSumExp.self, Argmax.self]

  package static let linear: [any DescribedPrimitive.Type] = [
    MatMul.self, Broadcast.self, Reshape.self, Transpose.self, Flip.self, Slice.self, Pad.self, Concatenate.self,
    Gather.self, ScatterAdd.self, GatherAlong.self, ScatterAddAlong.self, CumulativeSum.self, Softmax.self,
    Convolution.self, ConvolutionInputGradient.self, ConvolutionWeightGradient.self, MaxPool.self, AveragePool.self,
    AveragePoolTransposed.self,
  ]

  package static let withoutGradient: [any DescribedPrimitive.Type] = [
    StopGradient.self, OneHot.self, MaxPoolWinners.self, RandomUniform.self,
  ]

  /// What formulas read: the descriptors of those that they can call, by the name that they call them.
  package static let called: [String: PrimitiveDescriptor] = Dictionary(
    (reductions + linear + withoutGradient).compactMap { type in type.descriptor.call.map { ($0, type.descriptor) } },
    uniquingKeysWith: { first, _ in first })
}
