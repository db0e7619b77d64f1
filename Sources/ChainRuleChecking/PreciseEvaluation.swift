import ChainRuleCore

/// One node as a function of the checked leaves, in twice the precision: 32 digits, so that differences over steps of a
/// hundred-millionth of the input still carry a double's digits, and nothing that is wider can deceive them.
///
/// `nil` where some primitive below has no such form: one of the user's own stays in double.
final class PreciseEvaluation {
  private let graph: Graph
  private let leaves: [Int32]
  /// What is computed for every sample with its inputs, inputs first, and what is not moved by the leaves.
  private let moving: [(id: Int32, inputs: [Int32])]
  private let fixed: [Int32: [DoubleDouble]]
  private let output: Int32
  /// The elements computed for one sample, those inside of sums counted.
  let cost: Int
  /// A graph with more of them is left to doubles.
  private static let mostWork = 100_000

  init?(_ graph: Graph, output: Int32, leaves: [Int32]) throws {
    (self.graph, self.output, self.leaves) = (graph, output, leaves)
    guard leaves.allSatisfy({ !graph.isOperation($0) }) else { return nil }
    let isNeeded = graph.ancestors(of: [output])
    let needed = (0...output).filter { isNeeded[Int($0)] }
    guard needed.reduce(0, { Extents.sum($0, graph.preciseWork(of: $1)) }) <= Self.mostWork else { return nil }
    var isMoved: Set<Int32> = [], moving: [(id: Int32, inputs: [Int32])] = [], cost = 0
    var fixed: [Int32: [DoubleDouble]] = [:]
    for id in needed {
      if leaves.contains(id) {
        isMoved.insert(id)
      } else if !graph.isOperation(id) {
        try graph.evaluate(id)
        fixed[id] = graph.tensor(of: id).scalars.map { DoubleDouble($0) }
      } else if graph.inputs(of: id).contains(where: { isMoved.contains($0) }) {
        guard try !Self.isFineStaircase(id, in: graph) else { return nil }
        isMoved.insert(id)
        moving.append((id, graph.inputs(of: id)))
        cost += graph.preciseWork(of: id)
      } else {
        guard let value = try graph.precise(id, from: graph.inputs(of: id).compactMap({ fixed[$0] })) else {
          return nil
        }
        fixed[id] = value
      }
    }
    (self.moving, self.cost, self.fixed) = (moving, cost, fixed)
  }

  /// Whether steps of 2⁻²⁶ of the input may be wider than the stairs of a rounding function: then it looks like a ramp.
  private static func isFineStaircase(_ id: Int32, in graph: Graph) throws -> Bool {
    guard case .rising(hasJumps: true)? = graph.primitive(of: id).descriptor.course else { return false }
    let input = graph.input(0, of: id)
    try graph.evaluate(input)
    return graph.tensor(of: input).scalars.contains { $0.magnitude >= 0x1p20 }
  }

  /// The node's elements where the leaves hold these; `nil` where a primitive has no precise form.
  func sample(_ points: [[DoubleDouble]]) throws -> [DoubleDouble]? {
    var values = fixed
    for (leaf, point) in zip(leaves, points) { values[leaf] = point }
    for (id, inputs) in moving {
      guard let value = try graph.precise(id, from: inputs.compactMap({ values[$0] })) else { return nil }
      values[id] = value
    }
    return values[output]
  }

  /// What was sampled: the rows of a Jacobian, and pairs of one Hessian, ask for many points again.
  private var known: [[Double]: [DoubleDouble]?] = [:]
  private static let mostKnown = 4_096

  /// The same where a point is moved along lines.
  func sample(_ point: [[DoubleDouble]], moves: [(line: PreciseLine, offset: Double)]) throws -> [DoubleDouble]? {
    let key = moves.flatMap { [Double($0.line.number), $0.offset] }
    if let found = known[key] { return found }
    var moved = point
    for (line, offset) in moves {
      for (element, weight) in line.weights {
        moved[element.leaf][element.position] =
          moved[element.leaf][element.position] + DoubleDouble(weight) * DoubleDouble(offset)
      }
    }
    let values = try sample(moved)
    if known.count >= Self.mostKnown { known = [:] }
    known[key] = .some(values)
    return values
  }
}
