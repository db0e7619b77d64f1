/// What a program is made from: a copy of the recorded nodes as plain data, which passes rewrite.
///
/// Like the graph's arena it is append-only and in topological order; a pass writes a new draft node by node.
struct Draft {
  /// A node: a leaf of the program or a primitive applied to earlier nodes.
  struct Node {
    var kind: Kind
    /// Int32 elements instead of the graph's precision.
    var isIndex = false
    var inputCount: UInt16 = 0
    /// Below `Opcode.count`: an elementwise opcode; above: an entry of `primitives`.
    var primitive: UInt32 = 0
    /// An entry of `shapes`; 0 is rank 0.
    var shape: UInt32 = 0
    /// The inputs; for more than three, the start of a run in `runs`.
    var first: Int32 = -1, second: Int32 = -1, third: Int32 = -1
    /// The number of a leaf among those of its kind; constants with axes are entries of `constants`.
    var leaf: Int32 = -1
    /// Nodes with the same number other than 0 are planned together (see Rematerialization).
    var togetherWith: Int32 = 0
    /// A constant of rank 0.
    var value = 0.0

    var opcode: Opcode? {
      kind == .operation && primitive < UInt32(Opcode.count) ? Opcode(rawValue: UInt8(primitive)) : nil
    }
  }

  enum Kind: UInt8 { case operation, input, parameter, state, constant }

  let precision: Graph.Precision
  var nodes: [Node] = []
  var runs: [Int32] = []
  var shapes: [Shape] = [.scalar]
  private var shapeNumbers: [Shape: UInt32] = [.scalar: 0]
  private(set) var primitives: [any Primitive] = []
  private var primitiveNumbers: [AnyHashable: UInt32] = [:]
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
    if let number = shapeNumbers[shape] { return number }
    shapes.append(shape)
    shapeNumbers[shape] = UInt32(shapes.count - 1)
    return UInt32(shapes.count - 1)
  }

  /// Equal primitives have one number, so that nodes can be compared as plain data.
  mutating func primitiveID(of primitive: any Primitive) -> UInt32 {
    if let elementwise = primitive as? any ElementwisePrimitive {
      return UInt32(type(of: elementwise).opcode.rawValue)
    }
    let key = AnyHashable(primitive)
    if let number = primitiveNumbers[key] { return number }
    primitives.append(primitive)
    let number = UInt32(Opcode.count + primitives.count - 1)
    primitiveNumbers[key] = number
    return number
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
  mutating func append(_ opcode: Opcode, _ inputs: Int32...) -> Int32 {
    append(
      Node(
        kind: .operation, inputCount: UInt16(inputs.count), primitive: UInt32(opcode.rawValue),
        shape: nodes[Int(inputs[0])].shape, first: inputs[0], second: inputs.count > 1 ? inputs[1] : -1,
        third: inputs.count > 2 ? inputs[2] : -1))
  }

  /// Appends a primitive; its shape rule has already been satisfied by what it replaces.
  mutating func append(_ primitive: any Primitive, _ inputs: [Int32], shape: Shape, isIndex: Bool = false) -> Int32 {
    var node = Node(
      kind: .operation, isIndex: isIndex, inputCount: UInt16(inputs.count), primitive: primitiveID(of: primitive),
      shape: shapeID(of: shape))
    setInputs(of: &node, inputs)
    return append(node)
  }

  mutating func setInputs(of node: inout Node, _ inputs: [Int32]) {
    if inputs.count > 3 {
      node.first = Int32(runs.count)
      runs += inputs
    } else {
      node.first = inputs.first ?? -1
      node.second = inputs.count > 1 ? inputs[1] : -1
      node.third = inputs.count > 2 ? inputs[2] : -1
    }
  }

  // MARK: Reading

  func shape(of id: Int32) -> Shape { shapes[Int(nodes[Int(id)].shape)] }
  func count(of id: Int32) -> Int { shape(of: id).elementCount }

  @inline(__always)
  func input(_ index: Int, of node: Node) -> Int32 {
    if node.inputCount > 3 { return runs[Int(node.first) + index] }
    return index == 0 ? node.first : index == 1 ? node.second : node.third
  }

  func inputs(of node: Node) -> [Int32] {
    node.kind == .operation ? (0..<Int(node.inputCount)).map { input($0, of: node) } : []
  }

  func inputs(of id: Int32) -> [Int32] { inputs(of: nodes[Int(id)]) }

  /// The primitive of an operation that is not elementwise.
  func primitive(of node: Node) -> (any Primitive)? {
    node.kind == .operation && node.primitive >= UInt32(Opcode.count)
      ? primitives[Int(node.primitive) - Opcode.count] : nil
  }

  func primitive(of id: Int32) -> (any Primitive)? { primitive(of: nodes[Int(id)]) }

  /// The primitive of a node if it is of this type.
  func primitive<P: Primitive>(of id: Int32, as type: P.Type) -> P? {
    let node = nodes[Int(id)]
    return node.primitive < UInt32(Opcode.count) ? nil : primitive(of: node) as? P
  }

  func opcode(of id: Int32) -> Opcode? { nodes[Int(id)].opcode }

  func name(of id: Int32) -> String {
    let node = nodes[Int(id)]
    if node.kind != .operation { return "\(node.kind)" }
    return node.opcode?.name ?? primitive(of: node)?.name ?? "?"
  }

  /// The number that every element of a constant has, looking through broadcasts and reshapes.
  func uniform(_ id: Int32) -> Double? {
    var node = nodes[Int(id)]
    while node.kind == .operation, node.primitive >= UInt32(Opcode.count), node.inputCount == 1,
      primitive(of: node) is Broadcast || primitive(of: node) is Reshape
    {
      node = nodes[Int(node.first)]
    }
    return node.kind == .constant && node.shape == 0 && !node.isIndex ? node.value : nil
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

/// y = x as numbers of the graph's precision: what happens when indices are used as numbers.
struct AsNumbers: Primitive {
  let precision: Graph.Precision
  var name: String { "asNumbers" }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    inputs[0].converted(to: precision == .double ? .float64 : .float32)
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "indices only choose")
  }
}

/// y = x as Int32 indices: what happens when numbers are used as positions.
struct AsIndices: IndexPrimitive {
  var name: String { "asIndices" }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].converted(to: .int32) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "indices only choose")
  }
}
