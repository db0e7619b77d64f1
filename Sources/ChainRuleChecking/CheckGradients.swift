import ChainRuleCore

/// Which elements a check moves.
public enum CheckMode: Sendable, Hashable {
  /// Every element of every node on its own: the whole Jacobian.
  case full
  /// Random directions in which all elements move at once. Cheap for large inputs: every element takes part, but an
  /// error in few elements of many is seen only as far as it shows in the sum, and no element is named.
  case directions(Int, seed: UInt64 = 1)
}

/// Checks the gradients of a node against function values alone, element by element.
///
/// ```swift
/// let report = try checkGradients(of: f, withRespectTo: [x, y, z])
/// #expect(report.verdict == .agree, "\(report)")
/// ```
///
/// The numeric side is a Richardson extrapolation of differences in double precision with an error bar of its own; a
/// `.single` graph is checked in its double twin. Nothing recorded here stays in the graph, no assigned value changes.
///
/// - Parameters:
///   - output: any node; each of its elements is checked (with random directions, a random weighting of them).
///   - nodes: inputs, parameters or computed nodes.
///   - order: 1 for gradients, 2 adds second and 3 third derivatives (of a single number).
///   - claims: expected numbers by element name (`"W2[0][1]": -0.029`), judged to the digits they are written with.
///   - resolution: the largest error bar, relative to the derivative, with which an agreement counts as one.
/// - Throws: when the output has no value, a node cannot move, or a claim names no element.
public func checkGradients(
  of output: Node, withRespectTo nodes: [Node], order: Int = 1, mode: CheckMode = .full,
  claiming claims: [String: Double] = [:], resolution: Double = 1e-6
) throws -> GradientReport {
  guard (1...3).contains(order) else {
    throw ChainRuleError(.value, in: "checkGradients", required: "order 1, 2 or 3", got: "\(order)")
  }
  if case .directions(let count, _) = mode, count < 1 {
    throw ChainRuleError(.value, in: "checkGradients", required: "at least one direction", got: "\(count)")
  }
  if case .directions = mode, output.shape.elementCount > 1 {  // one pass for all elements, not one for each
    return try output.graph.scope { () throws -> GradientReport in
      let total = output.weightedSum(seed: 13).named(
        "a weighted sum of \(output.graph.name(of: try output.graph.resolve(output)))")
      let check = try GradientCheck(output: total, nodes: nodes, resolution: resolution)
      return try check.report(order: order, mode: mode, claims: claims)
    }
  }
  let check = try GradientCheck(output: output, nodes: nodes, resolution: resolution)
  return try check.report(order: order, mode: mode, claims: claims)
}

/// One check in progress: the graph (in double precision), the output and the nodes that are moved.
final class GradientCheck {
  let graph: Graph
  let output: Node
  let nodes: [Node]
  let resolution: Double
  let evaluation: PerturbedEvaluation
  /// Whether programs are held against evaluation, too: not where one primitive is looked at alone to find who is wrong.
  var comparesPrograms = true
  /// What else is held against evaluation.
  var engine: (any Engine)?
  var entries: [GradientReport.Entry] = []
  var opinions: [GradientReport.Opinion] = []
  /// The random directions of the rows that are named by them.
  var namedDirections: [String: [[Double]]] = [:]
  /// Whether primitives on the way do not tell how they round; the noise along lines by the names of these.
  private(set) lazy var hasOwnPrimitives = graph.hasOwnPrimitives(below: output.id)
  var measuredNoises: [String: Double] = [:]

  init(output: Node, nodes: [Node], resolution: Double) throws {
    let origin = "checkGradients"
    guard !nodes.isEmpty else {
      throw ChainRuleError(.value, in: origin, required: "at least one node to move", got: "none")
    }
    guard resolution > 0, resolution < 1 else {
      throw ChainRuleError(.value, in: origin, required: "a resolution between 0 and 1", got: "\(resolution)")
    }
    let source = output.graph
    let id = try source.resolve(output)
    if let error = source.failure(of: id) { throw error }
    var seen: Set<Int32> = []
    let ids = try nodes.map { try source.resolve($0) }.filter { seen.insert($0).inserted }
    for leaf in ids {
      if let error = source.failure(of: leaf) { throw error }
      guard !source.isIndex(leaf) else {
        throw ChainRuleError(
          .value, in: origin, required: "nodes with floating-point values", got: "the indices \(source.name(of: leaf))",
          hint: "Indices only choose; there is nothing to differentiate.")
      }
    }
    _ = try output.value()
    for node in nodes { _ = try node.value() }
    graph = source.precision == .double ? source : source.twin(in: .double, upTo: Swift.max(id, ids.max() ?? id))
    self.output = graph.node(id)
    self.nodes = ids.map { [graph] in graph.node($0) }
    self.resolution = resolution
    evaluation = try PerturbedEvaluation(graph: graph, output: id, leaves: ids)
  }

  /// The largest bar of an agreement, as a part of the derivative's size: each order costs digits.
  func resolution(order: Int) -> Double { resolution * (order == 1 ? 1 : order == 2 ? 10 : 1000) }

  func report(order: Int, mode: CheckMode, claims: [String: Double]) throws -> GradientReport {
    defer { graph.releaseHeldNodes() }
    var report = try measure(order: order, mode: mode, claims: claims)
    let isWrong = report.entries.contains { $0.verdict == .disagree && $0.alone != .claim }
    if isWrong || report.opinions.contains(where: { $0.verdict == .disagree }) {
      // A primitive that has no derivative of some order at its inputs cannot be held to it: nobody is blamed then.
      report.blame = (try? graph.firstWrongPrimitive(below: output, above: nodes, order: order)) ?? nil
    }
    return report
  }

  /// Everything but the blame.
  func measure(order: Int, mode: CheckMode, claims: [String: Double]) throws -> GradientReport {
    defer { evaluation.restore() }
    if order > 1 || mode != .full { try requireIndependence() }
    if evaluation.points.allSatisfy(\.isEmpty) || evaluation.base.isEmpty {
      let reason = evaluation.base.isEmpty ? "the output has no elements" : "the nodes have no elements to move"
      opinions.append(.init(.coverage, .inconclusive, reason))
    } else if let random = graph.firstRandomNode(below: output.id) {
      undecided(
        .determinism, because: "\(random) gives another value each time it is computed; a fixed seed would decide")
    } else if evaluation.base.contains(where: { !$0.isFinite }) {
      undecided(.value, because: "the output is not finite here; a point where it is would decide")
    } else {
      let rows = try rows()
      try firstOrder(rows, mode)
      opinions.append(try determinism())
      try compareModes(rows)
      if comparesPrograms { try comparePrograms() }
      if order > 1 { try higherOrders(upTo: order, mode) }
      try confirmPrecisely(rows)
    }
    for number in entries.indices { entries[number].advise() }
    var report = GradientReport(
      subject: graph.name(of: output.id), order: order, entries: entries, opinions: opinions, blame: nil,
      coverage: coverage(mode), resolution: resolution)
    try report.judge(claims.map { .init($0.key, $0.value) })
    return report
  }

  /// After many evaluations elsewhere the output must be what it was: a primitive may keep a state of its own.
  private func determinism() throws -> GradientReport.Opinion {
    try evaluation.repeatsItself()
      ? .init(.determinism, .agree, "two evaluations agree bit for bit")
      : .init(
        .determinism, .inconclusive,
        "the output is another one when it is computed again: some primitive keeps a state; a primitive without one "
          + "would decide")
  }

  /// Nodes that move together must be free to: a node computed from another one has no value of its own to move.
  private func requireIndependence() throws {
    guard let (above, below) = graph.firstDependence(among: nodes.map(\.id)) else { return }
    throw ChainRuleError(
      .value, in: "checkGradients", required: "nodes that move on their own, for higher orders and random directions",
      got: "\(graph.name(of: above)), which is computed from \(graph.name(of: below))",
      hint: "Check one of them at a time.")
  }

  /// One backward pass per output element, read for values, sizes and noise.
  func rows() throws -> [RoundoffBound] {
    try evaluation.base.indices.map { row in
      try graph.scope { () throws -> RoundoffBound in try RoundoffBound(pass(row), leaves: nodes) }
    }
  }

  /// The backward pass of one output element.
  func pass(_ row: Int) -> Gradients {
    guard output.shape.rank > 0 else { return graph.backward(from: output, upstream: nil, wanted: nodes.map(\.id)) }
    var unit = [Double](repeating: 0, count: evaluation.base.count)
    unit[row] = 1
    let upstream = graph.constant(Tensor(shape: output.shape, unit))
    return graph.backward(from: output, upstream: upstream, wanted: nodes.map(\.id))
  }

  // MARK: Names

  func name(_ leaf: Int, _ position: Int) -> String {
    graph.name(of: nodes[leaf].id) + evaluation.shape(of: leaf).subscripts(of: position)
  }

  /// The output's elements by name; nothing for a single number.
  private(set) lazy var outputNames = evaluation.base.indices.map { row in
    output.shape.rank == 0 ? "" : graph.name(of: output.id) + output.shape.subscripts(of: row)
  }

  /// Entries for what could not be checked at all.
  private func undecided(_ kind: GradientReport.Opinion.Kind, because reason: String) {
    opinions.append(.init(kind, .inconclusive, reason))
    for leaf in nodes.indices {
      for position in evaluation.points[leaf].indices {
        entries.append(.init(name: name(leaf, position), note: reason))
      }
    }
  }
}

extension GradientReport.Entry {
  /// A row without numbers yet.
  init(name: String, output: String = "", order: Int = 1, note: String = "") {
    self.init(
      name: name, output: output, order: order, autodiff: .nan, numeric: .nan, error: .infinity, relativeError: .nan,
      verdict: .inconclusive, step: 0, stencil: .central, condition: .nan, kink: nil, claimed: nil, alone: nil,
      note: note)
  }
}

extension Shape {
  /// A row-major position as it is written after a name: `[0][1]`; nothing for a single number.
  package func subscripts(of position: Int) -> String {
    var rest = position, text = ""
    for step in strides {
      text += "[\(rest / Swift.max(step, 1))]"
      rest %= Swift.max(step, 1)
    }
    return text
  }
}
