/// A primitive as plain data, for those who write graphs in another format.
package enum PrimitiveForm {
  /// Where windows read; `window` is empty where an input has its lengths.
  package struct Windows {
    package let window: [Int], stride: [Int], padding: [Int], dilation: [Int]
    package let groups: Int

    init(_ geometry: WindowGeometry, window: [Int] = []) {
      (self.window, stride, padding) = (window, geometry.stride, geometry.padding)
      (dilation, groups) = (geometry.dilation, geometry.groups)
    }
  }

  case elementwise(Opcode)
  case sum([Int]), extremum(isMaximum: Bool, [Int]), logSumExp([Int])
  case softmax(axis: Int), argmax(axis: Int), cumulativeSum(axis: Int, isReversed: Bool)
  case matmul(transposesLeft: Bool, transposesRight: Bool, roundsFactors: Bool)
  case reshape, broadcast, identity, transpose([Int]), concatenate(axis: Int), flip([Int])
  case slice(starts: [Int], counts: [Int], steps: [Int])
  case pad(starts: [Int], steps: [Int], filling: Double)
  case gather(axis: Int), scatterAdd(axis: Int, length: Int)
  case gatherAlong(axis: Int), scatterAddAlong(axis: Int, length: Int)
  case oneHot(classes: Int)
  case randomUniform(seed: UInt64)
  case convolution(Windows), convolutionInputGradient(Windows), convolutionWeightGradient(Windows)
  case maxPool(Windows), maxPoolWinners(Windows)
  case averagePool(Windows, countsPadding: Bool), averagePoolTransposed(Windows, countsPadding: Bool, size: [Int])
  /// None of the library's own: a primitive of whole tensors, of another module or of somebody's own.
  case other
}

extension Graph {
  /// The primitive of a node as plain data.
  package func form(of id: Int32) -> PrimitiveForm {
    guard isOperation(id) else { return .other }
    if let opcode = tabulatedOpcode(of: id) { return .elementwise(opcode) }
    return PrimitiveForm(primitive(of: id))
  }
}

extension PrimitiveForm {
  /// A primitive as plain data.
  package init(_ primitive: any Primitive) {
    if let tabulated = primitive as? any TabulatedPrimitive {
      self = .elementwise(type(of: tabulated).opcode)
    } else {
      self = Self.reduction(primitive) ?? Self.movement(primitive) ?? Self.windows(primitive) ?? .other
    }
  }

  private static func reduction(_ primitive: any Primitive) -> PrimitiveForm? {
    switch primitive {
    case let sum as Sum: .sum(sum.axes)
    case let extremum as Extremum: .extremum(isMaximum: extremum.isMaximum, extremum.axes)
    case let logarithm as LogSumExp: .logSumExp(logarithm.axes)
    case let softmax as Softmax: .softmax(axis: softmax.axis)
    case let argmax as Argmax: .argmax(axis: argmax.axis)
    case let sums as CumulativeSum: .cumulativeSum(axis: sums.axis, isReversed: sums.isReversed)
    case let product as MatMul:
      .matmul(
        transposesLeft: product.transposesLeft, transposesRight: product.transposesRight,
        roundsFactors: product.roundsFactors)
    default: nil
    }
  }

  private static func movement(_ primitive: any Primitive) -> PrimitiveForm? {
    switch primitive {
    case is Reshape: .reshape
    case is Broadcast: .broadcast
    case is StopGradient: .identity
    case let transpose as Transpose: .transpose(transpose.order)
    case let joined as Concatenate: .concatenate(axis: joined.axis)
    case let flip as Flip: .flip(flip.axes)
    case let slice as Slice: .slice(starts: slice.starts, counts: slice.counts, steps: slice.steps)
    case let pad as Pad: .pad(starts: pad.starts, steps: pad.steps, filling: pad.filling)
    case let gather as Gather: .gather(axis: gather.axis)
    case let scatter as ScatterAdd: .scatterAdd(axis: scatter.axis, length: scatter.length)
    case let gather as GatherAlong: .gatherAlong(axis: gather.axis)
    case let scatter as ScatterAddAlong: .scatterAddAlong(axis: scatter.axis, length: scatter.length)
    case let oneHot as OneHot: .oneHot(classes: oneHot.classes)
    case let numbers as RandomUniform: .randomUniform(seed: numbers.seed)
    default: nil
    }
  }

  private static func windows(_ primitive: any Primitive) -> PrimitiveForm? {
    func windows(_ pooling: Pooling) -> PrimitiveForm.Windows { .init(pooling.geometry, window: pooling.window) }
    return switch primitive {
    case let convolution as Convolution: .convolution(.init(convolution.geometry))
    case let gradient as ConvolutionInputGradient: .convolutionInputGradient(.init(gradient.geometry))
    case let gradient as ConvolutionWeightGradient: .convolutionWeightGradient(.init(gradient.geometry))
    case let pool as MaxPool: .maxPool(windows(pool.pooling))
    case let winners as MaxPoolWinners: .maxPoolWinners(windows(winners.pooling))
    case let pool as AveragePool: .averagePool(windows(pool.pooling), countsPadding: pool.countsPadding)
    case let pool as AveragePoolTransposed:
      .averagePoolTransposed(windows(pool.pooling), countsPadding: pool.countsPadding, size: pool.size)
    default: nil
    }
  }
}
