import ChainRuleCore

/// A function of one example made a function of a batch of examples.
///
/// ```swift
/// let norms = try vectorized { x in (x * x).sum() }(batch)      // [n, d] → [n]
/// ```
/// The function is recorded once on an example; then each primitive is recorded for the whole batch, by the rule of its
/// kind: a matrix that all examples share is multiplied once. A primitive without a rule, one of your own perhaps, runs
/// example by example as a loop (`BatchedPrimitive` gives it one). What the function reads from outside is the same for
/// all examples.
/// - Parameters:
///   - axis: the axis of examples in the argument; it comes first in the result.
///   - function: from one example.
public func vectorized(over axis: Int = 0, _ function: @escaping (Node) throws -> Node) -> (Node) throws -> Node {
  let batched = vectorized(over: [axis]) { [try function($0[0])] }
  return { try batched([$0])[0] }
}

/// The same for a function of two arguments, both of them examples.
public func vectorized(over axis: Int = 0, _ function: @escaping (Node, Node) throws -> Node) -> (Node, Node) throws
  -> Node
{
  vectorized(over: (axis, axis), function)
}

/// The same for a function of two arguments, each with an axis of its own, or `nil` where all examples share it.
public func vectorized(
  over axes: (Int?, Int?), _ function: @escaping (Node, Node) throws -> Node
) -> (Node, Node) throws -> Node {
  let batched = vectorized(over: [axes.0, axes.1]) { [try function($0[0], $0[1])] }
  return { try batched([$0, $1])[0] }
}

/// The same for any number of arguments and results.
/// - Parameters:
///   - axes: for each argument the axis of examples, or `nil` where all examples share it.
///   - function: the results for one example.
/// - Returns: a function that throws where the arguments have no such axis or different numbers of examples.
public func vectorized(
  over axes: [Int?], _ function: @escaping (_ arguments: [Node]) throws -> [Node]
) -> (_ arguments: [Node]) throws -> [Node] {
  { arguments in
    guard arguments.count == axes.count, let graph = arguments.first?.graph else {
      throw ChainRuleError(
        .value, in: "vectorized", required: "\(axes.count) arguments, one at least", got: "\(arguments.count)")
    }
    let batch = try BatchedArguments(arguments, axes)
    let (body, captured) = try graph.capture(
      "vectorized", batch.signatures, names: arguments.map { $0.label ?? "" }, function)
    let isBatched = axes.map { $0 != nil } + captured.map { _ in false }
    return try body.recordBatch(in: graph, batch.nodes + captured, isBatched, size: batch.size)
  }
}

/// The gradient of each example's loss, not of their sum: what private training clips, and what tells examples apart.
///
/// ```swift
/// let gradients = try perExampleGradients(of: { x, y in loss(x, y) }, over: [xs, ys], withRespectTo: [w])
/// ```
/// - Parameters:
///   - loss: one number for one example.
///   - sequences: nodes whose first axis is that of the examples.
///   - nodes: what the examples share, read by the loss.
/// - Returns: for each of `nodes` the gradients of all examples, `[n] + shape`; zeros where no path leads.
/// - Throws: a loss that is no single number; sequences of different lengths.
public func perExampleGradients(
  of loss: @escaping (_ example: [Node]) throws -> Node, over sequences: [Node], withRespectTo nodes: [Node]
) throws -> [Node] {
  try vectorized(over: sequences.map { _ in 0 }) { example in
    let value = try loss(example)
    if let error = value.error { throw error }
    guard value.shape.rank == 0 else {
      throw ChainRuleError(
        .shape, in: "perExampleGradients", required: "a loss of one number for an example", got: "shape \(value.shape)",
        hint: "The loss sees one example, without an axis of examples.")
    }
    let graph = value.graph
    let gradients = graph.backward(from: value, upstream: nil, wanted: try nodes.map { try graph.resolve($0) })
    if let failure = gradients.failure { throw failure }
    return nodes.map { gradients[$0] ?? graph.constant(0 as Double).broadcast(to: $0.shape) }
  }(sequences)
}

/// The same for a loss of one sequence.
/// - Throws: as the other one.
public func perExampleGradients(
  of loss: @escaping (Node) throws -> Node, over sequences: [Node], withRespectTo nodes: [Node]
) throws -> [Node] {
  try requireCount(1, sequences)
  return try perExampleGradients(
    of: { (example: [Node]) in try loss(example[0]) }, over: sequences, withRespectTo: nodes)
}

/// The same for a loss of two sequences, such as inputs and targets.
/// - Throws: as the other one.
public func perExampleGradients(
  of loss: @escaping (Node, Node) throws -> Node, over sequences: [Node], withRespectTo nodes: [Node]
) throws -> [Node] {
  try requireCount(2, sequences)
  return try perExampleGradients(
    of: { (example: [Node]) in try loss(example[0], example[1]) }, over: sequences, withRespectTo: nodes)
}

private func requireCount(_ count: Int, _ sequences: [Node]) throws {
  guard sequences.count == count else {
    throw ChainRuleError(
      .value, in: "perExampleGradients", required: "\(count) sequences for a loss of \(count) arguments",
      got: "\(sequences.count)")
  }
}

/// Arguments with their axes of examples brought to the front.
private struct BatchedArguments {
  let nodes: [Node]
  let signatures: [Subgraph.Signature]
  let size: Int

  init(_ arguments: [Node], _ axes: [Int?]) throws {
    var nodes: [Node] = [], sizes: [Int] = []
    for (node, axis) in zip(arguments, axes) {
      if let error = node.error { throw error }
      guard let axis else {
        nodes.append(node)
        continue
      }
      let rank = node.shape.rank, place = axis < 0 ? axis + rank : axis
      guard (0..<rank).contains(place) else {
        throw ChainRuleError(
          .shape, in: "vectorized", required: "an axis \(axis) of examples", got: "shape \(node.shape)")
      }
      sizes.append(node.shape[place])
      nodes.append(place == 0 ? node : node.transposed([place] + (0..<rank).filter { $0 != place }))
    }
    guard let size = sizes.first, sizes.allSatisfy({ $0 == size }) else {
      throw ChainRuleError(
        .shape, in: "vectorized", required: "arguments with one number of examples",
        got: sizes.isEmpty ? "none" : "\(sizes)")
    }
    (self.nodes, self.size) = (nodes, size)
    signatures = zip(nodes, axes).map { node, axis in
      Subgraph.Signature(axis == nil ? node.shape : node.shape.row, isIndex: node.elementType == .int32)
    }
  }
}
