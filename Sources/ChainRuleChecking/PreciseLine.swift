import ChainRuleCore

/// One element of one checked node.
typealias Element = (leaf: Int, position: Int)

/// A line through the point of a check, along which numbers of twice the precision move: one element, or all of them
/// along a direction.
struct PreciseLine: Equatable {
  /// What tells lines of one check apart.
  let number: Int
  let weights: [(element: Element, weight: Double)]
  let direction: [[Double]]?
  /// The size of a step of 1: for an element a power of two near |x|, for a direction, whose weights are of the
  /// elements' sizes, 1.
  let size: Double
  /// The same for steps that move something by 1 at least.
  let wideSize: Double

  static func == (a: PreciseLine, b: PreciseLine) -> Bool { a.number == b.number }

  init(_ element: Element, at x: Double, number: Int) {
    (self.number, weights, direction) = (number, [(element, 1)], nil)
    size = x == 0 ? 1 : Double(sign: .plus, exponent: x.exponent, significand: 1)
    wideSize = Swift.max(size, 1)
  }

  init(direction: [[Double]], number: Int) {
    (self.number, self.direction) = (number, direction)
    weights = direction.enumerated().flatMap { leaf, slopes in
      slopes.enumerated().lazy.filter { $0.element != 0 }.map { ((leaf, $0.offset), $0.element) }
    }
    let largest = weights.lazy.map(\.weight.magnitude).max() ?? 1
    size = 1
    wideSize = Swift.max(1, Double(sign: .plus, exponent: -largest.exponent, significand: 1))
  }

  /// How much each element of a leaf moves per unit; `nil` for a leaf that stays.
  func slopes(of leaf: Int, count: Int) -> [Double]? {
    if let direction { return direction[leaf].contains { $0 != 0 } ? direction[leaf] : nil }
    guard let element = weights.first?.element, element.leaf == leaf else { return nil }
    var result = [Double](repeating: 0, count: count)
    result[element.position] = 1
    return result
  }
}

extension PerturbedEvaluation {
  /// Whether some primitive takes another branch, in doubles, where the point is moved along lines.
  func takesAnotherBranch(_ moves: [(line: PreciseLine, offset: Double)]) -> Bool {
    guard hasBranches else { return false }
    if moves.count == 1, let direction = moves[0].line.direction {
      return sample(along: direction, offset: moves[0].offset).flip != nil
    }
    return sample(
      moves.flatMap { line, offset in
        line.weights.map { Move(leaf: $0.element.leaf, position: $0.element.position, offset: $0.weight * offset) }
      }
    ).flip != nil
  }
}
