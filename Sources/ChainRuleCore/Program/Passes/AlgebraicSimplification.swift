/// Algebraic simplification: rules that keep a value up to rounding and save work.
///
/// | found | becomes |
/// |---|---|
/// | x + 0, x − 0, x · 1, x / 1 | x |
/// | 0 − x, x · −1, −(−x) | −x, −x, x |
/// | a + (−b), a − (−b) | a − b, a + b |
/// | x / c, (x · c) · d, (−x) · c | x · (1/c), x · (c·d), x · (−c) |
/// | x · x, (−x)², a · (1/b), 1/(1/x) | x², x², a / b, x |
/// | step(x) where relu(x) is computed | step(relu(x)), so that x itself need not be kept |
/// | f(broadcast a, broadcast b) | broadcast f(a, b) |
///
/// Moves and reductions have their rules in `AlgebraicSimplification+Layout.swift`.
struct AlgebraicSimplification: Pass {
  /// relu nodes of the draft being written, by their input.
  private var reluOf: [Int32: Int32] = [:]

  init(_ draft: Draft) {}

  mutating func replacement(for node: Draft.Node, in draft: inout Draft) -> Int32? {
    guard node.kind == .operation else { return nil }
    guard let opcode = node.opcode else { return simplifiedLayout(node, in: &draft) }
    if let simpler = simplified(opcode, node, in: &draft) { return simpler }
    if node.shape != 0, let outside = broadcastOutside(node, in: &draft) { return outside }
    if opcode == .relu { reluOf[node.first] = Int32(draft.nodes.count) }  // where it is about to be appended
    return nil
  }

  private func simplified(_ opcode: Opcode, _ node: Draft.Node, in draft: inout Draft) -> Int32? {
    let (a, b) = (node.first, node.second)
    switch opcode {
    case .copy: return a
    case .negate: return draft.opcode(of: a) == .negate ? draft.nodes[Int(a)].first : nil
    case .reciprocal: return draft.opcode(of: a) == .reciprocal ? draft.nodes[Int(a)].first : nil
    case .relu: return draft.opcode(of: a) == .relu ? a : nil
    case .square: return draft.opcode(of: a) == .negate ? draft.append(.square, draft.nodes[Int(a)].first) : nil
    case .heaviside:
      guard draft.opcode(of: a) != .relu, let relu = reluOf[a] else { return nil }
      return draft.append(.heaviside, relu)
    case .add: return sum(a, b, in: &draft)
    case .subtract: return difference(a, b, in: &draft)
    case .multiply: return product(a, b, in: &draft)
    case .divide: return quotient(a, b, node, in: &draft)
    default: return nil
    }
  }

  private func sum(_ a: Int32, _ b: Int32, in draft: inout Draft) -> Int32? {
    if draft.uniform(a) == 0 { return b }
    if draft.uniform(b) == 0 { return a }
    if draft.opcode(of: b) == .negate { return draft.append(.subtract, a, draft.nodes[Int(b)].first) }
    if draft.opcode(of: a) == .negate { return draft.append(.subtract, b, draft.nodes[Int(a)].first) }
    return nil
  }

  private func difference(_ a: Int32, _ b: Int32, in draft: inout Draft) -> Int32? {
    if draft.uniform(b) == 0 { return a }
    if draft.uniform(a) == 0 { return draft.append(.negate, b) }
    if draft.opcode(of: b) == .negate { return draft.append(.add, a, draft.nodes[Int(b)].first) }
    return nil
  }

  private func product(_ a: Int32, _ b: Int32, in draft: inout Draft) -> Int32? {
    if a == b { return draft.append(.square, a) }
    if let c = draft.uniform(b) { return scaled(a, by: c, in: &draft) }
    if let c = draft.uniform(a) { return scaled(b, by: c, in: &draft) }
    if draft.opcode(of: b) == .reciprocal { return draft.append(.divide, a, draft.nodes[Int(b)].first) }
    if draft.opcode(of: a) == .reciprocal { return draft.append(.divide, b, draft.nodes[Int(a)].first) }
    if draft.opcode(of: a) == .negate {
      let product = draft.append(.multiply, draft.nodes[Int(a)].first, b)
      return draft.append(.negate, product)
    }
    if draft.opcode(of: b) == .negate {
      let product = draft.append(.multiply, a, draft.nodes[Int(b)].first)
      return draft.append(.negate, product)
    }
    return nil
  }

  /// c · x without what x is already multiplied by.
  private func scaled(_ x: Int32, by c: Double, in draft: inout Draft) -> Int32? {
    if c == 1 { return x }
    if c == -1 { return draft.append(.negate, x) }
    let node = draft.nodes[Int(x)]
    switch node.opcode {
    case .negate: return multiplied(node.first, by: -c, in: &draft)
    case .multiply:
      if let d = draft.uniform(node.second), isOrdinary(c * d) { return multiplied(node.first, by: c * d, in: &draft) }
      if let d = draft.uniform(node.first), isOrdinary(c * d) { return multiplied(node.second, by: c * d, in: &draft) }
      return nil
    default: return nil
    }
  }

  private func multiplied(_ x: Int32, by c: Double, in draft: inout Draft) -> Int32 {
    let factor = draft.uniform(c, shape: draft.shape(of: x))
    return draft.append(.multiply, x, factor)
  }

  /// Neither overflowed nor so small that digits are lost.
  private func isOrdinary(_ c: Double) -> Bool { Swift.abs(c) > 1e-30 && Swift.abs(c) < 1e30 }

  private func quotient(_ a: Int32, _ b: Int32, _ node: Draft.Node, in draft: inout Draft) -> Int32? {
    guard let c = draft.uniform(b) else { return nil }
    if c == 1 { return a }
    return isOrdinary(c) ? multiplied(a, by: 1 / c, in: &draft) : nil
  }

  /// An elementwise primitive of equally broadcast operands is computed before they are broadcast.
  private func broadcastOutside(_ node: Draft.Node, in draft: inout Draft) -> Int32? {
    var source: Shape?
    for index in 0..<Int(node.inputCount) {
      let input = draft.input(index, of: node)
      guard draft.primitive(of: input, as: Broadcast.self) != nil else { return nil }
      let shape = draft.shape(of: draft.nodes[Int(input)].first)
      guard source == nil || source == shape else { return nil }
      source = shape
    }
    guard let source else { return nil }
    var inner = node
    inner.shape = draft.shapeID(of: source)
    inner.first = draft.nodes[Int(node.first)].first
    if node.inputCount > 1 { inner.second = draft.nodes[Int(node.second)].first }
    if node.inputCount > 2 { inner.third = draft.nodes[Int(node.third)].first }
    let value = draft.append(inner)
    return draft.broadcast(value, to: draft.shapes[Int(node.shape)])
  }
}
