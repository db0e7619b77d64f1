/// Smooth forms: what is smooth as a whole, and built from a piece that is not, is recorded without the piece, so that
/// derivatives of every order are those of the whole and not those that the piece has by convention.
///
/// | written | recorded |
/// |---|---|
/// | \|u\|², ‖v‖², (c · ‖v‖)², max(u, −u)² and even powers of them | u², Σ v², c² · Σ v², u² |
/// | cos \|u\|, cosh \|u\| | cos u, cosh u |
/// | √(u²), √(u⁴) | \|u\|, u² |
/// | (√s)², \|s\|, relu s, max(s, 0) where s is a sum of squares | s |
/// | (∛u)³, ∛(u³) | u |
/// | a norm of norms | one norm over all their axes |
extension Graph {
  /// Records the elementwise primitive of an opcode, or its smooth form; operands of different shapes broadcast.
  package func record(_ opcode: Opcode, _ operands: [Node]) -> Node {
    switch operands.count {
    case 1: smoothForm(opcode, operands[0]) ?? unary(opcode, operands[0])
    case 2: smoothForm(opcode, operands[0], operands[1]) ?? binary(opcode, operands[0], operands[1])
    default: broadcasting(opcode, operands)
    }
  }

  /// The smooth form of an elementwise primitive of one operand; `nil` where it has no other than itself.
  func smoothForm(_ opcode: Opcode, _ x: Node) -> Node? {
    guard x.graph === self, x.kind == .operation else { return nil }
    switch opcode {
    case .square: return x.smoothSquare()
    case .sqrt: return x.smoothRoot()
    case .abs, .relu: return x.isSumOfSquares() ? x : nil
    case .cos, .cosh: return x.tabulated == .abs ? record(opcode, [x.operand(0)]) : nil
    case .cbrt: return x.tabulated == .pow && x.operand(1).constantNumber == 3 ? x.operand(0) : nil
    default: return nil
    }
  }

  /// The smooth form of a product of a node with itself, and of a maximum with a number that is never larger.
  func smoothForm(_ opcode: Opcode, _ a: Node, _ b: Node) -> Node? {
    switch opcode {
    case .multiply: a.hasCorner && a.computesSame(as: b) ? smoothForm(.square, a) : nil
    case .maximum:
      if let bound = b.constantNumber, bound <= 0, a.isSumOfSquares() { a } else { nil }
    default: nil
    }
  }

  /// The smooth form of a constant power.
  func smoothPower(_ base: Node, _ exponent: Double) -> Node? {
    // A negative power has a pole where the base has its corner, and its square may leave the range.
    guard base.graph === self, exponent.isFinite, exponent > 0 else { return nil }
    if exponent.remainder(dividingBy: 2) == 0 {
      return base.smoothSquare().map { exponent == 2 ? $0 : pow($0, exponent / 2) }
    }
    return exponent == 3 && base.tabulated == .cbrt ? base.operand(0) : nil
  }
}

extension Node {
  /// The row of the kernels' table that computes it.
  fileprivate var tabulated: Opcode? { validID.flatMap { graph.tabulatedOpcode(of: $0) } }

  fileprivate func operand(_ number: Int) -> Node {
    guard let id = validID, graph.inputCount(of: id) > number else { return self }
    return graph.node(graph.inputs(of: id)[number])
  }

  private func made<P: Primitive>(by type: P.Type) -> P? { primitive as? P }

  /// Whether it is made by one of the pieces whose square is smooth.
  fileprivate var hasCorner: Bool {
    switch tabulated {
    case .abs, .sqrt, .negate, .maximum, .divide: true
    case .multiply: normParts != nil || operand(0).constantNumber != nil || operand(1).constantNumber != nil
    case nil: kind == .operation
    default: false
    }
  }

  /// Whether both are made alike of the same nodes, as `norm(v)` is each time that it is written.
  fileprivate func computesSame(as other: Node) -> Bool {
    var visits = 512  // what is longer is taken for different
    return computesSame(as: other, &visits)
  }

  private func computesSame(as other: Node, _ visits: inout Int) -> Bool {
    if self == other { return true }
    visits -= 1
    guard visits > 0, graph === other.graph, let a = validID, let b = other.validID else { return false }
    if let number = constantNumber { return number == other.constantNumber }
    let (left, right) = (graph.records[Int(a)], graph.records[Int(b)])
    guard left.kind == .operation, right.kind == .operation, left.inputCount == right.inputCount,
      left.shape == right.shape, isMade(as: other)
    else { return false }
    for (mine, theirs) in zip(graph.inputs(of: a), graph.inputs(of: b))
    where !graph.node(mine).computesSame(as: graph.node(theirs), &visits) {
      return false
    }
    return true
  }

  /// Whether one primitive of the library makes both. Of a primitive of one's own nothing is believed: its `==` may be
  /// wrong, and it may have a state.
  private func isMade(as other: Node) -> Bool {
    if let mine = tabulated { return mine == other.tabulated }
    guard let mine = primitive, let theirs = other.primitive, mine is any PrecisePrimitive || mine is any DataMovement
    else { return false }
    return AnyHashable(mine) == AnyHashable(theirs)
  }

  // MARK: Squares

  /// How far below a square its pieces are looked for.
  private static var depth: Int { 4 }

  /// x² without the corner that x has and x² has not; `nil` where x has none.
  fileprivate func smoothSquare() -> Node? {
    if let base = withoutSign(Self.depth) { return base.smoothSquare() ?? graph.unary(.square, base) }
    return squareOfRoot(Self.depth)
  }

  /// A node of the same magnitude that is not made by |…|; `nil` where there is none.
  private func withoutSign(_ depth: Int) -> Node? {
    guard depth > 0, validID != nil, kind == .operation else { return nil }
    switch tabulated {
    case .abs: return operand(0)
    case .negate: return operand(0).withoutSign(depth - 1)
    case .maximum:
      let (a, b) = (operand(0), operand(1))
      if a.tabulated == .negate, a.operand(0) == b { return b }
      return b.tabulated == .negate && b.operand(0) == a ? a : nil
    case .multiply, .divide:
      let (a, b) = (operand(0), operand(1)), bases = (a.withoutSign(depth - 1), b.withoutSign(depth - 1))
      if bases.0 == nil, bases.1 == nil { return nil }
      let (left, right) = (bases.0 ?? a, bases.1 ?? b)
      return tabulated == .multiply ? left * right : left / right
    default: return moved { $0.withoutSign(depth - 1) }
    }
  }

  /// The square of a root or a norm, times constants, which stay inside so that nothing leaves the range.
  private func squareOfRoot(_ depth: Int, times scale: Double = 1) -> Node? {
    guard depth > 0, validID != nil, kind == .operation else { return nil }
    switch tabulated {
    case .sqrt:
      guard operand(0).isSumOfSquares() else { return nil }
      return scale == 1 ? operand(0) : scale * scale * operand(0)
    case .negate: return operand(0).squareOfRoot(depth - 1, times: scale)
    case .multiply, .divide:
      if let norm = normParts {
        let vector = scale == 1 ? norm.vector : scale * norm.vector
        return vector.squaredNorm(axes: norm.axes).reshaped(to: shape)
      }
      for (factor, root) in [(operand(1), operand(0)), (operand(0), operand(1))] {
        guard let number = factor.constantNumber, (0x1p-30...0x1p30).contains(Swift.abs(number)) else { continue }
        if tabulated == .divide, factor != operand(1) { continue }
        let factor = tabulated == .multiply ? number : 1 / number
        if let square = root.squareOfRoot(depth - 1, times: scale * factor) { return square }
      }
      return nil
    default: return moved { $0.squareOfRoot(depth - 1, times: scale) }
    }
  }

  /// What `change` makes of the input of a move, moved alike; `nil` for any other node.
  private func moved(_ change: (Node) -> Node?) -> Node? {
    guard let id = validID, graph.inputCount(of: id) == 1, let move = primitive, move is any DataMovement,
      !(move is StopGradient), let changed = change(operand(0))
    else { return nil }
    return graph.recordGeneral(move, [changed])
  }

  /// |u| of u², u² of u⁴: the root of an even power.
  fileprivate func smoothRoot() -> Node? {
    switch tabulated {
    case .square: return abs(operand(0))
    case .multiply: return operand(0) == operand(1) ? abs(operand(0)) : nil
    case .pow:
      guard let exponent = operand(1).constantNumber, exponent >= 2, exponent.remainder(dividingBy: 2) == 0 else {
        return nil
      }
      let root = pow(operand(0), exponent / 2)
      return exponent.remainder(dividingBy: 4) == 0 ? root : abs(root)
    default: return nil
    }
  }

  /// Whether it is made of squares and numbers that are not negative by sums and products alone, so that it is smooth
  /// and nowhere below 0.
  fileprivate func isSumOfSquares(_ depth: Int = 4) -> Bool {
    guard depth > 0, let id = validID, kind == .operation else { return constantNumber.map { $0 >= 0 } ?? false }
    switch tabulated {
    case .square: return true
    case .pow:
      guard let exponent = operand(1).constantNumber, exponent > 0 else { return false }
      return exponent.remainder(dividingBy: 2) == 0
    case .multiply where operand(0) == operand(1): return true
    case .add, .multiply: return operand(0).isSumOfSquares(depth - 1) && operand(1).isSumOfSquares(depth - 1)
    case .divide:
      return operand(1).constantNumber.map { $0 > 0 } == true && operand(0).isSumOfSquares(depth - 1)
    case nil:
      guard graph.inputCount(of: id) == 1, primitive is any DataMovement || primitive is Sum else {
        return constantNumber.map { $0 >= 0 } ?? false
      }
      return operand(0).isSumOfSquares(depth - 1)
    default: return false
    }
  }

  // MARK: Norms

  /// The vector and the axes of a 2-norm, as `norm` records it: √(Σ (v/s)²) · s, with 0 where the sum is 0.
  package var normParts: (vector: Node, axes: [Int])? {
    guard tabulated == .multiply else { return nil }
    let choice = operand(0)
    guard choice.tabulated == .where, choice.operand(1).constantNumber == 0 else { return nil }
    let root = choice.operand(2)
    guard root.tabulated == .sqrt, root.operand(0).tabulated == .where else { return nil }
    var total = root.operand(0).operand(2)
    guard choice.operand(0).tabulated == .equal, choice.operand(0).operand(0) == total,
      choice.operand(0).operand(1).constantNumber == 0
    else { return nil }
    if total.made(by: Reshape.self) != nil { total = total.operand(0) }
    guard let sum = total.made(by: Sum.self), total.operand(0).tabulated == .square else { return nil }
    let scaled = total.operand(0).operand(0)
    guard scaled.tabulated == .divide else { return nil }
    let unit = scaled.operand(1).made(by: Broadcast.self) == nil ? scaled.operand(1) : scaled.operand(1).operand(0)
    let unitOfTotal = operand(1).made(by: Reshape.self) == nil ? operand(1) : operand(1).operand(0)
    return unit == unitOfTotal ? (scaled.operand(0), sum.axes) : nil
  }

  /// The 2-norm of this one, itself a 2-norm, over axes: one norm over the axes of both.
  func normOfNorm(_ axes: [Int], keepingDimensions: Bool) -> Node? {
    guard let norm = normParts else { return nil }
    let kept = norm.vector.shape.dimensions.indices.filter { !norm.axes.contains($0) }
    let isKept = shape.rank == norm.vector.shape.rank
    guard isKept || shape.rank == kept.count else { return nil }
    let all = Set(norm.axes).union(isKept ? axes : axes.map { kept[$0] }).sorted()
    return norm.vector.norm(axes: all)
      .reshaped(to: shape.reduced(over: axes, keepingDimensions: keepingDimensions))
  }
}
