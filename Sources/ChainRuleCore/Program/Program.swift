import Synchronization

/// A recorded graph made ready to be run many times on new inputs.
///
/// ```swift
/// let program = try graph.compile(inputs: [x, y, z], outputs: [f, gradients[x]!])
/// print(try program.run([-2, 5, -4]))            // [Tensor], in the order of outputs
/// ```
///
/// A program does not touch the graph it was made from. Parameters are read where they are, and updated in place by
/// the program's updates; inputs that are updated but not fed are state that lives in the program; every other input
/// has the value that it was last assigned in its graph, and constants are constants. A program may be run from any thread, one run at a time; several
/// programs may run at once.
public final class Program: Sendable {
  let code: ProgramCode
  /// What it was compiled from.
  let source: StoredProgram
  let leaves: ProgramLeaves
  let precision: Graph.Precision
  /// What inputs and outputs must be like, side by side for quick checks.
  let inputShapes: [Shape], outputShapes: [Shape]
  let inputKinds: [ValueKind], outputKinds: [ValueKind]
  /// How many numbers inputs and outputs hold, and whether all of them are doubles.
  let inputCounts: [Int], outputCounts: [Int], isOfDoubles: Bool
  /// Numbers of the parameters that a run renews, in an order that all programs agree on.
  let renewedParameters: [Int]
  /// Numbers of the others.
  let readParameters: [Int]
  let memory: Mutex<ProgramMemory>

  /// How many threads a run may use, the caller's included; the number of processors by default.
  public var threads: Int {
    get { threadCount.load(ordering: .relaxed) }
    set { threadCount.store(Swift.max(1, newValue), ordering: .relaxed) }
  }
  private let threadCount: Atomic<Int>

  init(_ code: ProgramCode, _ graph: ProgramGraph, _ source: StoredProgram) throws {
    let leaves = source.leaves
    (self.source, self.leaves, precision) = (source, leaves, graph.precision)
    inputShapes = leaves.inputs.map(\.shape)
    inputKinds = leaves.inputs.map { ValueKind($0.elementType, $0.shape) }
    outputShapes = graph.outputs.map { graph.shape(of: $0) }
    outputKinds = graph.outputs.map {
      ValueKind(graph.nodes[Int($0)].isIndex ? .int32 : graph.elementType, graph.shape(of: $0))
    }
    (inputCounts, outputCounts) = (inputShapes.map(\.elementCount), outputShapes.map(\.elementCount))
    isOfDoubles = (inputKinds + outputKinds).allSatisfy { $0.type == .float64 }
    let updated = graph.updates.map { graph.nodes[Int($0.leaf)] }
    renewedParameters = Set(updated.filter { $0.kind == .parameter }.map { Int($0.leaf) }).sorted {
      ObjectIdentifier(leaves.parameters[$0]) < ObjectIdentifier(leaves.parameters[$1])
    }
    readParameters = Set(leaves.parameters.indices).subtracting(renewedParameters).sorted()
    memory = Mutex(try ProgramMemory(code, leaves, isDouble: graph.precision == .double))
    threadCount = Atomic(ThreadPool.processorCount)
    memoryUse = MemoryUse(code, leaves, graph)
    self.code = code.withoutScalars
  }

  /// The memory that a run needs: what is planned, and what is there anyway.
  public let memoryUse: MemoryUse

  /// Bytes that a run works in beside inputs, outputs and parameters.
  public var arenaByteCount: Int { code.arenaBytes }

  /// What a run is given, by name and in its order.
  public var inputNames: [String] { leaves.inputs.map(\.name) }

  /// The parameters that it reads, and those that it renews; those of a program from a file are its own.
  public var parameters: [Parameter] { leaves.parameters }

  /// The present value of an input that the program updates itself, by the input's name.
  public func state(named name: String) -> Tensor? {
    guard let number = leaves.states.firstIndex(where: { $0.name == name }) else { return nil }
    return memory.withLock { $0.copyOfState(number) }
  }
}

/// What a run checks first of an input or output, as plain data.
struct ValueKind: Sendable {
  let type: ElementType
  let isScalar: Bool
  init(_ type: ElementType, _ shape: Shape) { (self.type, isScalar) = (type, shape.rank == 0) }
}

/// What a program keeps between runs.
struct ProgramMemory: Sendable {
  let state: RunState
  /// State leaves, in memory of their own.
  var states: [Tensor]
  private let constants: [Tensor]
  private let pool: Tensor
  /// The parameters that a run has borrowed, placeholders between runs.
  var parameters: [Tensor]
  /// Casts of parameters that are only read, with the version they were made from.
  var casts: [(version: UInt64, value: Tensor)?]
  /// Inputs that a run had to convert to the program's type.
  var converted: [Tensor] = []

  init(_ code: ProgramCode, _ leaves: ProgramLeaves, isDouble: Bool) throws {
    let type: ElementType = isDouble ? .float64 : .float32
    state = try RunState(
      isDouble: isDouble, baseCount: code.bases.count, scalars: code.scalars, arenaBytes: code.arenaBytes,
      scratchBytes: code.scratchBytes, threads: RunState.mostThreads)
    states = leaves.states.map { Self.copy($0.value, as: type) }
    constants = code.constants
    pool = Tensor(code.pool).converted(to: type)
    parameters = leaves.parameters.map { _ in Parameter.placeholder }
    casts = leaves.parameters.map { _ in nil }
    for (number, state) in states.enumerated() {
      self.state[code.bases.state(Int32(number))] = state.storage.base
    }
    for (number, constant) in constants.enumerated() {
      state[code.bases.constant(Int32(number))] = constant.storage.base
    }
    state[code.bases.pool(0, stride: state.stride)] = pool.storage.base
  }

  func copyOfState(_ number: Int) -> Tensor { Self.copy(states[number], as: states[number].elementType) }

  private static func copy(_ tensor: Tensor, as type: ElementType) -> Tensor {
    var copy = tensor.elementType == .int32 ? tensor : tensor.converted(to: type)
    copy.makeUnique()
    return copy
  }
}
