// Masks of ones and zeros, and the primitives that choose by them.

/// y = 1 where a = b, else 0 (NaN equals nothing).
struct Equal: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.equal
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient { comparison(name) }
  func branches(of inputs: [Tensor]) throws -> Tensor { try order(inputs) }
}

/// y = 1 where a < b, else 0.
struct Less: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.less
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient { comparison(name) }
  func branches(of inputs: [Tensor]) throws -> Tensor { try order(inputs) }
}

/// y = 1 where a > b, else 0.
struct Greater: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.greater
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient { comparison(name) }
  func branches(of inputs: [Tensor]) throws -> Tensor { try order(inputs) }
}

private func comparison(_ name: String) -> LocalGradient { .none(reason: "\(name) is constant between its jumps") }

/// −1, 0 or 1: the order of two tensors, element by element.
private func order(_ inputs: [Tensor]) throws -> Tensor {
  try Kernels.elementwise(.sign, [try Kernels.elementwise(.subtract, inputs)])
}

/// y = max(a, b), ∂y/∂a = 1 where a > b, ½ at a tie, else 0. NaN on either side gives NaN.
struct Maximum: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.maximum
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (mine, other) = (inputs[index], inputs[1 - index])
    return .factor(greater(mine, other) + 0.5 * equal(mine, other))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try order(inputs) }
}

/// y = min(a, b), ∂y/∂a = 1 where a < b, ½ at a tie, else 0. NaN on either side gives NaN.
struct Minimum: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.minimum
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (mine, other) = (inputs[index], inputs[1 - index])
    return .factor(less(mine, other) + 0.5 * equal(mine, other))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try order(inputs) }
}

/// y = a where condition ≠ 0, else b; ∂y/∂a = the mask, ∂y/∂b = its complement, nothing for the condition.
struct Where: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.where
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let isZero = equal(inputs[0], 0)
    switch index {
    case 1: return .factor(1 - isZero)
    case 2: return .factor(isZero)
    default: return .none(reason: "the condition of where only chooses")
    }
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 == 0 ? 0 : 1 } }
}

public func equal(_ a: Node, _ b: Node) -> Node { a.graph.binary(.equal, a, b) }
public func equal(_ a: Node, _ b: Double) -> Node { equal(a, a.graph.number(b)) }
public func less(_ a: Node, _ b: Node) -> Node { a.graph.binary(.less, a, b) }
public func less(_ a: Node, _ b: Double) -> Node { less(a, a.graph.number(b)) }
public func greater(_ a: Node, _ b: Node) -> Node { a.graph.binary(.greater, a, b) }
public func greater(_ a: Node, _ b: Double) -> Node { greater(a, a.graph.number(b)) }

/// `a` where the condition is not 0, `b` elsewhere; the three broadcast.
public func `where`(_ condition: Node, _ a: Node, _ b: Node) -> Node {
  condition.graph.broadcasting(.where, [condition, a, b])
}
public func `where`(_ condition: Node, _ a: Double, _ b: Node) -> Node { `where`(condition, b.graph.number(a), b) }
public func `where`(_ condition: Node, _ a: Node, _ b: Double) -> Node { `where`(condition, a, a.graph.number(b)) }
