/// Something that runs recorded graphs: this library itself, or another engine on other devices.
///
/// ```swift
/// let program = try graph.compile(inputs: [x], outputs: [f], on: engine)
/// print(try program.run([2]))
/// ```
public protocol Engine: Sendable {
  /// What reports and messages call it.
  var name: String { get }
  /// How many devices share a batch.
  var deviceCount: Int { get }
  /// Makes a program of what was recorded.
  /// - Throws: the first mistake among the nodes; a primitive that the engine does not run, by its name.
  func compile(_ request: ProgramRequest) throws -> any EngineProgram
}

/// What an engine makes: it computes outputs from inputs, then renews parameters and states, as `Program` does.
public protocol EngineProgram: Sendable {
  /// Runs the program on values of its inputs, in their order.
  /// - Throws: when an input does not fit, an index is out of range, or the engine fails; nothing is renewed then.
  func run(_ inputs: [Tensor]) throws -> [Tensor]
  /// The present value of an input that the program updates itself, by the input's name.
  func state(named name: String) -> Tensor?
}

extension Program: EngineProgram {}

/// What a program is made from: recorded nodes and the leaves that they are computed from.
public struct ProgramRequest {
  /// Where the nodes were recorded.
  public let graph: Graph
  /// What a run is given.
  public let inputs: [Node]
  /// What a run gives.
  public let outputs: [Node]
  /// What a run renews.
  public let updates: [(state: Node, next: Node)]
  /// What compiling may do.
  public var options = CompileOptions()
  /// Whether the first axis of every input is a batch, which several devices may share.
  public var isBatched = false
  /// How many threads a run may use; `nil` for as many as there are processors.
  public var threads: Int?

  /// A request for these leaves and nodes.
  public init(
    _ graph: Graph, inputs: [Node], outputs: [Node], updates: [(state: Node, next: Node)] = [],
    options: CompileOptions = CompileOptions(), isBatched: Bool = false, threads: Int? = nil
  ) {
    (self.graph, self.inputs, self.outputs, self.updates) = (graph, inputs, outputs, updates)
    (self.options, self.isBatched, self.threads) = (options, isBatched, threads)
  }

  /// What is asked for as plain data.
  /// - Throws: as `Graph.compile`; a limit of memory, which other engines do not keep.
  package func portableProgram() throws -> PortableProgram {
    if options.weights != .recorded {
      throw ChainRuleError(
        .value, in: "compile", required: "weights: .recorded on another engine", got: "weights: \(options.weights)",
        hint: "Weights of 8 bits are the built-in engine's.")
    }
    if let limit = options.memoryLimit {
      throw ChainRuleError(
        .value, in: "compile", required: "this library's own programs for a memoryLimit",
        got: "a limit of \(limit) bytes on another engine")
    }
    var program = try graph.portableProgram(inputs: inputs, outputs: outputs, updates: updates, options: options)
    if isBatched { program.batched = Set(inputs.indices) }
    return program
  }
}

/// This library's own programs, on the processor.
public struct BuiltInEngine: Engine {
  /// The engine that is used where none is named.
  public init() {}
  /// What reports call it.
  public var name: String { "ChainRule" }
  /// One: its threads share every loop.
  public var deviceCount: Int { 1 }

  /// Makes a `Program`.
  /// - Throws: as `Graph.compile`.
  public func compile(_ request: ProgramRequest) throws -> any EngineProgram {
    let program = try request.graph.compile(
      inputs: request.inputs, outputs: request.outputs, updates: request.updates, options: request.options)
    if let threads = request.threads { program.threads = threads }
    return program
  }
}

extension Graph {
  /// Turns recorded nodes into a program of an engine.
  /// - Parameters: as the other `compile`; `engine` runs it.
  /// - Throws: as the other `compile`; a primitive that the engine does not run.
  public func compile(
    inputs: [Node], outputs: [Node], updates: KeyValuePairs<Node, Node> = [:],
    options: CompileOptions = CompileOptions(), on engine: any Engine
  ) throws -> any EngineProgram {
    try engine.compile(
      ProgramRequest(
        self, inputs: inputs, outputs: outputs, updates: updates.map { ($0.key, $0.value) }, options: options))
  }
}
