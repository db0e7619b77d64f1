import Testing

@testable import ChainRule

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

  @Test func everyPrimitiveAtEveryPoint() throws {
    var tally = Tally()
    for primitive in BuiltIns.all {
      let arity = type(of: primitive).opcode.arity
      for (number, x) in Self.points.enumerated() {
        for shift in 0..<(arity == 1 ? 1 : 4) {
          let inputs = (0..<arity).map { Tensor(Self.points[(number + $0 * (3 * shift + 1)) % Self.points.count]) }
          guard try primitive.forward(inputs).scalar().isFinite else { continue }
          tally.add(try checkPrimitive(primitive, at: inputs), "\(primitive.name)\(inputs.map { $0.element(0) })")
        }
        _ = x
      }
    }
    summarize(tally, "elementwise")
    for line in tally.open { print("  ", line) }
  }

  func summarize(_ tally: Tally, _ title: String) {
    print(
      "no false alarms (\(title)): \(tally.entries) derivatives, \(tally.wrong.count) called wrong, "
        + "\(tally.open.count) inconclusive, \(tally.kinks) not differentiable")
    #expect(tally.wrong == [])
    #expect(Double(tally.open.count) <= 0.01 * Double(tally.entries))
    for line in tally.open { #expect(line.contains("condition number") || line.contains("[")) }
  }
}
