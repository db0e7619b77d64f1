import ChainRuleChecking
import ChainRuleCore
import ChainRuleExpression

/// What is proved of a formula claim over a box of inputs, by cutting the box until intervals decide: the difference is at
/// most a bound everywhere, or there is a part of the box on which all of it exceeds the bound.
package struct ClaimCertificate {
  /// What came of it.
  package enum Outcome: Sendable, Equatable {
    /// |difference| is at most the bound on the whole box.
    case certified
    /// It exceeds the bound on all of this part of the box.
    case refuted(part: String)
    /// Intervals did not decide on this part before the work ran out.
    case open(part: String)
  }

  /// What came of it, the bound, and how many parts were looked at.
  package let outcome: Outcome
  /// The bound of the difference.
  package let bound: Double
  /// How many parts were looked at.
  package let boxes: Int
  private static let mostBoxes = 40_000

  /// - Parameters:
  ///   - name: what the claim is about, as on the left of a claim.
  ///   - text: the formula.
  ///   - ranges: for every leaf a range for all its elements, which vary on their own, or one for each.
  /// - Throws: as a claim does, and for a leaf without a range.
  package init(
    _ name: String, formula text: String, in graph: ClaimedGraph, over ranges: [String: [ClosedRange<Double>]],
    within bound: Double
  ) throws {
    let judge = try graph.judge(of: name, text)
    let difference = try judge.recordedClaim() - judge.truth
    self.bound = bound
    var box: [[ClosedRange<Double>]] = []
    for leaf in graph.leaves {
      let count = leaf.node.shape.elementCount
      guard let range = ranges[leaf.name], range.count == 1 || range.count == count else {
        throw ChainRuleError(
          .value, in: "certificate", required: "a range for every input", got: "none for \(leaf.name)",
          hint: "Write \(leaf.name)=-1...1.")
      }
      box.append(range.count == count ? range : [ClosedRange<Double>](repeating: range[0], count: count))
    }
    let count = difference.shape.elementCount, flat = difference.reshaped(to: [count])
    let parts = (2...64).contains(count) ? (0..<count).map { flat[$0] } : [difference]
    var outcome = Outcome.certified, boxes = 0
    for part in parts where outcome == .certified {
      let decided = try Self.decide(part, graph, box, bound)
      (outcome, boxes) = (decided.0, boxes + decided.1)
    }
    (self.outcome, self.boxes) = (outcome, boxes)
  }

  /// The sentence for a report.
  package var text: String {
    let size = Tensor.text(bound, significantDigits: 2)
    switch outcome {
    case .certified: return "certified: the difference is at most \(size) everywhere in the box (\(boxes) parts)"
    case .refuted(let part): return "refuted: the difference exceeds \(size) everywhere where \(part)"
    case .open(let part): return "not decided by intervals: after \(boxes) parts, where \(part)"
    }
  }

  private static func decide(
    _ difference: Node, _ graph: ClaimedGraph, _ whole: [[ClosedRange<Double>]], _ bound: Double
  ) throws -> (Outcome, Int) {
    let nodes = graph.leaves.map(\.node), gradients = difference.sum().backward()
    // The mean value form needs one output; a tensor's elements are enclosed as they are.
    let hasSlopes = difference.shape.elementCount == 1
    let zero = difference.graph.constant(0 as Double)
    let slopes = hasSlopes ? nodes.map { gradients[$0] ?? zero.broadcast(to: $0.shape) } : []
    var waiting = [whole], looked = 0, undecided: [[ClosedRange<Double>]]?
    while let box = waiting.popLast() {
      looked += 1
      guard looked <= mostBoxes else { return (.open(part: text(box, graph)), looked) }
      let leaves = zip(nodes, box).map { node, ranges in
        (node, Enclosure(shape: node.shape, ranges.map { Interval($0.lowerBound, $0.upperBound) }))
      }
      let found = try graph.graph.enclosures(of: [difference] + (hasSlopes ? slopes : []), over: leaves)
      var intervals = found[0].intervals
      if hasSlopes, let mean = try meanValue(difference, Array(found.dropFirst()), nodes, box) {
        intervals = [Interval(Swift.max(intervals[0].lower, mean.lower), Swift.min(intervals[0].upper, mean.upper))]
      }
      if intervals.allSatisfy({ $0.lower >= -bound && $0.upper <= bound && $0.regularity > .unknown }) { continue }
      if intervals.contains(where: { $0.lower > bound || $0.upper < -bound }) {
        return (.refuted(part: text(box, graph)), looked)
      }
      guard let halves = halves(of: box, beside: whole) else {
        undecided = undecided ?? box
        continue
      }
      waiting += halves
    }
    return (undecided.map { .open(part: text($0, graph)) } ?? .certified, looked)
  }

  /// d(m) + Σ ∂d/∂x (box) · (x − m) for the middle m: its width falls with the square of the box's.
  private static func meanValue(
    _ difference: Node, _ slopes: [Enclosure], _ nodes: [Node], _ box: [[ClosedRange<Double>]]
  ) throws -> Interval? {
    let middle = box.map { $0.map { $0.lowerBound + ($0.upperBound - $0.lowerBound) / 2 } }
    let point = zip(nodes, middle).map { ($0, Enclosure(Tensor(shape: $0.shape, $1))) }
    guard slopes.allSatisfy({ $0.regularity >= .continuous }) else { return nil }
    var total = try difference.graph.enclosures(of: [difference], over: point)[0][0]
    for (slope, (ranges, centre)) in zip(slopes, zip(box, middle)) {
      for (place, (range, m)) in zip(ranges, centre).enumerated() {
        total = total + slope[place] * (Interval(range.lowerBound, range.upperBound) - Interval(m))
      }
    }
    return total.lower.isNaN || total.upper.isNaN ? nil : total
  }

  /// The box cut across the side that is widest beside the whole; nothing where it has become too small.
  private static func halves(
    of box: [[ClosedRange<Double>]], beside whole: [[ClosedRange<Double>]]
  ) -> [[[ClosedRange<Double>]]]? {
    var widest = (leaf: 0, place: 0, part: 0.0)
    for leaf in box.indices {
      for place in box[leaf].indices {
        let all = whole[leaf][place].upperBound - whole[leaf][place].lowerBound
        let part = all > 0 ? (box[leaf][place].upperBound - box[leaf][place].lowerBound) / all : 0
        if part > widest.part { widest = (leaf, place, part) }
      }
    }
    guard widest.part > 1e-9 else { return nil }
    let range = box[widest.leaf][widest.place]
    let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
    return [range.lowerBound...middle, middle...range.upperBound].map { half in
      var copy = box
      copy[widest.leaf][widest.place] = half
      return copy
    }
  }

  private static func text(_ box: [[ClosedRange<Double>]], _ graph: ClaimedGraph) -> String {
    zip(graph.leaves, box).map { leaf, ranges in
      ranges.enumerated().prefix(6).map { place, range in
        let bounds = [range.lowerBound, range.upperBound].map { Tensor.text($0, significantDigits: 9) }
        return "\(leaf.name)\(leaf.node.shape.subscripts(of: place)) in \(bounds[0])…\(bounds[1])"
      }.joined(separator: ", ")
    }.joined(separator: ", ")
  }
}

extension ClaimedGraph {
  /// A claim on its way to a judgement.
  fileprivate func judge(of name: String, _ text: String) throws -> ClaimJudge {
    let subject = try ClaimSubject(name, in: self)
    let expression = try Expression(lecture: text, names: Set(names.keys).union([outputName]))
    return ClaimJudge(self, subject, try subject.node(in: self), expression)
  }
}

extension ClaimJudge {
  /// The formula on the names, in the shape of what it is about.
  fileprivate func recordedClaim() throws -> Node { try fitted(try graph.record(expression)) }
}
