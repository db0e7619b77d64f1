/// Stable forms: expressions that overflow, underflow or cancel are computed in a form that does not.
///
/// | recorded | computed |
/// |---|---|
/// | log(softmax x) | x − logSumExp(x) |
/// | log(sigmoid x), log(1 − sigmoid x), log1p(−sigmoid x) | −softplus(−x), −softplus(x) |
/// | log Σ eˣ | logSumExp(x) |
/// | eˣ / Σ eˣ | softmax(x) |
///
/// Their gradients leave products with quotients of the same positive number, which `StableForms+Quotients.swift`
/// cancels: the composed softmax cross-entropy's backward becomes ŷ − y.
struct StableForms: Pass {
  init(_ draft: Draft) {}

  mutating func replacement(for node: Draft.Node, in draft: inout Draft) -> Int32? {
    guard node.kind == .operation, let opcode = node.opcode else { return nil }
    switch opcode {
    case .log: return logarithm(of: node.first, in: &draft)
    case .log1p:
      guard draft.opcode(of: node.first) == .negate else { return nil }
      let inner = draft.nodes[Int(node.first)].first
      return draft.opcode(of: inner) == .sigmoid ? minusSoftplus(draft.nodes[Int(inner)].first, in: &draft) : nil
    case .divide: return softmax(node.first, over: node.second, in: &draft) ?? cancelled(node, in: &draft)
    case .multiply: return timesSoftmax(node, in: &draft) ?? cancelled(node, in: &draft)
    default: return nil
    }
  }

  private func minusSoftplus(_ x: Int32, in draft: inout Draft) -> Int32 {
    let value = draft.append(.softplus, x)
    return draft.append(.negate, value)
  }

  private func logarithm(of input: Int32, in draft: inout Draft) -> Int32? {
    let inner = draft.nodes[Int(input)], shape = draft.shape(of: input)
    if inner.opcode == .sigmoid {
      let negative = draft.append(.negate, inner.first)
      return minusSoftplus(negative, in: &draft)
    }
    if Self.isComplementOfSigmoid(input, draft) {
      return minusSoftplus(draft.nodes[Int(inner.second)].first, in: &draft)
    }
    if let softmax = draft.primitive(of: inner) as? Softmax {
      let kept = shape.reduced(over: [softmax.axis], keepingDimensions: true)
      let total = draft.append(
        LogSumExp(axes: [softmax.axis]), [inner.first],
        shape: shape.reduced(over: [softmax.axis], keepingDimensions: false))
      let spread = draft.broadcast(draft.reshaped(total, to: kept), to: shape)
      return draft.append(.subtract, inner.first, spread)
    }
    guard let (x, axes) = sumOfExponentials(input, draft) else { return nil }
    let reduced = draft.shape(of: x).reduced(over: axes, keepingDimensions: false)
    let total = draft.append(LogSumExp(axes: axes), [x], shape: reduced)
    return draft.reshaped(total, to: shape)
  }

  /// 1 − sigmoid x
  static func isComplementOfSigmoid(_ id: Int32, _ draft: Draft) -> Bool {
    let node = draft.nodes[Int(id)]
    return node.opcode == .subtract && draft.uniform(node.first) == 1 && draft.opcode(of: node.second) == .sigmoid
  }

  /// The x and the axes of Σ eˣ, reshapes of the sum looked through.
  private func sumOfExponentials(_ id: Int32, _ draft: Draft) -> (x: Int32, axes: [Int])? {
    var node = draft.nodes[Int(id)]
    while draft.primitive(of: node) is Reshape { node = draft.nodes[Int(node.first)] }
    guard let sum = draft.primitive(of: node) as? Sum, draft.opcode(of: node.first) == .exp,
      draft.shape(of: node.first).elementCount > 0
    else { return nil }
    return (draft.nodes[Int(node.first)].first, sum.axes)
  }

  /// The number that is broadcast, reshapes looked through.
  private func spreadSource(_ id: Int32, _ draft: Draft) -> Int32? {
    guard draft.primitive(of: id, as: Broadcast.self) != nil else { return nil }
    return draft.nodes[Int(id)].first
  }

  /// The softmax that eˣ / (Σ eˣ, broadcast) is; only over one axis.
  private func softmax(_ numerator: Int32, over denominator: Int32, in draft: inout Draft) -> Int32? {
    guard draft.opcode(of: numerator) == .exp, let spread = spreadSource(denominator, draft) else { return nil }
    return softmax(numerator, ofSum: spread, in: &draft)
  }

  private func softmax(_ exponential: Int32, ofSum sum: Int32, in draft: inout Draft) -> Int32? {
    guard let (x, axes) = sumOfExponentials(sum, draft), axes.count == 1, x == draft.nodes[Int(exponential)].first
    else {
      return nil
    }
    let kept = draft.shape(of: x).reduced(over: axes, keepingDimensions: true)
    guard draft.shape(of: sum) == kept || kept.elementCount == 1 else { return nil }
    return draft.append(Softmax(axis: axes[0]), [x], shape: draft.shape(of: x))
  }

  /// What gradients leave: eˣ · (u / Σ eˣ) with the quotient before or after it is broadcast is softmax(x) · u.
  private func timesSoftmax(_ node: Draft.Node, in draft: inout Draft) -> Int32? {
    for (exponential, other) in [(node.first, node.second), (node.second, node.first)]
    where draft.opcode(of: exponential) == .exp {
      let quotient = draft.nodes[Int(other)]
      if quotient.opcode == .divide, let result = softmax(exponential, over: quotient.second, in: &draft) {
        return draft.append(.multiply, result, quotient.first)
      }
      guard let spread = spreadSource(other, draft) else { continue }
      var inner = draft.nodes[Int(spread)]
      while draft.primitive(of: inner) is Reshape { inner = draft.nodes[Int(inner.first)] }
      guard inner.opcode == .divide || inner.opcode == .reciprocal else { continue }
      let isQuotient = inner.opcode == .divide
      // The sum has the quotient's elements, seen in the shape that is broadcast.
      let sum = draft.reshaped(isQuotient ? inner.second : inner.first, to: draft.shape(of: spread))
      guard let result = softmax(exponential, ofSum: sum, in: &draft) else { continue }
      if !isQuotient { return result }
      let upstream = draft.reshaped(inner.first, to: draft.shape(of: spread))
      let wide = draft.broadcast(upstream, to: draft.shape(of: other))
      return draft.append(.multiply, result, wide)
    }
    return nil
  }
}
