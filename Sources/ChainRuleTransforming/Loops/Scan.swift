import ChainRuleCore
import Foundation

/// Carries values through the rows of sequences: `next, output = body(carried, row)` for each row, in order.
///
/// ```swift
/// let sums = try scan(over: [xs], from: [start]) { carry, x in
///   let sum = carry[0] + x[0]
///   return ([sum], [sum])
/// }.outputs[0]
/// ```
/// The body is recorded once, whatever the number of rows, and may read nodes of the same graph. Gradients of every
/// order, forward mode and programs follow from it. Time: a step of the body for each row, and for the gradient a step
/// back for each. Memory: the carried values of every row (`levels: 1`); with `levels: 2` those of about 2√n rows, for
/// one more forward pass in the gradient; with k levels those of about k·n^(1/k).
///
/// - Parameters:
///   - sequences: nodes of shapes `[n, …]` with one n; the body sees a row of each, of shape `[…]`.
///   - start: what is carried into the first step.
///   - reversed: whether the last row comes first; outputs stay at the place of their row.
///   - body: what to carry on, of the shapes of `start`, and what to give out.
/// - Returns: what is carried after the last row, and what the steps gave, along an axis of rows: `[n, …]`.
/// - Throws: sequences of different lengths; a body that returns other shapes than it was given; its own mistakes.
public func scan(
  over sequences: [Node], from start: [Node], reversed: Bool = false, levels: Int = 1,
  _ body: (_ carried: [Node], _ rows: [Node]) throws -> (next: [Node], outputs: [Node])
) throws -> (last: [Node], outputs: [Node]) {
  guard let graph = (sequences + start).first?.graph, let first = sequences.first else {
    throw ChainRuleError(
      .value, in: "scan", required: "at least one sequence", got: "none", hint: "Use scan(count:from:) without one.")
  }
  for node in sequences + start { if let error = node.error { throw error } }
  guard first.shape.rank > 0, sequences.allSatisfy({ $0.shape.rank > 0 && $0.shape[0] == first.shape[0] }) else {
    throw ChainRuleError(
      .shape, in: "scan", required: "sequences of one length along their first axis",
      got: sequences.map(\.shape.description).joined(separator: ", "))
  }
  let recorder = ScanRecorder(graph: graph, length: first.shape[0], isReversed: reversed)
  return try recorder.record(sequences, start, levels: levels, body)
}

/// The same over one sequence.
/// - Throws: as the other one.
public func scan(
  over sequence: Node, from start: [Node], reversed: Bool = false, levels: Int = 1,
  _ body: (_ carried: [Node], _ row: Node) throws -> (next: [Node], outputs: [Node])
) throws -> (last: [Node], outputs: [Node]) {
  try scan(over: [sequence], from: start, reversed: reversed, levels: levels) { try body($0, $1[0]) }
}

/// The same a number of times; the body is given the step's number, from 0, as a number of shape `[]`.
/// - Throws: as the other one; a count below 0.
public func scan(
  count: Int, from start: [Node], levels: Int = 1,
  _ body: (_ carried: [Node], _ step: Node) throws -> (next: [Node], outputs: [Node])
) throws -> (last: [Node], outputs: [Node]) {
  guard let graph = start.first?.graph else {
    throw ChainRuleError(.value, in: "scan", required: "something to carry", got: "nothing")
  }
  guard count >= 0, count <= 1 << 26 else {
    throw ChainRuleError(
      .value, in: "scan", required: "a count from 0 to \(1 << 26)", got: "\(count)", hint: "Put one scan into another.")
  }
  let numbers = try Tensor.unwritten([count], .float64), places = numbers.memory.assumingMemoryBound(to: Double.self)
  for place in 0..<count { places[place] = Double(place) }
  return try scan(over: graph.constant(numbers), from: start, levels: levels, body)
}

/// Records scans of one length.
private struct ScanRecorder {
  typealias Body = ([Node], [Node]) throws -> (next: [Node], outputs: [Node])
  let graph: Graph
  let length: Int
  let isReversed: Bool

  func record(_ sequences: [Node], _ start: [Node], levels: Int, _ body: Body) throws -> (
    last: [Node], outputs: [Node]
  ) {
    guard levels >= 1 else {
      throw ChainRuleError(.value, in: "scan", required: "at least one level", got: "\(levels)")
    }
    let (function, captured) = try captured(sequences, start, body)
    return try Self.recorded(function, captured, sequences, start, length, isReversed, levels)
  }

  private func captured(_ sequences: [Node], _ start: [Node], _ body: Body) throws -> (Subgraph, [Node]) {
    for node in start where node.elementType == .int32 {
      throw ChainRuleError(
        .value, in: "scan", required: "numbers to carry", got: "indices", hint: "Let the body turn numbers to indices.")
    }
    let rows = sequences.map { Subgraph.Signature($0.shape.row, isIndex: $0.elementType == .int32) }
    let names = start.map { $0.label ?? "" } + sequences.map { $0.label.map { "\($0)[t]" } ?? "" }
    let (function, captured) = try graph.capture(
      "scan", start.map { Subgraph.Signature($0) } + rows, names: names
    ) { nodes in
      let (next, outputs) = try body(Array(nodes[..<start.count]), Array(nodes[start.count...]))
      try Loop.checkCarried("scan", next, like: start)
      for node in outputs where node.error == nil && node.elementType == .int32 {
        throw ChainRuleError(.value, in: "scan", required: "numbers to give out", got: "indices")
      }
      return next + outputs
    }
    // What the body transposes and does not change is transposed before the first step.
    let first = function.inputs.count - captured.count
    let (turning, turned) = function.turningFactors(first..<function.inputs.count)
    return (turning, captured + turned.map { captured[$0 - first].transposed() })
  }

  /// With one level a loop that stores what it carries; with more a loop over stretches, each of which is a loop that is
  /// made again when the gradient needs it.
  private static func recorded(
    _ body: Subgraph, _ captured: [Node], _ sequences: [Node], _ start: [Node], _ length: Int, _ isReversed: Bool,
    _ levels: Int
  ) throws -> (last: [Node], outputs: [Node]) {
    let graph = start.first?.graph ?? sequences[0].graph
    // Each level has as many rows: the k-th root of them all in a stretch, the rest of the levels for the stretches.
    let inner = levels > 1 ? Swift.max(2, Int(pow(Double(length), 1 / Double(levels)).rounded(.up))) : length
    guard levels > 1, inner < length else {
      let loop = try Loop(
        name: "scan", body: body, length: length, carries: start.count, sequences: sequences.count,
        isReversed: isReversed)
      let output = graph.record(loop, start + sequences + captured)
      if let error = output.error { throw error }
      return (
        loop.carried.map { loop.last($0, of: output) },
        (0..<loop.given.count).map { loop.rows($0, of: output) }
      )
    }
    // The number of whole stretches, and what is left before or after them in the order of the steps.
    let whole = length / inner, rest = length - whole * inner
    func part(_ node: Node, _ range: Range<Int>) -> Node { node[range] }
    let (middle, odd) = isReversed ? (rest..<length, 0..<rest) : (0..<length - rest, length - rest..<length)
    let folded = sequences.map { node in
      part(node, middle).reshaped(to: Shape([whole, inner] + node.shape.row.dimensions))
    }
    let outer = try scan(over: folded, from: start, reversed: isReversed, levels: levels - 1) { carried, rows in
      let made = try recorded(body, captured, rows, carried, inner, isReversed, 1)
      return (made.last, made.outputs)
    }
    let unfolded = outer.outputs.map { $0.reshaped(to: Shape([whole * inner] + $0.shape.row.row.dimensions)) }
    guard rest > 0 else { return (outer.last, unfolded) }
    let tail = try recorded(body, captured, sequences.map { part($0, odd) }, outer.last, rest, isReversed, 1)
    return (
      tail.last, zip(unfolded, tail.outputs).map { isReversed ? concatenate([$1, $0]) : concatenate([$0, $1]) }
    )
  }
}

extension Loop {
  /// What is carried on must be like what was carried in.
  static func checkCarried(_ origin: String, _ next: [Node], like start: [Node]) throws {
    for node in next { if let error = node.error { throw error } }
    guard next.map(\.shape) == start.map(\.shape), next.allSatisfy({ $0.elementType != .int32 }) else {
      throw ChainRuleError(
        .shape, in: origin,
        required: "to carry on what was carried in: "
          + (start.isEmpty ? "nothing" : start.map(\.shape.description).joined(separator: ", ")),
        got: next.isEmpty ? "nothing" : next.map { "\($0.shape) of \($0.elementType)" }.joined(separator: ", "),
        hint: "The body returns the carried values of the next step first, in the order of from:.")
    }
  }
}
