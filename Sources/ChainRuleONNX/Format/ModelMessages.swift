import ChainRuleFiles

// What is read of onnx.proto3: plain values, by the names of its messages. Fields that are not needed are passed over.

/// A graph of nodes with its constants, inputs and outputs.
struct GraphMessage: Sendable {
  var name = ""
  var nodes: [NodeMessage] = []
  var initializers: [TensorMessage] = []
  var inputs: [ValueMessage] = [], outputs: [ValueMessage] = []
  var hasSparseInitializers = false
}

/// One operator: its inputs and outputs by name ("" where one is left out), and its attributes.
struct NodeMessage: Sendable {
  var name = "", type = "", domain = ""
  var inputs: [String] = [], outputs: [String] = []
  var attributes: [String: AttributeMessage] = [:]

  /// What errors call it.
  var title: String {
    let called = name.isEmpty ? outputs.first(where: { !$0.isEmpty }).map { " that makes '\($0)'" } ?? "" : " '\(name)'"
    return "node\(called) (\(domain.isEmpty ? "" : domain + ".")\(type))"
  }
}

/// An attribute of a node.
struct AttributeMessage: Sendable {
  var float: Double = 0
  var integer = 0
  var text = ""
  var tensor: TensorMessage?
  var graph: [GraphMessage] = []
  var floats: [Double] = []
  var integers: [Int] = []
  var texts: [String] = []
  /// The attribute of the function that this one stands for.
  var reference = ""
  var hasValue = false
}

/// A function that a model brings along: nodes that take the place of one.
struct FunctionMessage: Sendable {
  var name = "", domain = ""
  var inputs: [String] = [], outputs: [String] = []
  var nodes: [NodeMessage] = []
  var defaults: [String: AttributeMessage] = [:]
  var opset: [String: Int] = [:]
}

/// The name, the type and the lengths of an input or an output.
struct ValueMessage: Sendable {
  /// The length of an axis: a number, a name, or nothing.
  enum Length: Sendable { case fixed(Int), named(String), unknown }
  var name = ""
  var type: ONNXType?
  var lengths: [Length]?
  /// A sequence, an optional value or a map: no tensor.
  var isOther = false
  var isOptional = false
}

/// A whole file.
struct ModelMessage: Sendable {
  var irVersion = 0
  var producer = ""
  /// The version of each domain's operators; "" is ONNX itself.
  var opset: [String: Int] = [:]
  var graph = GraphMessage()
  var functions: [FunctionMessage] = []
}
