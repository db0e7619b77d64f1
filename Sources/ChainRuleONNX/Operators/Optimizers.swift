import ChainRuleCore

// Steps of optimizers as operators (ai.onnx.preview.training): rate, count of steps, then tensors with their gradients
// and memories, group by group.

extension Operators {
  static let optimizers: [String: Operator] = [
    "ai.onnx.preview.training.Gradient": gradient,
    "ai.onnx.preview.training.Momentum": { call in
      let (alpha, beta) = (call.float("alpha", 0.9), call.float("beta", 1)),
        isNesterov = call.text("mode", "") == "nesterov"
      let isFirst = try call.known(1).values.scalars.first == 0
      return try steps(call, memories: 1) { rate, x, gradient, memory in
        let g = gradient + call.float("norm_coefficient", 0) * x
        let velocity = alpha * memory[0] + (isFirst ? 1 : beta) * g
        return (x - rate * (isNesterov ? g + alpha * velocity : velocity), [velocity])
      }
    },
    "ai.onnx.preview.training.Adagrad": { call in
      let count = try call.known(1).values.scalars.first ?? 0
      return try steps(call, memories: 1) { rate, x, gradient, memory in
        let decayed = rate / (1 + count * call.float("decay_factor", 0))
        let g = gradient + call.float("norm_coefficient", 0) * x, sum = memory[0] + g * g
        return (x - decayed * g / (sqrt(sum) + call.float("epsilon", 1e-6)), [sum])
      }
    },
    "ai.onnx.preview.training.Adam": { call in
      let (alpha, beta) = (call.float("alpha", 0.9), call.float("beta", 0.999))
      let count = try call.known(1).values.scalars.first ?? 0
      return try steps(call, memories: 2) { rate, x, gradient, memory in
        let g = gradient + call.float("norm_coefficient", 0) * x
        let v = alpha * memory[0] + (1 - alpha) * g, h = beta * memory[1] + (1 - beta) * (g * g)
        func power(_ base: Double) -> Double { (0..<Swift.min(whole(count), 1 << 20)).reduce(1) { p, _ in p * base } }
        let adjusted = count > 0 ? ((1 - power(beta)).squareRoot() / (1 - power(alpha))) * rate : rate
        let next = x - adjusted * v / (sqrt(h) + call.float("epsilon", 1e-6))
        return ((1 - call.float("norm_coefficient_post", 0)) * next, [v, h])
      }
    },
  ]

  /// ∂y/∂x for each of `xs`, by the names of what the graph has computed; `zs` are held.
  private static let gradient: Operator = { call in
    func named(_ name: String) throws -> Node {
      guard let value = call.importer.value(name) else { throw call.refused("there is nothing called '\(name)'") }
      return try call.node(value)
    }
    let output = try named(call.text("y", "")), inputs = try (call.textsOf("xs") ?? []).map(named)
    let upstream = output.shape.rank == 0 ? output : output.sum()
    return try upstream.gradients(withRespectTo: inputs).map { .node($0, .float) }
  }

  private static func steps(
    _ call: Call, memories: Int, _ step: (Node, Node, Node, [Node]) -> (Node, [Node])
  ) throws -> [ImportedValue] {
    let rate = try call.node(0).reshaped(to: []), count = (call.inputs.count - 2) / (2 + memories)
    var results = [[Node]](repeating: [], count: 1 + memories)
    for number in 0..<count {
      func input(_ group: Int) throws -> Node { try call.node(2 + group * count + number) }
      let (x, memory) = try step(rate, input(0), input(1), (0..<memories).map { try input(2 + $0) })
      for (group, node) in ([x] + memory).enumerated() { results[group].append(node) }
    }
    return results.flatMap { $0 }.map { .node($0, .float) }
  }
}
