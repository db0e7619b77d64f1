import ChainRuleCore
import ChainRuleFiles

/// Writes nodes of a graph as nodes of an ONNX graph, one by one in their order. Numbers are Float32, indices Int64.
struct GraphWriter {
  let graph: Graph
  /// The version of the operators that are written.
  let version: Int
  /// The oldest version that has all of them.
  private(set) var required = 17
  private(set) var nodes: [ProtocolMessage] = []
  private var initializers = ProtocolMessage()
  private var names: [Int32: String] = [:]
  private var used: Set<String> = []
  private var casts: [String: String] = [:]
  private var constants: [String: String] = [:]
  /// How many nodes there are, those of inner graphs too.
  private(set) var nodeCount = 0

  init(_ graph: Graph, version: Int = 17) { (self.graph, self.version) = (graph, version) }

  /// Remembers that an operator is of this version.
  mutating func require(version: Int) { required = max(required, version) }

  mutating func document(inputs: [Node], outputs: [Node]) throws -> ONNXDocument {
    let order = reached(from: outputs.map(\.id))
    let given = Set(inputs.map(\.id))
    for input in inputs { names[input.id] = unique(graph.label(of: input.id) ?? "input") }
    // Names of outputs are theirs, before what lies on the way takes them.
    for output in outputs where names[output.id] == nil && graph.isOperation(output.id) {
      names[output.id] = unique(graph.label(of: output.id) ?? "output")
    }
    let read = Set(outputs.map(\.id)).union(order.flatMap { operands(of: $0) })
    for id in order where !given.contains(id) && read.contains(id) {
      if graph.isOperation(id) { try write(id) } else { try writeLeaf(id) }
    }
    var message = ProtocolMessage()
    for node in nodes { message.add(1, node) }
    message.add(2, "chainrule")
    message.add(bytes: initializers.bytes)
    for input in inputs { message.add(11, information(input.id).message) }
    for output in outputs { message.add(12, information(output.id).message) }
    var model = ProtocolMessage(), opset = ProtocolMessage()
    model.add(1, varint: 8)
    model.add(2, "ChainRule")
    opset.add(1, "")
    opset.add(2, varint: UInt64(version))
    model.add(7, message)
    model.add(8, opset)
    return ONNXDocument(bytes: model.bytes, nodeCount: nodeCount, version: version)
  }

  /// The nodes that some are computed from, in the order in which they were recorded.
  private func reached(from outputs: [Int32]) -> [Int32] {
    var seen = Set(outputs), waiting = outputs
    while let id = waiting.popLast() {
      for input in graph.inputs(of: id) where seen.insert(input).inserted { waiting.append(input) }
    }
    return seen.sorted()
  }

  /// What a node reads: what is spread for a primitive of single elements is read as it was, since operators of ONNX
  /// spread it themselves, for a batch of any length.
  func operands(of id: Int32) -> [Int32] {
    let ids = graph.inputs(of: id)
    guard case .elementwise = graph.form(of: id), ids.count > 1 else { return ids }
    let sources = ids.map { graph.isBroadcast($0) ? graph.input(0, of: $0) : $0 }
    let common = sources.reduce(Shape.scalar as Shape?) { $0?.broadcast(with: graph.shape(of: $1)) }
    return common == graph.shape(of: id) ? sources : ids
  }

  // MARK: Names

  private mutating func unique(_ wanted: String) -> String {
    var name = wanted, number = 1
    while !used.insert(name).inserted {
      number += 1
      name = "\(wanted)_\(number)"
    }
    return name
  }

  /// What a node is called that has been written.
  func name(_ id: Int32) -> String { names[id] ?? "" }

  /// The name for a node that is about to be written.
  mutating func named(_ id: Int32) -> String {
    if let name = names[id] { return name }
    let name = unique(graph.label(of: id) ?? "v\(id)")
    names[id] = name
    return name
  }

  mutating func temporary() -> String { unique("t\(used.count)") }

  // MARK: Nodes

  /// Appends a node and gives the name of its output.
  @discardableResult
  mutating func add(
    _ type: String, _ inputs: [String], to output: String? = nil, second: String? = nil, _ attributes: [Attribute] = []
  ) -> String {
    let result = output ?? temporary()
    addNode(type, inputs, [result] + (second.map { [$0] } ?? []), attributes)
    return result
  }

  mutating func addNode(_ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [Attribute] = []) {
    var node = ProtocolMessage()
    for input in inputs { node.add(1, input) }
    for output in outputs { node.add(2, output) }
    node.add(3, "n\(nodeCount)")
    node.add(4, type)
    for attribute in attributes { node.add(5, attribute.message) }
    nodes.append(node)
    nodeCount += 1
  }

  /// A reduction along axes, which are gone afterwards: an attribute of most operators of version 17, an input later.
  @discardableResult
  mutating func reduced(_ type: String, _ x: String, _ axes: [Int], to output: String? = nil) -> String {
    if axes.isEmpty { return add("Identity", [x], to: output) }
    if type == "ReduceSum" || version >= 18 {
      return add(type, [x, integers(axes)], to: output, [.integer("keepdims", 0)])
    }
    return add(type, [x], to: output, [.integers("axes", axes), .integer("keepdims", 0)])
  }

  /// A graph of its own for a loop or a choice, which may read what lies around it.
  /// - Parameter body: writes its nodes and gives its outputs.
  mutating func subgraph(
    _ inputs: [ValueInformation], _ body: (inout GraphWriter) throws -> [ValueInformation]
  ) rethrows -> ProtocolMessage {
    let outside = (nodes, casts)
    nodes = []
    defer { (nodes, casts) = outside }
    let outputs = try body(&self)
    var message = ProtocolMessage()
    for node in nodes { message.add(1, node) }
    message.add(2, temporary())
    for input in inputs { message.add(11, input.message) }
    for output in outputs { message.add(12, output.message) }
    return message
  }

  /// An input as numbers or as indices, cast where it is the other.
  mutating func input(_ id: Int32, asIndex: Bool = false) -> String {
    let name = name(id)
    guard graph.isIndex(id) != asIndex else { return name }
    let key = "\(name)/\(asIndex)"
    if let known = casts[key] { return known }
    let cast = add("Cast", [name], [.integer("to", asIndex ? 7 : 1)])
    casts[key] = cast
    return cast
  }

  // MARK: Constants

  mutating func integers(_ values: [Int]) -> String {
    constant("i\(values)", type: 7, [values.count], values.map { UInt64(bitPattern: Int64($0)) }, width: 8)
  }

  mutating func number(_ value: Double) -> String { numbers([value], shape: []) }

  mutating func numbers(_ values: [Double], shape: [Int]) -> String {
    let key = values.count < 32 ? "f\(shape)\(values)" : nil
    return constant(key, type: 1, shape, values.map { UInt64(Float($0).bitPattern) }, width: 4)
  }

  /// Numbers of a type by its number in the format.
  mutating func typed(_ values: [Double], _ shape: [Int], _ code: Int) -> String {
    let key = values.count < 32 ? "t\(code)\(shape)\(values)" : nil
    func bits(_ value: Double) -> UInt64 {
      switch code {
      case 1: UInt64(Float(value).bitPattern)
      case 7: UInt64(bitPattern: Int64(value))
      case 9: value != 0 ? 1 : 0
      case 11: value.bitPattern
      default: UInt64(value)
      }
    }
    let width = code == 9 ? 1 : code == 1 || code == 12 ? 4 : 8
    return constant(key, type: UInt64(code), shape, values.map(bits), width: width)
  }

  /// 64 bits without a sign.
  mutating func bits(_ value: UInt64) -> String { constant("b\(value)", type: 13, [], [value], width: 8) }

  private mutating func constant(
    _ key: String?, type: UInt64, _ shape: [Int], _ bits: [UInt64], width: Int, name: String? = nil
  ) -> String {
    if let key, let known = constants[key] { return known }
    let result = name ?? unique("c\(used.count)")
    var tensor = ProtocolMessage()
    for length in shape { tensor.add(1, varint: UInt64(length)) }
    tensor.add(2, varint: type)
    tensor.add(8, result)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(bits.count * width)
    for value in bits { for index in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) } }
    tensor.add(9, bytes: bytes)
    initializers.add(5, tensor)
    if let key { constants[key] = result }
    return result
  }

  /// A constant, a parameter, or an input that is not given, with its present value.
  private mutating func writeLeaf(_ id: Int32) throws {
    let value = try graph.node(id).value(), name = named(id)
    if graph.isIndex(id) {
      _ = constant(
        nil, type: 7, value.shape.dimensions, value.indices.map { UInt64(bitPattern: Int64($0)) }, width: 8, name: name)
    } else {
      _ = constant(
        nil, type: 1, value.shape.dimensions, value.floats.map { UInt64($0.bitPattern) }, width: 4, name: name)
    }
  }

  private func information(_ id: Int32) -> ValueInformation {
    ValueInformation(name(id), graph.isIndex(id) ? 7 : 1, graph.shape(of: id).dimensions)
  }
}

/// The name, the type and the lengths of an input or an output.
struct ValueInformation {
  let message: ProtocolMessage

  /// - Parameter code: the number of the type of its elements.
  init(_ name: String, _ code: Int, _ lengths: [Int]) {
    var shape = ProtocolMessage(), tensor = ProtocolMessage(), type = ProtocolMessage(), value = ProtocolMessage()
    for length in lengths {
      var dimension = ProtocolMessage()
      dimension.add(1, varint: UInt64(length))
      shape.add(1, dimension)
    }
    tensor.add(1, varint: UInt64(code))
    tensor.add(2, shape)
    type.add(1, tensor)
    value.add(1, name)
    value.add(2, type)
    message = value
  }
}

/// An attribute of a node that is written.
struct Attribute {
  let message: ProtocolMessage

  private init(_ name: String, type: UInt64, _ body: (inout ProtocolMessage) -> Void) {
    var message = ProtocolMessage()
    message.add(1, name)
    body(&message)
    message.add(20, varint: type)
    self.message = message
  }

  static func integer(_ name: String, _ value: Int) -> Attribute {
    Attribute(name, type: 2) { $0.add(3, varint: UInt64(bitPattern: Int64(value))) }
  }

  static func integers(_ name: String, _ values: [Int]) -> Attribute {
    Attribute(name, type: 7) { for value in values { $0.add(8, varint: UInt64(bitPattern: Int64(value))) } }
  }

  static func graph(_ name: String, _ value: ProtocolMessage) -> Attribute {
    Attribute(name, type: 5) { $0.add(6, value) }
  }

  static func text(_ name: String, _ value: String) -> Attribute { Attribute(name, type: 3) { $0.add(4, value) } }
}
