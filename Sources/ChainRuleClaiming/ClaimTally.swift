import ChainRuleChecking
import ChainRuleCore

/// What became of a claim at every point of a trial.
struct ClaimTally {
  private(set) var agreeing: [Int] = [], open: [Int] = []
  private(set) var differing: [(point: Int, element: Int, claimed: Double, computed: Double, relative: Double)] = []
  private(set) var gaps: [(point: Int, element: Int, computed: Double)] = []
  private(set) var bar = 0.0
  private let trial: ClaimTrial

  init(_ trial: ClaimTrial, _ claim: Node, at numbers: [Int]? = nil) {
    self.trial = trial
    for number in numbers ?? Array(trial.points.indices) {
      switch trial.outcome(of: claim, at: number) {
      case .outside: break
      case .agrees(let bar):
        agreeing.append(number)
        self.bar = Swift.max(self.bar, bar)
      case .differs(let element, let claimed, let computed, let relative):
        differing.append((number, element, claimed, computed, relative))
      case .gap(let element, let computed): gaps.append((number, element, computed))
      case .open: open.append(number)
      }
    }
  }

  func fails(at point: Int) -> Bool {
    differing.contains { $0.point == point } || gaps.contains { $0.point == point }
  }

  /// The point that shows the difference best: the given one, else the first that somebody would try by hand, else where
  /// it is largest.
  func plainest(_ graph: ClaimedGraph) -> GradientReport.JudgedClaim.Difference? {
    let visible = differing.filter { $0.relative >= 0.05 && $0.computed.magnitude > 1e-3 }
    let chosen =
      differing.first { trial.points[$0.point].isGiven } ?? visible.first { $0.point < 8 }
      ?? visible.first { trial.points[$0.point].isModerate } ?? differing.max { $0.relative < $1.relative }
    if let chosen {
      return .init(
        point: graph.text(of: trial.points[chosen.point]), element: trial.truth.shape.subscripts(of: chosen.element),
        claimed: chosen.claimed, computed: chosen.computed)
    }
    guard let gap = gaps.first(where: { trial.points[$0.point].isGiven }) ?? gaps.first else { return nil }
    return .init(
      point: graph.text(of: trial.points[gap.point]), element: trial.truth.shape.subscripts(of: gap.element),
      claimed: .nan, computed: gap.computed)
  }

  /// A point where the function has a value, and the claim in plain doubles has none.
  func overflowing(_ claim: Node, _ graph: ClaimedGraph) -> SamplePoint? {
    let large = (agreeing + open).map { trial.points[$0] }.filter { !$0.isModerate }
    return large.first { graph.overflows(claim, at: $0) }
  }
}

extension ClaimedGraph {
  /// The leaves' own values.
  var values: [[Double]] { leaves.map(\.value.scalars) }

  /// Gives the leaves other values, until they get their own again.
  func assign(_ values: [[Double]]) {
    for (leaf, numbers) in zip(leaves, values) {
      graph.write(Tensor(shape: leaf.node.shape, numbers), to: leaf.node.id)
    }
  }

  /// Whether the recorded formula is not finite in doubles there.
  func overflows(_ claim: Node, at point: SamplePoint) -> Bool {
    let before = values
    assign(point.values)
    defer { assign(before) }
    guard let value = try? claim.value() else { return false }
    return value.scalars.contains { $0.isNaN }
  }
}
