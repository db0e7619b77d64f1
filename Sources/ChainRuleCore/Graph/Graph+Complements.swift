/// 1 − σ(x) and 1 − tanh²x, which the derivatives of both are made of: where σ or tanh is 1 but for rounding, the
/// difference has no digits left, and σ(−x) and 4 σ(2x) σ(−2x) have them all: softplus″(37.43) is 5.55·10⁻¹⁷.
///
/// The recorded formula stays what it is. Both programs (`StableForms`) and evaluation do so in double precision, and in
/// single neither does. A function whose node is held at a value of its own is not looked through.
extension Graph {
  /// The x of such a difference, and the function of it that is complemented.
  private func complemented(_ record: NodeRecord) -> (opcode: Opcode, x: Int32)? {
    guard precision == .double, record.primitive == UInt32(Opcode.subtract.rawValue),
      node(record.first).constantNumber == 1
    else { return nil }
    let inner = records[Int(record.second)]
    if inner.flags.contains(.isHeld) { return nil }
    if isMade(record.second, by: .sigmoid) { return (.sigmoid, inner.first) }
    guard isMade(record.second, by: .square), isMade(inner.first, by: .tanh),
      !records[Int(inner.first)].flags.contains(.isHeld)
    else { return nil }
    return (.tanh, records[Int(inner.first)].first)
  }

  private func isMade(_ id: Int32, by opcode: Opcode) -> Bool {
    isTabulated(id) && records[Int(id)].primitive == UInt32(opcode.rawValue)
  }

  /// The value of a difference of two numbers that is such a complement; `nil` for any other.
  func complement(_ record: NodeRecord) -> Double? {
    guard let (opcode, id) = complemented(record) else { return nil }
    let x = records[Int(id)].value
    func sigmoid(_ x: Double) -> Double { Kernels.scalar(.sigmoid, x, 0) }
    return opcode == .sigmoid ? sigmoid(-x) : 4 * sigmoid(2 * x) * sigmoid(-2 * x)
  }

  /// The same element by element.
  func complements(_ record: NodeRecord) throws -> Tensor? {
    guard let (opcode, id) = complemented(record) else { return nil }
    let x = tensor(of: id), negative = try Kernels.elementwise(.negate, [x])
    if opcode == .sigmoid { return try Kernels.elementwise(.sigmoid, [negative]) }
    func ofDouble(_ x: Tensor) throws -> Tensor {
      try Kernels.elementwise(.sigmoid, [Kernels.elementwise(.add, [x, x])])
    }
    let product = try Kernels.elementwise(.multiply, [ofDouble(x), ofDouble(negative)])
    let four = Tensor(shape: x.shape, repeating: 4).converted(to: elementType)
    return try Kernels.elementwise(.multiply, [product, four])
  }
}
