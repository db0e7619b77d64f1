import Foundation
import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// Correct gradients at difficult points: none may be called wrong, and hardly any undecided.
@Suite struct FalseAlarmTests {
  static let points: [Double] = [
    0.7, -1.3, 2.5, 12.5, -40, 1e-300, 0.1, -1e-300, 1e150, -0.4, -1e150, 1e-12, 5, -1e-9, 1e-5, 3 + 1e-10, -7.7, 1e5,
    700, 0.999_999_9, 1e-3, 33, -0.05,
  ]

  struct Tally {
    var entries = 0, kinks = 0, wrong: [String] = [], open: [String] = []

    mutating func add(_ report: GradientReport, _ title: String) {
      for opinion in report.opinions where opinion.verdict == .disagree { wrong.append("\(title): \(opinion)") }
      for entry in report.entries {
        if !entry.autodiff.isFinite { continue }  // a derivative beyond the largest number
        entries += 1
        if entry.kink != nil && entry.verdict != .disagree { kinks += 1; continue }
        if entry.verdict == .disagree { wrong.append("\(title): \(entry.line())") }
        if entry.verdict == .inconclusive { open.append("\(title): \(entry.line())") }
      }
    }
  }

  /// The heavy tier takes every point, pairs it with more others, and scales the samples by more; else each primitive
  /// meets three points, and a third of the samples one scale.
  @Test func everyPrimitiveAtEveryPoint() throws {
    var tally = Tally()
    for (index, primitive) in PrimitiveTable.elementwise.enumerated() where !primitive.descriptor.endsDerivatives {
      let arity = type(of: primitive).opcode.arity
      for number in stride(from: isHeavy ? 0 : index % 8, to: Self.points.count, by: isHeavy ? 1 : 8) {
        for shift in 0..<(arity == 1 || !isHeavy ? 1 : 4) {
          let inputs = (0..<arity).map { Tensor(Self.points[(number + $0 * (3 * shift + 1)) % Self.points.count]) }
          if Self.isBeyondLimits(primitive.name, inputs.map { $0.element(0) }) { continue }
          guard try primitive.forward(inputs).scalar().isFinite else { continue }
          tally.add(try checkPrimitive(primitive, at: inputs), "\(primitive.name)\(inputs.map { $0.element(0) })")
        }
      }
    }
    for (number, sample) in PrimitiveSamples.all.enumerated() where sample.typeName != "Argmax" && sample.orders > 0 {
      guard isHeavy || number.isMultiple(of: 3) else { continue }
      for scale in isHeavy ? [1, 1e-150, 1e80, 1e-9] : [number % 2 == 0 ? 1e-150 : 1e-9] {
        // In single precision such a matrix is 0 and has another rank.
        if sample.primitive.name == "pseudoInverse", scale == 1e-150 { continue }
        let inputs = sample.inputs.map { $0.elementType == .int32 ? $0 : $0.map { scale * $0 } }
        let names = inputs.indices.map { "x\($0)" }
        let local = try LocalCheck(sample.primitive, inputs, names: names, output: "y")
        guard try local.output.value().scalars.allSatisfy(\.isFinite) else { continue }
        tally.add(try checkPrimitive(sample.primitive, at: inputs), "\(sample.primitive.name) × \(scale)")
      }
    }
    for (title, report) in try chains() { tally.add(report, title) }
    summarize(tally, "all primitives and chains")
  }

  /// What SpecialFunctions.md names as limits: derivatives of the incomplete beta function with shapes below 1e-14, and
  /// beta at negative arguments in single precision, where digammas cancel.
  private static func isBeyondLimits(_ name: String, _ x: [Double]) -> Bool {
    name.hasPrefix("betaIncomplete") && x.prefix(2).contains { $0.magnitude < 1e-14 }
      || name == "beta" && x.contains { $0 < 0 }
  }

  /// Long sums, edges of domains and cancellation.
  private func chains() throws -> [(String, GradientReport)] {
    func check(_ title: String, _ x: Double, _ f: (Node) -> Node) throws -> (String, GradientReport) {
      let graph = Graph(), node = graph.input("x", x)
      return (title, try checkGradients(of: f(node), withRespectTo: [node]))
    }
    var result: [(String, GradientReport)] = []
    result.append(try check("x^0.5 at 1e-12", 1e-12) { pow($0, $0.graph.constant(0.5)) })
    result.append(try check("log near 0", 1e-300) { log($0) })
    result.append(try check("exp at 700", 700) { exp($0) })
    result.append(try check("exp at 709.7", 709.7) { exp($0) })
    result.append(try check("(x + 1e8) − 1e8", 0.3) { square(($0 + 1e8) - 1e8) })
    result.append(try check("1 − cos x at 1e-3", 1e-3) { 1 - cos($0) })
    result.append(try check("e^x − 1 by subtraction", 1e-5) { exp($0) - 1 })
    result.append(try check("quotient of differences", 2.000001) { (square($0) - 4) / ($0 - 2) })
    result.append(try check("forty nested sines", 0.8) { x in (0..<40).reduce(x) { y, _ in sin(1.3 * y) } })
    result.append(
      try check("a thousand additions of a tenth", 0.1) { x in (0..<1000).reduce(x) { y, _ in y + 0.1 * x } })
    let graph = Graph(), long = graph.input("x", PrimitiveSamples.random([50]))
    let many = long.broadcast(to: [400, 50])
    result.append(("a sum of 20,000", try checkGradients(of: (many * sin(many)).sum(), withRespectTo: [long])))
    let z = graph.input("z", [30, 0, -700])
    let loss = -1 * log(softmax(z)[0]) + logSumExp(z)
    result.append(("log of softmax", try checkGradients(of: loss, withRespectTo: [z])))
    return result
  }

  private static let reasons = [
    "condition number", "do not settle", "within the rounding of the gradient's own formula",
  ]

  func summarize(_ tally: Tally, _ title: String) {
    print(
      "no false alarms (\(title)): \(tally.entries) derivatives, \(tally.wrong.count) called wrong, "
        + "\(tally.open.count) inconclusive, \(tally.kinks) not differentiable")
    #expect(tally.wrong == [])
    // Special functions have no form in twice the precision: what rounding hides at extreme points stays open.
    #expect(Double(tally.open.count) <= 0.02 * Double(tally.entries))
    for line in tally.open { #expect(Self.reasons.contains { line.contains($0) }, "\(line)") }
    for line in tally.open { print("  ", line) }
  }
}
