/// What the arena keeps for each node: plain old data, 40 bytes, so that a million nodes are one block of memory.
struct NodeRecord {
  /// The value of a rank-0 node, once `isCurrent`.
  var value: Double = 0
  /// The inputs' ids; for more than two, the start and the count of a run in `Graph.inputRuns`. For a failed node the
  /// first is the number of its mistake in `Graph.errors`.
  var first: Int32 = -1
  var second: Int32 = -1
  /// Below `Opcode.count`: a built-in elementwise primitive; above: an entry of `Graph.primitives`.
  var primitive: UInt32 = 0
  /// An entry of `Graph.shapes`; 0 is rank 0.
  var shape: UInt32 = 0
  /// Tells this node from one that had the same id before a scope was closed.
  var generation: UInt32 = 0
  /// Where the value of a node with axes is kept in `Graph.tensors`; -1 before it is first computed.
  var slot: Int32 = -1
  /// The node that this one helps to differentiate, or -1.
  var differentiates: Int32 = -1
  var inputCount: UInt16 = 0
  var kind: Kind = .operation
  var flags: Flags = []

  enum Kind: UInt8 { case operation, input, constant, parameter, failed }

  struct Flags: OptionSet {
    var rawValue: UInt8
    /// The value belongs to the present values of the leaves.
    static let isCurrent = Flags(rawValue: 1)
    /// It is an input of numbers or a parameter to train, or one is among its ancestors: a gradient can be asked for.
    static let isVariable = Flags(rawValue: 2)
    /// Int32 elements.
    static let isIndex = Flags(rawValue: 4)
    /// Written since the last evaluation; dependents are marked before the next one.
    static let isWritten = Flags(rawValue: 8)
    /// A computed node that was given a value instead.
    static let isHeld = Flags(rawValue: 16)

    // Evaluation asks for them at every node: the protocol's own forms are generic calls where nothing is optimized.
    @inline(__always) func contains(_ other: Flags) -> Bool { rawValue & other.rawValue == other.rawValue }
    @inline(__always) mutating func insert(_ other: Flags) { rawValue |= other.rawValue }
    @inline(__always) mutating func remove(_ other: Flags) { rawValue &= ~other.rawValue }
  }
}
