import Foundation
import Testing

import ChainRule
@testable import ChainRuleChecking

/// Random compositions of the library's own functions at ordinary, tiny and large points, right ones and ones with a
/// path cut: 30 of each order, 1,000 with `CHAINRULE_HEAVY=1`, and by hand those that `CHAINRULE_COMPOSITIONS` names: 8000
/// for the first ones, 8000-16000 for others.
@Suite struct RandomCompositionTests {
  static let seeds: Range<Int> = {
    let wanted = Environment.value("CHAINRULE_COMPOSITIONS") ?? ""
    let bounds = wanted.split(separator: "-").compactMap { Int($0) }
    if bounds.count == 2, bounds[0] < bounds[1] { return bounds[0]..<bounds[1] }
    return 0..<(bounds.first ?? (isHeavy ? 1_000 : 30))
  }()
  private static let scales: [Double] = [1, 1, 1, 1e-3, 30, 1e-8]

  private struct Sample {
    let inputs: [Node], output: Node
    var random: RandomNumbers

    /// - Parameter isEasy: inputs between a twentieth and 2 in size.
    init(seed: Int, isEasy: Bool = false) {
      random = RandomNumbers(seed: 12_345 &+ UInt64(seed) &* 7_919)
      let graph = Graph()
      var inputs: [Node] = []
      for number in 0..<2 {
        let size = scales[Int(random.next() % UInt64(scales.count))], place = random.uniform() * 4 - 2
        let easy = place < 0 ? Swift.min(place, -0.05) : Swift.max(place, 0.05)
        inputs.append(graph.input("x\(number)", isEasy ? easy : place * size))
      }
      self.inputs = inputs
      let depth = 2 + Int(random.next() % 3)
      output = composition(inputs, depth, &random)
    }

    var isOrdinary: Bool { (try? output.scalar()).map { $0.isFinite && $0.magnitude < 1e100 } ?? false }
  }

  private static func composition(_ leaves: [Node], _ depth: Int, _ random: inout RandomNumbers) -> Node {
    if depth == 0 { return leaves[Int(random.next() % UInt64(leaves.count))] }
    let a = composition(leaves, depth - 1, &random), kind = Int(random.next() % UInt64(one.count + two.count))
    if kind < one.count { return one[kind](a) }
    return two[kind - one.count](a, composition(leaves, depth - 1, &random))
  }

  private static let one: [@Sendable (Node) -> Node] = [
    { sin($0) }, { cos(2 * $0) }, { exp(0.5 * $0) }, { tanh($0) }, { sigmoid($0) }, { softplus($0) }, { square($0) },
    { sqrt(1 + square($0)) }, { log(1 + square($0)) }, { atan($0) }, { erf($0) }, { expm1($0) }, { relu($0) },
    { abs($0) }, { log1p(square($0)) }, { sin(10 * $0) }, { 3 * $0 - 1 },
  ]
  private static let two: [@Sendable (Node, Node) -> Node] = [
    { $0 * $1 }, { $0 + $1 }, { $0 - $1 }, { $0 / (1 + square($1)) }, { maximum($0, $1) },
  ]

  private static let modes: [CheckMode] = [.full, .directions(3)]

  @Test("right derivatives are not called wrong", arguments: [1, 2, 3], modes)
  func right(_ order: Int, _ mode: CheckMode) throws {
    var tally: [GradientReport.Verdict: Int] = [:], wrong: [String] = []
    for seed in Self.seeds {
      let sample = Sample(seed: seed)
      guard sample.isOrdinary else { continue }
      let report = try checkGradients(of: sample.output, withRespectTo: sample.inputs, order: order, mode: mode)
      tally[report.verdict, default: 0] += 1
      // A derivative of autodiff that overflowed to NaN is not right.
      let isFinite = report.entries.allSatisfy { $0.autodiff.isFinite }
      if report.verdict == .disagree, isFinite { wrong.append("\(seed): \(report)") }
    }
    print("random compositions, order \(order), \(mode), right: \(tally.map { "\($0.value) \($0.key)" }.sorted())")
    #expect(wrong == [])
  }

  @Test("at ordinary inputs at most 2 % are left undecided", arguments: [1, 2, 3])
  func easy(_ order: Int) throws {
    var total = 0, wrong: [String] = [], open: [String] = []
    for seed in Self.seeds {
      let sample = Sample(seed: seed, isEasy: true)
      guard sample.isOrdinary else { continue }
      let report = try checkGradients(of: sample.output, withRespectTo: sample.inputs, order: order)
      total += 1
      if report.verdict == .disagree { wrong.append("\(seed): \(report)") }
      if report.verdict == .inconclusive { open.append("\(seed): \(report)") }
    }
    print("random compositions, order \(order), ordinary inputs: \(total) right, \(open.count) inconclusive")
    #expect(wrong == [])
    #expect(open.count * 50 <= total + 49, "\(open)")
    for text in open { #expect(text.contains("would decide")) }
  }

  /// The path through a second composition is cut, where it moves the output by more than a thousandth, and by more than
  /// a millionth of its summands: what these round away nobody sees.
  @Test("cut paths are not called right") func wrong() throws {
    var tally: [GradientReport.Verdict: Int] = [:], missed: [String] = []
    for seed in Self.seeds {
      var sample = Sample(seed: seed)
      let hidden = Self.composition(sample.inputs, 2, &sample.random)
      let output = sample.output + hidden.stoppingGradient()
      guard sample.isOrdinary, try isVisible(hidden, beside: sample.output, sample.inputs) else { continue }
      let report = try checkGradients(of: output, withRespectTo: sample.inputs)
      tally[report.verdict, default: 0] += 1
      if report.verdict == .agree { missed.append("\(seed): \(report)") }
    }
    print("random compositions with a path cut: \(tally.map { "\($0.value) \($0.key)" }.sorted())")
    #expect(missed == [])
  }

  /// b·c − c²/2 with c = b without its path has the value b²/2 and its gradient, and lacks b′² in the second derivative.
  @Test("second derivatives that lack a term are not called right") func wrongSecond() throws {
    var tally: [GradientReport.Verdict: Int] = [:], missed: [String] = []
    for seed in Self.seeds {
      var sample = Sample(seed: seed, isEasy: true)
      let hidden = Self.composition(sample.inputs, 2, &sample.random), cut = hidden.stoppingGradient()
      let output = sample.output + hidden * cut - 0.5 * square(cut)
      guard sample.isOrdinary, try isBent(hidden, in: output, sample.inputs) else { continue }
      let report = try checkGradients(of: output, withRespectTo: sample.inputs, order: 2)
      tally[report.verdict, default: 0] += 1
      if report.verdict == .agree { missed.append("\(seed): \(report)") }
    }
    print("random compositions with a second derivative cut: \(tally.map { "\($0.value) \($0.key)" }.sorted())")
    #expect(!tally.isEmpty && missed == [])
  }

  /// Whether b′² is more than a thousandth of what the second derivative is held against.
  private func isBent(_ hidden: Node, in output: Node, _ inputs: [Node]) throws -> Bool {
    let (lost, kept) = (hidden.backward(), output.backward()), size = try output.scalar().magnitude
    return try inputs.contains { x in
      guard let slope = try lost[x]?.scalar(), let gradient = kept[x] else { return false }
      let (first, second) = (try gradient.scalar(), try gradient.backward()[x]?.scalar() ?? 0)
      return slope.isFinite && slope * slope > 1e-3 * (first.magnitude + second.magnitude + size)
    }
  }

  private func isVisible(_ hidden: Node, beside other: Node, _ inputs: [Node]) throws -> Bool {
    let (lost, kept) = (hidden.backward(), other.backward())
    let size = Swift.max(try hidden.scalar().magnitude, try other.scalar().magnitude)
    return try inputs.contains { x in
      guard let gradient = lost[x] else { return false }
      let slope = try gradient.scalar().magnitude, other = try kept[x]?.scalar().magnitude ?? 0
      let place = try x.scalar().magnitude
      return slope.isFinite && slope > 1e-3 * other && slope * place > 1e-6 * size
    }
  }
}
