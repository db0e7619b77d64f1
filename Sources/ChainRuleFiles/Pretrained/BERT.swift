import ChainRuleCore
import ChainRuleTraining

/// An encoder of blocks norm(h + attention h), norm(h + mlp h) over tokens, positions and one segment. Source: Devlin et
/// al. 2019.
struct BERT: PretrainedArchitecture {
  static let names = [
    "BertForMaskedLM", "BertForTokenClassification", "BertForSequenceClassification", "BertModel",
  ]
  let prefix = "bert.", readsTokens = true, smallestInput: Shape = [1, 1]
  private let width: Int, layers: Int, heads: Int, inner: Int, places: Int, tokens: Int, segments: Int
  private let epsilon: Double, classes: Int, head: String
  private let activation: @Sendable (Node) -> Node

  init(_ configuration: PretrainedConfiguration, _ name: String) throws {
    width = try configuration.count("hidden_size")
    (layers, heads) = (try configuration.count("num_hidden_layers"), try configuration.count("num_attention_heads"))
    inner = try configuration.count("intermediate_size")
    places = try configuration.count("max_position_embeddings")
    (tokens, segments) = (try configuration.count("vocab_size"), try configuration.count("type_vocab_size", default: 2))
    epsilon = try configuration.number("layer_norm_eps", default: 1e-12)
    activation = try configuration.activation("hidden_act", default: "gelu")
    (classes, head) = (try configuration.classes(), name)
    try configuration.require("is_decoder", false)
    let kind = try configuration.text("position_embedding_type", default: "absolute")
    guard kind == "absolute" else {
      throw configuration.mistake("position_embedding_type must be absolute, not '\(kind)'")
    }
    guard width % heads == 0 else {
      throw configuration.mistake("hidden_size must be a multiple of num_attention_heads, not \(width) for \(heads)")
    }
  }

  func record(_ x: Node, _ weights: PretrainedWeights) throws -> Node {
    let time = try Tokens.length(of: x, most: places, in: "BERT")
    let places = try weights.node("embeddings.position_embeddings.weight", [self.places, width], in: x.graph)
    let segments = try weights.node("embeddings.token_type_embeddings.weight", [self.segments, width], in: x.graph)
    let words = try weights.embedding(x, "embeddings.word_embeddings.weight", tokens, width)
    var h = try weights.layerNorm(
      words + segments[0] + places[0..<time], "embeddings.LayerNorm", epsilon: epsilon)
    for layer in 0..<layers {
      let name = "encoder.layer.\(layer)."
      let parts = try ["query", "key", "value"].map {
        try weights.linear(h, name + "attention.self.\($0)", to: width).split(intoHeads: heads)
      }
      let attended = Tokens.joined(scaledDotProductAttention(parts[0], parts[1], parts[2]).output)
      let mixed = try weights.linear(attended, name + "attention.output.dense", to: width)
      h = try weights.layerNorm(h + mixed, name + "attention.output.LayerNorm", epsilon: epsilon)
      let between = activation(try weights.linear(h, name + "intermediate.dense", to: inner))
      let result = try weights.linear(between, name + "output.dense", to: width)
      h = try weights.layerNorm(h + result, name + "output.LayerNorm", epsilon: epsilon)
    }
    return try headed(h, weights)
  }

  private func headed(_ h: Node, _ weights: PretrainedWeights) throws -> Node {
    switch head {
    case "BertForTokenClassification": return try weights.linear(h, "classifier", to: classes)
    case "BertForSequenceClassification":
      return try weights.linear(
        tanh(try weights.linear(h[0..., 0], "pooler.dense", to: width)), "classifier", to: classes)
    case "BertForMaskedLM":
      let transform = activation(try weights.linear(h, "cls.predictions.transform.dense", to: width))
      let normal = try weights.layerNorm(transform, "cls.predictions.transform.LayerNorm", epsilon: epsilon)
      // Tied to the words' table, and then not in the file.
      let decoder =
        weights.has("cls.predictions.decoder.weight")
        ? "cls.predictions.decoder.weight" : "embeddings.word_embeddings.weight"
      return normal.matmul(try weights.node(decoder, [tokens, width], in: h.graph).transposed([1, 0]))
        + (try weights.node("cls.predictions.bias", [tokens], in: h.graph))
    default: return h
    }
  }
}
