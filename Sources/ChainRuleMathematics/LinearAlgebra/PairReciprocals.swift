import ChainRuleCore

/// 1/(xⱼ − xᵢ) or 1/(xᵢ + xⱼ) for i ≠ j, with zeros on the diagonal; or 1/xᵢ: what the derivatives of eigenvectors and
/// singular vectors divide by. Where that is 0 to rounding, there is no derivative, and the error says so.
struct PairReciprocals: MatrixPrimitive {
  enum Kind: Hashable { case difference, sum, single }

  static let descriptor = PrimitiveDescriptor(
    equation: "1/(xⱼ − xᵢ), 1/(xᵢ + xⱼ) off the diagonal, or 1/xᵢ", derivatives: ["sums of −y²·u"],
    convention: "an error where the divisor is 0 to rounding")
  let kind: Kind
  /// What the numbers are, for the error.
  let noun: String
  var name: String { "\(noun) \(kind == .single ? "reciprocals" : kind == .sum ? "sums" : "gaps")" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    guard let n = inputs[0].dimensions.last else {
      throw ChainRuleError(.shape, in: name, required: "a vector, or a batch of vectors", got: "a number")
    }
    return kind == .single ? inputs[0] : Shape(inputs[0].dimensions + [n])
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let x = inputs[0], shape = try shape(of: [x.shape]), n = x.shape[-1], values = x.scalars
    var result = [Double](repeating: 0, count: shape.elementCount)
    for batch in 0..<(n == 0 ? 0 : values.count / n) {
      let own = values[batch * n..<(batch + 1) * n], first = own.startIndex
      let least = 8 * x.epsilon * (own.map(\.magnitude).max() ?? 0)
      for i in 0..<n {
        for j in kind == .single ? i..<i + 1 : 0..<n where kind == .single || i != j {
          let (a, b) = (own[first + i], own[first + j])
          let divisor = kind == .single ? a : kind == .sum ? a + b : b - a
          guard divisor.magnitude > least else { throw degenerate(i, j) }
          result[kind == .single ? batch * n + i : (batch * n + i) * n + j] = 1 / divisor
        }
      }
    }
    return Tensor(shape: shape, result).converted(to: x.elementType)
  }

  private func degenerate(_ i: Int, _ j: Int) -> ChainRuleError {
    let (low, high) = (Swift.min(i, j), Swift.max(i, j))
    let got =
      switch kind {
      case .difference: "\(noun)s \(low) and \(high), counted from 0, are equal"
      case .sum: "\(noun)s \(low) and \(high), counted from 0, are both 0"
      case .single: "\(noun) \(i), counted from 0, is 0"
      }
    return ChainRuleError(
      .gradient, in: "derivative of vectors",
      required: kind == .difference ? "\(noun)s that differ by more than rounding" : "\(noun)s above 0", got: got,
      hint: "Their vectors are one choice of many, which has no derivative; what depends on the values alone has one.")
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let slope = -square(output), shape = inputs[0].shape
    let sign: Double = kind == .sum ? 1 : -1
    if kind == .single { return .factor(slope) }
    return .linear(
      apply: { slope * ($0.asRow + sign * $0.asColumn).broadcast(to: output.shape) },
      transpose: { upstream in
        let moved = slope * upstream
        return (moved.sum(axes: [-2]) + sign * moved.sum(axes: [-1])).reshaped(to: shape)
      })
  }
}
