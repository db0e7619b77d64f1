import Foundation
import Testing

import ChainRule
@testable import ChainRuleChecking

/// Primitives of a user's own whose values carry more noise than their last digit, right and wrong.
@Suite struct NoisyPrimitiveTests {
  struct Family: CustomTestStringConvertible {
    let name: String, scale: Double
    let value: @Sendable (Double) -> Double
    let derivative: @Sendable (Node) -> Node
    var testDescription: String { name }
  }

  /// The root of an increasing function, to a tolerance.
  private static func bisected(_ tolerance: Double, _ function: (Double) -> Double) -> Double {
    var (low, high) = (0.0, 10.0)
    while high - low > tolerance {
      let middle = 0.5 * (low + high)
      if function(middle) < 0 { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }

  static let families: [Family] = [
    .init(name: "exp(x) − 1", scale: 1e-8, value: { Foundation.exp($0) - 1 }, derivative: { exp($0) }),
    .init(name: "1 − cos x", scale: 1e-5, value: { 1 - Foundation.cos($0) }, derivative: { sin($0) }),
    .init(name: "log(1 + x)", scale: 1e-9, value: { Foundation.log(1 + $0) }, derivative: { 1 / (1 + $0) }),
    .init(
      name: "a root of a quadratic", scale: 2e4, value: { (-$0 + ($0 * $0 - 4).squareRoot()) / 2 },
      derivative: { -0.5 + 0.5 * $0 / sqrt($0 * $0 - 4) }),
    .init(
      name: "sin in Float", scale: 1, value: { Double(Foundation.sin(Float($0))) }, derivative: { cos($0) }),
    .init(
      name: "x·exp in Float", scale: 1, value: { Double(Float($0) * Foundation.exp(Float($0))) },
      derivative: { exp($0) * (1 + $0) }),
    .init(
      name: "√x by bisection to 1e-6", scale: 3, value: { x in bisected(1e-6) { $0 * $0 - x } },
      derivative: { 0.5 / sqrt($0) }),
    .init(
      name: "∛x by bisection to 1e-9", scale: 3, value: { x in bisected(1e-9) { $0 * $0 * $0 - x } },
      derivative: { pow($0, $0.graph.constant(-2.0 / 3)) / 3 }),
  ]

  private func verdicts(_ family: Family, times factor: Double) throws -> [GradientReport] {
    var random = RandomNumbers(seed: 77)
    return try (0..<20).map { _ in
      let graph = Graph(), x = graph.input("x", family.scale * (0.5 + random.uniform()))
      let function = ElementwiseFunction("noisy", family.value) { factor * family.derivative($0) }
      return try checkGradients(of: function(x), withRespectTo: [x])
    }
  }

  @Test("right gradients of noisy functions are not called wrong", arguments: families)
  func right(_ family: Family) throws {
    for report in try verdicts(family, times: 1) { #expect(report.verdict != .disagree, "\(report)") }
  }

  @Test("gradients that are wrong by more than the noise are", arguments: families)
  func wrong(_ family: Family) throws {
    let reports = try verdicts(family, times: 1.2)
    #expect(!reports.contains { $0.verdict == .agree })
    #expect(reports.count { $0.verdict == .disagree } >= 15, "\(reports.last.map { "\($0)" } ?? "")")
  }

  /// x − round(x) is a straight line that repeats.
  @Test func aSawtooth() throws {
    for number in 0..<20 {
      let graph = Graph(), x = graph.input("x", 1000 + 2.37 * Double(number))
      let right = ElementwiseFunction("tooth", { $0 - $0.rounded() }) { 1 + 0 * $0 }
      let wrong = ElementwiseFunction("flat", { $0 - $0.rounded() }) { 0 * $0 }
      #expect(try checkGradients(of: right(x), withRespectTo: [x]).verdict == .agree)
      #expect(try checkGradients(of: wrong(x), withRespectTo: [x]).verdict == .disagree)
    }
  }

  /// A kink that no primitive tells: no slope at all, whatever is claimed between both sides.
  @Test(arguments: [0.0, 0.5, 1, 7.3], [0.0, 0.25, 0.5, 1])
  func unannouncedKinks(_ place: Double, _ claim: Double) throws {
    let graph = Graph(), x = graph.input("x", place)
    let relu = ElementwiseFunction("mine", { Swift.max(0, $0 - place) }) { claim + 0 * $0 }
    let report = try checkGradients(of: relu(x), withRespectTo: [x])
    #expect(report.verdict == .inconclusive && report.entries[0].kink != nil, "\(report)")
    let outside = ElementwiseFunction("mine", { Swift.max(0, $0 - place) }) { 2 + claim + 0 * $0 }
    #expect(try checkGradients(of: outside(x), withRespectTo: [x]).verdict == .disagree)
  }

  @Test func measuredNoiseIsNoise() {
    var random = RandomNumbers(seed: 3)
    let scattered = (0..<9).map { 1 + 0.1 * Double($0) + 1e-9 * (random.uniform() - 0.5) }
    let found = LineSlopes.deviation(of: scattered)
    #expect(found > 1e-10 && found < 1e-9)
    #expect(LineSlopes.deviation(of: (0..<9).map { Foundation.sin(1 + 0.1 * Double($0)) }) == 0)
  }
}
