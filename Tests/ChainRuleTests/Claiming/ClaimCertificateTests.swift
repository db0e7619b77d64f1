import ChainRule
import Testing

/// Formula claims proved or refuted over whole boxes.
@Suite("Claims certified over boxes")
struct ClaimCertificateTests {
  private func certificate(_ source: String, _ name: String, _ claim: String, _ ranges: [String: ClosedRange<Double>])
    throws -> ClaimCertificate
  {
    let graph = Graph(.double), expression = try Expression(source)
    let inputs = expression.inputs(in: graph, values: expression.inputs.map { ($0, Tensor(0.5)) })
    let (output, names) = try expression.recordNaming(in: graph, inputs: inputs)
    let claimed = try ClaimedGraph(output: output, names: names, hasValues: false)
    return try ClaimCertificate(name, formula: claim, in: claimed, over: ranges.mapValues { [$0] }, within: 1e-6)
  }

  @Test func rightOnesAreCertified() throws {
    #expect(try certificate("tanh(x)", "x", "1 - tanh(x)^2", ["x": -1...1]).outcome == .certified)
    #expect(try certificate("x*y", "x", "y", ["x": -1...1, "y": 0...2]).outcome == .certified)
    // cos x and its series of order 4 differ by at most x⁶/720, 1.4e-9 at 0.1, and by 0.0014 at 1.
    #expect(try certificate("sin(x)", "x", "1 - x^2/2 + x^4/24", ["x": -0.1...0.1]).outcome == .certified)
  }

  @Test(arguments: [("1 - x^2/2 + x^4/24", 0.33...1.0), ("cos(x) + 2e-6", 0.0...1.0)])
  func wrongOnesAreRefutedOnAPart(claim: String, range: ClosedRange<Double>) throws {
    let outcome = try certificate("sin(x)", "x", claim, ["x": 0...1]).outcome
    guard case .refuted(let part) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    // The part lies where x⁶/720 is above 1e-6: x > 0.299.
    let bounds = part.split(separator: " ").last?.split(separator: "…").compactMap { Double($0) } ?? []
    #expect(bounds.count == 2 && bounds[0] >= range.lowerBound - 0.04 && bounds[1] <= range.upperBound, "\(part)")
  }

  @Test("of a vector every element, each over a range of its own") func vectors() throws {
    let graph = Graph(.double), expression = try Expression("sum(v^2)")
    let inputs = expression.inputs(in: graph, values: [("v", Tensor([0.5, 0.5]))])
    let (output, names) = try expression.recordNaming(in: graph, inputs: inputs)
    let claimed = try ClaimedGraph(output: output, names: names, hasValues: false)
    let box: [String: [ClosedRange<Double>]] = ["v": [-1...2, 3...3]]
    #expect(try ClaimCertificate("v", formula: "2*v", in: claimed, over: box, within: 1e-6).outcome == .certified)
    let wrong = try ClaimCertificate("v", formula: "v^2 - 3", in: claimed, over: box, within: 1e-6).outcome
    if case .refuted = wrong {} else { Issue.record("\(wrong)") }
  }

  @Test func whatIntervalsCannotDecideIsOpen() throws {
    // A pole inside the box: there is no bound.
    let outcome = try certificate("log(x)", "x", "1/x", ["x": -1...1]).outcome
    if case .open = outcome {} else { Issue.record("\(outcome)") }
    #expect(throws: ChainRuleError.self) { try certificate("x*y", "x", "y", ["x": -1...1]) }
  }
}
