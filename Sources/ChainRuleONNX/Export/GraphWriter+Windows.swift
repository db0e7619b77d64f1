import ChainRuleCore

// Convolutions, pools, and their transposes.

extension GraphWriter {
  mutating func writeWindows(_ form: PrimitiveForm, _ id: Int32, _ ids: [Int32], to output: String) -> Bool {
    switch form {
    case .convolution(let windows):
      add(
        "Conv", [input(ids[0]), input(ids[1])], to: output,
        geometry(windows) + [.integers("dilations", windows.dilation), .integer("group", windows.groups)])
    case .convolutionInputGradient(let windows):
      let u = graph.shape(of: ids[0]).dimensions, w = graph.shape(of: ids[1]).dimensions
      transposed(
        input(ids[0]), input(ids[1]), windows, from: Array(u[2...]), window: Array(w[2...]),
        to: Array(graph.shape(of: id).dimensions[2...]), output)
    case .convolutionWeightGradient(let windows): weightGradient(id, ids, windows, to: output)
    case .maxPool(let windows): add("MaxPool", [input(ids[0])], to: output, pool(windows))
    case .maxPoolWinners(let windows): winners(id, ids[0], windows, to: output)
    case .averagePool(let windows, let countsPadding):
      let attribute = Attribute.integer("count_include_pad", countsPadding ? 1 : 0)
      add("AveragePool", [input(ids[0])], to: output, pool(windows) + [attribute])
    case .averagePoolTransposed(let windows, let countsPadding, let size):
      spread(ids[0], windows, countsPadding, size, to: output)
    default: return false
    }
    return true
  }

  private func geometry(_ windows: PrimitiveForm.Windows) -> [Attribute] {
    [.integers("strides", windows.stride), .integers("pads", windows.padding + windows.padding)]
  }

  private func pool(_ windows: PrimitiveForm.Windows) -> [Attribute] {
    geometry(windows) + [.integers("kernel_shape", windows.window)]
  }

  @discardableResult
  private mutating func transposed(
    _ x: String, _ w: String, _ windows: PrimitiveForm.Windows, from input: [Int], window: [Int], to size: [Int],
    _ output: String?
  ) -> String {
    let extra = (0..<2).map { axis -> Int in
      let reach = (input[axis] - 1) * windows.stride[axis] + windows.dilation[axis] * (window[axis] - 1) + 1
      return size[axis] - (reach - 2 * windows.padding[axis])
    }
    // What is left over at the end belongs to the image, with whatever windows reach of it.
    return add(
      "ConvTranspose", [x, w], to: output,
      geometry(windows) + [
        .integers("dilations", windows.dilation), .integer("group", windows.groups),
        .integers("output_padding", extra),
      ])
  }

  /// The image as kernels over its own batch: batch and channels change places, strides and dilations too.
  private mutating func weightGradient(
    _ id: Int32, _ ids: [Int32], _ windows: PrimitiveForm.Windows, to output: String
  ) {
    let x = graph.shape(of: ids[0]), u = graph.shape(of: ids[1]), w = graph.shape(of: id), groups = windows.groups
    let (channels, outputs) = (x[1] / groups, u[1] / groups)
    var parts: [String] = []
    for group in 0..<groups {
      let image = part(input(ids[0]), 1, group * channels, channels, of: x[1])
      let upstream = part(input(ids[1]), 1, group * outputs, outputs, of: u[1])
      let swapped = [image, upstream].map { add("Transpose", [$0], [.integers("perm", [1, 0, 2, 3])]) }
      let product = add(
        "Conv", swapped,
        [
          .integers("strides", windows.dilation), .integers("dilations", windows.stride),
          .integers("pads", windows.padding + windows.padding),
        ])
      let inside = add("Slice", [product, integers([0, 0]), integers([w[2], w[3]]), integers([2, 3])])
      parts.append(add("Transpose", [inside], [.integers("perm", [1, 0, 2, 3])]))
    }
    if parts.count == 1 {
      add("Identity", parts, to: output)
    } else {
      add("Concat", parts, to: output, [.integer("axis", 0)])
    }
  }

  private mutating func part(_ x: String, _ axis: Int, _ start: Int, _ count: Int, of length: Int) -> String {
    count == length ? x : add("Slice", [x, integers([start]), integers([start + count]), integers([axis])])
  }

  /// Positions in each plane: ONNX counts through the whole tensor.
  private mutating func winners(_ id: Int32, _ x: Int32, _ windows: PrimitiveForm.Windows, to output: String) {
    let places = temporary(), input = graph.shape(of: x), lengths = graph.shape(of: id).dimensions
    var node = add("MaxPool", [self.input(x)], to: temporary(), second: places, pool(windows))
    node = add("Reshape", [places, integers(lengths)])
    let starts = add(
      "Reshape", [integers((0..<lengths[0]).map { $0 * input[2] * input[3] }), integers([lengths[0], 1])])
    add("Sub", [node, starts], to: output)
  }

  /// Every number spread evenly over its window.
  private mutating func spread(
    _ x: Int32, _ windows: PrimitiveForm.Windows, _ countsPadding: Bool, _ size: [Int], to output: String
  ) {
    let shape = graph.shape(of: x), (rows, columns) = (shape[2], shape[3])
    func covered(_ axis: Int, _ place: Int) -> Int {
      let start = place * windows.stride[axis] - windows.padding[axis]
      return Swift.min(start + windows.window[axis], size[axis]) - Swift.max(start, 0)
    }
    let counts = (0..<rows).flatMap { row in
      (0..<columns).map {
        Double(countsPadding ? windows.window[0] * windows.window[1] : covered(0, row) * covered(1, $0))
      }
    }
    let means = add("Div", [input(x), numbers(counts, shape: [1, 1, rows, columns])])
    let planes = add("Reshape", [means, integers([shape[0] * shape[1], 1, rows, columns])])
    let ones = numbers(
      [Double](repeating: 1, count: windows.window[0] * windows.window[1]), shape: [1, 1] + windows.window)
    let image = transposed(planes, ones, windows, from: [rows, columns], window: windows.window, to: size, nil)
    add("Reshape", [image, integers([shape[0], shape[1]] + size)], to: output)
  }
}
