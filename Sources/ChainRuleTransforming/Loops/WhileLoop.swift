import ChainRuleCore

/// Goes on while a condition holds: `carried = body(carried)`.
///
/// ```swift
/// // The square root of a by Newton's rule, to the last digit.
/// let root = try whileLoop(from: [a], bound: 60, while: { abs($0[0] * $0[0] - a) / a - 1e-15 }) { [0.5 * ($0[0] + a / $0[0])] }[0]
/// ```
/// Its gradient is that of the steps that were made; the condition has none. Memory: the carried values of `bound`
/// steps.
///
/// - Parameters:
///   - start: what is carried into the first step; the condition is asked before it.
///   - bound: the most steps that there may be, which the gradient needs room for; more are an error.
///   - condition: a node of shape `[]` that is greater than 0 to go on: `10 - $0[0]`, or a comparison.
///   - body: what to carry on, of the shapes of `start`.
/// - Throws: a body that returns other shapes; a condition that is no single number; a bound below 0. Reading the value
///   throws where the loop does not end within the bound.
public func whileLoop(
  from start: [Node], bound: Int, while condition: (_ carried: [Node]) throws -> Node,
  _ body: (_ carried: [Node]) throws -> [Node]
) throws -> [Node] {
  guard let graph = start.first?.graph else {
    throw ChainRuleError(.value, in: "whileLoop", required: "something to carry", got: "nothing")
  }
  for node in start { if let error = node.error { throw error } }
  guard bound >= 0, bound < 1 << 31 else {
    throw ChainRuleError(.value, in: "whileLoop", required: "a bound of at least 0 that fits memory", got: "\(bound)")
  }
  func goesOn(_ carried: [Node]) throws -> Node {
    let node = try condition(carried)
    if let error = node.error { throw error }
    guard node.shape.rank == 0, node.elementType != .int32 else {
      throw ChainRuleError(
        .shape, in: "whileLoop", required: "a condition of one number", got: "shape \(node.shape)",
        hint: "Use max(), min() or sum() for all elements.")
    }
    return greater(node.stoppingGradient(), 0)
  }
  let (function, captured) = try graph.capture(
    "whileLoop", start.map { Subgraph.Signature($0) }, names: start.map { $0.label ?? "" }
  ) { carried in
    let next = try body(carried)
    try Loop.checkCarried("whileLoop", next, like: start)
    return next + [try goesOn(next)]
  }
  let loop = try Loop(
    name: "whileLoop", body: function, length: bound, carries: start.count, sequences: 0, ending: .condition)
  let output = graph.record(loop, [try goesOn(start)] + start + captured)
  if let error = output.error { throw error }
  return loop.carried.map { loop.last($0, of: output) }
}
