import ChainRuleCore

/// Stages of residual layers of two or three convolutions with batch normalization. Source: He et al. 2016.
struct ResNet: PretrainedArchitecture {
  static let names = ["ResNetForImageClassification", "ResNetModel"]
  let prefix = "resnet.", readsTokens = false
  private let channels: Int, embedding: Int, widths: [Int], depths: [Int], isBottleneck: Bool, classes: Int,
    hasHead: Bool
  private let downsamplesFirst: Bool, downsamplesInBottleneck: Bool
  private let activation: @Sendable (Node) -> Node

  init(_ configuration: PretrainedConfiguration, _ name: String) throws {
    (channels, embedding) = (
      try configuration.count("num_channels", default: 3), try configuration.count("embedding_size")
    )
    (widths, depths) = (try configuration.counts("hidden_sizes"), try configuration.counts("depths"))
    let kind = try configuration.text("layer_type", default: "bottleneck")
    isBottleneck = kind == "bottleneck"
    (classes, hasHead) = (try configuration.classes(), name == "ResNetForImageClassification")
    downsamplesFirst = try configuration.flag("downsample_in_first_stage", default: false)
    downsamplesInBottleneck = try configuration.flag("downsample_in_bottleneck", default: false)
    activation = try configuration.activation("hidden_act", default: "relu")
    guard kind == "basic" || isBottleneck else {
      throw configuration.mistake("layer_type must be basic or bottleneck, not '\(kind)'")
    }
    guard widths.count == depths.count, depths.reduce(0, +) <= 10_000 else {
      throw configuration.mistake("hidden_sizes and depths must be lists of one length, with 10,000 layers at most")
    }
  }

  var smallestInput: Shape { [1, channels, 32, 32] }
  func isTrained(_ name: String) -> Bool { !name.contains("running_") && !name.hasSuffix("num_batches_tracked") }

  func record(_ x: Node, _ weights: PretrainedWeights) throws -> Node {
    if let error = x.error { throw error }
    guard x.shape.rank == 4, x.shape[1] == channels else {
      throw ChainRuleError(
        .shape, in: "ResNet", required: "images [batch, \(channels), height, width]", got: "\(x.shape)")
    }
    var h = try convolution(x, "embedder.embedder", to: embedding, window: 7, stride: 2, weights)
    h = maxPool2d(activation(h), window: [3], stride: [2], padding: [1])
    for (stage, (width, depth)) in zip(widths, depths).enumerated() {
      for layer in 0..<depth {
        let stride = layer == 0 && (stage > 0 || downsamplesFirst) ? 2 : 1
        h = try residual(h, "encoder.stages.\(stage).layers.\(layer)", to: width, stride: stride, weights)
      }
    }
    guard hasHead else { return h }
    return try weights.linear(h.mean(axes: [2, 3]), "classifier.1", to: classes)
  }

  private func residual(
    _ x: Node, _ name: String, to width: Int, stride: Int, _ weights: PretrainedWeights
  ) throws -> Node {
    let needsMap = x.shape[1] != width || stride != 1
    let shortcut = needsMap ? try convolution(x, name + ".shortcut", to: width, window: 1, stride: stride, weights) : x
    let inner = max(width / 4, 1), early = downsamplesInBottleneck
    let parts: [(outputs: Int, window: Int, stride: Int)] =
      isBottleneck
      ? [(inner, 1, early ? stride : 1), (inner, 3, early ? 1 : stride), (width, 1, 1)]
      : [(width, 3, stride), (width, 3, 1)]
    var h = x
    for (index, part) in parts.enumerated() {
      h = try convolution(
        h, "\(name).layer.\(index)", to: part.outputs, window: part.window, stride: part.stride, weights)
      if index + 1 < parts.count { h = activation(h) }
    }
    return activation(h + shortcut)
  }

  /// A convolution without bias, normalized by the statistics of the file.
  private func convolution(
    _ x: Node, _ name: String, to outputs: Int, window: Int, stride: Int, _ weights: PretrainedWeights
  ) throws -> Node {
    let kernel = try weights.node(name + ".convolution.weight", [outputs, x.shape[1], window, window], in: x.graph)
    let y = convolution2d(x, weight: kernel, stride: [stride], padding: [window / 2])
    func channel(_ part: String) throws -> Node {
      try weights.node("\(name).normalization.\(part)", [outputs], in: x.graph).reshaped(to: [1, outputs, 1, 1])
    }
    let scale = try channel("weight") * rsqrt(try channel("running_var") + 1e-5)
    return (y - (try channel("running_mean"))) * scale + (try channel("bias"))
  }
}
