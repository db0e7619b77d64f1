/// What a program is made from: a copy of the recorded nodes as plain data, which passes rewrite.
///
/// Like the graph's arena it is append-only and in topological order; a pass writes the nodes anew, one by one.
struct ProgramGraph {
  /// A node: a leaf of the program or a primitive applied to earlier nodes.
  struct Node {
    var kind: Kind
    /// Int32 elements instead of the graph's precision.
    var isIndex: Bool
    fileprivate(set) var inputCount: UInt16 = 0
    var primitive: PrimitiveID
    /// An entry of `shapes`; 0 is rank 0.
    var shape: UInt32
    /// The inputs; for more than three, the start of a run in `runs`. Nobody but this file needs to know:
    /// `ProgramGraph.input(_:of:)` is right for every number of inputs.
    fileprivate var first: Int32 = -1, second: Int32 = -1, third: Int32 = -1
    /// The number of a leaf among those of its kind; constants with axes are entries of `constants`.
    var leaf: Int32
    /// Nodes with the same number other than 0 are planned together (see Rematerialization).
    var togetherWith: Int32 = 0
    /// Nodes with the same number other than 0 are computed a block of rows at a time (see RowBlocks).
    var region: Int32 = 0
    /// A constant of rank 0.
    var value: Double

    /// A node without inputs; they are given when it is appended.
    init(
      kind: Kind, isIndex: Bool = false, primitive: PrimitiveID = PrimitiveID(.copy), shape: UInt32 = 0,
      leaf: Int32 = -1, value: Double = 0
    ) {
      (self.kind, self.isIndex, self.primitive, self.shape) = (kind, isIndex, primitive, shape)
      (self.leaf, self.value) = (leaf, value)
    }

    var opcode: Opcode? { kind == .operation ? primitive.opcode : nil }
  }

  /// Which primitive a node applies: an elementwise one by its opcode, any other as an entry of `primitives`.
  struct PrimitiveID: Hashable {
    /// The opcode, or the number of opcodes and the entry.
    let rawValue: UInt32
    init(_ opcode: Opcode) { rawValue = UInt32(opcode.rawValue) }
    init(entry: Int) { rawValue = UInt32(Opcode.count + entry) }
    /// As the graph's own records number their primitives: the same way, with entries of a list of their own.
    init(recorded rawValue: UInt32) { self.rawValue = rawValue }

    var opcode: Opcode? { rawValue < UInt32(Opcode.count) ? Opcode(rawValue: UInt8(rawValue)) : nil }
    var entry: Int? { rawValue < UInt32(Opcode.count) ? nil : Int(rawValue) - Opcode.count }
  }

  enum Kind: UInt8 { case operation, input, parameter, state, constant }

  let precision: Graph.Precision
  var nodes: [Node] = []
  var runs: [Int32] = []
  private(set) var shapes: [Shape] = [.scalar]
  /// The elements of each shape.
  private var counts: [Int] = [1]
  private var shapeIDs: [Shape: UInt32] = [.scalar: 0]
  private(set) var primitives: [any Primitive] = []
  /// The type of each: comparing it takes a fraction of what casting an existential does.
  private var primitiveTypes: [ObjectIdentifier] = []
  private var primitiveIDs: [AnyHashable: PrimitiveID] = [:]
  var constants: [Tensor] = []
  var outputs: [Int32] = []
  /// Leaves that a run renews: `.parameter` or `.state` nodes and their next values.
  var updates: [(leaf: Int32, next: Int32)] = []

  init(precision: Graph.Precision) { self.precision = precision }

  var elementType: ElementType { precision == .double ? .float64 : .float32 }

  // MARK: Writing

  mutating func append(_ node: Node) -> Int32 {
    nodes.append(node)
    return Int32(nodes.count - 1)
  }

  mutating func shapeID(of shape: Shape) -> UInt32 {
    if let known = shapeIDs[shape] { return known }
    shapes.append(shape)
    counts.append(shape.elementCount)
    shapeIDs[shape] = UInt32(shapes.count - 1)
    return UInt32(shapes.count - 1)
  }

  /// Equal primitives have one id, so that nodes can be compared as plain data.
  mutating func primitiveID(of primitive: any Primitive) -> PrimitiveID {
    if let elementwise = primitive as? any TabulatedPrimitive { return PrimitiveID(type(of: elementwise).opcode) }
    let key = AnyHashable(primitive)
    if let known = primitiveIDs[key] { return known }
    primitives.append(primitive)
    primitiveTypes.append(ObjectIdentifier(type(of: primitive)))
    let id = PrimitiveID(entry: primitives.count - 1)
    primitiveIDs[key] = id
    return id
  }

  mutating func constant(_ value: Double) -> Int32 {
    append(Node(kind: .constant, value: precision == .double ? value : Double(Float(value))))
  }

  mutating func constant(_ value: Tensor) -> Int32 {
    if value.shape.rank == 0, value.elementType != .int32 { return constant(value.element(0)) }
    constants.append(value.elementType == .int32 ? value : value.converted(to: elementType))
    return append(
      Node(
        kind: .constant, isIndex: value.elementType == .int32, shape: shapeID(of: value.shape),
        leaf: Int32(constants.count - 1)))
  }

  /// Appends an elementwise node; the operands have one shape.
  mutating func append(_ opcode: Opcode, _ inputs: Int32...) -> Int32 { append(opcode, inputs) }

  mutating func append(_ opcode: Opcode, _ inputs: [Int32]) -> Int32 {
    var node = Node(kind: .operation, primitive: PrimitiveID(opcode), shape: nodes[Int(inputs[0])].shape)
    setInputs(of: &node, inputs)
    return append(node)
  }

  /// Appends a primitive; its shape rule has already been satisfied by what it replaces.
  mutating func append(_ primitive: any Primitive, _ inputs: [Int32], shape: Shape, isIndex: Bool = false) -> Int32 {
    var node = Node(
      kind: .operation, isIndex: isIndex, primitive: primitiveID(of: precision.adapting(primitive)),
      shape: shapeID(of: shape))
    setInputs(of: &node, inputs)
    return append(node)
  }

  mutating func setInputs(of node: inout Node, _ inputs: [Int32]) {
    node.inputCount = UInt16(inputs.count)
    if inputs.count > 3 {
      node.first = Int32(runs.count)
      runs += inputs
    } else {
      node.first = inputs.first ?? -1
      node.second = inputs.count > 1 ? inputs[1] : -1
      node.third = inputs.count > 2 ? inputs[2] : -1
    }
  }

  /// The same for one or two inputs, without a list of them: most of a million nodes are such.
  mutating func setInputs(of node: inout Node, _ first: Int32, _ second: Int32? = nil) {
    (node.inputCount, node.first, node.second, node.third) = (second == nil ? 1 : 2, first, second ?? -1, -1)
  }

  // MARK: Rewriting

  /// Writes the nodes anew. `write` is given each node in order, its inputs already renamed, its old id and the new ids
  /// by old id so far; it returns the new id of what stands for the node. This is the only place where nodes move.
  ///
  /// - Parameter isKept: nodes that are not kept are not written, and nothing that is kept reads them.
  mutating func rewrite(
    keeping isKept: [Bool]? = nil,
    _ write: (_ node: Node, _ old: Int32, _ copies: [Int32], _ graph: inout ProgramGraph) -> Int32
  ) {
    let (old, oldRuns) = (nodes, runs)
    nodes = []
    nodes.reserveCapacity(old.count)
    runs = []
    var copies = [Int32](repeating: -1, count: old.count)
    for id in old.indices where isKept?[id] != false {
      var node = old[id]
      if node.inputCount > 3 {
        let start = Int(node.first)
        setInputs(of: &node, oldRuns[start..<start + Int(node.inputCount)].map { copies[Int($0)] })
      } else {
        if node.inputCount > 0 { node.first = copies[Int(node.first)] }
        if node.inputCount > 1 { node.second = copies[Int(node.second)] }
        if node.inputCount > 2 { node.third = copies[Int(node.third)] }
      }
      copies[id] = write(node, Int32(id), copies, &self)
    }
    outputs = outputs.map { copies[Int($0)] }
    updates = updates.map { (copies[Int($0.leaf)], copies[Int($0.next)]) }
  }

  /// Marks whatever a marked node is computed from.
  func markAncestors(_ isMarked: inout [Bool]) {
    for id in nodes.indices.reversed() where isMarked[id] {
      for index in 0..<Int(nodes[id].inputCount) { isMarked[Int(input(index, of: nodes[id]))] = true }
    }
  }

  // MARK: Reading

  func shape(of id: Int32) -> Shape { shapes[Int(nodes[Int(id)].shape)] }
  func count(of id: Int32) -> Int { counts[Int(nodes[Int(id)].shape)] }

  /// Bytes of one element, and of all.
  func stride(of id: Int32) -> Int { nodes[Int(id)].isIndex ? ElementType.int32.stride : elementType.stride }
  func byteCount(of id: Int32) -> Int { count(of: id) * stride(of: id) }

  /// What to say when a plan has a hole: it is never filled with something that would compute wrong numbers.
  func hole(_ id: Int32, lacks what: String) -> ChainRuleError {
    ChainRuleError(
      .primitive, in: "compile", required: "\(what) for node \(id), \(name(of: id)) of shape \(shape(of: id))",
      got: "none", hint: "This is a mistake in ChainRule, not in the graph; compile with fewer passes meanwhile.")
  }

  /// An input of a node, the first if no other is named.
  @inline(__always)
  func input(_ index: Int = 0, of node: Node) -> Int32 {
    if node.inputCount > 3 { return runs[Int(node.first) + index] }
    return index == 0 ? node.first : index == 1 ? node.second : node.third
  }

  func input(_ index: Int = 0, of id: Int32) -> Int32 { input(index, of: nodes[Int(id)]) }

  func inputs(of node: Node) -> [Int32] { (0..<Int(node.inputCount)).map { input($0, of: node) } }

  func inputs(of id: Int32) -> [Int32] { inputs(of: nodes[Int(id)]) }

  /// The primitive of an operation that is not elementwise.
  func primitive(of node: Node) -> (any Primitive)? {
    guard node.kind == .operation, let entry = node.primitive.entry else { return nil }
    return primitives[entry]
  }

  func primitive(of id: Int32) -> (any Primitive)? { primitive(of: nodes[Int(id)]) }

  /// Whether a primitive of this type has ever been written into the graph.
  func hasPrimitive<P: Primitive>(_ type: P.Type) -> Bool { primitiveTypes.contains(ObjectIdentifier(type)) }

  /// Whether a node applies a primitive of this type.
  func applies<P: Primitive>(_ type: P.Type, _ node: Node) -> Bool {
    guard node.kind == .operation, let entry = node.primitive.entry else { return false }
    return primitiveTypes[entry] == ObjectIdentifier(type)
  }

  func applies<P: Primitive>(_ type: P.Type, _ id: Int32) -> Bool { applies(type, nodes[Int(id)]) }

  /// The primitive of a node if it is of this type.
  func primitive<P: Primitive>(of node: Node, as type: P.Type) -> P? {
    applies(type, node) ? primitive(of: node) as? P : nil
  }

  func primitive<P: Primitive>(of id: Int32, as type: P.Type) -> P? { primitive(of: nodes[Int(id)], as: type) }

  /// The same node with its two inputs exchanged.
  func exchanged(_ node: Node) -> Node {
    var node = node
    if node.inputCount == 2 { swap(&node.first, &node.second) }
    return node
  }

  func opcode(of id: Int32) -> Opcode? { nodes[Int(id)].opcode }

  func name(of id: Int32) -> String {
    let node = nodes[Int(id)]
    if node.kind != .operation { return "\(node.kind)" }
    return primitive(of: node)?.name ?? node.opcode?.name ?? "\(node.primitive.rawValue)"
  }

  /// The number that every element of a constant has, looking through broadcasts and reshapes.
  func uniform(_ id: Int32) -> Double? {
    var node = nodes[Int(id)]
    while applies(Broadcast.self, node) || applies(Reshape.self, node) {
      node = nodes[Int(input(of: node))]
    }
    return node.kind == .constant && node.shape == 0 && !node.isIndex ? node.value : nil
  }

  /// What a node broadcasts.
  func broadcastSource(_ id: Int32) -> Int32? {
    applies(Broadcast.self, id) ? input(of: id) : nil
  }

  /// A node with every element equal to a number.
  mutating func uniform(_ value: Double, shape: Shape) -> Int32 {
    let number = constant(value)
    return shape.rank == 0 ? number : append(Broadcast(shape: shape), [number], shape: shape)
  }

  /// The same elements in another shape.
  mutating func reshaped(_ id: Int32, to shape: Shape) -> Int32 {
    self.shape(of: id) == shape
      ? id : append(Reshape(shape: shape), [id], shape: shape, isIndex: nodes[Int(id)].isIndex)
  }

  mutating func broadcast(_ id: Int32, to shape: Shape) -> Int32 {
    self.shape(of: id) == shape ? id : append(Broadcast(shape: shape), [id], shape: shape)
  }
}

extension ProgramGraph.Node {
  /// A hash of what the node computes, for up to three inputs.
  var hash: Int {
    var h = UInt64(primitive.rawValue) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(shape) &+ value.bitPattern
    h = (h ^ UInt64(UInt32(bitPattern: first))) &* 0xBF58_476D_1CE4_E5B9
    h = (h ^ UInt64(UInt32(bitPattern: second)) ^ (h >> 31)) &* 0x94D0_49BB_1331_11EB
    h = (h ^ UInt64(UInt32(bitPattern: third)) ^ (h >> 29)) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (h ^ (h >> 32)) & 0x7FFF_FFFF_FFFF)
  }

  /// Whether both compute the same from the same inputs; longer lists of inputs are never the same.
  func isSame(as other: ProgramGraph.Node) -> Bool {
    kind == other.kind && primitive == other.primitive && shape == other.shape && inputCount == other.inputCount
      && inputCount <= 3 && first == other.first && second == other.second && third == other.third
      && isIndex == other.isIndex && value.bitPattern == other.value.bitPattern && leaf == other.leaf
  }
}
