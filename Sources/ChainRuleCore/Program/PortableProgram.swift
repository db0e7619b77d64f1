/// A program as plain data: what was recorded, simplified, and neither planned nor tied to this library's kernels.
/// Whoever runs graphs elsewhere, or writes them in another format, reads it.
public struct PortableProgram: Sendable {
  /// One node, in topological order.
  package struct Node: Sendable {
    package enum Kind: Sendable, Equatable {
      case input(Int), parameter(Int), state(Int)
      case constant(Tensor)
      case operation
    }
    package let kind: Kind
    package let shape: Shape
    /// Int32 elements instead of the program's precision.
    package let isIndex: Bool
    package let inputs: [Int]
    /// The primitive of an operation.
    package let primitive: (any Primitive)?
  }

  /// What a run is given.
  package struct Input: Sendable {
    package let name: String, shape: Shape
    package let isIndex: Bool
  }

  package let precision: Graph.Precision
  package private(set) var nodes: [Node]
  package let inputs: [Input]
  package private(set) var parameters: [Parameter]
  /// What lives in the program: names and first values.
  package let states: [(name: String, value: Tensor)]
  package let outputs: [Int]
  /// Nodes of leaves (parameters or states) and of what renews them at the end of a run.
  package let updates: [(leaf: Int, next: Int)]
  /// Numbers of the inputs whose first axis is a batch, which several devices may share.
  package var batched: Set<Int> = []

  package var elementType: ElementType { precision == .double ? .float64 : .float32 }

  init(_ graph: ProgramGraph, _ leaves: ProgramLeaves) {
    precision = graph.precision
    inputs = leaves.inputs.map { Input(name: $0.name, shape: $0.shape, isIndex: $0.elementType == .int32) }
    parameters = leaves.parameters
    states = leaves.states.map { ($0.name, $0.value) }
    outputs = graph.outputs.map { Int($0) }
    updates = graph.updates.map { (Int($0.leaf), Int($0.next)) }
    nodes = graph.nodes.map { node in
      let primitive = node.opcode.map { PrimitiveTable[$0] } ?? graph.primitive(of: node)
      return Node(
        kind: Self.kind(of: node, in: graph), shape: graph.shapes[Int(node.shape)], isIndex: node.isIndex,
        inputs: graph.inputs(of: node).map { Int($0) }, primitive: primitive)
    }
  }

  private static func kind(of node: ProgramGraph.Node, in graph: ProgramGraph) -> Node.Kind {
    switch node.kind {
    case .operation: .operation
    case .input: .input(Int(node.leaf))
    case .parameter: .parameter(Int(node.leaf))
    case .state: .state(Int(node.leaf))
    case .constant:
      .constant(
        node.leaf < 0 ? Tensor(node.value).converted(to: graph.elementType) : graph.constants[Int(node.leaf)])
    }
  }
}

extension PortableProgram {
  /// The same with its parameters as constants, with their present values.
  /// - Throws: a parameter that the program renews, which cannot be a constant; the mistake of a value.
  package func holdingParameters() throws -> PortableProgram {
    var result = self
    for update in updates {
      guard case .parameter(let number) = nodes[update.leaf].kind else { continue }
      throw ChainRuleError(
        .value, in: "stableHLO", required: "parameters that nothing renews, to hold their values",
        got: "an update of \(parameters[number].name)")
    }
    result.nodes = try nodes.map { node in
      guard case .parameter(let number) = node.kind else { return node }
      let value = parameters[number].value
      if let error = value.error { throw error }
      return Node(
        kind: .constant(node.isIndex ? value : value.converted(to: elementType)), shape: node.shape,
        isIndex: node.isIndex, inputs: [], primitive: nil)
    }
    result.parameters = []
    return result
  }
}

extension Graph {
  /// The passes that hold for every engine; the others prepare for this library's kernels.
  package static let portablePasses: CompileOptions.Passes = [
    .deadNodes, .constantFolding, .commonSubexpressions, .stableForms,
  ]

  /// What `compile` makes a program of, for those who run or write it elsewhere.
  /// - Throws: as `compile`.
  package func portableProgram(
    inputs: [ChainRuleCore.Node], outputs: [ChainRuleCore.Node],
    updates: [(state: ChainRuleCore.Node, next: ChainRuleCore.Node)] = [], options: CompileOptions = CompileOptions()
  ) throws -> PortableProgram {
    let capture = try captured(inputs: inputs, outputs: outputs, updates: updates, options: options)
    var graph = capture.graph
    graph.simplify(Self.portablePasses.intersection(options.passes))
    return PortableProgram(graph, capture.leaves)
  }
}
