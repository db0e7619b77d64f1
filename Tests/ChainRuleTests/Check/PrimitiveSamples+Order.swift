import ChainRule
@testable import ChainRuleMathematics

extension PrimitiveSamples {
  /// Recurrences, transforms and systems.
  static let order: [PrimitiveSample] = [
    .init(LinearRecurrence(axis: 1, isReversed: false), [random([2, 3]), random([2, 3], seed: 2)]),
    .init(LinearRecurrence(axis: 0, isReversed: true), [random([3, 2]), random([3, 2], seed: 2)]),
    .init(CumulativeLogSumExp(axis: 0), [random([4, 2])]),
    .init(FourierTransform(isInverse: false, isMean: false), [random([2, 2, 3])]),
    .init(FourierTransform(isInverse: true, isMean: true), [random([2, 4])]),
    .init(FourierTransform(isInverse: false, isMean: true), [random([2, 5])]),
    .init(TridiagonalSolve(), [random([3]), random([3], from: 4, to: 6), random([3], seed: 2), random([3], seed: 3)]),
  ]

  /// Positions and counts; and numbers made of random ones that are given, which do not move: RandomTests hold how they
  /// move with a concentration.
  static let orderWithoutGradient = [
    "Argsort", "CumulativeArgmax", "QuantilePlace", "SearchSorted", "TruePlaces", "RandomPoisson",
    "RandomLogGamma", "LogGammaSlope",
  ]
}
