@testable import ChainRuleCore

/// How each operation of `primitives.json` is written with this library.
func recorded(_ golden: GoldenCase, _ inputs: [Node]) -> Node? {
  guard let x = inputs.first else { return nil }
  let attributes = golden.attributes
  if let unary = unaryOperations[golden.operation] { return unary(x) }
  if inputs.count > 1, let binary = binaryOperations[golden.operation] { return binary(x, inputs[1]) }
  if let reduction = reductions[golden.operation] {
    return reduction(x, axes(attributes["axis"]), attributes["keepdims"].bool ?? false)
  }
  return withAttributes(golden.operation, attributes, x, inputs)
}

/// `null`, an integer or a list.
private func axes(_ json: JSON) -> [Int]? { json.isNull ? nil : json.int.map { [$0] } ?? json.ints }

private let unaryOperations: [String: @Sendable (Node) -> Node] = [
  "neg": { -$0 }, "exp": { exp($0) }, "log": { log($0) }, "log1p": { log1p($0) }, "expm1": { expm1($0) },
  "sqrt": { sqrt($0) }, "rsqrt": { rsqrt($0) }, "square": { square($0) }, "reciprocal": { reciprocal($0) },
  "abs": { abs($0) }, "sin": { sin($0) }, "cos": { cos($0) }, "tan": { tan($0) }, "atan": { atan($0) },
  "sinh": { sinh($0) }, "cosh": { cosh($0) }, "tanh": { tanh($0) }, "sigmoid": { sigmoid($0) },
  "softplus": { softplus($0) }, "relu": { relu($0) }, "silu": { silu($0) }, "erf": { erf($0) },
  "square_by_mul": { $0 * $0 },
]

private let binaryOperations: [String: @Sendable (Node, Node) -> Node] = [
  "add": { $0 + $1 }, "sub": { $0 - $1 }, "mul": { $0 * $1 }, "div": { $0 / $1 }, "pow": { pow($0, $1) },
  "maximum": { maximum($0, $1) }, "minimum": { minimum($0, $1) }, "matmul": { $0.matmul($1) },
]

private let reductions: [String: @Sendable (Node, [Int]?, Bool) -> Node] = [
  "sum": { $0.sum(axes: $1, keepingDimensions: $2) }, "mean": { $0.mean(axes: $1, keepingDimensions: $2) },
  "max": { $0.max(axes: $1, keepingDimensions: $2) }, "min": { $0.min(axes: $1, keepingDimensions: $2) },
  "prod": { $0.product(axes: $1, keepingDimensions: $2) },
  "logsumexp": { logSumExp($0, axes: $1, keepingDimensions: $2) },
]

private func withAttributes(_ operation: String, _ attributes: JSON, _ x: Node, _ inputs: [Node]) -> Node? {
  function(operation, attributes, x, inputs) ?? arrangement(operation, attributes, x, inputs)
    ?? window(operation, attributes, x, inputs)
}

private func function(_ operation: String, _ attributes: JSON, _ x: Node, _ inputs: [Node]) -> Node? {
  let axis = attributes["axis"].int ?? 0
  switch operation {
  case "leaky_relu": return leakyReLU(x, slope: attributes["negative_slope"].double ?? .nan)
  case "elu": return elu(x, alpha: attributes["alpha"].double ?? .nan)
  case "gelu": return gelu(x, approximate: attributes["approximate"].string == "tanh")
  case "clamp": return clamp(x, min: attributes["min"].double, max: attributes["max"].double)
  case "pow_constant": return pow(x, attributes["exponent"].double ?? .nan)
  case "where": return `where`(x, inputs[1], inputs[2])
  case "softmax": return softmax(x, axis: axis)
  case "log_softmax": return logSoftmax(x, axis: axis)
  case "cumsum": return x.cumulativeSum(axis: axis)
  case "var":
    return x.variance(
      axes: axes(attributes["axis"]), keepingDimensions: attributes["keepdims"].bool ?? false,
      correction: attributes["correction"].int ?? 0)
  case "norm":
    return x.norm(
      attributes["p"].double ?? .nan, axes: axes(attributes["axis"]),
      keepingDimensions: attributes["keepdims"].bool ?? false)
  default: return nil
  }
}

private func arrangement(_ operation: String, _ attributes: JSON, _ x: Node, _ inputs: [Node]) -> Node? {
  let axis = attributes["axis"].int ?? 0
  switch operation {
  case "reshape": return x.reshaped(to: Shape(attributes["shape"].ints))
  case "transpose", "permute": return x.transposed(attributes["axes"].ints)
  case "squeeze": return x.squeezingDimension(at: axis)
  case "expand_dims": return x.expandingDimension(at: axis)
  case "broadcast_to": return x.broadcast(to: Shape(attributes["shape"].ints))
  case "tile": return x.tiled(attributes["repeats"].ints)
  case "flip": return x.flipped(axes: attributes["axes"].ints)
  case "concat": return concatenate(inputs, axis: axis)
  case "stack": return stack(inputs, axis: axis)
  case "slice":
    let (starts, stops, steps) = (attributes["start"].ints, attributes["stop"].ints, attributes["step"].ints)
    return x.sliced(zip(starts, zip(stops, steps)).map { Stride(from: $0, to: $1.0, by: $1.1) })
  case "pad":
    return x.padded(
      before: attributes["before"].ints, after: attributes["after"].ints, value: attributes["value"].double ?? 0)
  case "take": return x.gathered(at: inputs[1], axis: axis)
  case "gather": return x.gatheredAlong(axis: axis, at: inputs[1])
  case "one_hot_matmul": return x.oneHot(classes: attributes["depth"].int ?? 0).matmul(inputs[1])
  default: return nil
  }
}

private func window(_ operation: String, _ attributes: JSON, _ x: Node, _ inputs: [Node]) -> Node? {
  switch operation {
  case "conv2d":
    return convolution2d(
      x, weight: inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, stride: attributes["stride"].ints,
      padding: attributes["padding"].ints, dilation: attributes["dilation"].ints,
      groups: attributes["groups"].int ?? 1)
  case "max_pool2d":
    return maxPool2d(
      x, window: attributes["kernel"].ints, stride: attributes["stride"].ints, padding: attributes["padding"].ints)
  case "avg_pool2d":
    return avgPool2d(
      x, window: attributes["kernel"].ints, stride: attributes["stride"].ints, padding: attributes["padding"].ints,
      countIncludePad: attributes["count_include_pad"].bool ?? true)
  default: return nil
  }
}
