import ChainRuleCore
import ChainRuleFiles

/// One operator about to be recorded: its inputs, its attributes, and the graph that it goes into.
struct Call {
  let message: NodeMessage
  let inputs: [ImportedValue?]
  let graph: Graph
  /// The version of the operators that the model asks for.
  let version: Int
  let importer: Importer

  // MARK: Inputs

  func has(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

  func input(_ index: Int) throws -> ImportedValue {
    guard index < inputs.count, let value = inputs[index] else { throw refused("input \(index) is missing") }
    return value
  }

  func type(_ index: Int) throws -> ONNXType {
    guard let type = try input(index).type else { throw refused("input \(index) is no tensor") }
    return type
  }

  func shape(_ index: Int) throws -> Shape {
    guard let shape = try input(index).shape else { throw refused("input \(index) is no tensor") }
    return shape
  }

  /// An input as a node.
  func node(_ index: Int) throws -> Node { try node(input(index)) }

  func node(_ value: ImportedValue) throws -> Node {
    switch value {
    case .node(let node, _): return node
    case .constant(let tensor, nil): return graph.constant(tensor.values)
    case .constant(_, let parameter?): return graph.parameter(parameter)
    case .sequence, .nothing: throw refused("a tensor is needed, not a sequence or nothing")
    }
  }

  /// An input whose elements must be known while the graph is recorded: a shape, an axis.
  func known(_ index: Int) throws -> TypedTensor {
    guard case .constant(let tensor, _) = try input(index) else {
      throw refused(
        "input \(index) ('\(index < message.inputs.count ? message.inputs[index] : "")') depends on what the model is "
          + "given, and shapes are fixed when a graph is recorded")
    }
    return tensor
  }

  func integers(_ index: Int) throws -> [Int] { try known(index).integers }

  /// The same, or `nil` where the input is left out.
  func integersIfAny(_ index: Int) throws -> [Int]? { has(index) ? try integers(index) : nil }
  func numberIfAny(_ index: Int) throws -> Double? { has(index) ? try known(index).values.scalars.first : nil }
  func nodeIfAny(_ index: Int) throws -> Node? { has(index) ? try node(index) : nil }

  // MARK: Attributes

  private func attribute(_ name: String) -> AttributeMessage? {
    message.attributes[name].flatMap { $0.hasValue ? $0 : nil }
  }

  func hasAttribute(_ name: String) -> Bool { attribute(name) != nil || message.attributes[name] != nil }
  func integer(_ name: String, _ standard: Int) -> Int { attribute(name)?.integer ?? standard }
  func flag(_ name: String, _ standard: Bool = false) -> Bool { integer(name, standard ? 1 : 0) != 0 }
  func float(_ name: String, _ standard: Double) -> Double { attribute(name)?.float ?? standard }
  func text(_ name: String, _ standard: String) -> String { attribute(name)?.text ?? standard }
  func integersOf(_ name: String) -> [Int]? { attribute(name)?.integers }
  func floatsOf(_ name: String) -> [Double]? { attribute(name)?.floats }
  func textsOf(_ name: String) -> [String]? { attribute(name)?.texts }
  func tensorOf(_ name: String) throws -> TypedTensor? { try attribute(name)?.tensor?.tensor() }

  func body(_ name: String) throws -> GraphMessage {
    guard let graph = attribute(name)?.graph.first else { throw refused("it has no \(name)") }
    return graph
  }

  /// Integers that are an attribute of old versions and an input of new ones.
  func integers(_ name: String, orInput index: Int) throws -> [Int]? {
    try integersOf(name) ?? integersIfAny(index)
  }

  // MARK: Results

  /// One result of the type of the first input, or of another.
  func result(_ node: Node, _ type: ONNXType? = nil) throws -> [ImportedValue] {
    [.node(node, try type ?? self.type(0))]
  }

  func refused(_ reason: String) -> FileError { FileError(importer.path, "\(message.title): \(reason)") }

  /// A position of an axis from the front.
  func axis(_ axis: Int, rank: Int) throws -> Int {
    let position = axis < 0 ? axis &+ rank : axis
    guard (0..<rank).contains(position) else {
      throw refused("there is no axis \(axis) among \(rank)")
    }
    return position
  }
}
