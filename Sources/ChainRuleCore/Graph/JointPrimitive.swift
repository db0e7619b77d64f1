/// Refinement: the gradients with respect to all inputs are made together, where they share work: a loop, a solve, a
/// function with a gradient of one's own.
///
/// Backward asks once for all inputs that are wanted, forward mode pushes all tangents at once. The local gradient by a
/// single input follows from both.
public protocol JointPrimitive: Primitive {
  /// Upstream pulled back to every wanted input, in nodes of the inputs' shapes; `nil` where no gradient flows.
  /// - Throws: where the gradients cannot be recorded; backward then carries the mistake.
  func pullback(_ upstream: Node, of output: Node, inputs: [Node], wanted: [Bool]) throws -> [Node?]
  /// How the output moves with the inputs that have a tangent; `nil` where it does not.
  /// - Throws: where it cannot be recorded; forward mode then carries the mistake.
  func pushforward(_ tangents: [Node?], of output: Node, inputs: [Node]) throws -> Node?
  /// Why no gradient flows to an input at all, or `nil` where one may.
  func reasonForNoGradient(withRespectTo index: Int, inputs: [Node]) -> String?
}

extension JointPrimitive {
  public func reasonForNoGradient(withRespectTo index: Int, inputs: [Node]) -> String? { nil }

  public func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if let reason = reasonForNoGradient(withRespectTo: index, inputs: inputs) { return .none(reason: reason) }
    func zeros(_ shape: Shape) -> Node { output.graph.constant(0 as Double).broadcast(to: shape) }
    return .linear(
      apply: { tangent in
        output.graph.attempt(in: name) {
          let tangents = inputs.indices.map { $0 == index ? tangent : nil }
          return try pushforward(tangents, of: output, inputs: inputs) ?? zeros(output.shape)
        }
      },
      transpose: { upstream in
        output.graph.attempt(in: name) {
          let wanted = inputs.indices.map { $0 == index }
          return try pullback(upstream, of: output, inputs: inputs, wanted: wanted)[index] ?? zeros(inputs[index].shape)
        }
      })
  }
}
