import ChainRuleCore
import ChainRuleMathematics

// Boxes in images.

extension Operators {
  static let regions: [String: Operator] = [
    "AffineGrid": affineGrid, "GridSample": gridSample, "RoiAlign": roiAlign, "NonMaxSuppression": nonMaxSuppression,
    "ai.onnx.ml.Binarizer": { call in try call.result(greater(call.node(0), call.float("threshold", 0))) },
    "ai.onnx.ml.ArrayFeatureExtractor": { call in try indexed["ArrayFeatureExtractor"]?(call) ?? [] },
  ]

  /// Coordinates in −1…1 of every place of an image, moved by an affine map: `[n, …, axes]`.
  private static let affineGrid: Operator = { call in
    let theta = try call.node(0), sizes = Array(try call.integers(1).dropFirst(2)), rank = sizes.count
    let isAligned = call.flag("align_corners"), count = Shape(sizes).elementCount
    guard rank >= 1, theta.shape.rank == 3, theta.shape[1] == rank, theta.shape[2] == rank + 1, count < 1 << 26 else {
      throw call.refused("maps of \(theta.shape) do not fit \(sizes)")
    }
    let strides = Shape(sizes).strides
    let rows = (0..<count).flatMap { place -> [Double] in
      let coordinates = (0..<rank).map { axis -> Double in
        let (p, length) = (Double(place / strides[axis] % sizes[axis]), Double(sizes[axis]))
        return isAligned ? (length > 1 ? -1 + 2 * p / (length - 1) : -1) : (2 * p + 1) / length - 1
      }
      return coordinates.reversed() + [1]
    }
    let grid = call.graph.constant(Tensor(shape: [count, rank + 1], rows))
    let moved = grid.matmul(theta.transposed([0, 2, 1]))
    return try call.result(moved.reshaped(to: Shape([theta.shape[0]] + sizes + [rank])))
  }

  private static let gridSample: Operator = { call in
    let sampler = try GridSampler(call)
    return try call.result(sampler.sampled())
  }

  private static let roiAlign: Operator = { call in
    let x = try call.node(0), boxes = try call.known(1), images = try call.integers(2), shape = x.shape
    let (rows, columns) = (call.integer("output_height", 1), call.integer("output_width", 1))
    let scale = call.float("spatial_scale", 1), ratio = call.integer("sampling_ratio", 0)
    let isHalf = call.version >= 16 && call.text("coordinate_transformation_mode", "half_pixel") == "half_pixel"
    guard shape.rank == 4, rows > 0, columns > 0, boxes.shape == [images.count, 4], ratio < 64,
      call.text("mode", "avg") == "avg", images.allSatisfy({ (0..<shape[0]).contains($0) }),
      Shape([rows, columns, shape[2], shape[3]]).elementCount < 1 << 26
    else { throw call.refused("it is computed for means of boxes [n, 4] over [n, c, h, w] alone") }
    let results = images.indices.map { number -> Node in
      let box = (0..<4).map { boxes.values.element(4 * number + $0) * scale - (isHalf ? 0.5 : 0) }
      let sizes = [box[3] - box[1], box[2] - box[0]].map { isHalf ? $0 : Swift.max($0, 1) }
      let y = averages(from: box[1], size: sizes[0], parts: rows, length: shape[2], ratio)
      let z = averages(from: box[0], size: sizes[1], parts: columns, length: shape[3], ratio)
      let left = call.graph.constant(Tensor(shape: [rows, shape[2]], y))
      let right = call.graph.constant(Tensor(shape: [columns, shape[3]], z)).transposed()
      return left.broadcast(to: [shape[1], rows, shape[2]]).matmul(x[images[number]]).matmul(right)
    }
    return try call.result(results.isEmpty ? x[0..<0] : stack(results))
  }

  /// The weights of elements along an axis in the mean of samples within each part of a stretch.
  private static func averages(from start: Double, size: Double, parts: Int, length: Int, _ ratio: Int) -> [Double] {
    var matrix = [Double](repeating: 0, count: parts * length)
    let step = size / Double(parts)
    let samples = ratio > 0 ? ratio : Swift.max(1, Swift.min(whole(step.rounded(.up)), 1 << 12))
    for part in 0..<parts {
      for sample in 0..<samples {
        var place = start + (Double(part) + (Double(sample) + 0.5) / Double(samples)) * step
        guard place >= -1, place <= Double(length) else { continue }
        place = Swift.max(0, place)
        let low = Swift.min(whole(place.rounded(.down)), length - 1), high = Swift.min(low + 1, length - 1)
        let rest = low == length - 1 ? 0 : place - Double(low)
        matrix[part * length + low] += (1 - rest) / Double(samples)
        matrix[part * length + high] += rest / Double(samples)
      }
    }
    return matrix
  }

  /// The boxes of each class that are kept: the best first, without those that overlap one that is kept already.
  private static let nonMaxSuppression: Operator = { call in
    let boxes = try call.known(0), scores = try call.known(1), isCentered = call.flag("center_point_box")
    let most = try call.integersIfAny(2)?.first ?? 0
    let overlap = try call.numberIfAny(3) ?? 0, least = try call.numberIfAny(4)
    let count = boxes.shape[1]
    guard boxes.shape.rank == 3, scores.shape.rank == 3, boxes.shape[2] == 4, scores.shape[2] == count else {
      throw call.refused("boxes \(boxes.shape) and scores \(scores.shape) do not fit")
    }
    func corners(_ image: Int, _ box: Int) -> [Double] {
      let b = (0..<4).map { boxes.values.element((image * count + box) * 4 + $0) }
      if isCentered { return [b[1] - b[3] / 2, b[0] - b[2] / 2, b[1] + b[3] / 2, b[0] + b[2] / 2] }
      return [Swift.min(b[0], b[2]), Swift.min(b[1], b[3]), Swift.max(b[0], b[2]), Swift.max(b[1], b[3])]
    }
    func common(_ a: [Double], _ b: [Double]) -> Double {
      let height = Swift.max(0, Swift.min(a[2], b[2]) - Swift.max(a[0], b[0]))
      let width = Swift.max(0, Swift.min(a[3], b[3]) - Swift.max(a[1], b[1])), area = height * width
      let total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - area
      return total > 0 ? area / total : 0
    }
    var rows: [Int] = []
    for image in 0..<boxes.shape[0] {
      for kind in 0..<scores.shape[1] {
        func score(_ box: Int) -> Double { scores.values.element((image * scores.shape[1] + kind) * count + box) }
        let order = (0..<count).filter { box in least.map { score(box) > $0 } ?? true }
          .sorted { (score($1), $0) < (score($0), $1) }
        var kept: [Int] = []
        for box in order where kept.count < most {
          let place = corners(image, box)
          if kept.allSatisfy({ common(corners(image, $0), place) <= overlap }) { kept.append(box) }
        }
        rows += kept.flatMap { [image, kind, $0] }
      }
    }
    return [.integers(rows, shape: [rows.count / 3, 3])]
  }
}

/// Reads an image at places that are computed: the gradient flows to the image and to the places.
private struct GridSampler {
  let x: Node, grid: Node
  let sizes: [Int]
  let mode: String, padding: String
  let isAligned: Bool

  init(_ call: Call) throws {
    x = try call.node(0)
    grid = try call.node(1)
    sizes = Array(x.shape.dimensions.dropFirst(2))
    mode = call.text("mode", "linear")
    padding = call.text("padding_mode", "zeros")
    isAligned = call.flag("align_corners")
    guard !sizes.isEmpty, grid.shape.rank == x.shape.rank, grid.shape[-1] == sizes.count, grid.shape[0] == x.shape[0]
    else { throw call.refused("places of shape \(grid.shape) do not fit \(x.shape)") }
    guard ["linear", "bilinear", "nearest", "cubic", "bicubic"].contains(mode) else {
      throw call.refused("there is no mode '\(mode)'")
    }
  }

  func sampled() -> Node {
    let rank = sizes.count, batch = x.shape[0], channels = x.shape[1]
    let count = grid.shape.elementCount / (batch * rank)
    let places = grid.reshaped(to: [batch, count, rank])
    // For each axis the elements that are read, and how much each counts.
    let axes = (0..<rank).map { axis in readings(places[0..., 0..., rank - 1 - axis], sizes[axis]) }
    let total = Shape(sizes).elementCount, strides = Shape(sizes).strides
    let rows = x.reshaped(to: [batch, channels, total]).transposed([0, 2, 1]).reshaped(to: [batch * total, channels])
    let starts = x.graph.constant(Tensor(shape: [batch, 1], (0..<batch).map { Double($0 * total) }))
    var sum: Node?
    let choices = axes.map(\.count).reduce(1, *)
    for choice in 0..<choices {
      var rest = choice, weight: Node?, position = starts.broadcast(to: [batch, count])
      for axis in 0..<rank {
        let reading = axes[axis][rest % axes[axis].count]
        rest /= axes[axis].count
        weight = weight.map { $0 * reading.weight } ?? reading.weight
        position = position + Double(strides[axis]) * reading.place
      }
      let part = rows.gathered(at: position) * (weight ?? starts).reshaped(to: [batch, count, 1])
      sum = sum.map { $0 + part } ?? part
    }
    let output = Array(grid.shape.dimensions[1..<(rank + 1)])
    return (sum ?? x).transposed([0, 2, 1]).reshaped(to: Shape([batch, channels] + output))
  }

  private func readings(_ place: Node, _ length: Int) -> [(place: Node, weight: Node)] {
    let size = Double(length)
    var source = isAligned ? (place + 1) * ((size - 1) / 2) : ((place + 1) * size - 1) / 2
    let isCubic = mode.hasSuffix("cubic")
    if !isCubic, padding == "border" { source = clamp(source, min: 0, max: size - 1) }
    if !isCubic, padding == "reflection" { source = reflected(source, size) }
    func reading(_ position: Node, _ weight: Node) -> (place: Node, weight: Node) {
      var position = position, weight = weight
      if isCubic, padding == "reflection" { position = reflected(position, size) }
      let inside = clamp(position, min: 0, max: size - 1)
      if padding == "zeros" { weight = weight * equal(inside, position) }
      return (inside, weight)
    }
    if mode == "nearest" { return [reading(Operators.roundedToEven(source), 0 * source + 1)] }
    let low = floor(source), rest = source - low
    guard isCubic else { return [reading(low, 1 - rest), reading(low + 1, rest)] }
    let a = -0.75
    func near(_ x: Node) -> Node { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Node) -> Node { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    return [
      reading(low - 1, far(rest + 1)), reading(low, near(rest)), reading(low + 1, near(1 - rest)),
      reading(low + 2, far(2 - rest)),
    ]
  }

  /// A place mirrored at both ends until it lies inside.
  private func reflected(_ place: Node, _ size: Double) -> Node {
    let (low, span) = isAligned ? (0, size - 1) : (-0.5, size)
    guard span > 0 else { return 0 * place }
    let turned = remainder(place - low, 2 * span)
    return clamp(minimum(turned, 2 * span - turned) + low, min: 0, max: size - 1)
  }
}
