import Foundation
import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// Wrong local gradients, differing in kind, in well-conditioned places: each is caught and blamed on its primitive.
@Suite struct MutationTests {
  /// All of them in the heavy tier. Else of the three mistakes in every thirtieth factor one, in turn, so that each kind
  /// of mistake is met, of those in whole tensors every nineteenth, and of those that were written by hand every fourth.
  private static let sample: [MutantCase] =
    isHeavy
    ? MutantCase.all
    : MutantCase.generated.enumerated().filter { $0.offset % 90 == $0.offset / 90 % 3 }.map(\.element)
      + MutantCase.maps.enumerated().filter { $0.offset % 19 == 0 }.map(\.element)
      + MutantCase.written.enumerated().filter { $0.offset % 4 == 0 }.map(\.element)

  @Test func everyMutantIsCaughtAndBlamed() throws {
    var caught = 0, escaped: [String] = []
    for mutant in Self.sample {
      let (_, inputs, output) = mutant.network()
      let report = try checkGradients(of: output, withRespectTo: inputs, order: mutant.order)
      if report.verdict == .disagree, report.blame?.node == "mutant" {
        caught += 1
      } else {
        escaped.append("\(mutant.mutant.kind): \(report.verdict), blamed \(report.blame?.node ?? "nobody")\n\(report)")
      }
    }
    #expect(escaped == [])
    #expect(Set(MutantCase.all.map(\.mutant.kind)).count == MutantCase.all.count)
    #expect(caught == Self.sample.count)
    print("mutants: \(caught) of \(Self.sample.count) caught and blamed on the right primitive")
  }

  /// The same networks without the mistake agree: it is the mistake that is found.
  @Test func theNetworksAreRightWithoutTheMistake() throws {
    var seen: Set<String> = []
    let whole = MutantCase.all.filter { !$0.mutant.base.descriptor.endsDerivatives }
    for (number, mutant) in whole.enumerated() where seen.insert("\(mutant.mutant.base)").inserted {
      guard isHeavy || number.isMultiple(of: 12) else { continue }
      let healthy = MutantCase(mutant.mutant.kind, mutant.mutant.base, mutant.inputs) { right, _, _, _ in right }
      let (_, inputs, output) = healthy.network()
      let report = try checkGradients(of: output, withRespectTo: inputs)
      #expect(report.verdict == .agree, "\(mutant.mutant.base): \(report)")
    }
  }

  @Test func oneWrongElementOfTenThousandIsNamed() throws {
    func network(_ count: Int) -> (inputs: [Node], output: Node) {
      let x = PrimitiveSamples.random([count], from: 0.5, to: 1.5)
      var mask = [Double](repeating: 0, count: count)
      mask[count - 2_223] = 0.3
      let slip = Tensor(mask)
      let mutant = MutantCase.factor("one of \(count)", Sin(), [x]) { y, _, x in cos(x[0]) + y.graph.constant(slip) }
      let (_, inputs, output) = mutant.network()
      return (inputs, output)
    }
    let (inputs, output) = network(10_000)
    let report = try checkGradients(of: output, withRespectTo: inputs, mode: .directions(4))
    #expect(report.verdict == .disagree)
    #expect(report.blame?.node == "mutant")
    #expect(report.blame?.element.contains("[7777]") == true)
    #expect(report.coverage.statement.contains("sparse errors may be missed"))
    if isHeavy {  // every element by itself is an evaluation of all: fewer of them
      let (inputs, output) = network(2_500)
      let full = try checkGradients(of: output, withRespectTo: inputs)
      #expect(full.entries.filter { $0.verdict == .disagree }.map(\.name) == ["x0[277]"])
    }
  }
}
