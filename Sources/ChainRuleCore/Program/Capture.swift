/// The leaves of a program as they were found in the graph, in the order of their numbers.
struct ProgramLeaves {
  struct Input { let name: String, shape: Shape, elementType: ElementType }
  struct State { let name: String, value: Tensor }

  var inputs: [Input] = []
  var parameters: [Parameter] = []
  var states: [State] = []
}

/// Copies what outputs and updates are computed from out of a recorded graph. Linear in the number of recorded nodes.
struct Capture {
  private let recorded: Graph
  private(set) var graph: ProgramGraph
  private(set) var leaves = ProgramLeaves()
  /// Ids in the program graph by recorded id; -1 for what is not needed.
  private var copies: [Int32]
  private var inputNumbers: [Int32: Int32] = [:]
  private var runCounter: Int32?
  private var updated: Set<Int32> = []
  /// The program graph's ids of recorded primitives that are not elementwise, by their entry.
  private var primitiveIDs: [Int: ProgramGraph.PrimitiveID] = [:]

  init(_ recorded: Graph, inputs: [Node], outputs: [Node], updates: [(Node, Node)]) throws {
    self.recorded = recorded
    graph = ProgramGraph(precision: recorded.precision)
    copies = [Int32](repeating: -1, count: recorded.count)
    let inputIDs = try inputs.map { try resolve($0) }
    let outputIDs = try outputs.map { try resolve($0) }
    let updateIDs = try updates.map { (try resolve($0.0), try resolve($0.1)) }
    try checkInputs(inputIDs)
    try checkUpdates(updateIDs)
    var isNeeded = [Bool](repeating: false, count: recorded.count)
    for id in outputIDs + updateIDs.flatMap({ [$0.0, $0.1] }) { isNeeded[Int(id)] = true }
    recorded.markAncestors(&isNeeded)
    for id in copies.indices where isNeeded[id] { copies[id] = try copy(Int32(id)) }
    graph.outputs = outputIDs.map { copies[Int($0)] }
    graph.updates = updateIDs.map { (copies[Int($0.0)], copies[Int($0.1)]) }
    if let runs = runCounter {
      let one = graph.constant(1 as Double)
      graph.updates.append((runs, graph.append(.add, runs, one)))
    }
  }

  /// The count of the program's runs, for random numbers without a counter of their own.
  private mutating func countOfRuns() -> Int32 {
    if let runCounter { return runCounter }
    leaves.states.append(.init(name: "runs", value: 0))
    let counter = graph.append(
      ProgramGraph.Node(kind: .state, shape: graph.shapeID(of: .scalar), leaf: Int32(leaves.states.count - 1)))
    runCounter = counter
    return counter
  }

  private func resolve(_ node: Node) throws -> Int32 {
    let id = try recorded.resolve(node)
    if let error = recorded.failure(of: id) { throw error }
    return id
  }

  private mutating func checkInputs(_ ids: [Int32]) throws {
    for id in ids {
      guard recorded.records[Int(id)].kind == .input, inputNumbers[id] == nil else {
        throw ChainRuleError(
          .value, in: "compile", required: "each input once, made by graph.input", got: recorded.name(of: id),
          hint: "Parameters are read where they are; other nodes are computed.")
      }
      inputNumbers[id] = Int32(leaves.inputs.count)
      let type = recorded.records[Int(id)].flags.contains(.isIndex) ? ElementType.int32 : recorded.elementType
      leaves.inputs.append(.init(name: recorded.name(of: id), shape: recorded.shape(of: id), elementType: type))
    }
  }

  private mutating func checkUpdates(_ ids: [(Int32, Int32)]) throws {
    for (leaf, next) in ids {
      let kind = recorded.records[Int(leaf)].kind
      guard kind == .parameter || kind == .input, inputNumbers[leaf] == nil, updated.insert(leaf).inserted else {
        throw ChainRuleError(
          .value, in: "compile", required: "updates of parameters, or of inputs that a run is not given, each once",
          got: recorded.name(of: leaf))
      }
      guard recorded.shape(of: leaf) == recorded.shape(of: next) else {
        throw ChainRuleError(
          .shape, in: "compile",
          required: "an update of shape \(recorded.shape(of: leaf)) for \(recorded.name(of: leaf))",
          got: "\(recorded.shape(of: next))")
      }
    }
  }

  private mutating func copy(_ id: Int32) throws -> Int32 {
    let record = recorded.records[Int(id)]
    switch record.kind {
    case .operation: return copyOperation(record, id)
    case .constant: return try copyValue(id)
    case .parameter:
      guard let leaf = recorded.parameterLeaves.first(where: { $0.id == id }) else { return try copyValue(id) }
      leaves.parameters.append(leaf.parameter)
      return copyLeaf(.parameter, leaves.parameters.count - 1, id)
    case .input:
      if let number = inputNumbers[id] { return copyLeaf(.input, Int(number), id) }
      guard updated.contains(id) else { return try copyInput(id) }
      leaves.states.append(.init(name: recorded.name(of: id), value: try recorded.node(id).value()))
      return copyLeaf(.state, leaves.states.count - 1, id)
    case .failed:
      throw recorded.failure(of: id) ?? ChainRuleError(.handle, in: "compile", required: "a node", got: "none")
    }
  }

  private mutating func copyLeaf(_ kind: ProgramGraph.Kind, _ leaf: Int, _ id: Int32) -> Int32 {
    graph.append(
      ProgramGraph.Node(
        kind: kind, isIndex: recorded.records[Int(id)].flags.contains(.isIndex),
        shape: graph.shapeID(of: recorded.shape(of: id)), leaf: Int32(leaf)))
  }

  private mutating func copyValue(_ id: Int32) throws -> Int32 {
    let record = recorded.records[Int(id)]
    if record.kind == .constant, record.shape == 0, !record.flags.contains(.isIndex) {
      return graph.constant(record.value)
    }
    return graph.constant(try recorded.node(id).value())
  }

  /// An input that is neither fed nor renewed has the value that it is assigned in its graph, also after compiling.
  private mutating func copyInput(_ id: Int32) throws -> Int32 {
    do {
      leaves.parameters.append(try recorded.follower(of: id))
      return copyLeaf(.parameter, leaves.parameters.count - 1, id)
    } catch let error as ChainRuleError {
      guard recorded.leafErrors[id] == nil else { throw error }
      throw ChainRuleError(
        .value, in: "compile", required: "a value for \(recorded.name(of: id))", got: "none",
        hint: "List it among the inputs, or assign it before compiling.")
    }
  }

  private mutating func copyOperation(_ record: NodeRecord, _ id: Int32) -> Int32 {
    var node = ProgramGraph.Node(
      kind: .operation, isIndex: record.flags.contains(.isIndex),
      primitive: primitiveID(ofRecorded: record.primitive),
      shape: record.shape == 0 ? 0 : graph.shapeID(of: recorded.shape(of: id)))
    if (graph.primitive(of: node) as? RandomUniform)?.countsRuns == true {
      graph.setInputs(of: &node, countOfRuns())
    } else if record.inputCount <= 2 {
      let first = converted(copies[Int(record.first)], 0, node)
      graph.setInputs(
        of: &node, first, record.inputCount == 2 ? converted(copies[Int(record.second)], 1, node) : nil)
    } else {
      let inputs = recorded.inputs(of: id).enumerated().map { converted(copies[Int($1)], $0, node) }
      graph.setInputs(of: &node, inputs)
    }
    return graph.append(node)
  }

  private mutating func primitiveID(ofRecorded number: UInt32) -> ProgramGraph.PrimitiveID {
    let id = ProgramGraph.PrimitiveID(recorded: number)
    guard let entry = id.entry else { return id }
    if let known = primitiveIDs[entry] { return known }
    let copy = graph.primitiveID(of: recorded.primitives[entry])
    primitiveIDs[entry] = copy
    return copy
  }

  /// The input as the primitive wants it: numbers, or indices where it reads at them.
  private mutating func converted(_ input: Int32, _ index: Int, _ node: ProgramGraph.Node) -> Int32 {
    let isIndex = graph.nodes[Int(input)].isIndex
    if !isIndex, node.opcode != nil { return input }
    let primitive = graph.primitive(of: node)
    switch wantsIndices(primitive, index, node.isIndex) {
    case true where !isIndex:
      return graph.append(
        AsIndices(reader: primitive?.name ?? "indices"), [input], shape: graph.shape(of: input), isIndex: true)
    case false where isIndex:
      return graph.append(AsNumbers(precision: graph.precision), [input], shape: graph.shape(of: input))
    default: return input
    }
  }

  /// Whether a primitive's input holds indices; `nil` if it takes what it gets, as a primitive of the user's own does.
  private func wantsIndices(_ primitive: (any Primitive)?, _ index: Int, _ givesIndices: Bool) -> Bool? {
    guard let primitive else { return false }
    return (primitive as? any DescribedPrimitive)?.wantsIndices(index, givesIndices: givesIndices)
  }
}
