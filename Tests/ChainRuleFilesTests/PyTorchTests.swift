import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

/// Files of PyTorch's modules, made by Tests/Fixtures/pytorch.py with inputs and what the modules make of them.
@Suite("State dictionaries of PyTorch")
struct PyTorchTests {
  struct Reader<Cell: RecurrentCell>: Model {
    var words = Embedding(7, 4)
    var memory = Recurrent<Cell>(4, 5, layers: 2, returnsSequence: false)
    var head = Dense(5, 3)
    func callAsFunction(_ x: Node) -> Node { head(memory(words(x))) }
  }

  struct BothWays: Model {
    var words = Embedding(7, 4)
    var memory = Bidirectional<LSTMCell>(4, 5, layers: 2, returnsSequence: false)
    var head = Dense(10, 3)
    func callAsFunction(_ x: Node) -> Node { head(memory(words(x))) }
  }

  struct Transformer: Model {
    var blocks = (0..<2).map { _ in TransformerBlock(8, heads: 2, hidden: 16) }
    var norm = LayerNorm(8)
    var head = Dense(8, 8)
    func callAsFunction(_ x: Node) -> Node { head(norm(blocks.reduce(x) { $1($0) })) }
  }

  private func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/PyTorch/\(name).safetensors").path
  }

  private static func model(_ name: String) -> any Model {
    switch name {
    // The activations are modules there and none here: 0, 2, 4 are 0, 1, 2.
    case "mlp":
      Sequential(Dense(3, 4, activation: { relu($0) }), Dense(4, 4, activation: { tanh($0) }), Dense(4, 2))
    case "cnn":
      Sequential {
        Conv2D(1, 3, kernel: [3], padding: [1])
        BatchNorm(3)
        relu
        MaxPool2D([2])
        Flatten()
        Dense(12, 4)
      }
    case "lstm": Reader<LSTMCell>()
    case "gru": Reader<GRUCell>()
    case "both": BothWays()
    default: Transformer()
    }
  }

  private func loaded(_ model: some Model, _ name: String) throws -> PyTorchState {
    let state = try PyTorchState(path(name), for: model)
    try model.restore(state.state)
    return state
  }

  @Test(arguments: ["mlp", "cnn", "lstm", "gru", "both", "transformer"]) func aModuleSaysTheSameHere(name: String)
    throws
  {
    let model = Self.model(name), state = try loaded(model, name)
    let example = try Safetensors.read(path("\(name).example")).state
    let (input, output) = (try #require(example["input"]), try #require(example["output"]))
    let ours = try model.predict(input)
    #expect(ours.shape == output.shape)
    for (a, b) in zip(ours.scalars, output.scalars) { #expect(abs(a - b) < 2e-6) }
    #expect(state.mapping.count == model.parameters.count && state.unused.isEmpty)
    // And back: the names and values of the file, but for the counter of batches.
    let file = try Safetensors.read(path(name)).state
    let renaming = name == "mlp" ? ["1": "2", "2": "4"] : [:]
    let back = try PyTorchState.stateDict(of: model, renaming: renaming)
    let names = file.paths.filter { !$0.hasSuffix("num_batches_tracked") }
    #expect(Set(back.paths) == Set(names))
    for name in names { #expect(back[name] == file[name], "\(name)") }
  }

  @Test func theKindOfALayerDecidesAndNotItsShape() throws {
    let model = Self.model("mlp"), mapping = try loaded(model, "mlp").mapping
    #expect(mapping.map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"])
    #expect(mapping.map(\.path) == ["0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias"])
    #expect(mapping.map(\.isTransposed) == [true, false, true, false, true, false])
    let file = try #require(Safetensors.read(path("mlp")).state["2.weight"])
    let ours = try #require(model.state["1.weight"])
    #expect(file.shape == [4, 4] && ours.shape == [4, 4])
    #expect(ours[1, 2] == file[2, 1] && ours[1, 2] != file[1, 2])
  }

  struct Renamed: Model {
    var encoder = Dense(3, 4), middle = Dense(4, 4), decoder = Dense(4, 2)
    func callAsFunction(_ x: Node) -> Node { decoder(tanh(middle(relu(encoder(x))))) }
  }

  @Test func otherNamesAreTold() throws {
    let names = ["encoder": "0", "middle": "2", "decoder": "4"]
    let model = Renamed()
    try model.restore(ModelState(pytorch: path("mlp"), for: model, renaming: names))
    let example = try Safetensors.read(path("mlp.example")).state
    let ours = try model.predict(#require(example["input"])), output = try #require(example["output"])
    for (a, b) in zip(ours.scalars, output.scalars) { #expect(abs(a - b) < 2e-6) }
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "accepted"
  }

  @Test func whatDoesNotFitIsListed() throws {
    let wide = message { _ = try PyTorchState(path("mlp"), for: Sequential(Dense(3, 5), Dense(5, 4), Dense(4, 2))) }
    #expect(wide.contains("holds in another shape 0.weight of shape [4, 3] for 0.weight of shape [3, 5], "))
    let short = message { _ = try PyTorchState(path("mlp"), for: Sequential(Dense(3, 4), Dense(4, 4))) }
    #expect(short.contains("lacks 1.weight (for 1.weight), 1.bias (for 1.bias); has left over 2.weight, "))
    let other = message { _ = try PyTorchState(path("mlp"), for: Renamed()) }
    #expect(other.contains("lacks encoder.weight (for encoder.weight)") && other.contains("say renaming:"))
    let part = try PyTorchState(path("mlp"), for: Sequential(Dense(3, 4)), renaming: ["0": "0"])
    #expect(part.unused.sorted() == ["2.bias", "2.weight", "4.bias", "4.weight"])
    struct Bare: Model {
      var scale = Parameter(1)
      func callAsFunction(_ x: Node) -> Node { x * x.graph.parameter(scale) }
    }
    #expect(message { _ = try PyTorchState(path("mlp"), for: Bare()) }.contains("scale (in no layer that PyTorch has)"))
    #expect(throws: ChainRuleError.self) { try PyTorchState.stateDict(of: Bare()) }
    #expect(throws: FileError.self) { try PyTorchState(path("nowhere"), for: Bare()) }
  }
}
