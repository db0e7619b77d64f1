/// The memory that a run of a program needs, in bytes.
///
/// ```swift
/// print(program.memoryUse.total)
/// ```
/// What a primitive of somebody's own allocates while it computes is not planned, and neither is what a loop's own
/// program works in.
public struct MemoryUse: Sendable, Hashable {
  /// Parameters, and inputs that are followed, as numbers of the program's precision.
  public var parameters = 0
  /// What a run is given.
  public var inputs = 0
  /// What a run returns.
  public var outputs = 0
  /// What lives in the program from run to run.
  public var states = 0
  /// Values that are known when the program is made.
  public var constants = 0
  /// Values between steps, at their peak.
  public var arena = 0
  /// What each thread needs for itself in a step, for all threads.
  public var scratch = 0

  /// What cannot be had with less: parameters, inputs, outputs, states and constants.
  public var fixed: Int { parameters + inputs + outputs + states + constants }
  /// Everything together: the planned peak.
  public var total: Int { fixed + arena + scratch }
}

extension MemoryUse {
  init(_ code: ProgramCode, _ leaves: ProgramLeaves, _ graph: ProgramGraph) {
    let type = graph.elementType
    func bytes(_ shape: Shape, _ type: ElementType) -> Int { shape.elementCount * type.stride }
    let indices = Set(graph.nodes.filter { $0.kind == .parameter && $0.isIndex }.map { Int($0.leaf) })
    parameters = leaves.parameters.enumerated().reduce(0) {
      $0 + bytes($1.element.shape, indices.contains($1.offset) ? .int32 : type)
    }
    inputs = leaves.inputs.reduce(0) { $0 + bytes($1.shape, $1.elementType) }
    outputs = graph.outputs.reduce(0) { $0 + graph.byteCount(of: $1) }
    states = leaves.states.reduce(0) { $0 + bytes($1.value.shape, $1.value.elementType == .int32 ? .int32 : type) }
    constants = code.constants.reduce(0) { $0 + bytes($1.shape, $1.elementType) }
    arena = code.arenaBytes
    scratch = RunState.scratchBytes(code.scratchBytes) * RunState.mostThreads
  }
}
