// Functions composed from primitives: their gradients follow from the parts.

/// tan x = sin x / cos x of an angle in radians.
public func tan(_ x: Node) -> Node { sin(x) / cos(x) }

/// x where x > 0, else slope · x (the slope at 0).
public func leakyReLU(_ x: Node, slope: Double = 0.01) -> Node { `where`(greater(x, 0), x, slope * x) }

/// x where x > 0, else alpha (eˣ − 1); the exponential never sees a positive argument.
public func elu(_ x: Node, alpha: Double = 1) -> Node {
  let isPositive = greater(x, 0)
  return `where`(isPositive, x, alpha * expm1(`where`(isPositive, 0, x)))
}

/// x · sigmoid(x), also called swish.
public func silu(_ x: Node) -> Node { x * sigmoid(x) }

/// x Φ(x) = x/2 (1 + erf(x/√2)), or its tanh form x/2 (1 + tanh(√(2/π)(x + 0.044715 x³))).
///
/// Source: Hendrycks and Gimpel 2016.
public func gelu(_ x: Node, approximate: Bool = false) -> Node {
  // Held where tanh is 1 anyway, so that the cube of a large number does not meet a slope of 0.
  let inner =
    approximate
    ? tanh(0.7978845608028654 * (x + 0.044715 * (x * minimum(square(x), 1000)))) : erf(0.7071067811865476 * x)
  return 0.5 * x * (1 + inner)
}

/// x held between two bounds; the gradient is 1 inside and at the bounds, 0 outside.
public func clamp(_ x: Node, min lower: Double? = nil, max upper: Double? = nil) -> Node {
  var result = x
  if let lower { result = `where`(less(x, lower), lower, result) }
  if let upper { result = `where`(greater(x, upper), upper, result) }
  return result
}

extension Node {
  /// Σ/n over the axes (all by default). It is infinite where the sum is.
  public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "mean") {
      let positions = try shape.positions(ofAxes: axes, in: "mean")
      return sum(axes: positions, keepingDimensions: keepingDimensions) / positions.reduce(1) { $0 * Double(shape[$1]) }
    }
  }

  /// Σ(x − mean)²/(n − correction) over the axes; correction 1 gives the unbiased estimate.
  public func variance(axes: [Int]? = nil, keepingDimensions: Bool = false, correction: Int = 0) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "variance") {
      let positions = try shape.positions(ofAxes: axes, in: "variance")
      let count = positions.reduce(1) { $0 * Double(shape[$1]) }
      // The sum of many squares may be infinite where the variance is not: they are taken of a power of two of each.
      var share = 1.0
      while 1 < count * share * share { share /= 2 }
      let centered = self - mean(axes: positions, keepingDimensions: true)
      let squares = square(share == 1 ? centered : share * centered)
      return squares.sum(axes: positions, keepingDimensions: keepingDimensions)
        / ((count - Double(correction)) * (share * share))
    }
  }

  /// √(Σ(x − mean)²/(n − correction)) over the axes, as a norm: the squares of very large or small elements neither
  /// overflow nor vanish, and where all elements are equal it is 0 with gradient 0.
  public func standardDeviation(axes: [Int]? = nil, keepingDimensions: Bool = false, correction: Int = 0) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "standardDeviation") {
      let positions = try shape.positions(ofAxes: axes, in: "standardDeviation")
      let count = positions.reduce(1) { $0 * Double(shape[$1]) } - Double(correction)
      let centered = self - mean(axes: positions, keepingDimensions: true)
      return centered.norm(axes: positions, keepingDimensions: keepingDimensions) / count.squareRoot()
    }
  }

  /// ∏ over the axes, as a tree of halves: exact gradients also where factors are 0, which division would lose.
  public func product(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "product") {
      multiplied(over: try shape.positions(ofAxes: axes, in: "product"), keepingDimensions)
    }
  }

  private func multiplied(over positions: [Int], _ keepingDimensions: Bool) -> Node {
    let kept = (0..<shape.rank).filter { !positions.contains($0) }
    let resultShape = shape.reduced(over: positions, keepingDimensions: keepingDimensions)
    let count = positions.map { shape[$0] }.reduce(1, *)
    if count == 0 { return graph.constant(1 as Double).broadcast(to: resultShape) }
    var factors = transposed(positions + kept).reshaped(to: Shape([count] + kept.map { shape[$0] }))
    while factors.shape[0] > 1, factors.error == nil {
      let half = factors.shape[0] / 2
      let pairs = factors[0..<half] * factors[half..<(2 * half)]
      factors = factors.shape[0] % 2 == 0 ? pairs : concatenate([pairs, factors[(2 * half)...]])
    }
    return factors.reshaped(to: resultShape)
  }

  /// The tensor repeated `repeats[i]` times along axis i; missing axes in front count as length 1.
  public func tiled(_ repeats: [Int]) -> Node {
    if error != nil { return self }
    guard repeats.count >= shape.rank, repeats.allSatisfy({ $0 >= 0 }) else {
      return graph.failed(
        ChainRuleError(
          .shape, in: "tiled", required: "a count of at least 0 for each axis of \(shape)", got: "\(repeats)"))
    }
    let lengths = [Int](repeating: 1, count: repeats.count - shape.rank) + shape.dimensions
    let spread = zip(repeats, lengths).flatMap { [$0, $1] }
    return reshaped(to: Shape(lengths.flatMap { [1, $0] })).broadcast(to: Shape(spread))
      .reshaped(
        to: Shape(
          zip(repeats, lengths).map { repeats, length in
            let (product, overflowed) = repeats.multipliedReportingOverflow(by: length)
            return overflowed ? .max : product  // refused by broadcast already
          }))
  }
}
