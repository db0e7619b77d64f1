/// Stable forms: expressions that overflow, underflow or cancel are computed in a form that does not.
///
/// | recorded | computed |
/// |---|---|
/// | log(softmax x) | x − logSumExp(x) |
/// | log(sigmoid x), log(1 − sigmoid x), log1p(−sigmoid x) | −softplus(−x), −softplus(x) |
/// | 1 − sigmoid x, 1 − tanh² x (in double precision) | sigmoid(−x), 4 sigmoid(2x) sigmoid(−2x) |
/// | log Σ eˣ | logSumExp(x) |
/// | eˣ / Σ eˣ | softmax(x) |
///
/// Their gradients leave products with quotients of the same positive number, which `StableForms+Quotients.swift`
/// cancels: the composed softmax cross-entropy's backward becomes ŷ − y.
struct StableForms: Pass {
  /// Nodes of the program graph being written from which a quotient is reached through products and sums (see
  /// StableForms+Quotients.swift).
  var reachesQuotient: [Bool] = []

  mutating func replacement(for node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    guard node.kind == .operation, let opcode = node.opcode else { return nil }
    switch opcode {
    case .log: return logarithm(of: graph.input(of: node), in: &graph)
    case .log1p:
      guard graph.opcode(of: graph.input(of: node)) == .negate else { return nil }
      let inner = graph.input(of: graph.input(of: node))
      return graph.opcode(of: inner) == .sigmoid ? minusSoftplus(graph.input(of: inner), in: &graph) : nil
    case .subtract: return complement(node, in: &graph)
    case .divide:
      return softmax(graph.input(of: node), over: graph.input(1, of: node), in: &graph) ?? cancelled(node, in: &graph)
    case .multiply: return timesSoftmax(node, in: &graph) ?? cancelled(node, in: &graph)
    default: return nil
    }
  }

  /// 1 − sigmoid x and 1 − tanh² x, which have no digits left where the function is 1 but for rounding. In single
  /// precision training goes before: the backward pass reads what the forward pass left, and no other exponential.
  private func complement(_ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    guard graph.precision == .double, graph.uniform(graph.input(of: node)) == 1 else { return nil }
    let inner = graph.input(1, of: node)
    if graph.opcode(of: inner) == .sigmoid {
      let negative = graph.append(.negate, graph.input(of: inner))
      return graph.append(.sigmoid, negative)
    }
    guard graph.opcode(of: inner) == .square, graph.opcode(of: graph.input(of: inner)) == .tanh else { return nil }
    let x = graph.input(of: graph.input(of: inner)), double = graph.append(.add, x, x)
    let negative = graph.append(.negate, double)
    let (left, right) = (graph.append(.sigmoid, double), graph.append(.sigmoid, negative))
    let product = graph.append(.multiply, left, right), four = graph.uniform(4, shape: graph.shape(of: product))
    return graph.append(.multiply, product, four)
  }

  private func minusSoftplus(_ x: Int32, in graph: inout ProgramGraph) -> Int32 {
    let value = graph.append(.softplus, x)
    return graph.append(.negate, value)
  }

  private func logarithm(of input: Int32, in graph: inout ProgramGraph) -> Int32? {
    let inner = graph.nodes[Int(input)], shape = graph.shape(of: input)
    if inner.opcode == .sigmoid {
      let negative = graph.append(.negate, graph.input(of: inner))
      return minusSoftplus(negative, in: &graph)
    }
    if Self.isComplementOfSigmoid(input, graph) {
      return minusSoftplus(graph.input(of: graph.input(1, of: inner)), in: &graph)
    }
    if let softmax = graph.primitive(of: inner, as: Softmax.self) {
      let kept = shape.reduced(over: [softmax.axis], keepingDimensions: true)
      let total = graph.append(
        LogSumExp(axes: [softmax.axis]), [graph.input(of: inner)],
        shape: shape.reduced(over: [softmax.axis], keepingDimensions: false))
      // Where all are −∞ the difference with it would be NaN.
      let lowest = graph.uniform(-graph.precision.largest, shape: graph.shape(of: total))
      let held = graph.append(.maximum, total, lowest)
      let spread = graph.broadcast(graph.reshaped(held, to: kept), to: shape)
      return graph.append(.subtract, graph.input(of: inner), spread)
    }
    guard let (x, axes) = sumOfExponentials(input, graph) else { return nil }
    let reduced = graph.shape(of: x).reduced(over: axes, keepingDimensions: false)
    let total = graph.append(LogSumExp(axes: axes), [x], shape: reduced)
    return graph.reshaped(total, to: shape)
  }

  /// 1 − sigmoid x
  static func isComplementOfSigmoid(_ id: Int32, _ graph: ProgramGraph) -> Bool {
    let node = graph.nodes[Int(id)]
    return node.opcode == .subtract && graph.uniform(graph.input(of: node)) == 1
      && graph.opcode(of: graph.input(1, of: node)) == .sigmoid
  }

  /// The x and the axes of Σ eˣ, reshapes of the sum looked through.
  private func sumOfExponentials(_ id: Int32, _ graph: ProgramGraph) -> (x: Int32, axes: [Int])? {
    var node = graph.nodes[Int(id)]
    while graph.applies(Reshape.self, node) { node = graph.nodes[Int(graph.input(of: node))] }
    guard let sum = graph.primitive(of: node, as: Sum.self), graph.opcode(of: graph.input(of: node)) == .exp,
      graph.shape(of: graph.input(of: node)).elementCount > 0
    else { return nil }
    return (graph.input(of: graph.input(of: node)), sum.axes)
  }

  /// The softmax that eˣ / (Σ eˣ, broadcast) is; only over one axis.
  private func softmax(_ numerator: Int32, over denominator: Int32, in graph: inout ProgramGraph) -> Int32? {
    guard graph.opcode(of: numerator) == .exp, let spread = graph.broadcastSource(denominator) else { return nil }
    return softmax(numerator, ofSum: spread, in: &graph)
  }

  private func softmax(_ exponential: Int32, ofSum sum: Int32, in graph: inout ProgramGraph) -> Int32? {
    guard let (x, axes) = sumOfExponentials(sum, graph), axes.count == 1, x == graph.input(of: exponential)
    else {
      return nil
    }
    let kept = graph.shape(of: x).reduced(over: axes, keepingDimensions: true)
    guard graph.shape(of: sum) == kept || kept.elementCount == 1 else { return nil }
    return graph.append(Softmax(axis: axes[0]), [x], shape: graph.shape(of: x))
  }

  /// What gradients leave: eˣ · (u / Σ eˣ) with the quotient before or after it is broadcast is softmax(x) · u.
  private func timesSoftmax(_ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    for (exponential, other) in [
      (graph.input(of: node), graph.input(1, of: node)), (graph.input(1, of: node), graph.input(of: node)),
    ]
    where graph.opcode(of: exponential) == .exp {
      let quotient = graph.nodes[Int(other)]
      if quotient.opcode == .divide, let result = softmax(exponential, over: graph.input(1, of: quotient), in: &graph) {
        return graph.append(.multiply, result, graph.input(of: quotient))
      }
      guard let spread = graph.broadcastSource(other) else { continue }
      var inner = graph.nodes[Int(spread)]
      while graph.applies(Reshape.self, inner) { inner = graph.nodes[Int(graph.input(of: inner))] }
      guard inner.opcode == .divide || inner.opcode == .reciprocal else { continue }
      let isQuotient = inner.opcode == .divide
      // The sum has the quotient's elements, seen in the shape that is broadcast.
      let sum = graph.reshaped(
        isQuotient ? graph.input(1, of: inner) : graph.input(of: inner), to: graph.shape(of: spread))
      guard let result = softmax(exponential, ofSum: sum, in: &graph) else { continue }
      if !isQuotient { return result }
      let upstream = graph.reshaped(graph.input(of: inner), to: graph.shape(of: spread))
      let wide = graph.broadcast(upstream, to: graph.shape(of: other))
      return graph.append(.multiply, result, wide)
    }
    return nil
  }
}
