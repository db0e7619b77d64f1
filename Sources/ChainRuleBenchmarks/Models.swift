import ChainRule

/// Numbers that do not matter: what is measured is time.
struct RandomTensors {
  private var random = RandomNumbers(seed: 42)

  mutating func normal(_ shape: Shape, scale: Double = 1) -> Tensor {
    let values = (0..<shape.elementCount).map { _ -> Float in
      var sum = 0.0
      for _ in 0..<4 { sum += random.uniform() - 0.5 }
      return Float(sum * 1.7 * scale)
    }
    return Tensor(floats: values, shape: shape)
  }

  mutating func labels(_ count: Int, below limit: Int) -> Tensor {
    Tensor(indices: (0..<count).map { _ in Int(random.next() % UInt64(limit)) })
  }
}

/// A recorded model: what is fed, what comes out, and what is trained.
struct RecordedModel {
  let graph: Graph
  let inputs: [Node]
  let loss: Node
  let parameters: [Node]
  let values: [Tensor]
}

/// −log softmax(logits)[label], averaged over the batch.
func crossEntropy(_ logits: Node, _ labels: Node) -> Node {
  let batch = logits.shape[0]
  return -logSoftmax(logits).gatheredAlong(axis: 1, at: labels.reshaped(to: [batch, 1])).mean()
}

/// Dense layers with an activation between them, and cross-entropy of labels at the end.
func perceptron(
  _ sizes: [Int], batch: Int, precision: Graph.Precision = .single, activation: (Node) -> Node = { relu($0) }
) -> RecordedModel {
  var random = RandomTensors()
  let graph = Graph(precision), last = sizes[sizes.count - 1]
  let (x, h, parameters) = layers(sizes, batch, graph, &random, activation)
  let y = graph.input("y", shape: [batch], indices: true)
  return RecordedModel(
    graph: graph, inputs: [x, y], loss: crossEntropy(h, y), parameters: parameters,
    values: [random.normal([batch, sizes[0]]), random.labels(batch, below: last)])
}

/// The same with the mean squared error of targets.
func regression(_ sizes: [Int], batch: Int, activation: (Node) -> Node) -> RecordedModel {
  var random = RandomTensors()
  let graph = Graph(.single), last = sizes[sizes.count - 1]
  let (x, h, parameters) = layers(sizes, batch, graph, &random, activation)
  let y = graph.input("y", shape: [batch, last])
  return RecordedModel(
    graph: graph, inputs: [x, y], loss: square(h - y).mean(), parameters: parameters,
    values: [random.normal([batch, sizes[0]]), random.normal([batch, last])])
}

private func layers(
  _ sizes: [Int], _ batch: Int, _ graph: Graph, _ random: inout RandomTensors, _ activation: (Node) -> Node
) -> (x: Node, y: Node, parameters: [Node]) {
  let x = graph.input("x", shape: [batch, sizes[0]])
  var h = x, parameters: [Node] = []
  for (layer, (from, to)) in zip(sizes, sizes.dropFirst()).enumerated() {
    let scale = (2 / Double(from)).squareRoot()
    let w = graph.parameter(Parameter(random.normal([from, to], scale: scale), name: "w\(layer)"))
    let b = graph.parameter(Parameter(Tensor(floats: [Float](repeating: 0, count: to)), name: "b\(layer)"))
    parameters += [w, b]
    h = h.matmul(w) + b
    if layer < sizes.count - 2 { h = activation(h) }
  }
  return (x, h, parameters)
}

func leNet() -> RecordedModel {
  var random = RandomTensors()
  let graph = Graph(.single)
  let x = graph.input("x", shape: [64, 1, 28, 28]), y = graph.input("y", shape: [64], indices: true)
  var parameters: [Node] = []
  func parameter(_ shape: Shape) -> Node {
    let node = graph.parameter(Parameter(random.normal(shape, scale: 0.1), name: "p\(parameters.count)"))
    parameters.append(node)
    return node
  }
  var h = convolution2d(x, weight: parameter([6, 1, 5, 5]), bias: parameter([6]), padding: [2])
  h = maxPool2d(relu(h), window: [2])
  h = convolution2d(h, weight: parameter([16, 6, 5, 5]), bias: parameter([16]))
  h = maxPool2d(relu(h), window: [2]).reshaped(to: [64, 400])
  for (from, to) in [(400, 120), (120, 84)] { h = relu(h.matmul(parameter([from, to])) + parameter([to])) }
  h = h.matmul(parameter([84, 10])) + parameter([10])
  return RecordedModel(
    graph: graph, inputs: [x, y], loss: crossEntropy(h, y), parameters: parameters,
    values: [random.normal([64, 1, 28, 28]), random.labels(64, below: 10)])
}

/// Pre-norm causal transformer block: attention, then d → 4 d → d with tanh-GELU or another activation.
func transformerBlock(
  batch b: Int = 8, time t: Int = 128, width d: Int = 256, heads: Int = 8,
  activation: (Node) -> Node = { gelu($0, approximate: true) }
) -> RecordedModel {
  var random = RandomTensors()
  let graph = Graph(.single)
  let x = graph.input("x", shape: [b, t, d])
  var parameters: [Node] = []
  func parameter(_ shape: Shape, scale: Double = 0.05, ones: Bool = false) -> Node {
    let value =
      ones ? Tensor(floats: [Float](repeating: 1, count: shape.elementCount)) : random.normal(shape, scale: scale)
    let node = graph.parameter(Parameter(value, name: "p\(parameters.count)"))
    parameters.append(node)
    return node
  }
  func norm(_ x: Node) -> Node {
    let centered = x - x.mean(axes: [-1], keepingDimensions: true)
    let variance = square(centered).mean(axes: [-1], keepingDimensions: true)
    return centered * rsqrt(variance + 1e-5) * parameter([d], ones: true) + parameter([d], scale: 0)
  }
  let qkv = (norm(x).matmul(parameter([d, 3 * d])) + parameter([3 * d], scale: 0))
    .reshaped(to: [b, t, 3, heads, d / heads]).transposed([2, 0, 3, 1, 4])
  let mask = graph.constant(
    Tensor(floats: (0..<t * t).map { $0 % t <= $0 / t ? 0 : -1e9 }, shape: [t, t]))
  let scores = qkv[0].matmul(qkv[1].transposed([0, 1, 3, 2])) * (1 / Double(d / heads).squareRoot()) + mask
  let attended = softmax(scores).matmul(qkv[2]).transposed([0, 2, 1, 3]).reshaped(to: [b, t, d])
  let middle = x + (attended.matmul(parameter([d, d])) + parameter([d], scale: 0))
  let up = activation(norm(middle).matmul(parameter([d, 4 * d])) + parameter([4 * d], scale: 0))
  let y = middle + (up.matmul(parameter([4 * d, d])) + parameter([d], scale: 0))
  return RecordedModel(
    graph: graph, inputs: [x], loss: square(y).mean(), parameters: parameters, values: [random.normal([b, t, d])])
}

extension RecordedModel {
  func gradients() throws -> [Node] { try loss.gradients(withRespectTo: parameters) }

  /// Forward, backward and w ← w − rate · gradient.
  func descent(rate: Double) throws -> Program {
    let gradients = try gradients()
    for (parameter, gradient) in zip(parameters, gradients) {
      try graph.update(parameter, to: parameter - rate * gradient)
    }
    return try graph.compile(
      inputs: inputs, outputs: [loss], options: CompileOptions(includesRegisteredUpdates: true))
  }

  /// Forward, backward and Adam's update; the moments and the count of steps are state of the program.
  func adam(rate: Double) throws -> Program {
    let count = graph.input("steps", 0), steps = count + 1
    try graph.update(count, to: steps)
    let (b1, b2) = (0.9, 0.999)
    let scale1 = 1 / (1 - pow(b1, steps)), scale2 = 1 / (1 - pow(b2, steps))
    for (index, (parameter, gradient)) in zip(parameters, try gradients()).enumerated() {
      let zeros = Tensor(floats: [Float](repeating: 0, count: parameter.shape.elementCount), shape: parameter.shape)
      let (m, v) = (graph.input("m\(index)", zeros), graph.input("v\(index)", zeros))
      let (nextM, nextV) = (b1 * m + (1 - b1) * gradient, b2 * v + (1 - b2) * square(gradient))
      try graph.update(m, to: nextM)
      try graph.update(v, to: nextV)
      try graph.update(parameter, to: parameter - rate * (nextM * scale1) / (sqrt(nextV * scale2) + 1e-8))
    }
    return try graph.compile(
      inputs: inputs, outputs: [loss], options: CompileOptions(includesRegisteredUpdates: true))
  }

  /// The loss alone, or with the gradients of all parameters.
  func program(withGradients: Bool) throws -> Program {
    try graph.compile(inputs: inputs, outputs: [loss] + (withGradients ? try gradients() : []))
  }
}
