import ChainRuleCore

/// How a system is solved without a matrix.
public enum SolveMethod: Sendable, Hashable {
  /// Generalized minimal residuals: any map that has an inverse.
  case gmres
  /// Conjugate gradients: symmetric positive definite maps.
  case conjugateGradients
}

/// x with A·x = b, where A is a linear function of nodes.
///
/// Its inputs are b and what the function reads. ∂b = A⁻ᵀ·upstream is a solve with the transposed function, and the
/// gradient of what it reads follows from A·x = b: −(∂A·x)ᵀ·∂b (Giles 2008).
struct LinearSolve: JointPrimitive {
  let name = "solve"
  /// A·v: a function of v, then of what it reads.
  let map: Subgraph
  let method: SolveMethod
  let tolerance: Double
  let bound: Int

  func shape(of inputs: [Shape]) throws -> Shape {
    try map.check(inputs, in: name)
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    let type: ElementType = inputs[0].elementType == .float32 ? .float32 : .float64
    let values = zip(inputs, map.inputs).map { $0.converted(to: $1.isIndex ? .int32 : type) }
    let program = try map.program(type), shape = inputs[0].shape
    let solver = Krylov(name: name, tolerance: type == .float64 ? tolerance : Swift.max(tolerance, 1e-6), bound: bound)
    {
      try program.run([Tensor(shape: shape, $0).converted(to: type)] + values.dropFirst())[0].scalars
    }
    let b = values[0].scalars
    let x = try method == .gmres ? solver.gmres(b) : solver.conjugateGradients(b)
    return Tensor(shape: shape, x).converted(to: type)
  }

  func reasonForNoGradient(withRespectTo index: Int, inputs: [Node]) -> String? {
    index == 0 ? nil : map.reasonForNoGradient(index)
  }

  func pullback(_ upstream: Node, of output: Node, inputs: [Node], wanted: [Bool]) throws -> [Node?] {
    let graph = output.graph, read = Array(inputs.dropFirst())
    let back = LinearSolve(map: try transposed(), method: method, tolerance: tolerance, bound: bound)
    let right = graph.record(back, [upstream] + read)
    var gradients = [Node?](repeating: nil, count: inputs.count)
    if wanted[0] { gradients[0] = right }
    let asked = inputs.indices.map { $0 > 0 && wanted[$0] }
    guard asked.contains(true) else { return gradients }
    let found = try map.pullback(asked, arriving: [true]).record(in: graph, [output] + read + [-right])
    for (place, node) in zip(asked.indices.filter { asked[$0] }, found) { gradients[place] = node }
    return gradients
  }

  func pushforward(_ tangents: [Node?], of output: Node, inputs: [Node]) throws -> Node? {
    let graph = output.graph, moving = tangents.indices.map { $0 > 0 && tangents[$0] != nil }
    var right = tangents[0]
    if moving.contains(true) {
      let all = try map.tangent(moving).record(
        in: graph, [output] + inputs.dropFirst() + tangents.dropFirst().compactMap { $0 })
      right = right.map { $0 - all[1] } ?? -all[1]
    }
    return right.map { graph.record(self, [$0] + inputs.dropFirst()) }
  }

  /// Aᵀ·u as a function of u, then of what A reads.
  private func transposed() throws -> Subgraph {
    try map.cached("transpose") {
      let pullback = try map.pullback(map.inputs.indices.map { $0 == 0 }, arriving: [true])
      return try Subgraph.made(name, map.inputs) { graph, nodes in
        let zeros = graph.constant(0 as Double).broadcast(to: nodes[0].shape)
        return pullback.record(in: graph, [zeros] + nodes.dropFirst() + [nodes[0]])
      }
    }
  }
}

/// The x with A·x = b for a linear function A that is never formed.
///
/// ```swift
/// let x = try solveLinear(b, method: .conjugateGradients) { v in k.matmul(v) + noise * v }
/// ```
/// Gradients of every order with respect to b and to whatever the function reads; each is a solve, too. Time: one
/// evaluation of the function for each iteration.
/// - Parameters:
///   - b: the right side, of any shape.
///   - tolerance: the residual that is small enough, as a share of b (at least 10⁻⁶ in single precision); a thousand times
///     as much will do where rounding lets nothing better come.
///   - iterations: the most steps.
///   - map: a linear function, whose value has the shape of b.
/// - Throws: a function of another shape. Reading the value throws where the system cannot be solved to the tolerance.
public func solveLinear(
  _ b: Node, method: SolveMethod = .gmres, tolerance: Double = 1e-15, iterations: Int = 10_000,
  _ map: (Node) throws -> Node
) throws -> Node {
  if let error = b.error { throw error }
  guard tolerance > 0, iterations > 0 else {
    throw ChainRuleError(
      .value, in: "solveLinear", required: "a tolerance above 0 and at least one iteration",
      got: "\(Tensor.digits(tolerance)) and \(iterations)")
  }
  let (function, read) = try b.graph.capture("solveLinear", [Subgraph.Signature(b)]) { [try map($0[0])] }
  guard function.results[0].shape == b.shape else {
    throw ChainRuleError(
      .shape, in: "solveLinear", required: "a function whose value has the shape \(b.shape) of the right side",
      got: "shape \(function.results[0].shape)")
  }
  let solve = LinearSolve(map: function, method: method, tolerance: tolerance, bound: iterations)
  let x = b.graph.record(solve, [b] + read)
  if let error = x.error { throw error }
  return x
}
