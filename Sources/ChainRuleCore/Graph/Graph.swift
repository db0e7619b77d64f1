import Synchronization

/// An append-only recording of primitives: nodes in creation order, which is also an order of evaluation.
///
/// ```swift
/// let graph = Graph()
/// let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
/// let f = (x + y) * z
/// print(try f.scalar())          // -12.0
/// ```
///
/// A graph computes in one floating precision and is recorded by one thread at a time; it is not Sendable,
/// while tensors, programs and reports are.
public final class Graph {
  /// The floating-point precision of every value in a graph.
  public enum Precision: String, Hashable, Sendable, Codable {
    /// Every value is rounded to a 32-bit float, single numbers included.
    case single
    /// 64-bit floats.
    case double
    /// As `.single`, but that the factors of matrix products, those of gradients included, are rounded to bfloat16 (8
    /// bits, ties to even). Their sums, parameters and optimizers' states stay 32-bit floats.
    ///
    /// Where the processor multiplies pairs of bfloat16 (AVX512-BF16, BF16 of arm64) large products take about half the
    /// time; elsewhere the numbers are the same but for the order of rounding, and the time that of `.single` or more.
    case bfloat16Products

    /// The largest finite number.
    package var largest: Double {
      self == .double ? Double.greatestFiniteMagnitude : Double(Float.greatestFiniteMagnitude)
    }
    /// The distance from 1 to the next number.
    package var unit: Double { self == .double ? 0x1p-52 : 0x1p-23 }
  }

  /// Whether layers record their training or their evaluation behaviour (dropout, normalization).
  public enum Mode: String, Hashable, Sendable {
    /// Dropout drops, batch normalization uses the batch's own statistics.
    case training
    /// Dropout hands its input on, batch normalization uses the running statistics.
    case evaluation
  }

  /// What inputs, constants and parameters are cast to when they enter.
  public let precision: Precision
  /// Read by layers while they record; changing it does not change what is recorded already.
  public var mode: Mode = .training

  let arena = Arena.make()

  var inputRuns: [Int32] = []
  var shapes: [Shape] = [.scalar]
  private var shapeIDs: [Shape: UInt32] = [:]
  var primitives: [any Primitive] = []
  var tensors: [Tensor?] = []
  /// The mistakes of failed nodes, by the number kept in their `first`.
  var errors: [ChainRuleError] = []
  /// A mistake in what was assigned to a leaf, by id; cleared by the next good value.
  var leafErrors: [Int32: ChainRuleError] = [:]
  var labels = LabelTable()
  var parameterLeaves: [ParameterLeaf] = []
  /// What programs read instead of inputs that they are not given: a parameter with the value last assigned.
  var followers: [Int32: Parameter] = [:]
  var stateUpdates: [(state: Int32, next: Int32)] = []
  /// The count of parameter changes when this graph last looked.
  var seenChanges: UInt64 = 0

  private let recording = Atomic<Bool>(false)
  let tabulated = PrimitiveTable.all

  /// An empty graph; nothing is recorded or computed yet.
  public init(_ precision: Precision = .double) { self.precision = precision }

  deinit { Arena.free(arena) }

  /// The number of nodes recorded so far.
  public var nodeCount: Int { count }

  var elementType: ElementType { precision == .double ? .float64 : .float32 }

  // MARK: Handles

  package func node(_ id: Int32) -> Node { Node(graph: self, id: id, generation: records[Int(id)].generation) }

  /// The id of a handle, or the mistake of using it here.
  @inline(__always)
  package func resolve(_ node: Node) throws(ChainRuleError) -> Int32 {
    if node.graph === self, node.id >= 0, Int(node.id) < count, records[Int(node.id)].generation == node.generation {
      return node.id
    }
    throw misuse(node)
  }

  /// The id of a handle; a failed node where the handle is not valid here.
  @inline(__always)
  func id(of node: Node) -> Int32 {
    do throws(ChainRuleError) { return try resolve(node) } catch { return failed(error).id }
  }

  private func misuse(_ node: Node) -> ChainRuleError {
    if node.graph !== self || node.id == Self.foreignID {
      return ChainRuleError(
        .handle, in: "Graph", required: "nodes of one graph", got: "a node of another graph",
        hint: "Record both in the same Graph, or pass the value with constant(try node.value()).")
    }
    if node.id < 0 {
      return ChainRuleError(
        .handle, in: "Graph", required: "recording by one thread at a time", got: "two threads at once",
        hint: "Give each thread a graph of its own.")
    }
    return ChainRuleError(
      .handle, in: "Graph", required: "a node that still exists", got: "a node whose scope has ended",
      hint: "Return the node from scope { } to keep it.")
  }

  // MARK: Appending

  /// Begins a recording; false while another thread is recording, who then gets `overtaken`.
  @inline(__always)
  func begin() -> Bool { !recording.exchange(true, ordering: .acquiring) }

  @inline(__always)
  func end() { recording.store(false, ordering: .releasing) }

  /// A handle that reports recording by two threads at once.
  var overtaken: Node { Node(graph: self, id: -1, generation: 0) }

  /// A handle that reports the use of another graph's node, without recording a failed one.
  var foreign: Node { Node(graph: self, id: Self.foreignID, generation: 0) }
  private static let foreignID: Int32 = -2

  /// Records one node that needs no other.
  func append(_ record: NodeRecord) -> Node {
    guard begin() else { return overtaken }
    defer { end() }
    return push(record)
  }

  /// The only way into the arena, between `begin` and `end`.
  @inline(__always)
  func push(_ record: NodeRecord) -> Node {
    Node(graph: self, id: arena.pointee.push(record), generation: generation)
  }

  /// The place of a shape in this graph's list of shapes.
  func shapeID(of shape: Shape) -> UInt32 {
    if shape.rank == 0 { return 0 }
    if let id = shapeIDs[shape] { return id }
    shapes.append(shape)
    shapeIDs[shape] = UInt32(shapes.count - 1)
    return UInt32(shapes.count - 1)
  }

  /// The constant 1, recorded once.
  package var one: Node {
    if oneID >= 0 { return node(oneID) }
    let node = constant(1 as Double)
    oneID = node.id
    return node
  }

  @inline(__always)
  func isOne(_ id: Int32) -> Bool { id == oneID }

  /// A node that carries a mistake to whoever reads it.
  package func failed(_ error: ChainRuleError) -> Node {
    errors.append(error)
    return append(NodeRecord(first: Int32(errors.count - 1), kind: .failed))
  }

  /// The mistake of a failed node.
  package func failure(of id: Int32) -> ChainRuleError? {
    records[Int(id)].kind == .failed ? errors[Int(records[Int(id)].first)] : nil
  }

  // MARK: Reading records

  package func shape(of id: Int32) -> Shape { shapes[Int(records[Int(id)].shape)] }

  package func input(_ index: Int, of id: Int32) -> Int32 {
    let record = records[Int(id)]
    if record.inputCount > 2 { return inputRuns[Int(record.first) + index] }
    return index == 0 ? record.first : record.second
  }

  package func inputs(of id: Int32) -> [Int32] {
    let record = records[Int(id)]
    guard record.kind == .operation else { return [] }
    return (0..<Int(record.inputCount)).map { input($0, of: id) }
  }

  package func primitive(of id: Int32) -> any Primitive {
    let number = Int(records[Int(id)].primitive)
    return number < Opcode.count ? tabulated[number] : primitives[number - Opcode.count]
  }

  /// What messages and explanations call a node: its label, its number, or its primitive and id.
  package func name(of id: Int32) -> String {
    if let label = labels.label(of: id) { return label }
    let record = records[Int(id)]
    switch record.kind {
    case .constant where record.shape == 0: return Tensor.digits(record.value)
    case .operation: return "\(primitive(of: id).name)#\(id)"
    default: return "#\(id)"
    }
  }

  // MARK: Values

  /// Frees the tensor slots that nodes held.
  func releaseSlots(of range: Range<Int>) {
    for id in range where records[id].slot >= 0 { freeSlot(records[id].slot) }
  }

  private var freeSlots: [Int32] = []

  private func freeSlot(_ slot: Int32) {
    tensors[Int(slot)] = nil
    freeSlots.append(slot)
  }

  /// Keeps the value of a node with axes.
  func store(_ tensor: Tensor, at id: Int32) {
    let slot = records[Int(id)].slot
    if slot >= 0 {
      tensors[Int(slot)] = tensor
    } else if let free = freeSlots.popLast() {
      tensors[Int(free)] = tensor
      records[Int(id)].slot = free
    } else {
      tensors.append(tensor)
      records[Int(id)].slot = Int32(tensors.count - 1)
    }
  }
}
