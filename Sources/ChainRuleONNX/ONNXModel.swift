import ChainRuleCore
import ChainRuleFiles

/// A model that another framework has written, in the ONNX format.
///
/// ```swift
/// let model = try ONNXModel(contentsOf: "digits.onnx")
/// let graph = Graph(.single)
/// let scores = try model.record(["x": graph.input("x", images)], in: graph)["scores"]
/// ```
///
/// Constants of floating-point numbers that have axes are parameters, and can be trained; running statistics are not.
/// Files are not trusted: every size is compared with what there is before memory is taken.
public struct ONNXModel: Sendable {
  /// An input or an output.
  public struct Value: Sendable, Hashable {
    /// The name that the file gives it.
    public let name: String
    /// The length of each axis as text: a number, the name of an open length, or `?`.
    public let lengths: [String]
    /// Whether the elements are whole numbers, such as tokens.
    public let isInteger: Bool
    /// Whether they are truth values.
    public let isBool: Bool
  }

  /// Where the file lies.
  public let path: String
  let message: ModelMessage
  let parametersByName: [String: Parameter]
  /// What the model is given, in the order of the file; constants are not among them.
  public let inputs: [Value]
  /// What the model makes, in the order of the file.
  public let outputs: [Value]

  /// Reads a file, and names in one error every operator that is not known.
  /// - Throws: a `FileError` for anything that is not a well-formed model of known operators.
  public init(contentsOf path: String) throws {
    let message = try MessageParser(file: WireFile(path)).model()
    try self.init(message, path: path)
  }

  init(_ message: ModelMessage, path: String) throws {
    (self.message, self.path) = (message, path)
    let known = Set(message.graph.initializers.map(\.name))
    inputs = message.graph.inputs.filter { !known.contains($0.name) }.map(Value.init)
    outputs = message.graph.outputs.map(Value.init)
    try Operators.check(message, path)
    parametersByName = try Self.parameters(of: message.graph)
  }

  /// The parameters in the order of the file.
  public var parameters: [Parameter] { message.graph.initializers.compactMap { parametersByName[$0.name] } }

  /// What wrote the file, and the version of its operators.
  public var summary: String {
    "\(message.producer.isEmpty ? "ONNX" : message.producer), opset \(message.opset[""] ?? 0), "
      + "\(message.graph.nodes.count) nodes, \(parameters.map(\.shape.elementCount).reduce(0, +)) parameters"
  }

  /// Constants of numbers with axes that are read as numbers: not statistics, bounds, sizes or scales.
  private static func parameters(of graph: GraphMessage) throws -> [String: Parameter] {
    var fixed: Set<String> = [], used: Set<String> = []
    for node in graph.nodes {
      for (index, name) in node.inputs.enumerated() {
        if Operators.readsAsNumbers(node.type, index) { used.insert(name) } else { fixed.insert(name) }
      }
    }
    var result: [String: Parameter] = [:]
    for initializer in graph.initializers
    where initializer.type.map({ $0 == .float || $0 == .double || $0 == .float16 || $0 == .bfloat16 }) == true
      && !initializer.shape.isEmpty && used.contains(initializer.name) && !fixed.contains(initializer.name)
    {
      result[initializer.name] = Parameter(try initializer.tensor().values, name: initializer.name)
    }
    return result
  }

  /// Records the model on nodes for its inputs.
  ///
  /// - Parameter inputs: a node for each input by name; lengths that the file leaves open are those of the nodes.
  /// - Parameter values: inputs that are known beforehand, such as the lengths that a model computes with.
  /// - Returns: the outputs by name.
  /// - Throws: a `FileError` that names the node of the file that cannot be recorded, and why.
  public func record(
    _ inputs: [String: Node], values: [String: Tensor] = [:], in graph: Graph
  ) throws -> [String: Node] {
    let results = try outcomes(inputs, values: values, in: graph)
    let call = Call(
      message: NodeMessage(), inputs: [], graph: graph, version: 1, importer: Importer(self, into: graph))
    return try Dictionary(
      zip(outputs.map(\.name), results).map { ($0, try call.node($1)) }, uniquingKeysWith: { first, _ in first })
  }

  func outcomes(_ inputs: [String: Node], values: [String: Tensor], in graph: Graph) throws -> [ImportedValue] {
    let types = Dictionary(
      message.graph.inputs.map { ($0.name, $0.type ?? .float) }, uniquingKeysWith: { first, _ in first })
    var given: [(String, ImportedValue)] = []
    for input in self.inputs {
      let type = types[input.name] ?? .float
      if let node = inputs[input.name] {
        if let error = node.error { throw error }
        given.append((input.name, .node(node, type)))
      } else if let value = values[input.name] {
        given.append((input.name, .constant(TypedTensor(type, value))))
      } else {
        throw FileError(path, "input '\(input.name)' is not given; the inputs are \(self.inputs.map(\.name))")
      }
    }
    return try Importer(self, into: graph).run(message.graph, given)
  }
}

extension ONNXModel.Value {
  init(_ message: ValueMessage) {
    name = message.name
    lengths = (message.lengths ?? []).map { length in
      switch length {
      case .fixed(let number): "\(number)"
      case .named(let name): name
      case .unknown: "?"
      }
    }
    isInteger = message.type?.isInteger ?? false
    isBool = message.type == .bool
  }

  /// The lengths with a number for every name: what `sizes` says, otherwise 1.
  func shape(_ sizes: [String: Int]) -> Shape { Shape(lengths.map { sizes[$0] ?? Int($0) ?? 1 }) }
}

extension Graph {
  /// A graph of what a model of an ONNX file computes, its inputs to be assigned or fed; inputs and outputs have the
  /// names that the file gives them, see `node(named:)`.
  ///
  /// ```swift
  /// let graph = try Graph(onnx: "model.onnx", sizes: ["batch": 8])
  /// graph.node(named: "x")?.assign(images)
  /// print(try graph.node(named: "scores")!.value())
  /// ```
  /// - Parameter sizes: the lengths that the file leaves open, by name; 1 where nothing is said.
  /// - Throws: a `FileError` for a file that is no model, or a node in it that cannot be recorded.
  public convenience init(onnx path: String, precision: Precision = .double, sizes: [String: Int] = [:]) throws {
    try self.init(try ONNXModel(contentsOf: path), precision: precision, sizes: sizes)
  }

  /// The same of a model that is read already.
  /// - Throws: a `FileError` for a node that cannot be recorded.
  public convenience init(_ model: ONNXModel, precision: Precision = .double, sizes: [String: Int] = [:]) throws {
    self.init(precision)
    mode = .evaluation
    var nodes: [String: Node] = [:]
    for value in model.inputs {
      nodes[value.name] = input(value.name, shape: value.shape(sizes), indices: value.isInteger)
    }
    let outputs = try model.record(nodes, in: self)
    for (name, output) in outputs { (output.kind == .operation ? output : output.alias).named(name) }
  }

  /// The last node that has this name.
  public func node(named name: String) -> Node? {
    for id in stride(from: Int32(nodeCount) - 1, through: 0, by: -1) where label(of: id) == name { return node(id) }
    return nil
  }
}
