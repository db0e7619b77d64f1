import ChainRuleCore
import ChainRuleFiles
import ChainRuleMathematics

/// Records the nodes of an ONNX graph. What is known beforehand (shapes, axes, arithmetic on them) is computed at once
/// and leaves no node.
final class Importer {
  let path: String
  let graph: Graph
  let functions: [String: FunctionMessage]
  /// Parameters by the names of their initializers.
  let parameters: [String: Parameter]
  private(set) var opset: [String: Int]
  /// The values by name: those of the graph, then those of the graphs in it.
  private var scopes: [[String: ImportedValue]] = [[:]]
  private var depth = 0
  /// How many nodes are recorded at most: loops are unrolled, and files are not trusted.
  private var remaining = 2_000_000

  init(_ model: ONNXModel, into graph: Graph) {
    (path, self.graph, parameters) = (model.path, graph, model.parametersByName)
    opset = model.message.opset
    functions = Dictionary(
      model.message.functions.map { ($0.domain + ":" + $0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  func value(_ name: String) -> ImportedValue? {
    for scope in scopes.reversed() { if let value = scope[name] { return value } }
    return nil
  }

  /// Records a graph on values for its inputs, and gives those of its outputs.
  func run(_ message: GraphMessage, _ inputs: [(String, ImportedValue)]) throws -> [ImportedValue] {
    guard depth < MessageParser.deepest else { throw FileError(path, "graphs or functions call each other too deeply") }
    depth += 1
    scopes.append([:])
    defer {
      scopes.removeLast()
      depth -= 1
    }
    if message.hasSparseInitializers { throw FileError(path, "holds sparse constants, which are not read") }
    for initializer in message.initializers where value(initializer.name) == nil || depth > 1 {
      let parameter = depth == 1 ? parameters[initializer.name] : nil
      if let parameter {
        set(initializer.name, .constant(TypedTensor(initializer.type ?? .float, parameter.value), parameter))
      } else {
        set(initializer.name, .constant(try initializer.tensor()))
      }
    }
    for (name, value) in inputs { set(name, value) }
    try record(message.nodes)
    return try message.outputs.map { output in
      guard let value = value(output.name) else { throw FileError(path, "output '\(output.name)' is made by no node") }
      return value
    }
  }

  func set(_ name: String, _ value: ImportedValue) { scopes[scopes.count - 1][name] = value }

  private func record(_ nodes: [NodeMessage]) throws {
    for node in nodes {
      remaining -= 1
      guard remaining > 0 else { throw FileError(path, "records more than 2,000,000 nodes") }
      let inputs = try node.inputs.map { name -> ImportedValue? in
        if name.isEmpty { return nil }
        guard let value = value(name) else {
          throw FileError(path, "\(node.title): there is nothing called '\(name)' before it")
        }
        return value
      }
      let results = try results(of: node, inputs)
      for (name, value) in zip(node.outputs, results) where !name.isEmpty { set(name, value) }
      if let missing = node.outputs.dropFirst(results.count).first(where: { !$0.isEmpty }) {
        throw FileError(path, "\(node.title): its output '\(missing)' is not computed")
      }
    }
  }

  private func results(of node: NodeMessage, _ inputs: [ImportedValue?]) throws -> [ImportedValue] {
    if let function = functions[node.domain + ":" + node.type] { return try results(of: function, node, inputs) }
    let key = (node.domain.isEmpty ? "" : node.domain + ".") + node.type
    guard let implementation = Operators.all[key] else { throw FileError(path, "\(node.title) is not known") }
    let version = opset[node.domain] ?? opset[""] ?? 1
    let isFoldable =
      !Operators.structural.contains(key) && inputs.allSatisfy { $0?.isFixed ?? true } && !inputs.isEmpty
    let target = isFoldable ? Graph(.double) : graph
    let call = Call(message: node, inputs: inputs, graph: target, version: version, importer: self)
    do {
      let results = try implementation(call)
      return try results.map { isFoldable ? try folded($0) : try sound($0) }
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(path, "\(node.title): \(error)")
    }
  }

  /// The value of a node that depends on nothing.
  private func folded(_ value: ImportedValue) throws -> ImportedValue {
    switch value {
    case .node(let node, let type):
      guard node.shape.elementCount < 1 << 28 else { throw FileError(path, "computes \(node.shape) at once") }
      let values = try node.value()
      if type.isFloatingPoint {
        return .constant(TypedTensor(type, values.converted(to: type == .double ? .float64 : .float32)))
      }
      return .constant(TypedTensor(type, values.shape, values.scalars.map(type.wrapped)))
    case .sequence(let values): return .sequence(try values.map(folded))
    case .constant, .nothing: return value
    }
  }

  private func sound(_ value: ImportedValue) throws -> ImportedValue {
    if case .node(let node, _) = value, let error = node.error { throw error }
    return value
  }

  /// A function's nodes in the place of the node that calls it.
  private func results(
    of function: FunctionMessage, _ node: NodeMessage, _ inputs: [ImportedValue?]
  ) throws -> [ImportedValue] {
    var nodes = function.nodes
    for position in nodes.indices {
      for (name, attribute) in nodes[position].attributes where !attribute.reference.isEmpty {
        nodes[position].attributes[name] =
          node.attributes[attribute.reference] ?? function.defaults[attribute.reference]
      }
    }
    let outer = (scopes, opset)
    defer { (scopes, opset) = outer }
    scopes = [[:]]
    opset.merge(function.opset) { $1 }
    var body = GraphMessage()
    body.nodes = nodes
    body.outputs = function.outputs.map { name in
      var value = ValueMessage()
      value.name = name
      return value
    }
    let given = zip(function.inputs, inputs).compactMap { name, value in value.map { (name, $0) } }
    // An input that is left out keeps its name without a value: nodes that read it leave it out as well.
    let missing = Set(function.inputs).subtracting(given.map(\.0))
    for position in body.nodes.indices {
      body.nodes[position].inputs = body.nodes[position].inputs.map { missing.contains($0) ? "" : $0 }
    }
    return try run(body, given)
  }
}
