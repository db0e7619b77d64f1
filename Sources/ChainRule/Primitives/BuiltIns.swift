/// The elementwise primitives by opcode. A new one has its row in `opcodes.h` and is added here.
enum BuiltIns {
  static let all: [any ElementwisePrimitive] = [
    Copy(), Negate(), Exp(), Expm1(), Log(), Log1p(), Sqrt(), Rsqrt(), Square(), Reciprocal(), Abs(), Sign(), Sin(),
    Cos(), Tanh(), Sigmoid(), Softplus(), Relu(), Step(), Erf(), Atan(), Floor(), Add(), Subtract(), Multiply(),
    Divide(), Power(), Maximum(), Minimum(), Equal(), Less(), Greater(), Where(), MultiplyAdd(),
  ]

  /// `all`, indexed by opcode.
  static let table: [any Primitive] = {
    var table = [any Primitive](repeating: Copy(), count: Opcode.count)
    for primitive in all { table[Int(type(of: primitive).opcode.rawValue)] = primitive }
    return table
  }()

  /// The local gradients that exist already, by opcode; none where a primitive has to record them.
  static let readyGradients: [[ReadyGradient]] = table.map {
    ($0 as? any ReadyPrimitive).map { type(of: $0).readyGradients } ?? []
  }
}

// The free functions of one and two nodes: each records its primitive.

public func exp(_ x: Node) -> Node { x.graph.unary(.exp, x) }
public func expm1(_ x: Node) -> Node { x.graph.unary(.expm1, x) }
public func log(_ x: Node) -> Node { x.graph.unary(.log, x) }
public func log1p(_ x: Node) -> Node { x.graph.unary(.log1p, x) }
public func sqrt(_ x: Node) -> Node { x.graph.unary(.sqrt, x) }
/// 1 / √x
public func rsqrt(_ x: Node) -> Node { x.graph.unary(.rsqrt, x) }
public func square(_ x: Node) -> Node { x.graph.unary(.square, x) }
public func reciprocal(_ x: Node) -> Node { x.graph.unary(.reciprocal, x) }
public func abs(_ x: Node) -> Node { x.graph.unary(.abs, x) }
/// −1, 0 or 1; no gradient flows through it.
public func sign(_ x: Node) -> Node { x.graph.unary(.sign, x) }
/// 1 where x > 0, else 0; no gradient flows through it.
public func step(_ x: Node) -> Node { x.graph.unary(.step, x) }
/// The largest whole number not above x; no gradient flows through it.
public func floor(_ x: Node) -> Node { x.graph.unary(.floor, x) }
public func sin(_ x: Node) -> Node { x.graph.unary(.sin, x) }
public func cos(_ x: Node) -> Node { x.graph.unary(.cos, x) }
public func atan(_ x: Node) -> Node { x.graph.unary(.atan, x) }
public func tanh(_ x: Node) -> Node { x.graph.unary(.tanh, x) }
public func sigmoid(_ x: Node) -> Node { x.graph.unary(.sigmoid, x) }
/// log(1 + eˣ) without overflow.
public func softplus(_ x: Node) -> Node { x.graph.unary(.softplus, x) }
public func relu(_ x: Node) -> Node { x.graph.unary(.relu, x) }
public func erf(_ x: Node) -> Node { x.graph.unary(.erf, x) }

public func maximum(_ a: Node, _ b: Node) -> Node { a.graph.binary(.maximum, a, b) }
public func maximum(_ a: Node, _ b: Double) -> Node { maximum(a, a.graph.number(b)) }
public func maximum(_ a: Double, _ b: Node) -> Node { maximum(b.graph.number(a), b) }
public func minimum(_ a: Node, _ b: Node) -> Node { a.graph.binary(.minimum, a, b) }
public func minimum(_ a: Node, _ b: Double) -> Node { minimum(a, a.graph.number(b)) }
public func minimum(_ a: Double, _ b: Node) -> Node { minimum(b.graph.number(a), b) }
