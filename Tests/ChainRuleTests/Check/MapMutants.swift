@testable import ChainRuleChecking
@testable import ChainRuleCore

extension MutantCase {
  /// Mistakes that can be made in any local gradient, in every primitive of whole tensors and by each of its inputs.
  static let maps: [MutantCase] = PrimitiveSamples.tensors.enumerated().flatMap { number, sample -> [MutantCase] in
    guard sample.orders > 0 else { return [] }
    return Self.differentiable(sample).flatMap { index -> [MutantCase] in
      func mutant(_ kind: String, forward: Double = 1, reverse: Double = 1) -> MutantCase {
        let name = "\(sample.primitive.name) (\(number)), input \(index): \(kind)"
        return .init(name, sample.primitive, sample.inputs) { right, _, position, _ in
          switch right {
          case .factor(let factor) where position == index: .factor(reverse * factor)
          case .linear(let apply, let transpose) where position == index:
            .linear(apply: { forward * apply($0) }, transpose: { reverse * transpose($0) })
          default: right
          }
        }
      }
      return [mutant("the wrong sign", reverse: -1), mutant("0.1 % too much", reverse: 1.001)]
        + (Self.isMap(sample, index) ? [mutant("0.1 % too much forward", forward: 1.001)] : [])
    }
  }

  /// The inputs by which a sample's primitive has a gradient.
  private static func differentiable(_ sample: PrimitiveSample) -> [Int] {
    sample.inputs.indices.filter { index in
      switch local(sample, index) {
      case .factor, .linear: true
      default: false
      }
    }
  }

  private static func isMap(_ sample: PrimitiveSample, _ index: Int) -> Bool {
    if case .linear = local(sample, index) { true } else { false }
  }

  private static func local(_ sample: PrimitiveSample, _ index: Int) -> LocalGradient? {
    guard sample.inputs[index].elementType != .int32 else { return nil }
    let graph = Graph(), inputs = sample.inputs.map { graph.input("x", $0) }
    let output = graph.record(sample.primitive, inputs)
    return sample.primitive.localGradient(of: output, withRespectTo: index, inputs: inputs)
  }
}
