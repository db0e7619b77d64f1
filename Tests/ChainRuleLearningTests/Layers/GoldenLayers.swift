import ChainRuleLearning

/// A layer of a fixture, built with the fixture's weights and recorded on its inputs.
struct GoldenLayer {
  /// The recorded outputs by name.
  var outputs: [String: Node] = [:]
  /// Where the gradient of an array of the fixture is found: nodes, and how to bring it to the fixture's layout.
  var sources: [String: (nodes: [Node], layout: @Sendable ([Tensor]) -> Tensor)] = [:]
  /// The state after the call, by name.
  var state: [String: Node] = [:]
}

/// Builds and records the layer of one case.
struct GoldenLayerBuilder {
  let golden: GoldenCase
  let graph: Graph
  var layer = GoldenLayer()

  init(_ golden: GoldenCase, _ precision: Graph.Precision) {
    self.golden = golden
    graph = Graph(precision)
    graph.mode = golden.attributes["training"].bool ?? true ? .training : .evaluation
  }

  func array(_ name: String) -> GoldenArray? { golden.inputs.first { $0.name == name } }
  func tensor(_ name: String) -> Tensor? { array(name)?.tensor }
  func int(_ key: String) -> Int { golden.attributes[key].int ?? 0 }
  func number(_ key: String) -> Double { golden.attributes[key].double ?? 0 }
  func flag(_ key: String) -> Bool { golden.attributes[key].bool ?? false }

  mutating func input(_ name: String) -> Node {
    let node = graph.input(name, tensor(name) ?? 0)
    layer.sources[name] = ([node], { $0[0] })
    return node
  }

  /// A parameter in the fixture's own layout.
  mutating func track(_ name: String, _ parameter: Parameter?) {
    guard let parameter else { return }
    layer.sources[name] = ([graph.parameter(parameter)], { $0[0] })
  }

  /// A parameter that the fixture keeps out × in and the library in × out.
  mutating func trackTransposed(_ name: String, _ parameters: [Parameter]) {
    layer.sources[name] = (parameters.map { graph.parameter($0) }, { Tensor.joined($0.map(transposed)) })
  }

  /// Vectors that the fixture keeps end to end.
  mutating func trackJoined(_ name: String, _ parameters: [Parameter]) {
    layer.sources[name] = (parameters.map { graph.parameter($0) }, { Tensor.joined($0) })
  }

  mutating func build() -> GoldenLayer? {
    switch golden.operation {
    case "linear": buildLinear()
    case "conv2d": buildConvolution()
    case "batchnorm": buildBatchNorm()
    case "layernorm", "groupnorm": buildNorm()
    case "dropout": layer.outputs["output"] = Dropout(number("p"))(input("input"))
    case "embedding": buildEmbedding()
    case "rnn_cell": buildCell(RNNCell.self, ["h"])
    case "lstm_cell": buildCell(LSTMCell.self, ["h", "c"])
    case "gru_cell": buildCell(GRUCell.self, ["h"])
    case "rnn": buildRecurrent(RNNCell.self, ["h"])
    case "lstm": buildRecurrent(LSTMCell.self, ["h", "c"])
    case "gru": buildRecurrent(GRUCell.self, ["h"])
    case "multi_head_attention": buildAttention()
    case "scaled_dot_product_attention":
      let (q, k, v) = (input("query"), input("key"), input("value"))
      layer.outputs["output"] = scaledDotProductAttention(q, k, v, isCausal: flag("causal")).output
    default: return nil
    }
    return layer
  }

  private mutating func buildLinear() {
    guard let weight = array("weight") else { return }
    let dense = Dense(weight: weight.transposedTensor, bias: tensor("bias"))
    layer.outputs["output"] = dense(input("input"))
    trackTransposed("weight", [dense.weight])
    track("bias", dense.bias)
  }

  private mutating func buildConvolution() {
    guard let weight = tensor("weight") else { return }
    let attributes = golden.attributes
    let convolution = Conv2D(
      weight: weight, bias: tensor("bias"), stride: attributes["stride"].ints, padding: attributes["padding"].ints,
      dilation: attributes["dilation"].ints, groups: int("groups"))
    layer.outputs["output"] = convolution(input("input"))
    track("weight", convolution.weight)
    track("bias", convolution.bias)
  }

  private mutating func buildBatchNorm() {
    guard let mean = tensor("running_mean"), let variance = tensor("running_var") else { return }
    let norm = BatchNorm(
      mean.count, momentum: number("momentum"), epsilon: number("eps"), isAffine: flag("affine"))
    norm.runningMean.value = mean
    norm.runningVariance.value = variance
    set(norm.weight, "weight")
    set(norm.bias, "bias")
    layer.outputs["output"] = norm(input("input"))
    layer.state = ["running_mean": graph.parameter(norm.runningMean)]
    layer.state["running_var"] = graph.parameter(norm.runningVariance)
  }

  private mutating func buildNorm() {
    if golden.operation == "layernorm" {
      let norm = LayerNorm(
        Shape(golden.attributes["normalized_shape"].ints), epsilon: number("eps"), isAffine: flag("affine"))
      set(norm.weight, "weight")
      set(norm.bias, "bias")
      layer.outputs["output"] = norm(input("input"))
    } else {
      let norm = GroupNorm(groups: int("groups"), channels: tensor("weight")?.count ?? 0, epsilon: number("eps"))
      set(norm.weight, "weight")
      set(norm.bias, "bias")
      layer.outputs["output"] = norm(input("input"))
    }
  }

  private mutating func set(_ parameter: Parameter?, _ name: String) {
    guard let parameter, let value = tensor(name) else { return }
    parameter.value = value
    track(name, parameter)
  }

  private mutating func buildEmbedding() {
    guard let weight = tensor("weight") else { return }
    let embedding = Embedding(weight: weight, paddingIndex: golden.attributes["padding_index"].int)
    layer.outputs["output"] = embedding(input("indices"))
    track("weight", embedding.weight)
  }

  private mutating func weights(_ suffix: String) -> RecurrentWeights? {
    guard let input = array("weight_ih" + suffix), let hidden = array("weight_hh" + suffix),
      let inputBias = tensor("bias_ih" + suffix), let hiddenBias = tensor("bias_hh" + suffix)
    else { return nil }
    let weights = RecurrentWeights(
      input: input.transposedTensor, hidden: hidden.transposedTensor, inputBias: inputBias, hiddenBias: hiddenBias)
    trackTransposed("weight_ih" + suffix, [weights.input])
    trackTransposed("weight_hh" + suffix, [weights.hidden])
    track("bias_ih" + suffix, weights.inputBias)
    track("bias_hh" + suffix, weights.hiddenBias)
    return weights
  }

  private func cell<Cell: RecurrentCell>(_ type: Cell.Type, _ weights: RecurrentWeights) -> Cell {
    let cell = Cell(weights: weights)
    guard var simple = cell as? RNNCell, golden.attributes["nonlinearity"].string == "relu" else { return cell }
    simple.activation = relu
    return simple as? Cell ?? cell
  }

  private mutating func buildCell<Cell: RecurrentCell>(_ type: Cell.Type, _ states: [String]) {
    guard let weights = weights("") else { return }
    let x = input("input"), state = states.map { input($0) }
    let next = cell(type, weights)(x, state)
    if states.count == 1 { layer.outputs["output"] = next[0] }
    for (name, node) in zip(states, next) { layer.outputs[name] = node }
  }

  private mutating func buildRecurrent<Cell: RecurrentCell>(_ type: Cell.Type, _ states: [String]) {
    let count = int("layers")
    let cells = (0..<count).compactMap { weights("_l\($0)").map { cell(type, $0) } }
    let x = input("input"), starts = states.map { input($0 + "0") }
    let (outputs, final) = Recurrent(cells).run(x, from: (0..<count).map { layer in starts.map { $0[layer] } })
    layer.outputs["output"] = outputs
    for (index, name) in states.enumerated() { layer.outputs[name + "_n"] = stack(final.map { $0[index] }) }
  }

  private mutating func buildAttention() {
    guard let weight = array("in_proj_weight"), let bias = tensor("in_proj_bias"),
      let outWeight = array("out_proj.weight"), let outBias = tensor("out_proj.bias")
    else { return }
    let width = int("embed")
    let projections = (0..<3).map { part in
      let rows = weight.tensor.rows(part * width..<(part + 1) * width)
      return Dense(weight: transposed(rows), bias: bias.rows(part * width..<(part + 1) * width))
    }
    let output = Dense(weight: outWeight.transposedTensor, bias: outBias)
    let attention = MultiHeadAttention(
      query: projections[0], key: projections[1], value: projections[2], output: output, heads: int("heads"),
      isCausal: flag("causal"))
    let query = input("query"), isSelf = flag("self_attention")
    let (key, value) = isSelf ? (query, query) : (input("key"), input("value"))
    let mask = tensor("key_padding_mask").map { graph.constant($0.map { 1 - $0 }) }
    (layer.outputs["output"], layer.outputs["attention_weights"]) = attention.attend(
      from: query, to: key, value, keyMask: mask)
    trackTransposed("in_proj_weight", projections.map(\.weight))
    trackJoined("in_proj_bias", projections.compactMap(\.bias))
    trackTransposed("out_proj.weight", [output.weight])
    track("out_proj.bias", output.bias)
  }
}

/// The transpose of a matrix.
@Sendable func transposed(_ matrix: Tensor) -> Tensor {
  let (rows, columns) = (matrix.shape[0], matrix.shape[1])
  let scalars = matrix.scalars
  return Tensor(
    shape: [columns, rows], (0..<rows * columns).map { scalars[($0 % rows) * columns + $0 / rows] })
}
