import ChainRuleCore

/// y_k = Σⱼ xⱼ·e^{∓2πi jk/n} along the last axis, of rows of real parts and rows of imaginary parts: `[…, 2, n]`.
/// The transpose of the map of real and imaginary parts is the transform with the other sign.
struct FourierTransform: DescribedPrimitive, EnclosedPrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "Σⱼ xⱼ·e^{−2πi jk/n}", derivatives: ["the transform with the other sign"])
  /// Whether the sign in the exponent is plus.
  let isInverse: Bool
  /// Whether the sums are divided by n.
  let isMean: Bool
  var name: String { isInverse ? "inverseFFT" : "fft" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].rank >= 2, inputs[0][-2] == 2, inputs[0][-1] > 0, inputs[0][-1] <= 1 << 40 else {
      throw ChainRuleError(
        .shape, in: name, required: "a row of real parts and one of imaginary parts, [2, n] with n of at least 1",
        got: "\(inputs[0])")
    }
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    var values = inputs[0].scalars
    let length = inputs[0].shape[-1], plan = FourierPlan.of(length), room = FourierPlan.Room(plan.room)
    let memory = room.memory, scale = isMean ? Double(length) : 1
    for row in Swift.stride(from: 0, to: values.count, by: 2 * length) {
      for place in 0..<length {
        (memory.real[place], memory.imaginary[place]) = (values[row + place], values[row + length + place])
      }
      plan.run(isInverse ? memory.swapped : memory)
      for place in 0..<length {
        (values[row + place], values[row + length + place]) = (
          memory.real[place] / scale, memory.imaginary[place] / scale
        )
      }
    }
    return Tensor(shape: inputs[0].shape, values)
  }

  /// Around the transform of the middles: no weight is larger than 1, so that the radius is at most the sum of the
  /// radii, and of the rounding of 2n products.
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let shape = inputs[0].shape, length = shape[-1]
    guard inputs[0].intervals.allSatisfy({ $0.lower.isFinite && $0.upper.isFinite }) else {
      return Enclosure(shape: shape, Array(repeating: .everything, count: shape.elementCount))
    }
    let middles = inputs[0].intervals.map { $0.lower + ($0.upper - $0.lower) / 2 }
    let values = try forward([Tensor(shape: shape, middles)]).scalars
    var result: [Interval] = []
    for (position, value) in values.enumerated() {
      let start = position / (2 * length) * 2 * length
      var radius = 0.0
      for place in start..<(start + 2 * length) {
        let (low, high) = (inputs[0].intervals[place].lower, inputs[0].intervals[place].upper)
        let reach = Swift.max(high - middles[place], middles[place] - low)
        radius +=
          reach * (1 + 1e-12) + 4_096 * Double.ulpOfOne * (middles[place].magnitude + reach)
      }
      radius = radius * (1 + 1e-12) / (isMean ? Double(length) : 1) + .leastNormalMagnitude
      result.append(Interval((value - radius).nextDown, (value + radius).nextUp, inputs[0].regularity))
    }
    return Enclosure(shape: shape, result)
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .linear(self, transpose: FourierTransform(isInverse: !isInverse, isMean: isMean))
  }

  func batched(_ batch: Batch) -> Node? { batch.record(self) }
}

/// The discrete Fourier transform y_k = Σⱼ xⱼ·e^{−2πi jk/n} along the last axis, as real and imaginary parts.
///
/// ```swift
/// let (re, im) = fft(signal)                      // [batch, n] → [batch, n] each
/// let power = square(re) + square(im)
/// ```
/// Any length of at least 1; without imaginary parts they are 0. A mistake stays in both nodes.
public func fft(_ real: Node, _ imaginary: Node? = nil) -> (real: Node, imaginary: Node) {
  transformed(real, imaginary, FourierTransform(isInverse: false, isMean: false))
}

/// The transform of a pair of nodes, as ``fft(_:_:)``.
public func fft(_ pair: (real: Node, imaginary: Node)) -> (real: Node, imaginary: Node) {
  fft(pair.real, pair.imaginary)
}

/// The inverse xⱼ = 1/n·Σ_k y_k·e^{2πi jk/n} of ``fft(_:_:)`` along the last axis.
public func inverseFFT(_ real: Node, _ imaginary: Node? = nil) -> (real: Node, imaginary: Node) {
  transformed(real, imaginary, FourierTransform(isInverse: true, isMean: true))
}

/// The inverse transform of a pair of nodes, as ``inverseFFT(_:_:)``.
public func inverseFFT(_ pair: (real: Node, imaginary: Node)) -> (real: Node, imaginary: Node) {
  inverseFFT(pair.real, pair.imaginary)
}

/// The first n/2 + 1 elements of the transform of real numbers; the others are their complex conjugates.
public func realFFT(_ x: Node) -> (real: Node, imaginary: Node) {
  let (real, imaginary) = fft(x)
  if real.error != nil { return (real, imaginary) }
  let half = x.shape[-1] / 2 + 1
  return (real[..., 0..<half], imaginary[..., 0..<half])
}

/// The real numbers whose transform begins with n/2 + 1 elements that are given, n of them: the inverse of ``realFFT(_:)``.
///
/// Real numbers have a real sum: the imaginary part of the first element is not read, nor that of the last for even n.
public func inverseRealFFT(_ real: Node, _ imaginary: Node, length: Int) -> Node {
  if let broken = [real, imaginary].first(where: { $0.error != nil }) { return broken }
  return real.graph.attempt(in: "inverseRealFFT") {
    guard length > 0, real.shape == imaginary.shape, real.shape.rank > 0, real.shape[-1] == length / 2 + 1 else {
      throw ChainRuleError(
        .shape, in: "inverseRealFFT", required: "n/2 + 1 real and imaginary parts for a length n of at least 1",
        got: "\(real.shape) and \(imaginary.shape) for length \(length)")
    }
    let rest = length - real.shape[-1], axis = real.shape.rank - 1
    func mirrored(_ part: Node) -> Node { part[..., 1..<(1 + rest)].flipped(axes: [axis]) }
    if rest == 0 { return inverseFFT(real, imaginary).real }
    return inverseFFT(
      concatenate([real, mirrored(real)], axis: axis), concatenate([imaginary, -mirrored(imaginary)], axis: axis)
    ).real
  }
}

/// A transform of two nodes, packed into one and taken out of it again.
private func transformed(
  _ real: Node, _ imaginary: Node?, _ transform: FourierTransform
) -> (real: Node, imaginary: Node) {
  let packed = packedParts(real, imaginary, transform)
  if packed.error != nil { return (packed, packed) }
  return (packed[..., 0, 0...], packed[..., 1, 0...])
}

/// The transform's rows of real and imaginary parts, `[…, 2, n]`.
func packedParts(_ real: Node, _ imaginary: Node?, _ transform: FourierTransform) -> Node {
  if let broken = [real, imaginary].compactMap({ $0 }).first(where: { $0.error != nil }) { return broken }
  return real.graph.attempt(in: transform.name) {
    guard real.shape.rank > 0, real.shape == (imaginary ?? real).shape else {
      throw ChainRuleError(
        .shape, in: transform.name, required: "real and imaginary parts of one shape with an axis",
        got: "\(real.shape)" + (imaginary.map { " and \($0.shape)" } ?? ""))
    }
    let other = imaginary ?? real.graph.constant(0 as Double).broadcast(to: real.shape)
    return real.graph.recordGeneral(transform, [stack([real, other], axis: -2)])
  }
}
