import ChainRuleChecking
import ChainRuleCore

/// Two nodes compared at one point of the leaves' values, by intervals that hold the true values of both.
enum TrialOutcome {
  /// The function itself is not defined there, or overflows: nothing to compare.
  case outside
  /// The intervals meet; what they leave open beside their size.
  case agrees(bar: Double)
  /// They do not meet, so both are different there, whatever was rounded.
  case differs(element: Int, claimed: Double, computed: Double, relative: Double)
  /// The claim has no value where the function has one.
  case gap(element: Int, computed: Double)
  /// The intervals are too wide to say.
  case open
}

/// What is compared: the claim, and what it is held against, on the domain of the output.
struct ClaimTrial {
  let graph: ClaimedGraph
  let truth: Node
  /// Beside it, what has to be defined for a point to count.
  let domain: [Node]
  private var known: [Enclosure?] = []
  let points: [SamplePoint]
  /// Whether only points count where the domain's functions have a derivative: at a kink there is nothing to claim.
  let isSmooth: Bool

  init(_ graph: ClaimedGraph, truth: Node, domain: [Node], points: [SamplePoint], isSmooth: Bool) {
    (self.graph, self.truth, self.domain, self.points, self.isSmooth) = (graph, truth, domain, points, isSmooth)
    known = points.map { point in
      guard let found = graph.enclosures(of: [truth] + domain, at: point) else { return nil }
      let isKnown = found.allSatisfy { $0.intervals.allSatisfy(\.isKnown) }
      return isKnown && (!isSmooth || found.dropFirst().allSatisfy { $0.regularity == .smooth }) ? found[0] : nil
    }
  }

  /// The least relative difference that intervals of doubles show: decimals in a formula are rounded. Smaller ones are
  /// seen in twice the precision, where both sides have such a form.
  static let resolution = 3e-14

  /// How many points the function is defined at.
  var count: Int { known.count { $0 != nil } }

  /// The points where the function is defined.
  var defined: [Int] { points.indices.filter { known[$0] != nil } }

  /// Holds a claim against it at one point.
  func outcome(of claim: Node, at number: Int) -> TrialOutcome {
    guard let own = known[number] else { return .outside }
    guard let found = graph.enclosures(of: [claim], at: points[number])?[0], found.shape == own.shape else {
      return .open
    }
    var bar = 0.0, isOpen = false
    // At numbers that a formula names, decimals such as 0.1 + 0.2 and 0.3 leave all of a difference.
    let reach = points[number].values.joined().map(\.magnitude).max() ?? 0
    let least = points[number].isSpecial ? 1e-14 * reach : 0
    let largest = own.intervals.map { Swift.max($0.lower.magnitude, $0.upper.magnitude) }.max() ?? 0
    var worst: (element: Int, relative: Double)?, widths = [Double?](repeating: nil, count: own.intervals.count)
    for (element, (t, c)) in zip(own.intervals, found.intervals).enumerated() {
      guard c.isKnown else {
        if graph.hasNoValue(claim, element: element, at: points[number]) {
          return .gap(element: element, computed: t.middle)
        }
        isOpen = true
        continue
      }
      let size = Swift.max(t.middle.magnitude, c.middle.magnitude)
      let distance = Swift.max(t.lower - c.upper, c.lower - t.upper)
      if distance > Self.resolution * size, distance > least {
        let relative = distance / size
        if relative > worst?.relative ?? 0 { worst = (element, relative) }
      } else {
        let width = t.width + c.width
        let isZero = t.contains(0) && c.contains(0) && width <= 1e-13 * Swift.max(1, largest)
        if size > 0, width <= 1e-6 * size {
          bar = Swift.max(bar, width / size)
          widths[element] = width / size
        } else if !isZero {
          isOpen = true
        }
      }
    }
    if worst == nil, bar > 0 { worst = graph.differsPrecisely(truth, claim, at: points[number], widths: widths) }
    if let worst {
      return .differs(
        element: worst.element, claimed: found[worst.element].middle, computed: own[worst.element].middle,
        relative: worst.relative)
    }
    if isOpen { return graph.agreesPrecisely(truth, claim, at: points[number]).map { .agrees(bar: $0) } ?? .open }
    return .agrees(bar: bar)
  }
}

extension Interval {
  /// Whether it bounds a value that is defined.
  fileprivate var isKnown: Bool { lower.isFinite && upper.isFinite && regularity > .unknown }
  fileprivate var middle: Double { lower + (upper - lower) / 2 }
}

extension ClaimedGraph {
  /// Intervals around the values of nodes at a point; `nil` where some primitive has no rule or no value.
  func enclosures(of nodes: [Node], at point: SamplePoint) -> [Enclosure]? {
    let given = zip(leaves, point.values).map { leaf, values in
      (leaf.node, Enclosure(Tensor(shape: leaf.node.shape, values)))
    }
    return try? graph.enclosures(of: nodes, over: given)
  }

  /// Whether the claim has no value there, and not only because a number on the way is too large or too small for doubles.
  func hasNoValue(_ claim: Node, element: Int, at point: SamplePoint) -> Bool {
    guard let id = try? graph.resolve(claim), let values = precise(upTo: id, at: point)?.values,
      values[id].map({ $0.indices.contains(element) && !$0[element].high.isFinite }) == true
    else { return false }
    let isNeeded = graph.ancestors(of: [id])
    for place in 0...id where isNeeded[Int(place)] && graph.isOperation(place) {
      let inputs = graph.inputs(of: place)
      guard let value = values[place], value.contains(where: { !$0.high.isFinite }),
        inputs.allSatisfy({ values[$0]?.allSatisfy(\.high.isFinite) == true })
      else { continue }
      return isOutsideOfDomain(place, inputs, at: point)
    }
    return false
  }

  /// Whether a node that is not finite reads what its function is not defined for: exactly 0 below a fraction's line, a
  /// number that is certainly not positive under a logarithm or a root.
  private func isOutsideOfDomain(_ id: Int32, _ inputs: [Int32], at point: SamplePoint) -> Bool {
    guard let found = enclosures(of: inputs.map { graph.node($0) }, at: point) else { return false }
    switch graph.tabulatedOpcode(of: id) {
    case .divide: return found[1].intervals.contains { $0.lower == 0 && $0.upper == 0 }
    case .reciprocal: return found[0].intervals.contains { $0.lower == 0 && $0.upper == 0 }
    case .log, .log2, .log10, .rsqrt: return found[0].intervals.contains { $0.upper <= 0 }
    case .sqrt: return found[0].intervals.contains { $0.upper < 0 }
    case .pow: return found[0].intervals.contains { $0.upper <= 0 }
    case .log1p: return found[0].intervals.contains { $0.upper <= -1 }
    case .asin, .acos, .atanh: return found[0].intervals.contains { $0.lower >= 1 || $0.upper <= -1 }
    case .acosh: return found[0].intervals.contains { $0.upper < 1 }
    default: return false
    }
  }
}
