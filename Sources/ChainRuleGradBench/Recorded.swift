import ChainRule

/// A recorded function of one tensor, at a point: what most evals ask for.
struct Recorded {
  let x: Node, point: Tensor
  /// The function's value, and the number of which the gradient is wanted.
  let value: Node, objective: Node

  init(_ x: Node, at point: Tensor, value: Node, objective: Node? = nil) {
    (self.x, self.point, self.value, self.objective) = (x, point, value, objective ?? value)
  }

  func primal(_ threads: Int) throws -> Evaluation { try evaluation(value, threads) }

  func gradient(_ threads: Int) throws -> Evaluation {
    try evaluation(try objective.gradients(withRespectTo: [x])[0], threads)
  }

  private func evaluation(_ node: Node, _ threads: Int) throws -> Evaluation {
    try Evaluation([node], of: [(x, point)], threads: threads) {
      $0[0].shape.rank == 0 ? .number(try $0[0].scalar()) : .numbers($0[0].scalars)
    }
  }
}
