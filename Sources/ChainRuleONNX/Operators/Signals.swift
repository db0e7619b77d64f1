import ChainRuleCore
import Foundation

// Windows of signals and their transforms.

extension Operators {
  /// a₀ + a₁ cos(2πk/n) + a₂ cos(4πk/n), where n is one less if the window is symmetric.
  private static func window(_ a: [Double]) -> Operator {
    { call in
      let size = try call.integers(0).first ?? 0
      guard size >= 0, size < 1 << 28 else { throw call.refused("a window of \(size)") }
      let period = Double(call.flag("periodic", true) ? size : size - 1)
      let values = (0..<size).map { k in
        a.indices.reduce(0) { $0 + a[$1] * cos(2 * Double.pi * Double($1 * k) / period) }
      }
      let type = ONNXType(rawValue: call.integer("output_datatype", 1)) ?? .float
      return [.constant(TypedTensor(type, [size], values))]
    }
  }

  static let signals: [String: Operator] = [
    "HannWindow": window([0.5, -0.5]), "BlackmanWindow": window([0.42, -0.5, 0.08]),
    "HammingWindow": window([25.0 / 46, -21.0 / 46]), "DFT": dft, "STFT": stft, "MelWeightMatrix": mel,
  ]

  /// The transform of the axis before the last, of pairs (real, imaginary) or of numbers: `[…, n, 1 or 2]`.
  private static func transform(
    _ x: Node, length: Int, isInverse: Bool, isOneSided: Bool
  ) -> Node {
    let count = x.shape[-2], kept = isOneSided ? length / 2 + 1 : length, rank = x.shape.rank
    func matrix(_ function: (Double) -> Double) -> Node {
      let values: [Double] = (0..<count).flatMap { row in
        (0..<kept).map { column -> Double in function(2 * .pi * Double(row * column % length) / Double(length)) }
      }
      return x.graph.constant(Tensor(shape: [count, kept], values))
    }
    let (cosines, sines) = (matrix { cos($0) }, matrix { isInverse ? sin($0) : -sin($0) })
    let real = x[..., 0]
    var (re, im) = (real.matmul(cosines), real.matmul(sines))
    if x.shape[-1] == 2 {
      let imaginary = x[..., 1]
      (re, im) = (re - imaginary.matmul(sines), im + imaginary.matmul(cosines))
    }
    let pair = stack([re, im], axis: rank - 1)
    return isInverse ? pair / Double(length) : pair
  }

  private static let dft: Operator = { call in
    var x = try call.node(0)
    let rank = x.shape.rank
    guard rank >= 2, (1...2).contains(x.shape[-1]) else { throw call.refused("pairs are needed, not \(x.shape)") }
    let given = try call.version >= 20 ? call.integersIfAny(2)?.first ?? -2 : call.integer("axis", 1)
    let axis = try call.axis(given, rank: rank)
    let length = try call.integersIfAny(1)?.first ?? x.shape[axis]
    guard axis < rank - 1, length > 0, length < 1 << 13 else { throw call.refused("a length of \(length)") }
    if length < x.shape[axis] { x = part(x, axis: axis, from: 0, to: length, by: 1) }
    var order = Array(0..<rank)
    order.swapAt(axis, rank - 2)
    let result = transform(
      x.transposed(order), length: length, isInverse: call.flag("inverse"), isOneSided: call.flag("onesided"))
    return try call.result(result.transposed(order))
  }

  private static let stft: Operator = { call in
    let x = try call.node(0), step = try call.integers(1).first ?? 1
    let window = try call.nodeIfAny(2)
    let length = try call.integersIfAny(3)?.first ?? window?.shape[0] ?? 0
    guard x.shape.rank == 3 || x.shape.rank == 2, length > 0, step > 0, x.shape[1] >= length, length < 1 << 13 else {
      throw call.refused("frames of \(length) by \(step) do not fit \(x.shape)")
    }
    let signal = x.shape.rank == 2 ? x.expandingDimension(at: 2) : x
    let frames = (x.shape[1] - length) / step + 1
    let places = (0..<frames).flatMap { frame in (0..<length).map { frame * step + $0 } }
    var rows = signal.gathered(at: call.graph.constant(Tensor(indices: places, shape: [frames, length])), axis: 1)
    if let window { rows = rows * window.reshaped(to: [length, 1]) }
    return try call.result(
      transform(rows, length: length, isInverse: false, isOneSided: call.flag("onesided", true)))
  }

  private static let mel: Operator = { call in
    let numbers = try (0..<5).map { try call.known($0).values.scalars.first ?? 0 }
    let (bins, length, rate) = (whole(numbers[0]), whole(numbers[1]), numbers[2])
    guard bins > 0, bins < 1 << 12, length > 0, length < 1 << 20 else { throw call.refused("\(bins) bins") }
    let spectrum = length / 2 + 1
    func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }
    let (low, high) = (mel(numbers[3]), mel(numbers[4])), step = (high - low) / Double(bins + 2)
    let edges = (0..<(bins + 2)).map { bin -> Int in
      let hertz = 700 * (pow(10, (Double(bin) * step + low) / 2595) - 1)
      return whole((Double(length + 1) * hertz / rate).rounded(.down))
    }
    var values = [Double](repeating: 0, count: spectrum * bins)
    for bin in 0..<bins {
      let (lower, center, upper) = (edges[bin], edges[bin + 1], edges[bin + 2])
      if lower == center {
        if center < spectrum { values[center * bins + bin] = 1 }
      } else {
        for place in lower...center where place < spectrum {
          values[place * bins + bin] = Double(place - lower) / Double(center - lower)
        }
      }
      for place in center..<Swift.max(center, upper) where place < spectrum {
        values[place * bins + bin] = Double(upper - place) / Double(upper - center)
      }
    }
    let type = ONNXType(rawValue: call.integer("output_datatype", 1)) ?? .float
    return [.constant(TypedTensor(type, [spectrum, bins], values))]
  }
}
