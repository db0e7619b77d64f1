import ChainRule
import ChainRuleTraining

/// A training step by gradient descent of a model made of the library's layers, on the mean of squares of its outputs.
private func training(
  _ input: Shape, indicesBelow limit: Int = 0, _ precision: Graph.Precision = .single,
  _ model: (_ x: Node) throws -> (output: Node, parameters: [Parameter])
) throws -> (Program, [Tensor]) {
  let graph = Graph(precision)
  graph.mode = .training
  let x = graph.input("x", shape: input, indices: limit > 0)
  let (output, parameters) = try model(x)
  let loss = square(output).mean(), leaves = parameters.map { graph.parameter($0) }
  for (leaf, gradient) in zip(leaves, try loss.gradients(withRespectTo: leaves)) {
    try graph.update(leaf, to: leaf - 0.01 * gradient)
  }
  let program = try graph.compile(
    inputs: [x], outputs: [loss], options: CompileOptions(includesRegisteredUpdates: true))
  var random = RandomTensors()
  let value =
    limit > 0 ? random.labels(input.elementCount, below: limit).reshaped(to: input) : random.normal(input)
  return (program, [precision == .double ? value.converted(to: .float64) : value])
}

private func trained(_ layers: any Model..., to x: Node) -> (output: Node, parameters: [Parameter]) {
  (layers.reduce(x) { $1($0) }, layers.flatMap { $0.trainableParameters.map(\.parameter) })
}

/// The value of a function and its gradients by all inputs.
private func gradients(
  _ shapes: [Shape], _ precision: Graph.Precision = .single, _ function: ([Node]) throws -> Node
) throws -> (Program, [Tensor]) {
  let graph = Graph(precision)
  let inputs = shapes.enumerated().map { graph.input("x\($0)", shape: $1) }
  let f = try function(inputs)
  var random = RandomTensors()
  let values = shapes.map { shape in
    let value = random.normal(shape, scale: 0.3)
    return precision == .double ? value.converted(to: .float64) : value
  }
  return (try graph.compile(inputs: inputs, outputs: [f] + (try f.gradients(withRespectTo: inputs))), values)
}

private func convolution(
  _ name: String, _ x: Shape, _ outputs: Int, _ window: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
  groups: Int = 1
) -> Workload {
  .program(name) {
    try gradients([x, [outputs, x[1] / groups, window, window]]) {
      square(
        convolution2d(
          $0[0], weight: $0[1], stride: [stride], padding: [padding], dilation: [dilation], groups: groups)
      ).sum()
    }
  }
}

/// Relatives of the wide table's families, made of the library's layers: other cells, windows, norms, rows and sizes.
let relativeWorkloads: [Workload] = [
  .program("rel-rnn-b16-t512-i16-h32") {
    try training([16, 512, 16]) { trained(Recurrent<RNNCell>(16, 32, returnsSequence: false), to: $0) }
  },
  .program("rel-gru-b32-t64-i64-h128") {
    try training([32, 64, 64]) { trained(Recurrent<GRUCell>(64, 128, returnsSequence: false), to: $0) }
  },
  .program("rel-bilstm-b32-t32-i64-h64") {
    try training([32, 32, 64]) { trained(Bidirectional<LSTMCell>(64, 64), to: $0) }
  },
  .program("rel-lstm-2-layers-b16-t32-i32-h64") {
    try training([16, 32, 32]) { trained(Recurrent<LSTMCell>(32, 64, layers: 2), to: $0) }
  },
  .program("rel-lstm-b1-t100-i8-h32") {
    try training([1, 100, 8]) { trained(Recurrent<LSTMCell>(8, 32, returnsSequence: false), to: $0) }
  },
  .program("rel-attention-b2-h8-t512-d64") {
    try gradients([[2, 8, 512, 64], [2, 8, 512, 64], [2, 8, 512, 64]]) {
      square(scaledDotProductAttention($0[0], $0[1], $0[2]).output).sum()
    }
  },
  .program("rel-attention-b64-h8-t16-d16") {
    try gradients([[64, 8, 16, 16], [64, 8, 16, 16], [64, 8, 16, 16]]) {
      square(scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true).output).sum()
    }
  },
  .program("rel-attention-b2-h2-t2048-d64") {
    try gradients([[2, 2, 2048, 64], [2, 2, 2048, 64], [2, 2, 2048, 64]]) {
      square(scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true).output).sum()
    }
  },
  .program("rel-mha-b8-t64-d128") {
    try training([8, 64, 128]) { trained(MultiHeadAttention(128, heads: 8), Dropout(0.1), to: $0) }
  },
  convolution("rel-depthwise-8x64x28", [8, 64, 28, 28], 64, 3, padding: 1, groups: 64),
  convolution("rel-grouped-8x64x28-g4", [8, 64, 28, 28], 64, 3, padding: 1, groups: 4),
  convolution("rel-strided-8x32x56", [8, 32, 56, 56], 64, 3, stride: 2, padding: 1),
  convolution("rel-dilated-4x32x32", [4, 32, 32, 32], 32, 3, padding: 2, dilation: 2),
  convolution("rel-pointwise-8x128x28", [8, 128, 28, 28], 128, 1),
  convolution("rel-5x5-8x32x28", [8, 32, 28, 28], 32, 5, padding: 2),
  convolution("rel-7x7s2-4x3x112", [4, 3, 112, 112], 32, 7, stride: 2, padding: 3),
  .program("rel-conv1d-16x32x256") {
    try training([16, 32, 256]) { trained(Conv1D(32, 64, kernel: 5, padding: 2, activation: relu), to: $0) }
  },
  .program("rel-groupnorm-16x64x28") {
    try training([16, 64, 28, 28]) {
      trained(GroupNorm(groups: 8, channels: 64), GroupNorm(groups: 8, channels: 64), to: $0)
    }
  },
  .program("rel-layernorm-8192x256") {
    try gradients([[8192, 256], [8192, 256], [256], [256]]) {
      let centered = $0[0] - $0[0].mean(axes: [1], keepingDimensions: true)
      let scale = rsqrt(square(centered).mean(axes: [1], keepingDimensions: true) + 1e-5)
      return ((centered * scale * $0[2] + $0[3]) * $0[1]).sum()
    }
  },
  .program("rel-rmsnorm-swiglu-b512-d256") {
    try training([512, 256]) { x in
      let (a, b, c) = (Dense(256, 683), Dense(256, 683), Dense(683, 256))
      let h = x * rsqrt(square(x).mean(axes: [1], keepingDimensions: true) + 1e-5)
      return (c(silu(a(h)) * b(h)), [a, b, c].flatMap { $0.trainableParameters.map(\.parameter) })
    }
  },
  .program("rel-nll-2048x1000") {
    try gradients([[2048, 1000]]) {
      -logSoftmax($0[0]).gatheredAlong(
        axis: 1, at: $0[0].graph.constant(Tensor(indices: (0..<2048).map { $0 * 7 % 1000 }, shape: [2048, 1]))
      ).mean()
    }
  },
  .program("rel-maxpool-16x32x64") {
    try gradients([[16, 32, 64, 64]]) { square(maxPool2d($0[0], window: [2])).sum() }
  },
  .program("rel-bmm-2000x9x9") { try gradients([[2000, 9, 9], [2000, 9, 9]]) { square($0[0].matmul($0[1])).sum() } },
  .program("rel-bmm-256x48x48-f64") {
    try gradients([[256, 48, 48], [256, 48, 48]], .double) { square($0[0].matmul($0[1])).sum() }
  },
  .program("rel-embedding-10k-64-b4096-repeated") {
    try training([4096], indicesBelow: 500) { x in
      let table = Embedding(10_000, 64)
      return (table(x), table.trainableParameters.map(\.parameter))
    }
  },
  .program("rel-hessian-logistic-50-f64") {
    var random = RandomTensors()
    let x = random.normal([500, 50]).converted(to: .float64), graph = Graph()
    let w = graph.input("w", shape: [50])
    let f = softplus(graph.constant(x).matmul(w)).sum()
    return (
      try graph.compile(inputs: [w], outputs: [try f.hessian(withRespectTo: [w])[0][0]]),
      [random.normal([50]).converted(to: .float64)]
    )
  },
  .program("rel-mlp-f64-256x4-b64") {
    try training([64, 256], .double) {
      trained(Dense(256, 256, activation: tanh), Dense(256, 256, activation: tanh), Dense(256, 10), to: $0)
    }
  },
  .program("rel-gelu-mlp-b256-d256") {
    try training([256, 256]) { trained(Dense(256, 1024, activation: { gelu($0) }), Dense(1024, 256), to: $0) }
  },
  .program("rel-cumsum-softplus-4096x256") {
    try gradients([[4096, 256]]) { square(softplus($0[0]).cumulativeSum(axis: 1)).mean() }
  },
]
