import ChainRuleCore
import ChainRuleTraining

/// A decoder of blocks h + attention(norm h), h + mlp(norm h) over tokens and positions. Source: Radford et al. 2019.
struct GPT2: PretrainedArchitecture {
  static let names = ["GPT2LMHeadModel", "GPT2Model"]
  let prefix = "transformer.", readsTokens = true, smallestInput: Shape = [1, 1]
  private let width: Int, layers: Int, heads: Int, inner: Int, places: Int, tokens: Int, epsilon: Double
  private let activation: @Sendable (Node) -> Node, hasHead: Bool

  init(_ configuration: PretrainedConfiguration, _ name: String) throws {
    width = try configuration.count("n_embd")
    (layers, heads) = (try configuration.count("n_layer"), try configuration.count("n_head"))
    inner = try configuration.count("n_inner", default: 4 * width)
    (places, tokens) = (try configuration.count("n_positions"), try configuration.count("vocab_size"))
    epsilon = try configuration.number("layer_norm_epsilon", default: 1e-5)
    activation = try configuration.activation("activation_function", default: "gelu_new")
    hasHead = name == "GPT2LMHeadModel"
    try configuration.require("scale_attn_weights", true)
    try configuration.require("scale_attn_by_inverse_layer_idx", false)
    try configuration.require("add_cross_attention", false)
    guard width % heads == 0 else {
      throw configuration.mistake("n_embd must be a multiple of n_head, not \(width) for \(heads) heads")
    }
  }

  func record(_ x: Node, _ weights: PretrainedWeights) throws -> Node {
    let time = try Tokens.length(of: x, most: places, in: "GPT2")
    let places = try weights.node("wpe.weight", [self.places, width], in: x.graph)
    var h = try weights.embedding(x, "wte.weight", tokens, width) + places[0..<time]
    for layer in 0..<layers {
      let name = "h.\(layer)."
      let qkv = try map(weights.layerNorm(h, name + "ln_1", epsilon: epsilon), name + "attn.c_attn", 3 * width, weights)
      let parts = (0..<3).map { qkv[0..., 0..., $0 * width..<($0 + 1) * width].split(intoHeads: heads) }
      let attended = scaledDotProductAttention(parts[0], parts[1], parts[2], isCausal: true).output
      h = h + (try map(Tokens.joined(attended), name + "attn.c_proj", width, weights))
      let between = try map(weights.layerNorm(h, name + "ln_2", epsilon: epsilon), name + "mlp.c_fc", inner, weights)
      h = h + (try map(activation(between), name + "mlp.c_proj", width, weights))
    }
    h = try weights.layerNorm(h, "ln_f", epsilon: epsilon)
    guard hasHead else { return h }
    // Tied to the tokens' table, and then not in the file.
    let head = weights.has("lm_head.weight") ? "lm_head.weight" : "wte.weight"
    return h.matmul(try weights.node(head, [tokens, width], in: x.graph).transposed([1, 0]))
  }

  /// x · W + b: GPT-2 keeps W as `[inputs, outputs]`.
  private func map(_ x: Node, _ name: String, _ outputs: Int, _ weights: PretrainedWeights) throws -> Node {
    x.matmul(try weights.node(name + ".weight", [x.shape[-1], outputs], in: x.graph))
      + (try weights.node(name + ".bias", [outputs], in: x.graph))
  }
}

/// What the architectures over tokens have in common.
enum Tokens {
  /// The number of tokens in a row `[batch, time]`.
  static func length(of x: Node, most places: Int, in model: String) throws -> Int {
    if let error = x.error { throw error }
    guard x.shape.rank == 2, (1...places).contains(x.shape[1]) else {
      throw ChainRuleError(
        .shape, in: model, required: "tokens [batch, time] with 1 to \(places) of them in a row", got: "\(x.shape)")
    }
    return x.shape[1]
  }

  /// The heads side by side again.
  static func joined(_ x: Node) -> Node {
    x.transposed([0, 2, 1, 3]).reshaped(to: [x.shape[0], x.shape[2], x.shape[1] * x.shape[3]])
  }
}
