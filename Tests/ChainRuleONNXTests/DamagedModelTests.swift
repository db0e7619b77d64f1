import ChainRuleCore
import ChainRuleFiles
import ChainRuleTraining
import Foundation
import Testing

@testable import ChainRuleONNX

/// Files are not trusted: whatever the bytes are, there is a result or an error.
@Suite struct DamagedModels {
  /// A small model with most kinds of fields: messages, packed numbers, texts, raw elements.
  private static func sample() throws -> [UInt8] {
    let model = withSeed(1) {
      Sequential(
        Conv2D(1, 2, kernel: [3], padding: [1]), MaxPool2D([2]), Flatten(), Dense(8, 3, activation: { tanh($0) }))
    }
    return try model.onnx(inputs: [1, 1, 4, 4]).bytes
  }

  private static func read(_ bytes: [UInt8]) throws {
    let message = try MessageParser(file: WireFile(path: "sample.onnx", bytes: bytes)).model()
    let graph = try Graph(try ONNXModel(message, path: "sample.onnx"))
    if let output = message.graph.outputs.first.flatMap({ graph.node(named: $0.name) }) {
      for value in message.graph.inputs {
        if let input = graph.node(named: value.name), input.shape.elementCount < 1 << 20 {
          input.assign(Tensor(shape: input.shape, repeating: 1))
        }
      }
      if output.shape.elementCount < 1 << 20 { _ = try? output.value() }
    }
  }

  /// The ends of lengths' ranges, and the tags of messages and texts.
  private static let telling: [UInt8] = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x0A, 0x12]

  @Test func giveAResultOrAnError() throws {
    let sample = try Self.sample(), heavy = Environment.fuzz.map { Int($0) }
    try Self.read(sample)
    var numbers = RandomNumbers(seed: heavy == nil ? 1 : UInt64.random(in: 0 ... .max)), errors = 0
    for _ in 0..<(heavy ?? 1) * 400 {
      let bytes = damaged(sample, telling: Self.telling, &numbers)
      do { try Self.read(bytes) } catch is FileError { errors += 1 } catch is ChainRuleError { errors += 1 }
    }
    #expect(errors > 100)
  }

  @Test func readGraphsInEachOtherDownToADepth() {
    func nested(_ depth: Int) -> ProtocolMessage {
      var graph = ProtocolMessage()
      guard depth > 0 else { return graph }
      var node = ProtocolMessage(), attribute = ProtocolMessage()
      attribute.add(1, "body")
      attribute.add(6, nested(depth - 1))
      node.add(4, "Loop")
      node.add(5, attribute)
      graph.add(1, node)
      return graph
    }
    func read(_ depth: Int) throws {
      var model = ProtocolMessage()
      model.add(7, nested(depth))
      _ = try MessageParser(file: WireFile(path: "deep.onnx", bytes: model.bytes)).model()
    }
    #expect(throws: Never.self) { try read(20) }
    #expect(throws: FileError("deep.onnx", "is no ONNX file: more than 32 graphs lie in each other")) { try read(100) }
  }

  /// A length of a field, and lengths of a tensor, that the file does not have: refused before memory is taken.
  @Test func promiseNoMoreThanThereIs() {
    #expect(throws: FileError.self) {
      try MessageParser(file: WireFile(path: "a", bytes: [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F])).model()
    }
    var tensor = ProtocolMessage()
    tensor.add(1, varint: 1 << 39)
    tensor.add(2, varint: 1)
    tensor.add(9, bytes: [0, 0, 0, 0])
    let file = WireFile(path: "a", bytes: tensor.bytes)
    #expect(throws: FileError.self) { try TensorMessage(file, 0..<file.bytes.count).tensor() }
  }

  /// Operators with inputs and attributes that they cannot take: an error, and no memory that nobody has.
  @Test(
    arguments: [
      ("Concat", [], [:]), ("Hardmax", [TypedTensor(.float, [3, 0], [])], [:]),
      ("Split", [TypedTensor(.float, [], [1])], [:]), ("Softmax", [TypedTensor(.float, [], [1])], [:]),
      ("Split", [TypedTensor(.float, [2], [1, 2])], ["num_outputs": 1 << 40]),
      ("ScatterElements", [Double.nan, 0, 1].map { TypedTensor(.float, [], [$0]) }, [:]),
      ("BitwiseAnd", [Double.nan, 1].map { TypedTensor(.int32, [1], [$0]) }, [:]),
      ("CenterCropPad", [TypedTensor(.float, [1], [1]), TypedTensor(.int64, [1], [-0x1p63])], [:]),
      ("SpaceToDepth", [TypedTensor(.float, [1, 1, 1, 1], [1])], ["blocksize": 1 << 40]),
      ("DepthToSpace", [TypedTensor(.float, [1, 1, 1, 1], [1])], ["blocksize": .max]),
    ] as [(String, [TypedTensor], [String: Int])])
  func operatorsRefuseWhatTheyCannotTake(type: String, inputs: [TypedTensor], attributes: [String: Int]) throws {
    var node = NodeMessage(type: type, outputs: ["y"])
    node.inputs = inputs.indices.map { "x\($0)" }
    for (name, number) in attributes {
      var attribute = AttributeMessage()
      (attribute.integer, attribute.hasValue) = (number, true)
      node.attributes[name] = attribute
    }
    var output = ValueMessage(), graph = GraphMessage(nodes: [node])
    output.name = "y"
    graph.outputs = [output]
    let model = try ONNXModel(ModelMessage(opset: ["": 21], graph: graph), path: "m.onnx")
    let given = inputs.enumerated().map { ("x\($0)", ImportedValue.constant($1)) }
    #expect(throws: FileError.self) { try Importer(model, into: Graph()).run(graph, given) }
  }

  @Test func allUnknownOperatorsAreNamedAtOnce() {
    var graph = ProtocolMessage()
    for (name, type) in [("first", "Alpha"), ("second", "Relu"), ("third", "Beta")] {
      var node = ProtocolMessage()
      node.add(3, name)
      node.add(4, type)
      graph.add(1, node)
    }
    var model = ProtocolMessage()
    model.add(7, graph)
    let file = WireFile(path: "m.onnx", bytes: model.bytes)
    #expect(
      throws: FileError(
        "m.onnx", "holds operators that are not known: node 'first' (Alpha), node 'third' (Beta)")
    ) { try ONNXModel(MessageParser(file: file).model(), path: "m.onnx") }
  }

  /// Numbers of small formats by their codes: ml_dtypes has the same.
  @Test func readsSmallFormats() throws {
    let cases: [(ONNXType, UInt64, Double)] = [
      (.float16, 0x3C00, 1), (.float16, 0x7BFF, 65504), (.float16, 1, 0x1p-24), (.bfloat16, 0x3F80, 1),
      (.float8e4m3fn, 0x7E, 448), (.float8e4m3fn, 0x08, 0x1p-6), (.float8e4m3fnuz, 0x7F, 240),
      (.float8e5m2, 0x7B, 57344), (.float8e5m2fnuz, 0x7F, 57344), (.float4e2m1, 7, 6),
    ]
    for (type, code, value) in cases {
      let format = try #require(SmallFloat.format(of: type))
      #expect(format.value(code) == value)
      #expect(format.rounded(value, saturating: true) == value)
    }
    let e4m3 = try #require(SmallFloat.format(of: .float8e4m3fn))
    #expect(e4m3.value(0x7F).isNaN && e4m3.rounded(1e6, saturating: false).isNaN && e4m3.largest == 448)
  }
}
