extension StoredPrimitiveTable {
  static let core: [any StoredPrimitive.Type] = [
    MatMul.self, OneHot.self, Pad.self, Slice.self, Reshape.self, Broadcast.self, Transpose.self, Flip.self,
    Concatenate.self, Sum.self, Softmax.self, LogSumExp.self, Extremum.self, Argmax.self, CumulativeSum.self,
    Gather.self, ScatterAdd.self, GatherAlong.self, ScatterAddAlong.self, RandomUniform.self, AsIndices.self,
    AsNumbers.self, FirstOfRepeats.self, StopGradient.self, MaxPool.self, MaxPoolWinners.self, AveragePool.self,
    AveragePoolTransposed.self, Convolution.self, ConvolutionInputGradient.self, ConvolutionWeightGradient.self,
  ]
}

extension MatMul: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(transposesLeft)
    attributes.write(transposesRight)
    attributes.write(roundsFactors)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(transposesLeft: try attributes.bool(), transposesRight: try attributes.bool())
    roundsFactors = try attributes.bool()
  }
}

extension OneHot: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(classes) }
  init(from attributes: inout AttributeReader) throws {
    self.init(classes: try attributes.int())
    try require(classes >= 0, "a number of classes")
  }
}

// MARK: Reductions

extension Sum: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(axes) }
  init(from attributes: inout AttributeReader) throws { self.init(axes: try attributes.ints()) }
  func check(_ inputs: [Shape]) throws { try requireAxes(axes, of: inputs[0]) }
}

extension LogSumExp: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(axes) }
  init(from attributes: inout AttributeReader) throws { self.init(axes: try attributes.ints()) }
  func check(_ inputs: [Shape]) throws { try requireAxes(axes, of: inputs[0]) }
}

extension Extremum: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(isMaximum)
    attributes.write(axes)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(isMaximum: try attributes.bool(), axes: try attributes.ints())
  }
  func check(_ inputs: [Shape]) throws { try requireAxes(axes, of: inputs[0]) }
}

extension Softmax: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(axis) }
  init(from attributes: inout AttributeReader) throws { self.init(axis: try attributes.int()) }
  func check(_ inputs: [Shape]) throws { try requireAxes([axis], of: inputs[0]) }
}

extension Argmax: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(axis) }
  init(from attributes: inout AttributeReader) throws { self.init(axis: try attributes.int()) }
  func check(_ inputs: [Shape]) throws { try requireAxes([axis], of: inputs[0]) }
}

extension CumulativeSum: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(axis)
    attributes.write(isReversed)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(axis: try attributes.int(), isReversed: try attributes.bool())
  }
  func check(_ inputs: [Shape]) throws { try requireAxes([axis], of: inputs[0]) }
}

// MARK: Indices

extension Gather: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(axis) }
  init(from attributes: inout AttributeReader) throws { self.init(axis: try attributes.int()) }
  func check(_ inputs: [Shape]) throws { try requireAxes([axis], of: inputs[0]) }
}

extension ScatterAdd: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(axis)
    attributes.write(length)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(axis: try attributes.int(), length: try attributes.int())
  }
  func check(_ inputs: [Shape]) throws {
    try require(axis >= 0 && axis <= inputs[0].rank && length >= 0 && length < 1 << 56, "an axis of \(inputs[0])")
  }
}

extension GatherAlong: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(axis) }
  init(from attributes: inout AttributeReader) throws { self.init(axis: try attributes.int()) }
  func check(_ inputs: [Shape]) throws { try requireAxes([axis], of: inputs[0]) }
}

extension ScatterAddAlong: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(axis)
    attributes.write(length)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(axis: try attributes.int(), length: try attributes.int())
  }
  func check(_ inputs: [Shape]) throws {
    try requireAxes([axis], of: inputs[0])
    try require(length >= 0 && length < 1 << 56, "a length")
  }
}

extension RandomUniform: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(shape)
    attributes.write(seed)
    attributes.write(countsRuns)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(shape: try attributes.shape(), seed: try attributes.unsigned(), countsRuns: try attributes.bool())
  }
  func check(_ inputs: [Shape]) throws { try require(inputs[0] == .scalar, "a counter that is one number") }
}

extension AsIndices: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) { attributes.write(reader) }
  package init(from attributes: inout AttributeReader) throws { self.init(reader: try attributes.text()) }
}

extension AsNumbers: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) { attributes.write(precision == .double) }
  package init(from attributes: inout AttributeReader) throws {
    self.init(precision: try attributes.bool() ? .double : .single)
  }
}

extension FirstOfRepeats: PlainStoredPrimitive {}

extension StopGradient: PlainStoredPrimitive {}

// MARK: Windows

extension WindowGeometry {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(stride)
    attributes.write(padding)
    attributes.write(dilation)
    attributes.write(groups)
  }
  init(from attributes: inout AttributeReader) throws {
    try self.init(
      stride: attributes.ints(), padding: attributes.ints(), dilation: attributes.ints(), groups: attributes.int(),
      in: "Program")
    guard groups < 1 << 31 else { throw AttributeReader.broken("a number of groups", "\(groups)") }
  }
}

extension Pooling {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(window)
    geometry.write(to: &attributes)
  }
  init(from attributes: inout AttributeReader) throws {
    let window = try attributes.ints(), geometry = try WindowGeometry(from: &attributes)
    try self.init(window: window, stride: geometry.stride, padding: geometry.padding, in: "Program")
    guard self.geometry == geometry else { throw AttributeReader.broken("windows of a pooling", "others") }
  }
}

extension MaxPool: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { pooling.write(to: &attributes) }
  init(from attributes: inout AttributeReader) throws { self.init(pooling: try Pooling(from: &attributes)) }
}

extension MaxPoolWinners: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { pooling.write(to: &attributes) }
  init(from attributes: inout AttributeReader) throws { self.init(pooling: try Pooling(from: &attributes)) }
}

extension AveragePool: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    pooling.write(to: &attributes)
    attributes.write(countsPadding)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(pooling: try Pooling(from: &attributes), countsPadding: try attributes.bool())
  }
}

extension AveragePoolTransposed: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    pooling.write(to: &attributes)
    attributes.write(countsPadding)
    attributes.write(size)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(
      pooling: try Pooling(from: &attributes), countsPadding: try attributes.bool(),
      size: try WindowGeometry.pair(attributes.ints(), least: 1, "size", "Program"))
  }
}

extension Convolution: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { geometry.write(to: &attributes) }
  init(from attributes: inout AttributeReader) throws { self.init(geometry: try WindowGeometry(from: &attributes)) }
}

extension ConvolutionInputGradient: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    geometry.write(to: &attributes)
    attributes.write(size)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(
      geometry: try WindowGeometry(from: &attributes),
      size: try WindowGeometry.pair(attributes.ints(), least: 1, "size", "Program"))
  }
  func check(_ inputs: [Shape]) throws { try require(inputs.allSatisfy { $0.rank == 4 }, "images and kernels") }
}

extension ConvolutionWeightGradient: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    geometry.write(to: &attributes)
    attributes.write(window)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(
      geometry: try WindowGeometry(from: &attributes),
      window: try WindowGeometry.pair(attributes.ints(), least: 1, "window", "Program"))
  }
  func check(_ inputs: [Shape]) throws {
    try require(inputs.allSatisfy { $0.rank == 4 }, "images")
    try require(inputs[0][1] % geometry.groups == 0, "channels of \(geometry.groups) groups")
  }
}
