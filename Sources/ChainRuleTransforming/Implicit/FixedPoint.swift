import ChainRuleCore

/// The x with x = g(x, p), found by iterating g, differentiated by the implicit function theorem.
///
/// ```swift
/// // The square root of a: the fixed point of Newton's rule.
/// let root = try fixedPoint(from: x0, parameters: [a]) { x, p in (x + p[0] / x) / 2 }
/// ```
/// The iterations are not recorded: memory and the time of the gradient do not depend on their number. What the function
/// reads beside its parameters has its gradient, too; where the search begins has none.
/// - Parameters:
///   - start: where to begin; the solution has its shape.
///   - tolerance: the step that is small enough, beside x (at least 10⁻⁶ in single precision).
///   - iterations: the most steps.
///   - function: the next x, of the same shape.
/// - Throws: a function of another shape. Reading the value throws where the iteration does not converge, with its last
///   step.
public func fixedPoint(
  from start: Node, parameters: [Node] = [], tolerance: Double = 1e-13, iterations: Int = 10_000,
  _ function: (_ x: Node, _ parameters: [Node]) throws -> Node
) throws -> Node {
  try solution("fixedPoint", start, parameters, .iteration, tolerance, iterations) { x, p in x - (try function(x, p)) }
}

/// The x with f(x, p) = 0, found by Newton's method, differentiated by the implicit function theorem.
///
/// ```swift
/// let x = try root(from: x0, parameters: [a]) { x, p in x * x - p[0] }
/// ```
/// - Parameters:
///   - start: where to begin; a residual has its shape.
///   - tolerance: the step that is small enough, beside x.
///   - iterations: the most steps of Newton's method.
///   - function: the residual, of the shape of x.
/// - Throws: a residual of another shape. Reading the value throws where Newton's method does not converge.
public func root(
  from start: Node, parameters: [Node] = [], tolerance: Double = 1e-13, iterations: Int = 200,
  _ function: (_ x: Node, _ parameters: [Node]) throws -> Node
) throws -> Node {
  try solution("root", start, parameters, .newton, tolerance, iterations, function)
}

/// The x at which f(x, p) is least, found by Newton's method, differentiated by the implicit function theorem.
///
/// ```swift
/// let w = try argmin(from: w0, parameters: [λ]) { w, p in square(x.matmul(w) - y).sum() + p[0] * square(w).sum() }
/// ```
/// - Parameters:
///   - start: where to begin.
///   - tolerance: the step that is small enough, beside x.
///   - iterations: the most steps.
///   - function: one number.
/// - Throws: a function that is no single number, or does not depend on x. Reading the value throws where the search
///   does not converge.
public func argmin(
  from start: Node, parameters: [Node] = [], tolerance: Double = 1e-13, iterations: Int = 200,
  _ function: (_ x: Node, _ parameters: [Node]) throws -> Node
) throws -> Node {
  if let error = start.error { throw error }
  let (objective, read) = try start.graph.capture(
    "argmin", [Subgraph.Signature(start)] + parameters.map { Subgraph.Signature($0) }
  ) { nodes in
    let value = try function(nodes[0], Array(nodes.dropFirst()))
    if let error = value.error { throw error }
    guard value.shape.rank == 0 else {
      throw ChainRuleError(
        .shape, in: "argmin", required: "one number to minimize", got: "shape \(value.shape)", hint: "Take a sum.")
    }
    return [value]
  }
  if let reason = objective.reasonForNoGradient(0) {
    throw ChainRuleError(.gradient, in: "argmin", required: "a function of x", got: "no path from it: \(reason)")
  }
  let asked = objective.inputs.indices.map { $0 == 0 }
  let gradient = try objective.pullback(asked, arriving: [true])
  let residual = try objective.cached("gradient") {
    try Subgraph.made("argmin", objective.inputs) { graph, nodes in gradient.record(in: graph, nodes + [graph.one]) }
  }
  let solution = ImplicitSolution(
    name: "argmin", residual: residual, search: .descent(objective), tolerance: tolerance, bound: iterations)
  return try recorded(solution, [start] + parameters + read)
}

/// The x at which f(x, p) is least among those with c(x, p) = 0: a root of the Karush–Kuhn–Tucker conditions.
///
/// ```swift
/// let p = try argmin(from: p0, subjectTo: { p, _ in p.sum() - 1 }) { p, _ in (p * log(p)).sum() }
/// ```
/// - Parameters:
///   - start: where to begin.
///   - constraint: what must be 0: one number, or several of shape `[m]`.
///   - function: one number.
/// - Throws: as the one without constraints; constraints of more than one axis.
public func argmin(
  from start: Node, parameters: [Node] = [], tolerance: Double = 1e-13, iterations: Int = 200,
  subjectTo constraint: (_ x: Node, _ parameters: [Node]) throws -> Node,
  _ function: (_ x: Node, _ parameters: [Node]) throws -> Node
) throws -> Node {
  if let error = start.error { throw error }
  let graph = start.graph, count = start.shape.elementCount, shape = start.shape
  let first = try graph.scope { () throws -> Shape in
    let value = try constraint(start, parameters)
    if let error = value.error { throw error }
    return value.shape
  }
  guard first.rank <= 1 else {
    throw ChainRuleError(.shape, in: "argmin", required: "constraints of shape [m]", got: "shape \(first)")
  }
  // x and one multiplier for each constraint, in one.
  let zeros = graph.constant(Tensor(shape: [first.elementCount], repeating: 0))
  let joined = concatenate([start.reshaped(to: [count]), zeros])
  let found = try root(from: joined, parameters: parameters, tolerance: tolerance, iterations: iterations) { z, p in
    let x = z[0..<count].reshaped(to: shape), multipliers = z[count...]
    let bound = try constraint(x, p).reshaped(to: [first.elementCount])
    let lagrangian = try function(x, p) + (multipliers * bound).sum()
    if let error = lagrangian.error { throw error }
    guard lagrangian.shape.rank == 0 else {
      throw ChainRuleError(
        .shape, in: "argmin", required: "one number to minimize", got: "shape \(lagrangian.shape)", hint: "Take a sum.")
    }
    return try lagrangian.gradients(withRespectTo: [z])[0]
  }
  return found[0..<count].reshaped(to: shape)
}

/// Records a solution of `residual(x, p) = 0`.
private func solution(
  _ name: String, _ start: Node, _ parameters: [Node], _ search: ImplicitSolution.Search, _ tolerance: Double,
  _ iterations: Int, _ residual: (Node, [Node]) throws -> Node
) throws -> Node {
  if let error = start.error { throw error }
  let (function, read) = try start.graph.capture(
    name, [Subgraph.Signature(start)] + parameters.map { Subgraph.Signature($0) },
    names: ["x"] + parameters.map { $0.label ?? "" }
  ) { nodes in
    let value = try residual(nodes[0], Array(nodes.dropFirst()))
    if let error = value.error { throw error }
    guard value.shape == start.shape else {
      throw ChainRuleError(
        .shape, in: name, required: "a value of the shape \(start.shape) of where the search begins",
        got: "shape \(value.shape)")
    }
    return [value]
  }
  let solution = ImplicitSolution(
    name: name, residual: function, search: search, tolerance: tolerance, bound: iterations)
  return try recorded(solution, [start] + parameters + read)
}

private func recorded(_ solution: ImplicitSolution, _ inputs: [Node]) throws -> Node {
  guard solution.tolerance > 0, solution.bound > 0 else {
    throw ChainRuleError(
      .value, in: solution.name, required: "a tolerance above 0 and at least one iteration",
      got: "\(Tensor.digits(solution.tolerance)) and \(solution.bound)")
  }
  let node = inputs[0].graph.record(solution, inputs)
  if let error = node.error { throw error }
  return node
}
