// Exactly Node∘Node, Double∘Node and Node∘Double: more overloads make long expressions slow to type-check.
extension Node {
  public static func + (a: Node, b: Node) -> Node { a.graph.binary(.add, a, b) }
  public static func + (a: Node, b: Double) -> Node { a.graph.binary(.add, a, a.graph.number(b)) }
  public static func + (a: Double, b: Node) -> Node { b.graph.binary(.add, b.graph.number(a), b) }
  public static func - (a: Node, b: Node) -> Node { a.graph.binary(.subtract, a, b) }
  public static func - (a: Node, b: Double) -> Node { a.graph.binary(.subtract, a, a.graph.number(b)) }
  public static func - (a: Double, b: Node) -> Node { b.graph.binary(.subtract, b.graph.number(a), b) }
  public static func * (a: Node, b: Node) -> Node { a.graph.binary(.multiply, a, b) }
  public static func * (a: Node, b: Double) -> Node { a.graph.binary(.multiply, a, a.graph.number(b)) }
  public static func * (a: Double, b: Node) -> Node { b.graph.binary(.multiply, b.graph.number(a), b) }
  public static func / (a: Node, b: Node) -> Node { a.graph.binary(.divide, a, b) }
  public static func / (a: Node, b: Double) -> Node { a.graph.binary(.divide, a, a.graph.number(b)) }
  public static func / (a: Double, b: Node) -> Node { b.graph.binary(.divide, b.graph.number(a), b) }
  public static prefix func - (a: Node) -> Node { a.graph.unary(.negate, a) }
}
