/// Algebraic simplification: rules that keep a value up to rounding and the sign of a zero, and save work.
///
/// | found | becomes |
/// |---|---|
/// | x + 0, x − 0, x · 1, x / 1 | x |
/// | 0 − x, x · −1, −(−x) | −x, −x, x |
/// | a + (−b), a − (−b) | a − b, a + b |
/// | x / c, (x · c) · d, (−x) · c | x · (1/c), x · (c·d), x · (−c) |
/// | x · x, (−x)², a · (1/b), 1/(1/x), (−x) · y | x², x², a / b, x, −(x · y) |
/// | heaviside(x) after relu(x) is computed | heaviside(relu(x)): unless others read x, it need not be kept |
/// | relu(relu(x)) | relu(x) |
/// | f(broadcast a, broadcast b) | broadcast f(a, b) |
///
/// Moves and reductions have their rules in `AlgebraicSimplification+Layout.swift`.
struct AlgebraicSimplification: Pass {
  /// relu nodes of the program graph being written, by their input.
  private var reluOf: [Int32: Int32] = [:]

  mutating func replacement(for node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    guard node.kind == .operation else { return nil }
    guard let opcode = node.opcode else { return simplifiedLayout(node, in: &graph) }
    if let simpler = simplified(opcode, node, in: &graph) { return simpler }
    if node.shape != 0, let outside = broadcastOutside(node, in: &graph) { return outside }
    if opcode == .relu { reluOf[graph.input(of: node)] = Int32(graph.nodes.count) }  // where it is about to be appended
    return nil
  }

  private func simplified(_ opcode: Opcode, _ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    let a = graph.input(of: node)
    switch opcode {
    case .copy: return a
    case .negate: return graph.opcode(of: a) == .negate ? graph.input(of: a) : nil
    case .reciprocal: return graph.opcode(of: a) == .reciprocal ? graph.input(of: a) : nil
    case .relu: return graph.opcode(of: a) == .relu ? a : nil
    case .square: return graph.opcode(of: a) == .negate ? graph.append(.square, graph.input(of: a)) : nil
    case .heaviside:
      guard graph.opcode(of: a) != .relu, let relu = reluOf[a] else { return nil }
      return graph.append(.heaviside, relu)
    case .add: return sum(a, graph.input(1, of: node), in: &graph)
    case .subtract: return difference(a, graph.input(1, of: node), in: &graph)
    case .multiply: return product(a, graph.input(1, of: node), in: &graph)
    case .divide: return quotient(a, graph.input(1, of: node), in: &graph)
    default: return nil
    }
  }

  private func sum(_ a: Int32, _ b: Int32, in graph: inout ProgramGraph) -> Int32? {
    if graph.uniform(a) == 0 { return b }
    if graph.uniform(b) == 0 { return a }
    if graph.opcode(of: b) == .negate { return graph.append(.subtract, a, graph.input(of: b)) }
    if graph.opcode(of: a) == .negate { return graph.append(.subtract, b, graph.input(of: a)) }
    return nil
  }

  private func difference(_ a: Int32, _ b: Int32, in graph: inout ProgramGraph) -> Int32? {
    if graph.uniform(b) == 0 { return a }
    if graph.uniform(a) == 0 { return graph.append(.negate, b) }
    if graph.opcode(of: b) == .negate { return graph.append(.add, a, graph.input(of: b)) }
    return nil
  }

  private func product(_ a: Int32, _ b: Int32, in graph: inout ProgramGraph) -> Int32? {
    if a == b { return graph.append(.square, a) }
    if let c = graph.uniform(b) { return scaled(a, by: c, in: &graph) }
    if let c = graph.uniform(a) { return scaled(b, by: c, in: &graph) }
    if let scattered = maskedScatter(a, b, in: &graph) ?? maskedScatter(b, a, in: &graph) { return scattered }
    if graph.opcode(of: b) == .reciprocal { return graph.append(.divide, a, graph.input(of: b)) }
    if graph.opcode(of: a) == .reciprocal { return graph.append(.divide, b, graph.input(of: a)) }
    if graph.opcode(of: a) == .negate {
      let product = graph.append(.multiply, graph.input(of: a), b)
      return graph.append(.negate, product)
    }
    if graph.opcode(of: b) == .negate {
      let product = graph.append(.multiply, a, graph.input(of: b))
      return graph.append(.negate, product)
    }
    return nil
  }

  /// c · x without what x is already multiplied by.
  private func scaled(_ x: Int32, by c: Double, in graph: inout ProgramGraph) -> Int32? {
    if c == 1 { return x }
    if c == -1 { return graph.append(.negate, x) }
    let node = graph.nodes[Int(x)]
    switch node.opcode {
    case .negate: return multiplied(graph.input(of: node), by: -c, in: &graph)
    case .multiply:
      if let d = graph.uniform(graph.input(1, of: node)), isOrdinary(c * d) {
        return multiplied(graph.input(of: node), by: c * d, in: &graph)
      }
      if let d = graph.uniform(graph.input(of: node)), isOrdinary(c * d) {
        return multiplied(graph.input(1, of: node), by: c * d, in: &graph)
      }
      return nil
    default: return nil
    }
  }

  private func multiplied(_ x: Int32, by c: Double, in graph: inout ProgramGraph) -> Int32 {
    let factor = graph.uniform(c, shape: graph.shape(of: x))
    return graph.append(.multiply, x, factor)
  }

  /// Neither overflowed nor so small that digits are lost.
  private func isOrdinary(_ c: Double) -> Bool { Swift.abs(c) > 1e-30 && Swift.abs(c) < 1e30 }

  private func quotient(_ a: Int32, _ b: Int32, in graph: inout ProgramGraph) -> Int32? {
    guard let c = graph.uniform(b) else { return nil }
    if c == 1 { return a }
    return isOrdinary(c) ? multiplied(a, by: 1 / c, in: &graph) : nil
  }

  /// An elementwise primitive of equally broadcast operands is computed before they are broadcast.
  private func broadcastOutside(_ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    var source: Shape?
    for index in 0..<Int(node.inputCount) {
      let input = graph.input(index, of: node)
      guard graph.applies(Broadcast.self, input) else { return nil }
      let shape = graph.shape(of: graph.input(of: input))
      guard source == nil || source == shape else { return nil }
      source = shape
    }
    guard let source else { return nil }
    var inner = node
    inner.shape = graph.shapeID(of: source)
    graph.setInputs(of: &inner, graph.inputs(of: node).map { graph.input(of: $0) })
    let value = graph.append(inner)
    return graph.broadcast(value, to: graph.shapes[Int(node.shape)])
  }
}
