import ChainRule
import Foundation
import Testing

@testable import ChainRuleCore

/// Enclosures against the points that `.ci/enclosures.py` wrote, values and slopes with 50 digits: the truth is never
/// outside, neither of the enclosure at the point nor of one over a box around it.
@Suite struct EnclosedTruthTests {
  static let folder = Environment.value("CHAINRULE_ENCLOSURES")
  static let files = (folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? [])
    .filter { $0.hasSuffix(".tsv") }.sorted()

  /// A function of inputs, with a node for the value and one for each slope.
  private struct Subject {
    let graph: Graph, inputs: [Node], nodes: [Node?], what: String
    var boxes: [ClosedRange<Double>]?

    init(_ opcode: Opcode) throws {
      graph = Graph(.double)
      let graph = graph
      inputs = ["a", "b", "c"].prefix(opcode.arity).map { graph.input($0, 0.5) }
      let node = graph.record(opcode, inputs), slopes = node.backward()
      nodes = [node] + inputs.map { slopes[$0] }
      what = opcode.name
    }

    init(formula: String, boxes: [ClosedRange<Double>]) throws {
      graph = Graph(.double)
      let x = graph.input("x", 0.5), y = graph.input("y", 0.5)
      let f = try Expression(formula).record(in: graph, inputs: ["x": x, "y": y]), slopes = f.backward()
      (inputs, nodes, what, self.boxes) = ([x, y], [f] + [x, y].map { slopes[$0] }, formula, boxes)
    }

    func enclosures(_ ranges: [ClosedRange<Double>]) throws -> [Interval?] {
      let found = try graph.enclosures(
        of: nodes.compactMap { $0 }, over: zip(inputs, ranges).map { ($0, Enclosure(shape: [], $1)) })
      var place = 0
      return nodes.map { node in
        defer { place += node == nil ? 0 : 1 }
        return node == nil ? nil : found[place][0]
      }
    }
  }

  @Test(.enabled(if: folder != nil)) func thereArePoints() { #expect(Self.files.count > 100) }

  @Test(arguments: files) func truthIsNeverOutside(file: String) throws {
    let path = try #require(Self.folder) + "/" + file
    var subject: Subject?, box: [Interval?] = [], dice = RandomNumbers(seed: 5), points = 0, misses = 0
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      if line.hasPrefix("primitive ") {
        let name = line.dropFirst("primitive ".count)
        subject = try Subject(#require(Opcode.allCases.first { $0.name == name }))
        continue
      }
      let fields = line.split(separator: "\t").map { $0.split(separator: " ").map { Double($0) ?? .nan } }
      if line.hasPrefix("formula ") {
        let sides = fields[1]
        let text = String(line.dropFirst("formula ".count).prefix { $0 != "\t" })
        let made = try Subject(formula: text, boxes: [sides[0]...sides[1], sides[2]...sides[3]])
        (subject, box) = (made, try made.enclosures(made.boxes ?? []))
        continue
      }
      guard let subject else { continue }
      points += 1
      let here = try subject.enclosures(fields[0].map { $0...$0 })
      if subject.boxes == nil {
        let around = fields[0].map { $0 - dice.radius(at: $0)...$0 + dice.radius(at: $0) }
        box = try subject.enclosures(around)
      }
      for (index, truth) in fields.dropFirst().enumerated() where truth.count == 2 && index < here.count {
        for found in [here[index], box[index]].compactMap({ $0 }) where !found.holds(truth[0], truth[1]) {
          misses += 1
          if misses < 4 { Issue.record("\(subject.what), part \(index): \(truth) at \(fields[0]) outside \(found)") }
        }
      }
    }
    #expect(points > 0 && misses == 0, "\(file): \(misses) of \(points) points")
  }
}

extension RandomNumbers {
  /// From nothing to as much as the number itself.
  fileprivate mutating func radius(at number: Double) -> Double {
    Swift.min(number.magnitude, 1e300) * Double.random(in: 0...1, using: &self)
      * [0, 1e-9, 1e-3, 0.5][Int.random(in: 0..<4, using: &self)]
  }
}

extension Interval {
  /// Whether it holds a true number: the nearest double, and the sign of what is left of it.
  fileprivate func holds(_ near: Double, _ rest: Double) -> Bool {
    (lower < near || lower == near && rest >= 0) && (near < upper || near == upper && rest <= 0)
  }
}
