/// Shifted rows: once its maximum has been taken away, a row's exponentials cannot overflow, so its log-sum-exp is
/// written out and shares them with the softmax of the gradient.
///
/// | found, with r = x − max x | becomes |
/// |---|---|
/// | logSumExp(r) | log Σ eʳ |
/// | e^(r − log Σ eʳ) | eʳ / Σ eʳ |
///
/// Runs once, after the other passes, as part of fusion: all of it is then one group.
struct ShiftedRows: Pass {
  /// For each r: eʳ, its sum, and the sum's logarithm.
  private var parts: [Int32: (exponential: Int32, sum: Int32, logarithm: Int32)] = [:]

  mutating func replacement(for node: Draft.Node, in draft: inout Draft) -> Int32? {
    guard node.kind == .operation, node.inputCount == 1 else { return nil }
    if node.opcode == .exp { return quotient(node.first, in: &draft) }
    guard let logSumExp = draft.primitive(of: node) as? LogSumExp, isShifted(node.first, logSumExp.axes, draft) else {
      return nil
    }
    let exponential = draft.append(.exp, node.first)
    let sum = draft.append(Sum(axes: logSumExp.axes), [exponential], shape: draft.shapes[Int(node.shape)])
    let logarithm = draft.append(.log, sum)
    parts[node.first] = (exponential, sum, logarithm)
    return logarithm
  }

  /// Whether a node is x less the maximum of x over the axes.
  private func isShifted(_ id: Int32, _ axes: [Int], _ draft: Draft) -> Bool {
    let node = draft.nodes[Int(id)]
    guard node.opcode == .subtract, let maximum = spreadSource(node.second, draft) else { return false }
    guard let extremum = draft.primitive(of: maximum, as: Extremum.self) else { return false }
    return extremum.isMaximum && extremum.axes == axes && draft.nodes[Int(maximum)].first == node.first
      && draft.nodes[Int(maximum)].shape != 0
  }

  /// What is broadcast, reshapes looked through.
  private func spreadSource(_ id: Int32, _ draft: Draft) -> Int32? {
    guard draft.primitive(of: id, as: Broadcast.self) != nil else { return nil }
    var source = draft.nodes[Int(id)].first
    while draft.primitive(of: source, as: Reshape.self) != nil { source = draft.nodes[Int(source)].first }
    return source
  }

  private func quotient(_ exponent: Int32, in draft: inout Draft) -> Int32? {
    let node = draft.nodes[Int(exponent)]
    guard node.opcode == .subtract, let known = parts[node.first],
      spreadSource(node.second, draft) == known.logarithm
    else { return nil }
    let kept = draft.shape(of: draft.nodes[Int(node.second)].first)
    let spread = draft.broadcast(draft.reshaped(known.sum, to: kept), to: draft.shape(of: exponent))
    return draft.append(.divide, known.exponential, spread)
  }
}
