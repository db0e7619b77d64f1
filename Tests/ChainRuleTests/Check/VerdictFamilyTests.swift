import Foundation
import Testing

import ChainRule

/// The families of Tests/Fixtures/verdicts.json, which Tests/Peers/gradcheck.py shows to other checkers too: each member
/// once, and with `CHAINRULE_HEAVY=1` at 20 neighbouring points, where every step is another one.
@Suite struct VerdictFamilyTests {
  struct Family: CustomTestStringConvertible {
    let json: JSON
    var name: String { json["name"].string ?? "?" }
    var right: String { json["right"].string ?? "?" }
    var testDescription: String { name }

    var members: [(value: String, point: Double)] {
      json["members"].array.map { ($0.array[0].string ?? "?", $0.array[1].double ?? .nan) }
    }

    func verdict(_ value: String, _ point: Double) throws -> GradientReport {
      let graph = Graph()
      let formula = (json["formula"].string ?? "?").replacingOccurrences(of: "K", with: value)
      let expression = try Expression(formula)
      let nodes = expression.inputs(in: graph, values: [("x", Tensor(point))])
      let output = try expression.record(in: graph, inputs: nodes), x = try #require(nodes["x"])
      return try checkGradients(of: output, withRespectTo: [x], order: Int(json["order"].double ?? 1))
    }
  }

  static let families = Golden.file("verdicts")["families"].array.map(Family.init)
  private static let relatives = isHeavy ? 20 : 0

  @Test("no member is judged wrongly, and hardly any is left undecided")
  func families() throws {
    var total = 0, wrong: [String] = [], undecided: [String] = []
    for family in Self.families {
      for (value, point) in family.members {
        for number in 0...Self.relatives {
          let x = point * (1 + 1e-8 * Double(number)), report = try family.verdict(value, x)
          total += 1
          if report.verdict.rawValue == family.right { continue }
          let line = "\(family.name), \(value) at \(x): \(report)"
          if report.verdict == .inconclusive { undecided.append(line) } else { wrong.append(line) }
        }
      }
    }
    print("verdict families: \(total) members, \(wrong.count) judged wrongly, \(undecided.count) inconclusive")
    #expect(total >= 180)
    #expect(wrong == [])
    #expect(undecided.count * 50 <= total, "\(undecided)")
    for text in undecided { #expect(text.contains("would decide"), "\(text)") }
  }
}

/// Primitives of a user's own that stand still: floor, sign, rounding, with a slope claimed (straight through) or none.
@Suite struct StaircaseTests {
  static let points = [0.3, -0.8, 0.49, 0.999, 2.5, 7.1, -3.3, 1e-3, 123.456]

  private func verdict(
    _ value: @escaping @Sendable (Double) -> Double, claiming slope: Double, at x: Double,
    below outer: (Node) -> Node = { $0 }
  ) throws -> GradientReport {
    let graph = Graph(), node = graph.input("x", Tensor(x))
    let mine = ElementwiseFunction("mine", value) { slope + 0 * $0 }
    return try checkGradients(of: outer(mine(node)), withRespectTo: [node])
  }

  @Test("a slope that is claimed of a staircase is wrong, none is right", arguments: points)
  func straightThrough(_ x: Double) throws {
    let staircases: [@Sendable (Double) -> Double] = [{ Foundation.floor($0) }, { $0 < 0 ? -1 : 1 }]
    for steps in staircases {
      #expect(try verdict(steps, claiming: 1, at: x).verdict == .disagree)
      #expect(try verdict(steps, claiming: 0, at: x).verdict == .agree)
      #expect(try verdict(steps, claiming: 1, at: x, below: { sin($0) }).verdict == .disagree)
      #expect(try verdict({ steps($0) + $0 }, claiming: 2, at: x).verdict == .disagree)
      #expect(try verdict({ steps($0) + $0 }, claiming: 1, at: x).verdict == .agree)
    }
  }

  /// Steps narrower than 1/256 of the point are like noise; what stands still is not called wrong all the same.
  @Test(arguments: [1e6 + 0.25, 12_345.678, -1e5 - 0.5])
  func narrowSteps(_ x: Double) throws {
    #expect(try verdict({ Foundation.floor($0) }, claiming: 0, at: x).verdict != .disagree)
  }

  @Test("a kink or jump beside the point shrinks the steps and explains nothing", arguments: [0.1, 0.01, 1e-3, 1e-5])
  func besideAKink(_ distance: Double) throws {
    for side in [1.0, -1] {
      let x = 1 + side * distance, slope = side > 0 ? 1.0 : 0
      for (value, right) in [
        ({ @Sendable in Swift.max(0, $0 - 1) }, slope), ({ @Sendable in Swift.abs($0 - 1) }, side),
        ({ @Sendable in $0 > 1 ? 3 * $0 + 2 : 3 * $0 }, 3),
      ] as [(@Sendable (Double) -> Double, Double)] {
        #expect(try verdict(value, claiming: right, at: x).verdict == .agree)
        for wrong in [right + 0.5, right - 1, -2] {
          let report = try verdict(value, claiming: wrong, at: x)
          #expect(report.verdict == .disagree && report.entries[0].kink == nil, "\(report)")
        }
      }
    }
  }
}
