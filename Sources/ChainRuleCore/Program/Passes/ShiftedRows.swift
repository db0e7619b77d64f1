/// Shifted rows: once its maximum has been taken away, a row's exponentials cannot overflow, so its log-sum-exp is
/// written out and shares them with the softmax of the gradient.
///
/// | found, with r = x − max x | becomes |
/// |---|---|
/// | logSumExp(r) | log Σ eʳ |
/// | e^(r − log Σ eʳ), softmax(r) | eʳ / max(Σ eʳ, 1) |
///
/// The sum is at least the 1 of the largest element, or 0 in a row of −∞ alone, which then weighs nothing.
///
/// Runs once, after the other passes, as part of fusion: all of it is then one group.
struct ShiftedRows: Pass {
  /// For each r: eʳ, its sum, and the sum's logarithm.
  private var parts: [Int32: (exponential: Int32, sum: Int32, logarithm: Int32, axes: [Int])] = [:]

  static func mayFind(in graph: ProgramGraph) -> Bool { graph.hasPrimitive(LogSumExp.self) }

  mutating func replacement(for node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    guard node.kind == .operation, node.inputCount == 1 else { return nil }
    if node.opcode == .exp { return quotient(graph.input(of: node), in: &graph) }
    if let softmax = graph.primitive(of: node, as: Softmax.self) {
      guard let known = parts[graph.input(of: node)], known.axes == [softmax.axis] else { return nil }
      return quotient(known, graph.shapes[Int(node.shape)], in: &graph)
    }
    guard let logSumExp = graph.primitive(of: node, as: LogSumExp.self),
      isShifted(graph.input(of: node), logSumExp.axes, graph)
    else {
      return nil
    }
    let exponential = graph.append(.exp, graph.input(of: node))
    let sum = graph.append(Sum(axes: logSumExp.axes), [exponential], shape: graph.shapes[Int(node.shape)])
    let logarithm = graph.append(.log, sum)
    parts[graph.input(of: node)] = (exponential, sum, logarithm, logSumExp.axes)
    return logarithm
  }

  /// Whether a node is x less the maximum of x over the axes.
  private func isShifted(_ id: Int32, _ axes: [Int], _ graph: ProgramGraph) -> Bool {
    let node = graph.nodes[Int(id)]
    guard node.opcode == .subtract, let maximum = spreadSource(graph.input(1, of: node), graph) else { return false }
    guard let extremum = graph.primitive(of: maximum, as: Extremum.self) else { return false }
    return extremum.isMaximum && extremum.axes == axes && graph.input(of: maximum) == graph.input(of: node)
      && graph.nodes[Int(maximum)].shape != 0
  }

  /// What is broadcast; reshapes, and what only keeps −∞ out (`LogSumExp`), looked through: r has a largest element of 0.
  private func spreadSource(_ id: Int32, _ graph: ProgramGraph) -> Int32? {
    guard var source = graph.broadcastSource(id) else { return nil }
    while true {
      let isBound = graph.opcode(of: source) == .maximum && (graph.uniform(graph.input(1, of: source)) ?? 0) < -1e38
      guard isBound || graph.primitive(of: source, as: Reshape.self) != nil else { break }
      source = graph.input(of: source)
    }
    return source
  }

  private func quotient(_ exponent: Int32, in graph: inout ProgramGraph) -> Int32? {
    let node = graph.nodes[Int(exponent)]
    guard node.opcode == .subtract, let known = parts[graph.input(of: node)],
      spreadSource(graph.input(1, of: node), graph) == known.logarithm
    else { return nil }
    return quotient(known, graph.shape(of: exponent), in: &graph)
  }

  private func quotient(
    _ known: (exponential: Int32, sum: Int32, logarithm: Int32, axes: [Int]), _ shape: Shape,
    in graph: inout ProgramGraph
  ) -> Int32 {
    let kept = shape.reduced(over: known.axes, keepingDimensions: true)
    let one = graph.uniform(1, shape: graph.shape(of: known.sum))
    let total = graph.append(.maximum, known.sum, one)
    let spread = graph.broadcast(graph.reshaped(total, to: kept), to: shape)
    return graph.append(.divide, known.exponential, spread)
  }
}
