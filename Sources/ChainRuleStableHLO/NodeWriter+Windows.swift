import ChainRuleCore

// Convolutions, pools, and their transposes.

extension NodeWriter {
  func windows(_ form: PrimitiveForm) -> StableHLOValue? {
    switch form {
    case .convolution(let windows):
      convolution(
        x, inputs[1], "[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]", strides: windows.stride,
        low: windows.padding, dilations: windows.dilation, groups: windows.groups, kernel: [2, 3])
    case .convolutionInputGradient(let windows): inputGradient(windows)
    case .convolutionWeightGradient(let windows):
      convolution(
        x, inputs[1], "[f, b, 0, 1]x[i, o, 0, 1]->[f, b, 0, 1]", strides: windows.dilation, low: windows.padding,
        dilations: windows.stride, batchGroups: windows.groups, kernel: [2, 3])
    case .maxPool(let windows): winners(windows)[0]
    case .maxPoolWinners(let windows): winners(windows)[1].reshaped(to: lengths)
    case .averagePool(let windows, let countsPadding):
      windowSums(x, windows.window, windows.stride, windows.padding, to: lengths)
        / counts(windows, countsPadding, x.dimensions, lengths)
    case .averagePoolTransposed(let windows, let countsPadding, _): spread(windows, countsPadding)
    default: nil
    }
  }

  /// The border after an image that gives the promised lengths.
  private func convolution(
    _ image: StableHLOValue, _ kernel: StableHLOValue, _ numbers: String, strides: [Int] = [1, 1], low: [Int],
    inside: [Int] = [1, 1], dilations: [Int], groups: Int = 1, batchGroups: Int = 1, kernel places: [Int]
  ) -> StableHLOValue {
    if image.type.count == 0 || kernel.type.count == 0 { return zeros(type) }
    var (image, low, inside) = (image, low, inside)
    var high = (0..<2).map { (axis: Int) -> Int in
      let reach: Int =
        (lengths[axis + 2] - 1) * strides[axis] + (kernel.dimensions[places[axis]] - 1) * dilations[axis] + 1
      return reach - low[axis] - ((image.dimensions[axis + 2] - 1) * inside[axis] + 1)
    }
    let none = [0, 0]
    if (low + high).contains(where: { $0 < 0 }) {  // what no window reads is cut off first
      image = image.padded(none + low, none + high, inside: none + inside.map { $0 - 1 })
      (low, high, inside) = ([0, 0], [0, 0], [1, 1])
    }
    return body.emit(
      "stablehlo.convolution", [image, kernel],
      "window_strides = \(StableHLOValue.array(strides)), "
        + "padding = dense<[[\(low[0]), \(high[0])], [\(low[1]), \(high[1])]]> : tensor<2x2xi64>, "
        + "lhs_dilation = \(StableHLOValue.array(inside)), rhs_dilation = \(StableHLOValue.array(dilations)), "
        + "dimension_numbers = #stablehlo.conv<\(numbers)>, feature_group_count = \(groups) : i64, "
        + "batch_group_count = \(batchGroups) : i64, \(StableHLOBuilder.precision)",
      results: [type])[0]
  }

  private func inputGradient(_ windows: PrimitiveForm.Windows) -> StableHLOValue {
    let w = inputs[1].dimensions, groups = windows.groups
    if inputs[1].type.count == 0 { return zeros(type) }
    let split = inputs[1].reshaped(to: [groups, w[0] / groups, w[1], w[2], w[3]]).transposed([1, 0, 2, 3, 4])
    let kernel = split.reshaped(to: [w[0] / groups, groups * w[1], w[2], w[3]]).flipped([2, 3])
    let low: [Int] = (0..<2).map { axis in windows.dilation[axis] * (w[axis + 2] - 1) - windows.padding[axis] }
    return convolution(
      x, kernel, "[b, f, 0, 1]x[i, o, 0, 1]->[b, f, 0, 1]", low: low, inside: windows.stride,
      dilations: windows.dilation, groups: groups, kernel: [2, 3])
  }

  // MARK: Pools

  private func window(_ window: [Int], _ strides: [Int], _ low: [Int], _ high: [Int]) -> String {
    "window_dimensions = \(StableHLOValue.array([1, 1] + window)), "
      + "window_strides = \(StableHLOValue.array([1, 1] + strides)), "
      + "base_dilations = array<i64: 1, 1, 1, 1>, window_dilations = array<i64: 1, 1, 1, 1>, "
      + "padding = dense<[[0, 0], [0, 0], [\(low[0]), \(high[0])], [\(low[1]), \(high[1])]]> : tensor<4x2xi64>"
  }

  /// The border after each axis that the windows need, and what they do not reach cut off.
  private func reached(
    _ x: StableHLOValue, _ window: [Int], _ strides: [Int], _ low: [Int], _ places: [Int]
  ) -> (StableHLOValue, high: [Int]) {
    var (x, high) = (x, [0, 0])
    for axis in 0..<2 {
      let length = x.dimensions[axis + 2]
      let rest = (places[axis] - 1) * strides[axis] + window[axis] - low[axis] - length
      if rest >= 0 { high[axis] = rest } else { x = x.part(0, length + rest, axis: axis + 2) }
    }
    return (x, high)
  }

  private func windowSums(
    _ x: StableHLOValue, _ window: [Int], _ strides: [Int], _ low: [Int], to lengths: [Int]
  ) -> StableHLOValue {
    let one = StableHLOType([], x.type.element), (x, high) = reached(x, window, strides, low, Array(lengths[2...]))
    return body.emit(
      "stablehlo.reduce_window", [x, zeros(one)], self.window(window, strides, low, high),
      results: [x.type.with(lengths)], regions: [body.region([one, one]) { [$0[0] + $0[1]] }])[0]
  }

  /// The largest of each window and its place in its plane; the first of equals, and the first NaN of any.
  private func winners(_ windows: PrimitiveForm.Windows) -> [StableHLOValue] {
    let size = x.dimensions
    let result = (0..<2).map { (axis: Int) -> Int in
      let room: Int = size[axis + 2] + 2 * windows.padding[axis] - windows.window[axis]
      return room / windows.stride[axis] + 1
    }
    let lengths: [Int] = [size[0], size[1]] + result
    let number = StableHLOType([], x.type.element)
    let index = StableHLOType([], .int32)
    let places =
      body.positions(size, axis: 2) * body.whole(size[3], x.type.with(.int32))
      + body.positions(size, axis: 3)
    let (image, high) = reached(x, windows.window, windows.stride, windows.padding, result)
    let (numbers, _) = reached(places, windows.window, windows.stride, windows.padding, result)
    let starts = [body.constant(-.infinity, number), body.constant(Double(Int32.max), index)]
    return body.emit(
      "stablehlo.reduce_window", [image, numbers] + starts,
      window(windows.window, windows.stride, windows.padding, high),
      results: [x.type.with(lengths), StableHLOType(lengths, .int32)],
      regions: [
        body.region([number, index, number, index]) { all in
          let (a, i, b, j) = (all[0], all[1], all[2], all[3]), isFirst = i.compared("LT", j)
          let bIsNumber = b.compared("EQ", b)
          let larger = a.compared("GT", b).or(a.compared("EQ", b).and(isFirst)).and(bIsNumber)
          let takesA = larger.or(a.isNaN.and(bIsNumber.or(isFirst)))
          return [takesA.select(a, b), takesA.select(i, j)]
        }
      ])
  }

  /// How many elements each window's mean is of.
  private func counts(
    _ windows: PrimitiveForm.Windows, _ countsPadding: Bool, _ size: [Int], _ places: [Int]
  ) -> StableHLOValue {
    let target = x.type.with(places)
    if countsPadding { return body.constant(Double(windows.window[0] * windows.window[1]), target) }
    func covered(_ axis: Int, _ place: Int) -> Int {
      let start = place * windows.stride[axis] - windows.padding[axis]
      return Swift.min(start + windows.window[axis], size[axis + 2]) - Swift.max(start, 0)
    }
    let numbers = (0..<places[2]).flatMap { row in
      (0..<places[3]).map { Double(covered(0, row) * covered(1, $0)) }
    }
    return body.constant(Tensor(shape: [places[2], places[3]], numbers)).spread(to: places, at: [2, 3])
  }

  /// Every mean spread evenly over its window.
  private func spread(_ windows: PrimitiveForm.Windows, _ countsPadding: Bool) -> StableHLOValue {
    let means = x / counts(windows, countsPadding, lengths, x.dimensions)
    let low = (0..<2).map { windows.window[$0] - 1 - windows.padding[$0] }
    let high = (0..<2).map { (axis: Int) -> Int in
      let reach: Int = (x.dimensions[axis + 2] - 1) * windows.stride[axis] + 1
      return lengths[axis + 2] + windows.window[axis] - 1 - low[axis] - reach
    }
    let none = [0, 0], inside = windows.stride.map { $0 - 1 }
    let apart = means.padded(none + low, none + high, inside: none + inside)
    return windowSums(apart, windows.window, [1, 1], [0, 0], to: lengths)
  }
}
