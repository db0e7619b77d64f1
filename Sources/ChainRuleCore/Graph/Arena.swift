#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What recording and evaluation touch for every node, behind one pointer: Swift checks exclusive access to the stored
/// properties of a class at run time, which would cost more than recording a node does.
struct Arena {
  /// `records[id]` for `id < count`.
  var records: UnsafeMutablePointer<NodeRecord>
  var count = 0
  private var capacity: Int
  /// The generation that new nodes belong to; every closed scope starts another.
  var generation: UInt32 = 0
  /// The node being differentiated, remembered by what is recorded meanwhile; -1 otherwise.
  ///
  /// Only the backward pass and forward mode set it, before they ask a node for its local gradient, and each puts back
  /// what it found when it returns. Local gradients are written in ordinary operators, which record without being told
  /// for whom, so the answer has to wait here; it is as safe as recording, since a graph is recorded by one thread at a
  /// time. A pass within a local gradient is nested, and ends before the outer one goes on.
  var differentiating: Int32 = -1
  /// The lowest node written since the last evaluation; the largest number if there is none.
  var lowestWritten = Int32.max
  /// How many nodes have been computed so far.
  var evaluationCount = 0
  /// How many times a leaf was written or a node held.
  var writeCount = 0
  /// The constant 1, once it is recorded; -1 before.
  var one: Int32 = -1

  private init(capacity: Int) {
    self.capacity = capacity
    records = Self.block(malloc(capacity * MemoryLayout<NodeRecord>.stride))
  }

  static func make() -> UnsafeMutablePointer<Arena> {
    let arena = UnsafeMutablePointer<Arena>.allocate(capacity: 1)
    arena.initialize(to: Arena(capacity: 32))
    return arena
  }

  static func free(_ arena: UnsafeMutablePointer<Arena>) {
    #if canImport(Darwin)
      Darwin.free(arena.pointee.records)
    #elseif canImport(Glibc)
      Glibc.free(arena.pointee.records)
    #elseif canImport(Musl)
      Musl.free(arena.pointee.records)
    #endif
    arena.deallocate()
  }

  /// Appends a record under the present generation and returns its id.
  @inline(__always)
  mutating func push(_ record: NodeRecord) -> Int32 {
    if count == capacity { grow() }
    let id = count
    (records + id).initialize(to: record)
    records[id].generation = generation
    records[id].differentiates = differentiating
    count = id + 1
    return Int32(truncatingIfNeeded: id)
  }

  /// realloc moves large blocks by remapping their pages, so that a growing graph is not copied again and again.
  @inline(never)
  private mutating func grow() {
    capacity *= 2
    records = Self.block(realloc(records, capacity * MemoryLayout<NodeRecord>.stride))
  }

  /// Memory for records; without it nothing can go on, not even an error message.
  private static func block(_ memory: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<NodeRecord> {
    guard let memory else { fatalError("ChainRule: the system has no memory left for another node") }
    return memory.assumingMemoryBound(to: NodeRecord.self)
  }
}

extension Graph {
  var records: UnsafeMutablePointer<NodeRecord> {
    @inline(__always) get { arena.pointee.records }
  }
  var count: Int {
    @inline(__always) get { arena.pointee.count }
    @inline(__always) set { arena.pointee.count = newValue }
  }
  var generation: UInt32 {
    @inline(__always) get { arena.pointee.generation }
    @inline(__always) set { arena.pointee.generation = newValue }
  }
  var differentiating: Int32 {
    @inline(__always) get { arena.pointee.differentiating }
    @inline(__always) set { arena.pointee.differentiating = newValue }
  }
  var oneID: Int32 {
    @inline(__always) get { arena.pointee.one }
    @inline(__always) set { arena.pointee.one = newValue }
  }
  var lowestWritten: Int32 {
    @inline(__always) get { arena.pointee.lowestWritten }
    @inline(__always) set { arena.pointee.lowestWritten = newValue }
  }
  /// How many times a leaf was written or a node held: whoever finds it unchanged knows that nobody else did.
  package internal(set) var writeCount: Int {
    @inline(__always) get { arena.pointee.writeCount }
    @inline(__always) set { arena.pointee.writeCount = newValue }
  }
  /// How many nodes have been computed so far, for tests of staleness.
  public internal(set) var evaluationCount: Int {
    get { arena.pointee.evaluationCount }
    @inline(__always) set { arena.pointee.evaluationCount = newValue }
  }
}
