/// Plain arithmetic without recording; operands broadcast by NumPy's rule, and mistakes are carried in the result.
extension Tensor {
  /// a + b, element by element; shapes that do not broadcast are carried as a mistake.
  public static func + (a: Tensor, b: Tensor) -> Tensor { combine(.add, a, b) }
  /// a − b, element by element; shapes that do not broadcast are carried as a mistake.
  public static func - (a: Tensor, b: Tensor) -> Tensor { combine(.subtract, a, b) }
  /// a · b, element by element; shapes that do not broadcast are carried as a mistake.
  public static func * (a: Tensor, b: Tensor) -> Tensor { combine(.multiply, a, b) }
  /// a / b, element by element; shapes that do not broadcast are carried as a mistake.
  public static func / (a: Tensor, b: Tensor) -> Tensor { combine(.divide, a, b) }
  /// −a, element by element.
  public static prefix func - (a: Tensor) -> Tensor { attempt { try Kernels.elementwise(.negate, [a]) } }

  /// Applies a function to every element, in double precision; the result has the same shape, integers become Float64.
  /// - Throws: what the function throws.
  public func map(_ transform: (Double) throws -> Double) rethrows -> Tensor {
    if error != nil { return self }
    let type = elementType == .float32 ? ElementType.float32 : .float64
    let result = Tensor(uninitialized: shape, type)
    guard result.error == nil else { return result }
    for position in 0..<count {
      let value = try transform(element(position))
      if type == .float64 {
        result.storage.pointer(Double.self)[position] = value
      } else {
        result.storage.pointer(Float.self)[position] = Float(value)
      }
    }
    return result
  }

  /// The position of the first largest element along an axis, as an index tensor without that axis.
  public func argmax(axis: Int = -1) -> Tensor {
    Self.attempt { try Kernels.argmax(self, axis: try shape.position(ofAxis: axis, in: "argmax")) }
  }

  private static func combine(_ opcode: Opcode, _ a: Tensor, _ b: Tensor) -> Tensor {
    attempt {
      if let error = a.error ?? b.error { throw error }
      guard let shape = a.shape.broadcast(with: b.shape) else {
        throw ChainRuleError(
          .shape, in: opcode.name, required: "shapes that broadcast", got: "\(a.shape) and \(b.shape)")
      }
      return try Kernels.elementwise(opcode, [Kernels.broadcast(a, to: shape), Kernels.broadcast(b, to: shape)])
    }
  }

  private static func attempt(_ compute: () throws -> Tensor) -> Tensor {
    do { return try compute() } catch { return Tensor(error: ChainRuleError(error, in: "Tensor")) }
  }
}
