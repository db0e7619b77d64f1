/// What explanations ask about single kinds of primitives.
extension Graph {
  /// Whether the node is its input in another shape.
  package func isReshape(_ id: Int32) -> Bool { isOperation(id) && primitive(of: id) is Reshape }

  /// Whether the node repeats its input along axes.
  package func isBroadcast(_ id: Int32) -> Bool { isOperation(id) && primitive(of: id) is Broadcast }

  /// Which operands a matrix product reads transposed; `nil` for any other node.
  package func transposedOperands(of id: Int32) -> [Bool]? {
    (primitive(of: id) as? MatMul).map { [$0.transposesLeft, $0.transposesRight] }
  }

  /// How a matrix is written that is transposed without a node of its own.
  package static let transposition = Transpose.descriptor.notation
}
