/// The transpose of a convolution as a layer of its own: every input element spreads a window over the output.
///
/// `x` is `[batch, inputs, height, width]`, `weight` `[inputs, outputs/groups, height, width]`, `bias` `[outputs]`. An
/// axis of length n becomes (n − 1)·stride − 2·padding + dilation·(window − 1) + 1 + outputPadding.
/// It is the primitive that convolution's own gradient uses, so it needs no derivative of its own.
public func transposedConvolution2d(
  _ x: Node, weight: Node, bias: Node? = nil, stride: [Int] = [1], padding: [Int] = [0], outputPadding: [Int] = [0],
  dilation: [Int] = [1], groups: Int = 1
) -> Node {
  let name = "transposedConvolution2d"
  let spread = x.graph.attempt(x, weight) {
    let geometry = try WindowGeometry(
      stride: stride, padding: padding, dilation: dilation, groups: groups, in: name)
    let extra = try WindowGeometry.pair(outputPadding, least: 0, "outputPadding", name)
    guard x.shape.rank == 4, weight.shape.rank == 4, weight.shape[0] == x.shape[1] else {
      throw ChainRuleError(
        .shape, in: name, required: "[n, c, h, w] and weights [c, o/\(groups), i, j]",
        got: "\(x.shape) and \(weight.shape)")
    }
    let size = (0..<2).map { axis in
      Extents.sum(
        Extents.product(x.shape[2 + axis] - 1, geometry.stride[axis]), -2 * geometry.padding[axis],
        Extents.product(geometry.dilation[axis], weight.shape[2 + axis] - 1), 1 + extra[axis])
    }
    return ConvolutionInputGradient(geometry: geometry, size: size)
  }
  guard let bias, spread.error == nil else { return spread }
  return spread + bias.reshaped(to: [1, bias.shape.elementCount, 1, 1])
}
