import ChainRule

/// How slopes are found: forward, a tangent for each number, or in reverse.
enum Mode {
  case forward, reverse

  func slopes(of value: Node, at point: [Node]) throws -> [Node] {
    switch self {
    case .forward: try point.map { try value.tangent(along: [($0, 1)]) }
    case .reverse: try value.gradients(withRespectTo: point)
    }
  }
}

/// The functions of an eval by the modes of its outer and inner slopes.
func nestedModes<Input>(
  _ evaluation: @escaping (Input, _ outer: Mode, _ inner: Mode) throws -> Evaluation
) -> KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
  [
    "ff": { input, _ in try evaluation(input, .forward, .forward) },
    "fr": { input, _ in try evaluation(input, .forward, .reverse) },
    "rf": { input, _ in try evaluation(input, .reverse, .forward) },
    "rr": { input, _ in try evaluation(input, .reverse, .reverse) },
  ]
}

/// Goes downhill from a point as GradBench prescribes: by a step that is doubled after ten that succeeded and halved
/// after each that did not, until the slope or the step is short.
///
/// A loop of nodes, so that a function may go downhill in its turn, and be differentiated through it.
func descended(
  from start: [Node], mode: Mode, of function: ([Node]) throws -> Node
) throws -> [Node] {
  guard let graph = start.first?.graph else { return [] }
  let count = start.count
  func evaluated(_ point: [Node]) throws -> [Node] {
    let value = try function(point)
    return [value] + (try mode.slopes(of: value, at: point))
  }
  func length(_ numbers: [Node]) -> Node {
    sqrt(numbers.dropFirst().reduce(square(numbers[0])) { $0 + square($1) })
  }
  /// Point, value, slopes, step, successes.
  func parts(_ carried: [Node]) -> (point: [Node], value: Node, slopes: [Node], step: Node, successes: Node) {
    (
      Array(carried[..<count]), carried[count], Array(carried[count + 1..<2 * count + 1]), carried[2 * count + 1],
      carried[2 * count + 2]
    )
  }
  func lower(_ point: [Node], _ slopes: [Node], _ step: Node) -> [Node] { zip(point, slopes).map { $0 - step * $1 } }

  // Nodes of the start's own: the function may read the start besides.
  let first = try evaluated(start.map { $0 + 0 })
  let found = try whileLoop(
    from: start + first + [graph.constant(1e-5), graph.constant(0)], bound: 1_000,
    while: { carried in
      let (point, _, slopes, step, successes) = parts(carried)
      let move = length(zip(point, lower(point, slopes, step)).map { $0 - $1 })
      return greater(length(slopes), 1e-5) * maximum(equal(successes, 10), greater(move, 1e-5))
    },
    { carried in
      let (point, value, slopes, step, successes) = parts(carried)
      let doubles = equal(successes, 10), next = lower(point, slopes, step), reached = try evaluated(next)
      let succeeds = less(reached[0], value) * (1 - doubles)
      let kept = zip(next + reached, point + [value] + slopes).map { `where`(succeeds, $0, $1) }
      let factor = `where`(doubles, 2, `where`(succeeds, 1, graph.constant(0.5)))
      return kept + [step * factor, `where`(succeeds, successes + 1, 0)]
    })
  return Array(found[..<count])
}
