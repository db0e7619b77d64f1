// Convolution and its two gradients: the three bilinear maps of one trilinear form
//
//   T(x, w, u) = Σ u[n, o, p, q] · w[o, c, i, j] · x[n, c, p·stride + i·dilation − padding, …]
//
// Each is T with one argument left open, so each one's local gradients are the other two, to any order.

/// y[n, o] = Σ_c w[o, c] ⋆ x[n, c] (cross-correlation): `[n, c, h, w] · [o, c/groups, i, j] → [n, o, p, q]`.
struct Convolution: DescribedPrimitive, LinearEnclosure {
  static let descriptor = PrimitiveDescriptor(
    equation: "cross-correlation of images and kernels",
    derivatives: ["`ConvolutionInputGradient`", "`ConvolutionWeightGradient`"], call: "convolution2d",
    aliases: ["conv2d"])
  let geometry: WindowGeometry
  var name: String { "convolution" }
  var arity: Int? { 2 }

  func shape(of inputs: [Shape]) throws -> Shape {
    let (x, w) = (inputs[0], inputs[1])
    guard x.rank == 4, w.rank == 4, x[1] == w[1] * geometry.groups, w[0] % geometry.groups == 0 else {
      throw ChainRuleError(
        .shape, in: name, required: "[n, c, h, w] and weights [o, c/\(geometry.groups), i, j]", got: "\(x) and \(w)")
    }
    let size = geometry.outputSize(input: [x[2], x[3]], window: [w[2], w[3]])
    guard w[2] > 0, w[3] > 0, size[0] > 0, size[1] > 0 else {
      throw ChainRuleError(
        .shape, in: name, required: "a window that fits the padded input", got: "\(w) over \(x)",
        hint: "Use more padding or a smaller window.")
    }
    let result = Shape([x[0], w[0]] + size)
    let data = Extents.sum(x.elementCount, w.elementCount, result.elementCount)
    guard geometry.workspace(x: x, w: w, y: result) <= Swift.max(0x1p26, 64 * Double(data)) else {
      throw ChainRuleError(
        .shape, in: name, required: "an image that with its padding fits memory",
        got: "\(w) over \(x) with \(geometry)",
        hint: "Use less padding, or a smaller stride or dilation.")
    }
    return result
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.convolution(inputs[0], inputs[1], geometry, shape: try shape(of: inputs.map(\.shape)))
  }

  /// At most as many as the smaller input has elements.
  func terms(of inputs: [Shape]) -> Int { inputs.map(\.elementCount).min() ?? 1 }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (x, w) = (inputs[0], inputs[1])
    if index == 0 {
      return .linear(
        apply: { convolved($0, w, geometry) }, transpose: { inputGradient($0, w, geometry, of: x.shape) })
    }
    return .linear(
      apply: { convolved(x, $0, geometry) }, transpose: { weightGradient(x, $0, geometry, of: w.shape) })
  }
}

/// x̄ for upstream u and weights w: every window's product is added back where the window read.
struct ConvolutionInputGradient: DescribedPrimitive, LinearEnclosure {
  static let descriptor = PrimitiveDescriptor(
    equation: "the convolution's transpose in the image", derivatives: ["`Convolution`", "`ConvolutionWeightGradient`"])
  let geometry: WindowGeometry
  let size: [Int]
  var name: String { "convolutionInputGradient" }
  var arity: Int? { 2 }

  func shape(of inputs: [Shape]) throws -> Shape {
    let (u, w) = (inputs[0], inputs[1])
    let x = Shape([u[0], w[1] * geometry.groups] + size)
    try requireEqual(try Convolution(geometry: geometry).shape(of: [x, w]), u, in: name)
    return x
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.convolutionInputGradient(inputs[0], inputs[1], geometry, shape: try shape(of: inputs.map(\.shape)))
  }

  /// At most as many as the smaller input has elements.
  func terms(of inputs: [Shape]) -> Int { inputs.map(\.elementCount).min() ?? 1 }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (u, w, x) = (inputs[0], inputs[1], output.shape)
    if index == 0 {
      return .linear(apply: { inputGradient($0, w, geometry, of: x) }, transpose: { convolved($0, w, geometry) })
    }
    return .linear(
      apply: { inputGradient(u, $0, geometry, of: x) }, transpose: { weightGradient($0, u, geometry, of: w.shape) })
  }
}

/// w̄ for input x and upstream u: each weight's sum of what it was multiplied by.
struct ConvolutionWeightGradient: DescribedPrimitive, LinearEnclosure {
  static let descriptor = PrimitiveDescriptor(
    equation: "the convolution's transpose in the kernel", derivatives: ["`ConvolutionInputGradient`", "`Convolution`"])
  let geometry: WindowGeometry
  let window: [Int]
  var name: String { "convolutionWeightGradient" }
  var arity: Int? { 2 }

  func shape(of inputs: [Shape]) throws -> Shape {
    let (x, u) = (inputs[0], inputs[1])
    let w = Shape([u[1], x[1] / geometry.groups] + window)
    try requireEqual(try Convolution(geometry: geometry).shape(of: [x, w]), u, in: name)
    return w
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.convolutionWeightGradient(inputs[0], inputs[1], geometry, shape: try shape(of: inputs.map(\.shape)))
  }

  /// At most as many as the smaller input has elements.
  func terms(of inputs: [Shape]) -> Int { inputs.map(\.elementCount).min() ?? 1 }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (x, u, w) = (inputs[0], inputs[1], output.shape)
    if index == 0 {
      return .linear(
        apply: { weightGradient($0, u, geometry, of: w) }, transpose: { inputGradient(u, $0, geometry, of: x.shape) })
    }
    return .linear(apply: { weightGradient(x, $0, geometry, of: w) }, transpose: { convolved(x, $0, geometry) })
  }
}

private func requireEqual(_ expected: Shape, _ upstream: Shape, in origin: String) throws {
  guard expected == upstream else {
    throw ChainRuleError(.shape, in: origin, required: "an upstream of shape \(expected)", got: "\(upstream)")
  }
}

private func convolved(_ x: Node, _ w: Node, _ geometry: WindowGeometry) -> Node {
  x.graph.recordGeneral(Convolution(geometry: geometry), [x, w])
}

private func inputGradient(_ u: Node, _ w: Node, _ geometry: WindowGeometry, of x: Shape) -> Node {
  u.graph.recordGeneral(ConvolutionInputGradient(geometry: geometry, size: [x[2], x[3]]), [u, w])
}

private func weightGradient(_ x: Node, _ u: Node, _ geometry: WindowGeometry, of w: Shape) -> Node {
  x.graph.recordGeneral(ConvolutionWeightGradient(geometry: geometry, window: [w[2], w[3]]), [x, u])
}

/// Two-dimensional convolution (cross-correlation, as deep learning has it) with an optional bias per output channel.
///
/// `x` is `[batch, channels, height, width]`, `weight` `[outputs, channels/groups, height, width]`, `bias` `[outputs]`.
/// Stride, padding and dilation are `[vertical, horizontal]` or one number for both.
public func convolution2d(
  _ x: Node, weight: Node, bias: Node? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1],
  groups: Int = 1
) -> Node {
  let product = x.graph.attempt(x, weight) {
    Convolution(
      geometry: try WindowGeometry(
        stride: stride, padding: padding, dilation: dilation, groups: groups, in: "convolution2d"))
  }
  guard let bias, product.error == nil else { return product }
  return product + bias.reshaped(to: [1, bias.shape.elementCount, 1, 1])
}
