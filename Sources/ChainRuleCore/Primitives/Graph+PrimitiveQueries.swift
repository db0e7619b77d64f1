/// What explanations ask about single kinds of primitives.
extension Graph {
  /// The row of the kernels' table that computes the node as the library's own primitive; `nil` for any other node.
  package func tabulatedOpcode(of id: Int32) -> Opcode? {
    isTabulated(id) ? Opcode(rawValue: UInt8(records[Int(id)].primitive)) : nil
  }

  /// Whether the node's primitive is one of the library's, so that its name says what it computes.
  package func isOfLibrary(_ id: Int32) -> Bool { isOperation(id) && primitive(of: id) is any DescribedPrimitive }

  /// Whether the node is its input in another shape.
  package func isReshape(_ id: Int32) -> Bool { isOperation(id) && primitive(of: id) is Reshape }

  /// Whether the node repeats its input along axes.
  package func isBroadcast(_ id: Int32) -> Bool { isOperation(id) && primitive(of: id) is Broadcast }

  /// Which operands a matrix product reads transposed; `nil` for any other node.
  package func transposedOperands(of id: Int32) -> [Bool]? {
    (primitive(of: id) as? MatMul).map { [$0.transposesLeft, $0.transposesRight] }
  }

  /// The axes that a sum, a maximum, a softmax or a log-sum-exp runs over; `nil` for any other node.
  package func reducedAxes(of id: Int32) -> [Int]? {
    switch primitive(of: id) {
    case let sum as Sum: sum.axes
    case let logarithm as LogSumExp: logarithm.axes
    case let softmax as Softmax: [softmax.axis]
    default: nil
    }
  }

  /// How a matrix is written that is transposed without a node of its own.
  package static let transposition = Transpose.descriptor.notation
}
