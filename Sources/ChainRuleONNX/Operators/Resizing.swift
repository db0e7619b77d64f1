import ChainRuleCore
import ChainRuleFiles
import ChainRuleMathematics

// Images in other sizes: every axis on its own is a matrix of weights.

extension Operators {
  static let resizing: [String: Operator] = [
    "Resize": resize,
    "Upsample": { call in
      let x = try call.node(0), scales = try call.floatsOf("scales") ?? call.known(1).values.scalars
      let axis = ResizedAxis(call, isOld: true)
      var result = x
      for position in 0..<x.shape.rank where position < scales.count && scales[position] != 1 {
        let length = whole((Double(x.shape[position]) * scales[position]).rounded(.down))
        result = try axis.applied(to: result, position, length, scales[position], nil, call).0
      }
      return try call.result(result)
    },
  ]

  private static let resize: Operator = { call in
    let x = try call.node(0), rank = x.shape.rank, isFirst = call.version < 11
    let axes = try (call.integersOf("axes") ?? Array(0..<rank)).map { try call.axis($0, rank: rank) }
    var scales = try isFirst ? call.known(1).values.scalars : call.has(2) ? call.known(2).values.scalars : []
    var sizes: [Int] = []
    if scales.isEmpty {
      sizes = try call.integers(3)
      guard sizes.count == axes.count else { throw call.refused("\(sizes.count) sizes for \(axes.count) axes") }
      scales = zip(sizes, axes).map { Double($0) / Double(x.shape[$1]) }
      let policy = call.text("keep_aspect_ratio_policy", "stretch")
      if policy != "stretch" {
        let one = (policy == "not_larger" ? scales.min() : scales.max()) ?? 1
        scales = scales.map { _ in one }
        sizes = axes.map { whole((one * Double(x.shape[$0])).rounded(.toNearestOrAwayFromZero)) }
      }
    }
    guard scales.count == axes.count, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw call.refused("scales of \(scales) do not fit \(x.shape)")
    }
    let roi = !isFirst && call.has(1) ? try call.known(1).values.scalars : []
    let axis = ResizedAxis(call, isOld: isFirst)
    var result = x, outside: Node?
    for (position, place) in axes.enumerated() {
      let length =
        sizes.isEmpty ? whole((Double(x.shape[place]) * scales[position]).rounded(.down)) : sizes[position]
      let region = roi.count == 2 * axes.count ? (roi[position], roi[position + axes.count]) : nil
      if length == x.shape[place], scales[position] == 1, region == nil { continue }
      let (next, mask) = try axis.applied(to: result, place, length, scales[position], region, call)
      result = next
      if let mask { outside = outside.map { maximum($0, mask) } ?? mask }
    }
    if let outside { result = `where`(outside, call.float("extrapolation_value", 0), result) }
    return try call.result(result)
  }
}

/// The weights along one axis: which elements of the input make each element of the output.
private struct ResizedAxis {
  let mode: String, transformation: String, nearest: String
  let cubic: Double
  let excludesOutside: Bool, isAntialiased: Bool

  init(_ call: Call, isOld: Bool) {
    mode = call.text("mode", "nearest")
    transformation = isOld ? "asymmetric" : call.text("coordinate_transformation_mode", "half_pixel")
    nearest = isOld ? "floor" : call.text("nearest_mode", "round_prefer_floor")
    cubic = call.float("cubic_coeff_a", -0.75)
    (excludesOutside, isAntialiased) = (call.flag("exclude_outside"), call.flag("antialias"))
  }

  func applied(
    to x: Node, _ axis: Int, _ length: Int, _ scale: Double, _ region: (Double, Double)?, _ call: Call
  ) throws -> (Node, outside: Node?) {
    let count = x.shape[axis]
    guard length > 0, count > 0, Shape([length, count]).elementCount < 1 << 28 else {
      throw call.refused("an axis of \(count) becomes \(length)")
    }
    var matrix = [Double](repeating: 0, count: length * count), outside = [Double](repeating: 0, count: length)
    for place in 0..<length {
      let source = try source(Double(place), Double(count), Double(length), scale, region, call)
      let crops = transformation == "tf_crop_and_resize"
      if crops, source < 0 || source > Double(count - 1) { outside[place] = 1 }
      for (position, weight) in try weights(at: source, scale, count, call) {
        matrix[place * count + Swift.max(0, Swift.min(position, count - 1))] += weight
      }
    }
    let rank = x.shape.rank, others = (0..<rank).filter { $0 != axis }
    let rows = x.transposed(others + [axis])
    let product = rows.matmul(x.graph.constant(Tensor(shape: [length, count], matrix)).transposed())
    var back = [Int](repeating: 0, count: rank)
    for (position, other) in (others + [axis]).enumerated() { back[other] = position }
    let spread = Shape([length] + [Int](repeating: 1, count: rank - axis - 1))
    let mask = outside.contains(1) ? x.graph.constant(Tensor(shape: spread, outside)) : nil
    return (product.transposed(back), mask)
  }

  private func source(
    _ place: Double, _ count: Double, _ length: Double, _ scale: Double, _ region: (Double, Double)?, _ call: Call
  ) throws -> Double {
    switch transformation {
    case "half_pixel": return (place + 0.5) / scale - 0.5
    case "half_pixel_symmetric":
      let adjustment = length / (scale * count), center = count / 2
      return center * (1 - adjustment) + (place + 0.5) / scale - 0.5
    case "pytorch_half_pixel": return length > 1 ? (place + 0.5) / scale - 0.5 : -0.5 + 0.5
    case "align_corners": return length > 1 ? place * (count - 1) / (length - 1) : 0
    case "asymmetric": return place / scale
    case "tf_half_pixel_for_nn": return (place + 0.5) / scale
    case "tf_crop_and_resize":
      let (start, end) = region ?? (0, 1)
      return length > 1
        ? start * (count - 1) + place * (end - start) * (count - 1) / (length - 1)
        : 0.5 * (start + end) * (count - 1)
    default: throw call.refused("there is no coordinate transformation '\(transformation)'")
    }
  }

  private func weights(at source: Double, _ scale: Double, _ count: Int, _ call: Call) throws -> [(Int, Double)] {
    switch mode {
    case "nearest":
      let place: Double
      switch nearest {
      case "round_prefer_floor": place = (source - 0.5).rounded(.up)
      case "round_prefer_ceil": place = (source + 0.5).rounded(.down)
      case "floor": place = source.rounded(.down)
      case "ceil": place = source.rounded(.up)
      default: throw call.refused("there is no rounding '\(nearest)'")
      }
      return [(whole(place), 1)]
    case "linear", "bilinear", "cubic": return kernel(at: source, Swift.min(scale, 1), count)
    default: throw call.refused("there is no mode '\(mode)'")
    }
  }

  /// The weights of a kernel around a place, made to sum to 1 where elements outside do not count.
  private func kernel(at source: Double, _ scale: Double, _ count: Int) -> [(Int, Double)] {
    let shrink = isAntialiased ? scale : 1, radius = (mode == "cubic" ? 2 : 1) / shrink
    let first = whole((source - radius).rounded(.down)), last = whole((source + radius).rounded(.up))
    var weights = (first...last).map { ($0, value(Double($0) - source, shrink)) }.filter { $0.1 != 0 }
    if excludesOutside { weights = weights.filter { (0..<count).contains($0.0) } }
    let total = weights.reduce(0) { $0 + $1.1 }
    return excludesOutside || isAntialiased ? weights.map { ($0.0, $0.1 / total) } : weights
  }

  private func value(_ distance: Double, _ shrink: Double) -> Double {
    let x = Swift.abs(distance) * shrink
    if mode != "cubic" { return Swift.max(0, 1 - x) }
    if x <= 1 { return ((cubic + 2) * x - (cubic + 3)) * x * x + 1 }
    return x < 2 ? ((cubic * x - 5 * cubic) * x + 8 * cubic) * x - 4 * cubic : 0
  }
}
