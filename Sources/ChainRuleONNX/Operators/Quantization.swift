import ChainRuleCore

// Numbers in steps of a scale: computed in floating point, rounded where the file says so.

extension Operators {
  static let quantization: [String: Operator] = [
    "QuantizeLinear": { call in
      let zero = call.has(2) ? try call.type(2) : nil
      let type = ONNXType(rawValue: call.integer("output_dtype", 0)) ?? zero ?? .uint8
      let x = try call.node(0), scale = try spread(call, 1, x.shape)
      let offset = call.has(2) ? try spread(call, 2, x.shape) : call.graph.constant(0 as Double)
      guard type.isInteger else {
        let value = x / scale + offset
        return [.node(try cast(value, from: .float, to: type, isSaturating: call.flag("saturate", true), call), type)]
      }
      return [.node(quantized(x / scale, offset, type), type)]
    },
    "DequantizeLinear": { call in
      let x = try call.node(0), scale = try spread(call, 1, x.shape)
      let offset = call.has(2) ? try spread(call, 2, x.shape) : call.graph.constant(0 as Double)
      return try call.result((x - offset) * scale, call.type(1))
    },
    "DynamicQuantizeLinear": { call in
      let x = try call.node(0)
      let high = maximum(x.max(), 0), low = minimum(x.min(), 0), scale = (high - low) / 255
      let zero = clamp(roundedToEven(-low / scale), min: 0, max: 255)
      return [.node(quantized(x / scale, zero, .uint8), .uint8), .node(scale, .float), .node(zero, .uint8)]
    },
    "QLinearMatMul": { call in
      let a = try (call.node(0) - rows(call, 2)) * rows(call, 1)
      let b = try (call.node(3) - call.node(5)) * call.node(4)
      let type = try call.type(7)
      return [.node(quantized(a.matmul(b) / (try rows(call, 6)), try rows(call, 7), type), type)]
    },
    "QLinearConv": { call in
      let x = try (call.node(0) - call.node(2)) * call.node(1), w = try call.node(3)
      func perOutput(_ index: Int) throws -> Node {
        let node = try call.node(index)
        return node.shape.rank == 1 && node.shape[0] > 1
          ? node.reshaped(to: Shape([node.shape[0]] + [Int](repeating: 1, count: w.shape.rank - 1))) : node
      }
      let scale = try call.node(1) * call.node(4), type = try call.type(7)
      let bias = try call.nodeIfAny(8).map { $0 * scale }
      let result = try convolved(call, x, (w - perOutput(5)) * perOutput(4), bias)
      return [.node(quantized(result / (try call.node(6)), try call.node(7), type), type)]
    },
  ]

  private static func quantized(_ steps: Node, _ zero: Node, _ type: ONNXType) -> Node {
    clamp(roundedToEven(steps) + zero, min: type.range.lowerBound, max: type.range.upperBound)
  }

  /// One number, or one for each row of a matrix.
  private static func rows(_ call: Call, _ index: Int) throws -> Node {
    let node = try call.node(index)
    return node.shape.rank == 1 && node.shape[0] > 1 ? node.reshaped(to: [node.shape[0], 1]) : node
  }

  /// Scales of a tensor: one, one for each place on an axis, or one for each block of an axis.
  private static func spread(_ call: Call, _ index: Int, _ shape: Shape) throws -> Node {
    let node = try call.node(index)
    if node.shape.rank == 0 || node.shape == [1] { return node.reshaped(to: []) }
    let axis = try call.axis(call.integer("axis", 1), rank: shape.rank), block = call.integer("block_size", 0)
    if block > 0 {
      let places = (0..<shape[axis]).map { $0 / block }
      return node.gathered(at: call.graph.constant(Tensor(indices: places)), axis: axis)
    }
    guard node.shape.rank == 1, node.shape[0] == shape[axis] else { return node }
    return node.reshaped(to: Shape([node.shape[0]] + [Int](repeating: 1, count: shape.rank - axis - 1)))
  }
}
