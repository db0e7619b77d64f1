import ChainRuleCore
import ChainRuleDeriving

/// Looks for the part of the domain where a claim holds that fails elsewhere: a sign, a threshold, probabilities that
/// add up to 1, labels, a symmetric matrix.
struct ClaimConditions {
  let graph: ClaimedGraph
  let truth: Node
  let domain: [Node]
  /// Numbers that the formulas name.
  let numbers: [Double]
  /// By what the claim differentiates: it moves freely, so it is no label and no probability.
  let moved: String?
  private static let fewestPoints = 10

  /// A part of the domain: what it is called, what lies in it, and how to make points of it where few are met by chance.
  private struct Part {
    let text: String
    let holds: (SamplePoint) -> Bool
    var make: ((inout SamplePoints) -> SamplePoint)?
  }

  /// The largest part that holds points where the claim agrees, and none where it fails. A thin one is met by no point
  /// unless somebody means it: labels, probabilities, symmetric matrices; or both sides are 0 all over it.
  func find(
    _ claim: Node, _ trial: ClaimTrial, _ tally: ClaimTally, _ samples: inout SamplePoints
  ) -> (text: String, isThin: Bool)? {
    let failing = tally.differing.map(\.point) + tally.gaps.map(\.point)
    let parts = parts().filter { part in !failing.contains { part.holds(trial.points[$0]) } }
    let sizes = parts.map { part in tally.agreeing.count { part.holds(trial.points[$0]) } }
    let fresh = ClaimTrial(
      graph, truth: truth, domain: domain, points: samples.fresh(), isSmooth: trial.isSmooth)
    let outcome = ClaimTally(fresh, claim)
    let bySize = parts.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
    for number in bySize where parts[number].make == nil && sizes[number] >= Self.fewestPoints {
      let part = parts[number]
      func count(_ points: [Int]) -> Int { points.count { part.holds(fresh.points[$0]) } }
      // What was suggested by some points has to hold at others.
      let failing = outcome.differing.map(\.point) + outcome.gaps.map(\.point), agreeing = count(outcome.agreeing)
      if count(failing) == 0, agreeing >= Self.fewestPoints, agreeing > count(outcome.open) {
        // Two sides that are 0 there agree for no reason of their own.
        let isTrivial = outcome.agreeing.filter { part.holds(fresh.points[$0]) }.allSatisfy {
          graph.enclosures(of: [truth], at: fresh.points[$0])?[0].intervals.allSatisfy { $0 == Interval(0) } ?? false
        }
        return (part.text, isThin: isTrivial)
      }
    }
    return parts.first { holdsOnMadePoints($0, claim, trial, &samples) }.map { ($0.text, isThin: true) }
  }

  /// Whether the claim agrees at points of a part that few points meet by chance.
  private func holdsOnMadePoints(
    _ part: Part, _ claim: Node, _ trial: ClaimTrial, _ samples: inout SamplePoints
  ) -> Bool {
    guard let make = part.make else { return false }
    let points = (0..<30).map { _ in make(&samples) }
    let within = ClaimTrial(graph, truth: truth, domain: domain, points: points, isSmooth: trial.isSmooth)
    let tally = ClaimTally(within, claim)
    // A few points again and again prove nothing.
    let different = Set(tally.agreeing.map { points[$0].values })
    return tally.differing.isEmpty && tally.gaps.isEmpty && different.count >= Self.fewestPoints
  }

  private func parts() -> [Part] {
    var parts = graph.leaves.indices.flatMap(singlePoints) + graph.leaves.indices.flatMap(thresholds)
    parts += graph.leaves.indices.flatMap(signs)
    parts += branches() + pairs()
    parts += graph.leaves.indices.flatMap(shapes)
    parts.append(
      Part(text: "every input is positive", holds: { $0.values.allSatisfy { $0.allSatisfy { $0 > 0 } } }))
    return parts
  }

  /// Everywhere but at one number.
  private func singlePoints(_ leaf: Int) -> [Part] {
    let name = graph.leaves[leaf].name
    guard graph.leaves[leaf].node.shape.rank == 0 else {
      return [Part(text: "no element of \(name) is 0", holds: { $0.values[leaf].allSatisfy { $0 != 0 } })]
    }
    return ([0, 1, -1] + numbers).map { number in
      Part(
        text: "\(name) ≠ \(Tensor.text(number, significantDigits: 6))", holds: { $0.values[leaf][0] != number })
    }
  }

  /// Below or above a number that the formulas name.
  private func thresholds(_ leaf: Int) -> [Part] {
    guard graph.leaves[leaf].node.shape.rank == 0 else { return [] }
    let name = graph.leaves[leaf].name
    return numbers.flatMap { number in
      [
        Part(text: "\(name) < \(Tensor.text(number, significantDigits: 6))", holds: { $0.values[leaf][0] < number }),
        Part(text: "\(name) > \(Tensor.text(number, significantDigits: 6))", holds: { $0.values[leaf][0] > number }),
      ]
    }
  }

  private func signs(_ leaf: Int) -> [Part] {
    let name = graph.leaves[leaf].name
    guard graph.leaves[leaf].node.shape.rank == 0 else {
      return [
        Part(text: "every element of \(name) is positive", holds: { $0.values[leaf].allSatisfy { $0 > 0 } }),
        Part(text: "every element of \(name) is negative", holds: { $0.values[leaf].allSatisfy { $0 < 0 } }),
      ]
    }
    return [
      Part(text: "\(name) > 0", holds: { $0.values[leaf][0] > 0 }),
      Part(text: "\(name) < 0", holds: { $0.values[leaf][0] < 0 }),
      Part(text: "\(name) > 1", holds: { $0.values[leaf][0] > 1 }),
      Part(text: "\(name) < 1", holds: { $0.values[leaf][0] < 1 }),
      Part(text: "|\(name)| < 1", holds: { $0.values[leaf][0].magnitude < 1 }),
      Part(text: "0 < \(name) < 1", holds: { $0.values[leaf][0] > 0 && $0.values[leaf][0] < 1 }),
    ]
  }

  /// Where a piecewise primitive below takes one of its branches.
  private func branches() -> [Part] {
    guard let id = try? graph.graph.resolve(graph.output) else { return [] }
    let isNeeded = graph.graph.ancestors(of: [id])
    var parts: [Part] = []
    for place in 0...id where isNeeded[Int(place)] && graph.graph.isOperation(place) && parts.count < 12 {
      guard graph.graph.primitive(of: place) is any PiecewisePrimitive else { continue }
      let inputs = graph.graph.inputs(of: place)
      guard inputs.allSatisfy({ graph.graph.isScalar($0) }), let first = inputs.first else { continue }
      let left = graph.graph.node(first)
      let right = inputs.count == 2 ? graph.graph.node(inputs[1]) : nil
      guard let name = left.formulaText, let other = right.map(\.formulaText) ?? "0", name.count + other.count < 60
      else {
        continue
      }
      func side(_ sign: Double) -> (SamplePoint) -> Bool {
        { point in
          let bounds = graph.enclosures(of: [left] + (right.map { [$0] } ?? []), at: point)
          guard let bounds else { return false }
          let difference = right == nil ? bounds[0][0] : bounds[0][0] - bounds[1][0]
          return sign > 0 ? difference.lower > 0 : difference.upper < 0
        }
      }
      parts += [
        Part(text: "\(name) > \(other)", holds: side(1)), Part(text: "\(name) < \(other)", holds: side(-1)),
      ]
    }
    return parts
  }

  private func pairs() -> [Part] {
    let scalars = graph.leaves.indices.filter { graph.leaves[$0].node.shape.rank == 0 }.prefix(4)
    return scalars.flatMap { a in
      scalars.filter { $0 != a }.map { b in
        Part(
          text: "\(graph.leaves[a].name) > \(graph.leaves[b].name)", holds: { $0.values[a][0] > $0.values[b][0] })
      }
    }
  }

  /// What lectures assume without saying it: labels, probabilities, unit vectors, symmetric matrices.
  private func shapes(_ leaf: Int) -> [Part] {
    let name = graph.leaves[leaf].name, shape = graph.leaves[leaf].node.shape, count = shape.elementCount
    let isFree = name == moved, isLabel = ["y", "t", "d", "label", "labels", "target", "targets"].contains(name)
    func labels(_ low: Double) -> Part {
      Part(
        text: shape.rank == 0
          ? "\(name) is \(low == 0 ? "0" : "−1") or 1" : "every element of \(name) is \(low == 0 ? "0" : "−1") or 1",
        holds: { $0.values[leaf].allSatisfy { $0 == low || $0 == 1 } },
        make: { samples in
          samples.replacing(leaf) { random in (0..<count).map { _ in Bool.random(using: &random) ? 1 : low } }
        })
    }
    var parts: [Part] = []
    if shape.rank == 1, count > 1, !isFree {
      parts.append(
        Part(
          text: "sum(\(name)) = 1", holds: { ($0.values[leaf].reduce(0, +) - 1).magnitude < 1e-12 },
          make: { samples in
            samples.replacing(leaf) {
              SamplePoints.distribution(count, isOneHot: Bool.random(using: &$0), &$0)
            }
          }))
      parts.append(
        Part(
          text: "‖\(name)‖ = 1",
          holds: { ($0.values[leaf].reduce(0) { $0 + $1 * $1 } - 1).magnitude < 1e-12 },
          make: { samples in
            samples.replacing(leaf) { random in
              let place = Int.random(in: 0..<count, using: &random), sign = Bool.random(using: &random) ? 1.0 : -1
              return (0..<count).map { $0 == place ? 0.6 : $0 == (place + 1) % count ? 0.8 * sign : 0 }
            }
          }))
    }
    if shape.rank == 2, shape[0] == shape[1] {
      let n = shape[0]
      parts.append(
        Part(
          text: "\(name) is symmetric",
          holds: { point in
            (0..<n).allSatisfy { i in
              (0..<i).allSatisfy { point.values[leaf][i * n + $0] == point.values[leaf][$0 * n + i] }
            }
          },
          make: { samples in
            samples.replacing(leaf) { random in
              var values = (0..<count).map { _ in (Double.random(in: -2...2, using: &random) * 100).rounded() / 100 }
              for i in 0..<n { for j in 0..<i { values[i * n + j] = values[j * n + i] } }
              return values
            }
          }))
    }
    return parts + (isLabel && !isFree ? [labels(0), labels(-1)] : [])
  }
}
