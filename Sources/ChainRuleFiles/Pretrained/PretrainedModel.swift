import ChainRuleCore
import ChainRuleTraining

/// A model of a published architecture from its folder: `config.json` and `model.safetensors`, as Hugging Face's
/// transformers write them.
///
/// ```swift
/// let model = try PretrainedModel("gpt2")
/// let logits = try model.predict(Tensor(indices: [464, 2068, 7586, 21831], shape: [1, 4]))
/// ```
///
/// | `model_type` | `architectures` | from | to |
/// |---|---|---|---|
/// | `gpt2` | `GPT2LMHeadModel`, `GPT2Model` | tokens `[batch, time]` | logits `[batch, time, tokens]`, the last states |
/// | `bert` | `BertForMaskedLM`, `BertForTokenClassification`, `BertForSequenceClassification`, `BertModel` | tokens `[batch, time]` | logits of each place, of the text, the last states |
/// | `resnet` | `ResNetForImageClassification`, `ResNetModel` | images `[batch, channels, height, width]` | logits, the last maps |
///
/// It is a model like any other: it can be explained, checked, trained further, and exported. Nothing is dropped out,
/// the statistics of batch normalization stay as they are in the file, and a text of BERT is one segment without padding.
public struct PretrainedModel: Model, Sendable {
  /// The architecture's name in the configuration, such as `GPT2LMHeadModel`.
  public let architecture: String
  /// What the file holds beside the model: parameters of another head, buffers.
  public let unused: [String]
  /// The parameters by their names in the file.
  let weights: [String: Parameter]
  private let recorder: any PretrainedArchitecture
  private let file: String

  /// Reads a folder.
  /// - Throws: a `FileError` where a file is missing or damaged, the configuration is of no architecture of the table, or
  ///   a parameter is missing or of another shape than the configuration says.
  public init(_ folder: String) throws {
    let configuration = try PretrainedConfiguration(folder + "/config.json")
    file = folder + "/model.safetensors"
    let (recorder, name) = try Self.recorder(configuration)
    (self.recorder, architecture) = (recorder, name)
    let state = try Safetensors.read(file).state
    weights = Dictionary(
      state.entries.map { entry in
        let isTrained = recorder.isTrained(entry.path) && entry.value.elementType != .int32
        return (entry.path, Parameter(entry.value, name: entry.path, isTrainable: isTrained))
      }, uniquingKeysWith: { first, _ in first })
    // Recorded once, so that whatever is missing is said now.
    let graph = Graph(.single), found = PretrainedWeights(weights, file, prefix: recorder.prefix)
    let x = graph.input("x", shape: recorder.smallestInput, indices: recorder.readsTokens)
    let result = try recorder.record(x, found)
    if let error = result.error { throw FileError(file, "does not fit its config.json: \(error)") }
    unused = state.paths.filter { !found.used.contains($0) }
  }

  /// Records the architecture's output; a mistake is carried by the node.
  public func callAsFunction(_ x: Node) -> Node {
    x.graph.attempt(in: architecture) {
      try recorder.record(x, PretrainedWeights(weights, file, prefix: recorder.prefix))
    }
  }

  /// The parameters by their names in the file, to be written where transformers look for them.
  ///
  /// ```swift
  /// try Safetensors.write(model.fileState, metadata: ["format": "pt"], to: "gpt2/model.safetensors")
  /// ```
  public var fileState: ModelState {
    ModelState(weights.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) })
  }

  private static func recorder(
    _ configuration: PretrainedConfiguration
  ) throws -> (any PretrainedArchitecture, name: String) {
    let type = try configuration.text("model_type"), name = try configuration.architecture()
    let kinds: [String: any PretrainedArchitecture.Type] = [
      "gpt2": GPT2.self, "bert": BERT.self, "resnet": ResNet.self,
    ]
    guard let kind = kinds[type] else {
      throw configuration.mistake(
        "model_type must be one of \(kinds.keys.sorted().joined(separator: ", ")), not '\(type)'; a model of another "
          + "kind can be brought as an ONNX file")
    }
    guard kind.names.contains(name) else {
      throw configuration.mistake("architectures must name one of \(kind.names.joined(separator: ", ")), not '\(name)'")
    }
    return (try kind.init(configuration, name), name)
  }
}

/// How an architecture is recorded from a configuration and parameters by name.
protocol PretrainedArchitecture: Sendable {
  /// The heads that can be recorded.
  static var names: [String] { get }
  init(_ configuration: PretrainedConfiguration, _ name: String) throws

  /// What stands before the names of the body's parameters, unless the body was saved alone.
  var prefix: String { get }
  var readsTokens: Bool { get }
  /// The shape of an input on which everything is recorded once.
  var smallestInput: Shape { get }
  func record(_ x: Node, _ weights: PretrainedWeights) throws -> Node
  /// Whether training changes a parameter.
  func isTrained(_ name: String) -> Bool
}

extension PretrainedArchitecture {
  func isTrained(_ name: String) -> Bool { true }
}

/// The named tensors of a file, as nodes of required shapes.
final class PretrainedWeights {
  private let parameters: [String: Parameter], file: String, prefix: String
  private(set) var used: Set<String> = []

  init(_ parameters: [String: Parameter], _ file: String, prefix: String) {
    (self.parameters, self.file, self.prefix) = (parameters, file, prefix)
  }

  func has(_ name: String) -> Bool { parameters[prefix + name] != nil || parameters[name] != nil }

  /// A parameter of a shape, under the architecture's prefix or without it; lengths of 0 may be any.
  func node(_ name: String, _ shape: [Int], in graph: Graph) throws -> Node {
    guard let found = [prefix + name, name].first(where: { parameters[$0] != nil }), let parameter = parameters[found]
    else { throw FileError(file, "lacks the parameter \(prefix)\(name) of shape \(Shape(shape))") }
    let lengths = parameter.shape.dimensions
    guard lengths.count == shape.count, zip(shape, lengths).allSatisfy({ $0 == 0 || $0 == $1 }) else {
      throw FileError(file, "holds \(found) of shape \(parameter.shape) where config.json asks for \(Shape(shape))")
    }
    used.insert(found)
    return graph.parameter(parameter)
  }

  /// x · Wᵀ + b, with W as `torch.nn.Linear` keeps it: `[outputs, inputs]`.
  func linear(_ x: Node, _ name: String, to outputs: Int) throws -> Node {
    let weight = try node(name + ".weight", [outputs, x.shape[-1]], in: x.graph)
    return x.matmul(weight.transposed([1, 0])) + (try node(name + ".bias", [weight.shape[0]], in: x.graph))
  }

  /// (x − mean) / √(variance + ε) · weight + bias over the last axis.
  func layerNorm(_ x: Node, _ name: String, epsilon: Double) throws -> Node {
    LayerNorm(x.shape[-1], epsilon: epsilon, isAffine: false)(x)
      * (try node(name + ".weight", [x.shape[-1]], in: x.graph))
      + (try node(name + ".bias", [x.shape[-1]], in: x.graph))
  }

  /// Rows of a table at tokens `[batch, time]`.
  func embedding(_ tokens: Node, _ name: String, _ rows: Int, _ width: Int) throws -> Node {
    try node(name, [rows, width], in: tokens.graph).gathered(at: tokens)
  }
}
