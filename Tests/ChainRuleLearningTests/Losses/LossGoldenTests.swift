import ChainRuleLearning
import Testing

/// Values and gradients of every loss beside those of PyTorch and JAX.
@Suite struct LossesAgreeWithPyTorch {
  static let cases = Golden.cases(of: "losses")

  @Test(arguments: cases) func inDouble(golden: GoldenCase) throws {
    try check(golden, .double, relative: 1e-10, absolute: 1e-12)
  }

  @Test(arguments: cases) func inSingle(golden: GoldenCase) throws {
    try check(golden, .single, relative: 1e-4, absolute: 1e-5)
  }

  @Test func everyCaseIsThere() { #expect(Self.cases.count == 105) }

  /// PyTorch gives (p − t) / max(p (1 − p), 1e-12) where a logarithm is held at −100; we give the derivative of what
  /// is computed there, 0.
  static func hasAnotherConvention(_ golden: GoldenCase) -> Bool {
    golden.name.hasPrefix("binary_cross_entropy_saturated")
  }

  private func check(_ golden: GoldenCase, _ precision: Graph.Precision, relative: Double, absolute: Double) throws {
    let graph = Graph(precision)
    let nodes = golden.inputs.map { graph.input($0.name, $0.tensor) }
    let output = try #require(loss(golden, nodes), "\(golden.operation)")
    let expected = try #require(golden.output)
    #expect(
      expected.mismatch(try output.value(), relative: relative, absolute: absolute) == nil, "\(golden.name), value")
    if Self.hasAnotherConvention(golden) { return }
    let cotangent = try #require(golden.array("cotangent"))
    let gradients = output.backward(upstream: graph.constant(cotangent.tensor))
    for (name, expected) in golden.arrays("vjp") {
      let node = try #require(zip(golden.inputs, nodes).first { $0.0.name == name }?.1)
      let gradient = try #require(gradients[node])
      #expect(
        expected.mismatch(try gradient.value(), relative: relative, absolute: absolute) == nil,
        "\(golden.name), gradient of \(name)")
    }
  }

  private func loss(_ golden: GoldenCase, _ nodes: [Node]) -> Node? {
    let attributes = golden.attributes
    func number(_ key: String) -> Double { attributes[key].double ?? 0 }
    let reductions: [String: Reduction] = ["mean": .mean, "sum": .sum, "none": .none, "batchmean": .batchMean]
    guard let reduction = attributes["reduction"].string.flatMap({ reductions[$0] }) else { return nil }
    func extra(_ name: String) -> Tensor? { golden.inputs.first { $0.name == name }?.tensor }
    let (p, t) = (nodes[0], nodes[1])
    switch golden.operation {
    case "mse": return squaredError(p, t, reduction: reduction)
    case "l1": return absoluteError(p, t, reduction: reduction)
    case "huber": return huberLoss(p, t, delta: number("delta"), reduction: reduction)
    case "smooth_l1": return smoothAbsoluteError(p, t, beta: number("beta"), reduction: reduction)
    case "hinge": return hingeLoss(p, t, margin: number("margin"), reduction: reduction)
    case "squared_hinge": return squaredHingeLoss(p, t, margin: number("margin"), reduction: reduction)
    case "multi_margin":
      return multiClassHingeLoss(p, t, margin: number("margin"), power: number("p"), reduction: reduction)
    case "crammer_singer": return crammerSingerLoss(p, t, margin: number("margin"), reduction: reduction)
    case "binary_cross_entropy": return binaryCrossEntropy(p, t, reduction: reduction)
    case "binary_cross_entropy_logits":
      return sigmoidCrossEntropy(p, t, positiveWeights: extra("pos_weight"), reduction: reduction)
    case "cross_entropy":
      return softmaxCrossEntropy(
        p, t, smoothing: number("label_smoothing"), classWeights: extra("weight"), reduction: reduction)
    case "nll": return negativeLogLikelihood(p, t, reduction: reduction)
    case "kl_div":
      return klDivergence(
        p, t, targetIsLogarithm: attributes["log_target"].bool ?? false, reduction: reduction)
    case "cosine_similarity":
      let rows = cosineSimilarity(p, t, epsilon: number("eps"))
      return reduction == .mean ? rows.mean() : reduction == .sum ? rows.sum() : rows
    case "cosine_distance": return cosineDistance(p, t, epsilon: number("eps"), reduction: reduction)
    case "cosine_embedding":
      return cosineEmbeddingLoss(p, t, sign: nodes[2], margin: number("margin"), reduction: reduction)
    default: return nil
    }
  }
}
