/// Whole derivatives, row by row or column by column, from backward and forward mode.
extension Node {
  /// ∂self/∂x of shape `self.shape + x.shape`; zero where no path leads.
  ///
  /// Rows come from backward passes, or columns from tangents when x has fewer elements than self.
  /// - Throws: the mistake of either node.
  public func jacobian(withRespectTo x: Node) throws -> Node {
    let (target, source) = (try graph.resolve(self), try graph.resolve(x))
    if let error = graph.failure(of: target) ?? graph.failure(of: source) { throw error }
    let (m, n) = (shape.elementCount, x.shape.elementCount)
    let result = Shape(shape.dimensions + x.shape.dimensions)
    if m == 0 || n == 0 { return graph.constant(Tensor(shape: result, repeating: 0)) }
    if n < m {
      let columns = try (0..<n).map { column in
        try tangent(pushing: [(x, graph.unit(column, shape: x.shape))]).reshaped(to: [m])
      }
      return stack(columns, axis: 1).reshaped(to: result)
    }
    let rows = graph.jacobianRows(of: self, withRespectTo: [x])[0]
    return stack(rows.map { $0.reshaped(to: [n]) }).reshaped(to: result)
  }

  /// The second derivatives of a single number: `result[i][j]` has shape `nodes[i].shape + nodes[j].shape`.
  /// - Throws: when this node has other than one element; the mistake of any of the nodes.
  public func hessian(withRespectTo nodes: [Node]) throws -> [[Node]] {
    let target = try graph.resolve(self)
    if let error = graph.failure(of: target) { throw error }
    guard shape.elementCount == 1 else {
      throw ChainRuleError(
        .gradient, in: "hessian", required: "a single number", got: "shape \(shape)",
        hint: "Take the Hessian of each element, or of a sum.")
    }
    for node in nodes { if let error = graph.failure(of: try graph.resolve(node)) { throw error } }
    let gradients = try gradientsOrZero(withRespectTo: nodes)
    return try gradients.enumerated().map { i, gradient in
      let banded = try nodes.map { try gradient.bandedJacobian(withRespectTo: $0) }
      let others = nodes.indices.filter { banded[$0] == nil }
      var rows = others.isEmpty ? [] : graph.jacobianRows(of: gradient, withRespectTo: others.map { nodes[$0] })[...]
      return nodes.indices.map { j in
        let lengths = Shape(nodes[i].shape.dimensions + nodes[j].shape.dimensions)
        guard let block = banded[j] ?? rows.popFirst().flatMap({ $0.isEmpty ? nil : stack($0) }) else {
          return graph.constant(Tensor(shape: lengths, repeating: 0))
        }
        return block.reshaped(to: lengths)
      }
    }
  }

  /// H·v: the derivative of the gradient along a direction, one node per entry of `nodes`, of its shape.
  ///
  /// It is forward mode over the backward pass, so the Hessian is never formed (Pearlmutter 1994).
  /// - Throws: when there is not one direction for each node, of its shape; the mistake of any of the nodes.
  public func hessianVectorProduct(
    withRespectTo nodes: [Node], along directions: [any TangentDirection]
  ) throws -> [Node] {
    guard nodes.count == directions.count else {
      throw ChainRuleError(
        .gradient, in: "hessianVectorProduct", required: "a direction for each of \(nodes.count) nodes",
        got: "\(directions.count)")
    }
    let pushed = directions.map { $0.node(in: graph) }
    return try gradientsOrZero(withRespectTo: nodes).map { try $0.tangent(pushing: Array(zip(nodes, pushed))) }
  }

  private func gradientsOrZero(withRespectTo nodes: [Node]) throws -> [Node] {
    let gradients = graph.backward(
      from: self, upstream: shape.rank == 0 ? nil : graph.constant(1 as Double).broadcast(to: shape),
      wanted: try nodes.map { try graph.resolve($0) })
    if let failure = gradients.failure { throw failure }
    return nodes.map { gradients[$0] ?? graph.constant(0 as Double).broadcast(to: $0.shape) }
  }
}

extension Graph {
  /// For each of `nodes` the gradients of every element of `output`, zero where no path leads.
  fileprivate func jacobianRows(of output: Node, withRespectTo nodes: [Node]) -> [[Node]] {
    let flat = output.reshaped(to: [output.shape.elementCount])
    // All elements first: every backward pass then starts right above the recorded graph.
    let elements = output.shape.rank == 0 ? [output] : (0..<output.shape.elementCount).map { flat[$0] }
    var rows = [[Node]](repeating: [], count: nodes.count)
    for element in elements {
      let gradients = backward(from: element, upstream: nil, wanted: nodes.compactMap(\.validID))
      for (position, node) in nodes.enumerated() {
        rows[position].append(gradients[node] ?? constant(0 as Double).broadcast(to: node.shape))
      }
    }
    return rows
  }

  /// A constant with a one at a row-major position and zeros elsewhere.
  package func unit(_ position: Int, shape: Shape) -> Node {
    var values = [Double](repeating: 0, count: shape.elementCount)
    values[position] = 1
    return constant(Tensor(shape: shape, values))
  }
}

/// The value and the gradient of a function of one tensor, in a graph of its own.
///
/// ```swift
/// let (value, slopes) = try valueAndGradient(at: Tensor([1, 2])) { v in (v * v).sum() }   // 5, [2, 4]
/// ```
/// - Throws: what the function throws; when its result is not a single number or does not depend on the point.
public func valueAndGradient(at point: Tensor, of function: (Node) throws -> Node) throws -> (
  value: Tensor, gradient: Tensor
) {
  let graph = Graph(point.elementType == .float32 ? .single : .double)
  let x = graph.input("x", point)
  let y = try function(x)
  let value = try y.value()
  let gradient = try y.gradients(withRespectTo: [x])[0].value()
  return (value, gradient)
}
