import ChainRuleCore

/// The primitives of order, selection, transforms and random numbers, for documents and tests; nothing that computes
/// reads this list.
package enum OrderFamily {
  package static let primitives: [any DescribedPrimitive.Type] = [
    Argsort.self, CumulativeArgmax.self, QuantilePlace.self, SearchSorted.self, TruePlaces.self, LinearRecurrence.self,
    CumulativeLogSumExp.self, FourierTransform.self, TridiagonalSolve.self, RandomLogGamma.self, LogGammaSlope.self,
    RandomPoisson.self,
  ]
}
