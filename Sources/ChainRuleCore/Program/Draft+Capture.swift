/// The leaves of a program as they were found in the graph, in the order of their numbers.
struct ProgramLeaves {
  struct Input { let name: String, shape: Shape, elementType: ElementType }
  struct State { let name: String, value: Tensor }

  var inputs: [Input] = []
  var parameters: [Parameter] = []
  var states: [State] = []
}

/// Copies what outputs and updates are computed from out of a graph. Linear in the number of recorded nodes.
struct Capture {
  private let graph: Graph
  private(set) var draft: Draft
  private(set) var leaves = ProgramLeaves()
  /// Draft ids by graph id; -1 for what is not needed, -2 for what is needed and not copied yet.
  private var copies: [Int32]
  private var inputNumbers: [Int32: Int32] = [:]
  private var updated: Set<Int32> = []
  /// Whether an input of a primitive may hold indices as they are, by primitive number and input.
  private var numbersOf: [UInt32: UInt32] = [:]

  init(_ graph: Graph, inputs: [Node], outputs: [Node], updates: [(Node, Node)]) throws {
    self.graph = graph
    draft = Draft(precision: graph.precision)
    copies = [Int32](repeating: -1, count: graph.count)
    let inputIDs = try inputs.map { try resolve($0) }
    let outputIDs = try outputs.map { try resolve($0) }
    let updateIDs = try updates.map { (try resolve($0.0), try resolve($0.1)) }
    try checkInputs(inputIDs)
    try checkUpdates(updateIDs)
    markNeeded(outputIDs + updateIDs.flatMap { [$0.0, $0.1] })
    for id in copies.indices where copies[id] == -2 { copies[id] = try copy(Int32(id)) }
    draft.outputs = outputIDs.map { copies[Int($0)] }
    draft.updates = updateIDs.map { (copies[Int($0.0)], copies[Int($0.1)]) }
  }

  private func resolve(_ node: Node) throws -> Int32 {
    let id = try graph.resolve(node)
    if let error = graph.failure(of: id) { throw error }
    return id
  }

  private mutating func checkInputs(_ ids: [Int32]) throws {
    for id in ids {
      guard graph.records[Int(id)].kind == .input, inputNumbers[id] == nil else {
        throw ChainRuleError(
          .value, in: "compile", required: "each input once, made by graph.input", got: graph.name(of: id),
          hint: "Parameters are read where they are; other nodes are computed.")
      }
      inputNumbers[id] = Int32(leaves.inputs.count)
      let type = graph.records[Int(id)].flags.contains(.isIndex) ? ElementType.int32 : graph.elementType
      leaves.inputs.append(.init(name: graph.name(of: id), shape: graph.shape(of: id), elementType: type))
    }
  }

  private mutating func checkUpdates(_ ids: [(Int32, Int32)]) throws {
    for (leaf, next) in ids {
      let kind = graph.records[Int(leaf)].kind
      guard kind == .parameter || kind == .input, inputNumbers[leaf] == nil, updated.insert(leaf).inserted else {
        throw ChainRuleError(
          .value, in: "compile", required: "updates of parameters, or of inputs that a run is not given, each once",
          got: graph.name(of: leaf))
      }
      guard graph.shape(of: leaf) == graph.shape(of: next) else {
        throw ChainRuleError(
          .shape, in: "compile", required: "an update of shape \(graph.shape(of: leaf)) for \(graph.name(of: leaf))",
          got: "\(graph.shape(of: next))")
      }
    }
  }

  private mutating func markNeeded(_ roots: [Int32]) {
    for id in roots { copies[Int(id)] = -2 }
    for id in stride(from: copies.count - 1, through: 0, by: -1) where copies[id] == -2 {
      let record = graph.records[id]
      guard record.kind == .operation else { continue }
      for index in 0..<Int(record.inputCount) { copies[Int(graph.input(index, of: Int32(id)))] = -2 }
    }
  }

  private mutating func copy(_ id: Int32) throws -> Int32 {
    let record = graph.records[Int(id)]
    switch record.kind {
    case .operation: return copyOperation(record, id)
    case .constant: return try copyValue(id)
    case .parameter:
      guard let leaf = graph.parameterLeaves.first(where: { $0.id == id }) else { return try copyValue(id) }
      leaves.parameters.append(leaf.parameter)
      return copyLeaf(.parameter, leaves.parameters.count - 1, id)
    case .input:
      if let number = inputNumbers[id] { return copyLeaf(.input, Int(number), id) }
      guard updated.contains(id) else { return try copyValue(id) }
      leaves.states.append(.init(name: graph.name(of: id), value: try graph.node(id).value()))
      return copyLeaf(.state, leaves.states.count - 1, id)
    case .failed: throw graph.failure(of: id) ?? ChainRuleError(.handle, in: "compile", required: "a node", got: "none")
    }
  }

  private mutating func copyLeaf(_ kind: Draft.Kind, _ leaf: Int, _ id: Int32) -> Int32 {
    draft.append(
      Draft.Node(
        kind: kind, isIndex: graph.records[Int(id)].flags.contains(.isIndex),
        shape: draft.shapeID(of: graph.shape(of: id)), leaf: Int32(leaf)))
  }

  /// A leaf that is neither fed nor renewed keeps the value it has now.
  private mutating func copyValue(_ id: Int32) throws -> Int32 {
    let record = graph.records[Int(id)]
    if record.kind == .constant, record.shape == 0, !record.flags.contains(.isIndex) {
      return draft.constant(record.value)
    }
    do { return draft.constant(try graph.node(id).value()) } catch let error as ChainRuleError {
      guard record.kind == .input, graph.leafErrors[id] == nil else { throw error }
      throw ChainRuleError(
        .value, in: "compile", required: "a value for \(graph.name(of: id))", got: "none",
        hint: "List it among the inputs, or assign it before compiling.")
    }
  }

  private mutating func copyOperation(_ record: NodeRecord, _ id: Int32) -> Int32 {
    var node = Draft.Node(
      kind: .operation, isIndex: record.flags.contains(.isIndex), inputCount: record.inputCount,
      primitive: primitiveID(ofPrimitive: record.primitive),
      shape: record.shape == 0 ? 0 : draft.shapeID(of: graph.shape(of: id)))
    if record.inputCount <= 2 {
      node.first = converted(copies[Int(record.first)], 0, node)
      if record.inputCount == 2 { node.second = converted(copies[Int(record.second)], 1, node) }
    } else {
      let inputs = graph.inputs(of: id).enumerated().map { converted(copies[Int($1)], $0, node) }
      draft.setInputs(of: &node, inputs)
    }
    return draft.append(node)
  }

  private mutating func primitiveID(ofPrimitive number: UInt32) -> UInt32 {
    if number < UInt32(Opcode.count) { return number }
    if let known = numbersOf[number] { return known }
    let copy = draft.primitiveID(of: graph.primitives[Int(number) - Opcode.count])
    numbersOf[number] = copy
    return copy
  }

  /// The input as the primitive wants it: numbers, or indices where it reads at them.
  private mutating func converted(_ input: Int32, _ index: Int, _ node: Draft.Node) -> Int32 {
    let isIndex = draft.nodes[Int(input)].isIndex
    if !isIndex, node.primitive < UInt32(Opcode.count) { return input }
    switch Self.wantsIndices(draft.primitive(of: node), index, node.isIndex) {
    case true where !isIndex:
      return draft.append(AsIndices(), [input], shape: draft.shape(of: input), isIndex: true)
    case false where isIndex:
      return draft.append(AsNumbers(precision: draft.precision), [input], shape: draft.shape(of: input))
    default: return input
    }
  }

  /// Whether a primitive's input holds indices; `nil` if it takes what it gets.
  private static func wantsIndices(_ primitive: (any Primitive)?, _ index: Int, _ givesIndices: Bool) -> Bool? {
    switch primitive {
    case nil: false
    case is Gather, is GatherAlong: index == 1 || givesIndices
    case is ScatterAdd, is ScatterAddAlong: index == 1
    case is OneHot: true
    case is any DataMovement: givesIndices
    case is Place, is CumulativeSum, is Sum, is Extremum, is LogSumExp, is Argmax, is Softmax, is MatMul,
      is Convolution,
      is ConvolutionInputGradient, is ConvolutionWeightGradient, is MaxPool, is MaxPoolWinners, is AveragePool,
      is AveragePoolTransposed, is RandomUniform:
      false
    default: nil
    }
  }
}
