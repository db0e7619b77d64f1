import ChainRule

/// The value of a function of random tensors and its gradients by all of them.
private func valueAndGradients(
  _ shapes: [Shape], scales: [Double] = [], _ precision: Graph.Precision = .single, _ function: ([Node]) -> Node
) throws -> (Program, [Tensor]) {
  let graph = Graph(precision)
  let inputs = shapes.enumerated().map { graph.input("x\($0)", shape: $1) }
  let f = function(inputs)
  let program = try graph.compile(inputs: inputs, outputs: [f] + (try f.gradients(withRespectTo: inputs)))
  return (program, values(shapes, scales: scales, precision))
}

private func values(_ shapes: [Shape], scales: [Double] = [], _ precision: Graph.Precision) -> [Tensor] {
  var random = RandomTensors()
  return shapes.enumerated().map { position, shape in
    let value = random.normal(shape, scale: position < scales.count ? scales[position] : 0.5)
    return precision == .double ? Tensor(shape: shape, value.scalars) : value
  }
}

private func attention() throws -> (Program, [Tensor]) {
  let recorder = ModelRecorder(), graph = recorder.graph, shape: Shape = [2, 8, 1024, 64]
  let inputs = ["q", "k", "v"].map { graph.input($0, shape: shape) }
  let f = square(recorder.causalAttention(inputs[0], inputs[1], inputs[2])).sum()
  let program = try graph.compile(inputs: inputs, outputs: [f] + (try f.gradients(withRespectTo: inputs)))
  return (program, values([shape, shape, shape], .single))
}

/// ADBench's objective but for the terms that do not depend on the parameters: log weights α `[k]`, means `[k, d]`, the
/// logarithm of the diagonal `[k, d]` and the lower triangle `[k, d, d]` of each inverse covariance's root.
private func gaussianMixture(d: Int = 10, k: Int = 25, n: Int = 1000) throws -> (Program, [Tensor]) {
  let x = values([[n, d]], .double)[0]
  let below = (0..<d * d).map { $0 % d < $0 / d ? 1.0 : 0 }
  return try valueAndGradients([[k], [k, d], [k, d], [k, d, d]], .double) { p in
    let (alphas, means, logDiagonal) = (p[0], p[1], p[2]), graph = p[0].graph
    let lower = p[3] * graph.constant(Tensor(shape: [d, d], below))
    let differences = graph.constant(x) - means.reshaped(to: [k, 1, d])
    let scaled =
      differences.matmul(lower.transposed([0, 2, 1])) + differences * exp(logDiagonal).reshaped(to: [k, 1, d])
    let constant = (alphas + logDiagonal.sum(axes: [1])).reshaped(to: [k, 1])
    let likelihood = logSumExp(constant - 0.5 * square(scaled).sum(axes: [2]), axes: [0]).sum()
    let prior = 0.5 * (square(exp(logDiagonal)).sum() + square(lower).sum()) - logDiagonal.sum()
    return likelihood - Double(n) * logSumExp(alphas) + prior
  }
}

private func hessianVectorProduct() throws -> (Program, [Tensor]) {
  let model = perceptron([64, 32, 10], batch: 32) { tanh($0) }
  let directions = model.parameters.enumerated().map { model.graph.input("v\($0)", shape: $1.shape) }
  let products = try model.loss.hessianVectorProduct(withRespectTo: model.parameters, along: directions)
  let program = try model.graph.compile(inputs: model.inputs + directions, outputs: products)
  return (program, model.values + values(directions.map(\.shape), .single))
}

private func rosenbrockHessian() throws -> (Program, [Tensor]) {
  let n = 100, graph = Graph()
  let x = graph.input("x", shape: [n])
  let (head, tail) = (x[0..<(n - 1)], x[1...])
  let f = (100 * square(tail - square(head)) + square(1 - head)).sum()
  let hessian = try f.hessian(withRespectTo: [x])[0][0]
  return (try graph.compile(inputs: [x], outputs: [hessian]), values([[n]], .double))
}

private func softmaxOfLayerNorm() throws -> (Program, [Tensor]) {
  let shape: Shape = [4096, 1024], graph = Graph(.single)
  let x = graph.input("x", shape: shape), w = graph.input("w", shape: shape)
  let centered = x - x.mean(axes: [1], keepingDimensions: true)
  let normalized = centered * rsqrt(square(centered).mean(axes: [1], keepingDimensions: true) + 1e-5)
  let f = (softmax(normalized) * w).sum()
  let program = try graph.compile(inputs: [x, w], outputs: [f] + (try f.gradients(withRespectTo: [x])))
  return (program, values([shape, shape], .single))
}

/// Models beside the twelve of the first table: recurrent, attention, convolution with normalization, sparse, statistics.
let wideWorkloads: [Workload] = [
  .program("lstm-b32-t64-i64-h128") { try descent(lstm(), rate: 0.01) },
  .program("resblock-b32-c32-16x16") { try descent(residualBlock(), rate: 0.01) },
  .program("gpt-mini-b8-t128-d128-l4") { try descent(gptMini(), rate: 0.01) },
  .program("attention-b2-h8-t1024-d64", attention),
  .program("gmm-d10-k25-n1000-f64") { try gaussianMixture() },
  .program("hvp-mlp-64-32-10-b32", hessianVectorProduct),
  .program("hessian-rosenbrock-100-f64", rosenbrockHessian),
  .program("conv-b8-c64-56x56") {
    try valueAndGradients([[8, 64, 56, 56], [64, 64, 3, 3]], scales: [0.5, 0.1]) {
      square(convolution2d($0[0], weight: $0[1], padding: [1])).sum()
    }
  },
  .program("bmm-512x32x32") {
    try valueAndGradients([[512, 32, 32], [512, 32, 32]]) { square($0[0].matmul($0[1])).sum() }
  },
  .program("embedding-50k-128-b8192") { try descent(embedding(), rate: 0.1) },
  .program("softmax-layernorm-4096x1024", softmaxOfLayerNorm),
]
