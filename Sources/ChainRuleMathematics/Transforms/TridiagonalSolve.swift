import ChainRuleCore

/// x with lᵢ·xᵢ₋₁ + dᵢ·xᵢ + uᵢ·xᵢ₊₁ = bᵢ along the last axis (Thomas' elimination, without exchanges). The gradient by b
/// is a solve of the transposed system, λ; that by an element of the matrix is −λᵢ times the x that it multiplies.
struct TridiagonalSolve: DescribedPrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "x with lᵢxᵢ₋₁ + dᵢxᵢ + uᵢxᵢ₊₁ = bᵢ",
    derivatives: ["−λᵢxᵢ₋₁", "−λᵢxᵢ", "−λᵢxᵢ₊₁", "λ: the solve with the transposed matrix"])
  var name: String { "tridiagonalSolve" }
  var arity: Int? { 4 }

  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].rank > 0, inputs.allSatisfy({ $0 == inputs[0] }) else {
      throw ChainRuleError(
        .shape, in: name, required: "three diagonals and a right side of one shape […, n]",
        got: inputs.map(\.description).joined(separator: ", "),
        hint: "The first element of the lower diagonal and the last of the upper one are not read.")
    }
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let shape = inputs[0].shape, length = shape[-1]
    let (lower, upper) = (inputs[0].scalars, inputs[2].scalars)
    var (pivots, values) = (inputs[1].scalars, inputs[3].scalars)
    for start in Swift.stride(from: 0, to: values.count, by: Swift.max(1, length)) {
      for row in start..<(start + length) {
        if row > start {
          let factor = lower[row] / pivots[row - 1]
          pivots[row] -= factor * upper[row - 1]
          values[row] -= factor * values[row - 1]
        }
        guard pivots[row] != 0 else {
          throw ChainRuleError(
            .value, in: name, required: "a matrix that is eliminated without exchanges of rows",
            got: "the pivot 0 in row \(row - start)")
        }
      }
      for row in (start..<(start + length)).reversed() {
        if row + 1 < start + length { values[row] -= upper[row] * values[row + 1] }
        values[row] /= pivots[row]
      }
    }
    return Tensor(shape: shape, values)
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let axis = output.shape.rank - 1
    func solved(_ right: Node) -> Node { output.graph.recordGeneral(self, [inputs[0], inputs[1], inputs[2], right]) }
    func lambda(_ upstream: Node) -> Node {
      output.graph.recordGeneral(
        self, [inputs[2].shifted(by: 1, axis: axis), inputs[1], inputs[0].shifted(by: -1, axis: axis), upstream])
    }
    switch index {
    case 3: return .linear(apply: solved, transpose: lambda)
    case 1: return .linear(apply: { solved(-$0 * output) }, transpose: { -lambda($0) * output })
    default:
      let neighbour = output.shifted(by: index == 0 ? 1 : -1, axis: axis)
      return .linear(apply: { solved(-$0 * neighbour) }, transpose: { -lambda($0) * neighbour })
    }
  }

  func batched(_ batch: Batch) -> Node? { batch.record(self) }
}

/// The solution of a system with three diagonals, each as long as the right side, along the last axis:
/// `lower[i]·x[i − 1] + diagonal[i]·x[i] + upper[i]·x[i + 1] = right[i]`.
///
/// Without exchanges of rows, as it suits matrices whose diagonal dominates. The first element of `lower` and the last
/// of `upper` are not read. A pivot that is 0 is an error when it is computed.
public func tridiagonalSolve(lower: Node, diagonal: Node, upper: Node, _ right: Node) -> Node {
  lower.graph.recordGeneral(TridiagonalSolve(), [lower, diagonal, upper, right])
}
