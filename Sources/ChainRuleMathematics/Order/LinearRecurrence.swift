import ChainRuleCore

/// sᵢ = aᵢ·sᵢ₋₁ + bᵢ along an axis, s₋₁ = 0 (from the other end if reversed). The gradient by b is the recurrence from
/// the other end with each a one place on, λᵢ = uᵢ + aᵢ₊₁·λᵢ₊₁, and by a it is λᵢ·sᵢ₋₁: no division, so that zeros are
/// as good as any other number.
struct LinearRecurrence: DescribedPrimitive, PrecisePrimitive, EnclosedPrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "sᵢ = aᵢ·sᵢ₋₁ + bᵢ", derivatives: ["λᵢ·sᵢ₋₁", "λ: the recurrence from the other end"])
  let axis: Int
  let isReversed: Bool
  var name: String { "linearRecurrence" }
  var arity: Int? { 2 }

  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0] == inputs[1] else {
      throw ChainRuleError(
        .shape, in: name, required: "factors and terms of one shape", got: "\(inputs[0]) and \(inputs[1])")
    }
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let (a, b) = (inputs[0].scalars, inputs[1].scalars)
    var result = b
    walk(inputs[0].shape) { place, last in if let last { result[place] = a[place] * result[last] + b[place] } }
    return Tensor(shape: inputs[0].shape, result)
  }

  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    var result = inputs[1]
    walk(shapes[0]) { place, last in if let last { result[place] = inputs[0][place] * result[last] + inputs[1][place] }
    }
    return result
  }

  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    var result = inputs[1]
    walk(inputs[0].shape) { place, last in
      if let last {
        result.intervals[place] = inputs[0].intervals[place] * result.intervals[last] + inputs[1].intervals[place]
      }
    }
    return result
  }

  /// Every place with the one before it on its way.
  private func walk(_ shape: Shape, _ visit: (_ place: Int, _ last: Int?) -> Void) {
    let (outer, length, inner) = shape.split(at: axis)
    for row in 0..<outer {
      for step in 0..<length {
        let position = isReversed ? length - 1 - step : step, back = isReversed ? inner : -inner
        for column in 0..<inner {
          let place = (row * length + position) * inner + column
          visit(place, step == 0 ? nil : place + back)
        }
      }
    }
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let a = inputs[0], back = LinearRecurrence(axis: axis, isReversed: !isReversed), step = isReversed ? -1 : 1
    func forth(_ terms: Node) -> Node { output.graph.recordGeneral(self, [a, terms]) }
    func lambda(_ upstream: Node) -> Node {
      output.graph.recordGeneral(back, [a.shifted(by: -step, axis: axis), upstream])
    }
    if index == 1 { return .linear(apply: forth, transpose: lambda) }
    let last = output.shifted(by: step, axis: axis)
    return .linear(apply: { forth($0 * last) }, transpose: { lambda($0) * last })
  }

  func batched(_ batch: Batch) -> Node? { batch.record(LinearRecurrence(axis: axis + 1, isReversed: isReversed)) }
}

/// sᵢ = aᵢ·sᵢ₋₁ + bᵢ along an axis, with s₋₁ = 0: running sums with factors, such as a moving average or a linear
/// state, in one pass. `a` and `b` have one shape; the first factor is not used.
public func linearRecurrence(_ a: Node, _ b: Node, axis: Int = -1, reversed: Bool = false) -> Node {
  a.graph.attempt(a, b) {
    LinearRecurrence(axis: try a.shape.position(ofAxis: axis, in: "linearRecurrence"), isReversed: reversed)
  }
}

extension Node {
  /// Running products along an axis; the gradient is right where factors are 0.
  public func cumulativeProduct(axis: Int = -1, reversed: Bool = false) -> Node {
    cumulated("cumulativeProduct", axis, reversed) { x, axis in
      if x.shape[axis] == 0 { return x }
      return linearRecurrence(x, x.part(0, 1, axis: axis).bordered(0, x.shape[axis] - 1, axis: axis), axis: axis)
    }
  }

  /// The elements one place on (or back, by −1), with 0 where none comes.
  func shifted(by step: Int, axis: Int) -> Node {
    let length = shape[axis]
    if length == 0 { return self }
    return step > 0
      ? part(0, length - 1, axis: axis).bordered(1, 0, axis: axis)
      : part(1, length - 1, axis: axis).bordered(0, 1, axis: axis)
  }

  /// `count` elements of an axis from a place in it.
  func part(_ start: Int, _ count: Int, axis: Int) -> Node {
    sliced([any SliceIndex](repeating: 0..., count: axis) + [start..<(start + count)])
  }

  /// Zeros before and after, along one axis.
  func bordered(_ before: Int, _ after: Int, axis: Int) -> Node {
    var (front, back) = ([Int](repeating: 0, count: shape.rank), [Int](repeating: 0, count: shape.rank))
    (front[axis], back[axis]) = (before, after)
    return padded(before: front, after: back)
  }
}
