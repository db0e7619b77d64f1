import ChainRule

/// A graph with random parameters, which it keeps in their order.
final class ModelRecorder {
  let graph = Graph(.single)
  var random = RandomTensors()
  private(set) var parameters: [Node] = []

  func parameter(_ shape: Shape, scale: Double = 0.1) -> Node { kept(random.normal(shape, scale: scale)) }

  func filled(_ count: Int, with number: Double) -> Node {
    kept(Tensor(floats: [Float](repeating: Float(number), count: count)))
  }

  private func kept(_ value: Tensor) -> Node {
    parameters.append(graph.parameter(Parameter(value, name: "p\(parameters.count)")))
    return parameters[parameters.count - 1]
  }

  func model(_ inputs: [Node], loss: Node, values: [Tensor]) -> RecordedModel {
    RecordedModel(graph: graph, inputs: inputs, loss: loss, parameters: parameters, values: values)
  }

  /// x · W + b
  func dense(_ x: Node, _ outputs: Int) -> Node {
    x.matmul(parameter([x.shape[-1], outputs])) + filled(outputs, with: 0)
  }

  func layerNorm(_ x: Node) -> Node {
    let centered = x - x.mean(axes: [-1], keepingDimensions: true)
    let variance = square(centered).mean(axes: [-1], keepingDimensions: true)
    return centered * rsqrt(variance + 1e-5) * filled(x.shape[-1], with: 1) + filled(x.shape[-1], with: 0)
  }

  /// Batch statistics of each channel of `[batch, channels, height, width]`.
  func batchNorm(_ x: Node) -> Node {
    let mean = x.mean(axes: [0, 2, 3], keepingDimensions: true), channels = x.shape[1]
    let variance = x.variance(axes: [0, 2, 3], keepingDimensions: true)
    func alongChannels(_ node: Node) -> Node { node.reshaped(to: [1, channels, 1, 1]) }
    return (x - mean) * rsqrt(variance + 1e-5) * alongChannels(filled(channels, with: 1))
      + alongChannels(filled(channels, with: 0))
  }

  /// softmax(q · kᵀ / √d + mask) · v with a mask of −∞ above the diagonal.
  func causalAttention(_ q: Node, _ k: Node, _ v: Node) -> Node {
    let t = q.shape[-2]
    let mask = graph.constant(
      Tensor(floats: (0..<t * t).map { $0 % t <= $0 / t ? 0 : -.infinity }, shape: [t, t]))
    let scores = q.matmul(k.transposed([0, 1, 3, 2])) / Double(q.shape[-1]).squareRoot()
    return softmax(scores + mask).matmul(v)
  }
}

/// A long short-term memory over `[batch, time, features]`, a dense layer on its last output.
func lstm(batch: Int = 32, time: Int = 64, features: Int = 64, width: Int = 128) throws -> RecordedModel {
  let recorder = ModelRecorder(), graph = recorder.graph
  let x = graph.input("x", shape: [batch, time, features]), y = graph.input("y", shape: [batch], indices: true)
  let w = recorder.parameter([features, 4 * width]), u = recorder.parameter([width, 4 * width])
  let b = recorder.filled(4 * width, with: 0)
  let zeros = graph.constant(0).broadcast(to: [batch, width])
  let last = try scan(over: x.transposed([1, 0, 2]), from: [zeros, zeros]) { carried, row in
    let gates = (row.matmul(w) + carried[0].matmul(u) + b).reshaped(to: [batch, 4, width])
    let (i, f, o) = (sigmoid(gates[0..., 0]), sigmoid(gates[0..., 1]), sigmoid(gates[0..., 3]))
    let cell = f * carried[1] + i * tanh(gates[0..., 2])
    return ([o * tanh(cell), cell], [])
  }.last
  let loss = crossEntropy(recorder.dense(last[0], 10), y)
  let values = [recorder.random.normal([batch, time, features]), recorder.random.labels(batch, below: 10)]
  return recorder.model([x, y], loss: loss, values: values)
}

/// relu(x + BN(conv(relu(BN(conv(x)))))), the mean of each channel, and a dense layer.
func residualBlock(batch: Int = 32, channels: Int = 32, size: Int = 16) -> RecordedModel {
  let recorder = ModelRecorder(), graph = recorder.graph
  let x = graph.input("x", shape: [batch, channels, size, size])
  let y = graph.input("y", shape: [batch], indices: true)
  func convolution(_ x: Node) -> Node {
    convolution2d(x, weight: recorder.parameter([channels, channels, 3, 3]), padding: [1])
  }
  let inner = relu(recorder.batchNorm(convolution(x)))
  let sum = relu(x + recorder.batchNorm(convolution(inner)))
  let loss = crossEntropy(recorder.dense(sum.mean(axes: [2, 3]), 10), y)
  let values = [
    recorder.random.normal([batch, channels, size, size]), recorder.random.labels(batch, below: 10),
  ]
  return recorder.model([x, y], loss: loss, values: values)
}

/// Pre-norm causal blocks over learned tokens and positions: the next token of each place.
func gptMini(batch b: Int = 8, time t: Int = 128, width d: Int = 128, blocks: Int = 4) -> RecordedModel {
  let recorder = ModelRecorder(), graph = recorder.graph, heads = 4, tokens = 65
  let x = graph.input("x", shape: [b, t], indices: true), y = graph.input("y", shape: [b * t], indices: true)
  var h = recorder.parameter([tokens, d]).gathered(at: x) + recorder.parameter([t, d])
  for _ in 0..<blocks {
    let qkv = recorder.dense(recorder.layerNorm(h), 3 * d)
      .reshaped(to: [b, t, 3, heads, d / heads]).transposed([2, 0, 3, 1, 4])
    let attended = recorder.causalAttention(qkv[0], qkv[1], qkv[2])
    h = h + recorder.dense(attended.transposed([0, 2, 1, 3]).reshaped(to: [b, t, d]), d)
    h = h + recorder.dense(gelu(recorder.dense(recorder.layerNorm(h), 4 * d)), d)
  }
  let logits = recorder.dense(recorder.layerNorm(h), tokens).reshaped(to: [b * t, tokens])
  let ids = (0..<b * t).map { $0 * 7 % tokens }, next = (0..<b * t).map { $0 * 11 % tokens }
  return recorder.model(
    [x, y], loss: crossEntropy(logits, y), values: [Tensor(indices: ids, shape: [b, t]), Tensor(indices: next)])
}

/// The mean of squares of some rows of a table.
func embedding(rows: Int = 50_000, width: Int = 128, batch: Int = 8_192) -> RecordedModel {
  let recorder = ModelRecorder()
  let indices = recorder.graph.input("indices", shape: [batch], indices: true)
  let loss = square(recorder.parameter([rows, width]).gathered(at: indices)).mean()
  return recorder.model([indices], loss: loss, values: [Tensor(indices: (0..<batch).map { $0 * 7919 % rows })])
}
