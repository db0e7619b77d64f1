import ChainRuleCore

/// Series of what solves an equation, coefficient by coefficient.
///
/// Of r(x(t), p(t)) = 0 the coefficient of tᵏ is linear in xₖ: J·xₖ + rₖ = 0, where J = ∂r/∂x at t = 0 and rₖ is what the
/// residual has there with the lower coefficients of x and none of tᵏ. So each takes one solve with the same J.
extension Subgraph {
  /// - Parameters:
  ///   - output: the solution, the first input of this residual.
  ///   - read: its other inputs, and for each of them its coefficients, or `nil` where it does not move.
  ///   - solve: xₖ from rₖ and k.
  fileprivate func solvedSeries(
    _ output: Node, _ read: [Node], _ rows: [[Node]?], order: Int, _ solve: (_ rest: Node, _ k: Int) throws -> Node
  ) throws -> [Node] {
    let graph = output.graph, moving = [true] + rows.map { $0 != nil }
    let zero = graph.constant(0 as Double).broadcast(to: output.shape)
    var found = [output]
    for k in 1..<order + 1 {
      let higher = (1..<k + 1).flatMap { j in [j < k ? found[j] : zero] + rows.compactMap { $0?[j] } }
      let rest = try series(moving, order: k).record(in: graph, [output] + read + higher)[k]
      if let error = rest.error { throw error }
      let next = try solve(rest, k)
      if let error = next.error { throw error }
      found.append(next)
    }
    return found
  }
}

extension ImplicitSolution: SeriesPrimitive {
  func series(_ rows: [[Node]?], of output: Node, order: Int) throws -> [Node] {
    let read = Array(output.inputs.dropFirst()), own = Array(rows.dropFirst())
    guard own.contains(where: { $0 != nil }) else {
      // Where the search begins does not move the solution.
      let zero = output.graph.constant(0 as Double).broadcast(to: output.shape)
      return [output] + (0..<order).map { _ in zero }
    }
    let forth = try residual.tangent(residual.inputs.indices.map { $0 == 0 })
    return try residual.solvedSeries(output, read, own, order: order) { rest, _ in
      try solveLinear(-rest, tolerance: tolerance) { v in forth.record(in: v.graph, [output] + read + [v])[1] }
    }
  }
}

extension LinearSolve: SeriesPrimitive {
  /// A(t)·x(t) = b(t): A·xₖ = bₖ − (what A has at tᵏ with the lower coefficients of x).
  func series(_ rows: [[Node]?], of output: Node, order: Int) throws -> [Node] {
    let read = Array(output.inputs.dropFirst())
    return try map.solvedSeries(output, read, Array(rows.dropFirst()), order: order) { rest, k in
      output.graph.record(self, [rows[0].map { $0[k] - rest } ?? -rest] + read)
    }
  }
}
