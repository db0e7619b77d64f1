extension StoredProgram {
  /// - Throws: where the bytes are no program, or none that could have been written.
  init(_ bytes: [UInt8], _ table: StoredPrimitiveTable) throws {
    var reader = try Self.body(of: bytes, table)
    let word = try reader.text()
    guard let precision = Graph.Precision(rawValue: word) else { throw AttributeReader.broken("a precision", word) }
    var options = CompileOptions(passes: CompileOptions.Passes(rawValue: try reader.int()).intersection(.all))
    options.weights = try reader.bool() ? .int8 : .recorded
    let limit = try reader.int()
    guard limit >= -1 else { throw AttributeReader.broken("a limit of memory", "\(limit)") }
    options.memoryLimit = limit < 0 ? nil : limit
    self.init(ProgramGraph(precision: precision), ProgramLeaves(), options)
    try readLeaves(&reader)
    try Self.readFunctions(&reader)
    try readNodes(&reader)
    guard reader.remaining == 0 else { throw AttributeReader.broken("the end", "\(reader.remaining) more bytes") }
  }

  private static func body(of bytes: [UInt8], _ table: StoredPrimitiveTable) throws -> AttributeReader {
    var reader = AttributeReader(bytes[...], table)
    guard bytes.starts(with: word), try reader.take(word.count).count == word.count else {
      throw ChainRuleError(
        .value, in: "Program", required: "a file that Program.write made", got: "another")
    }
    let version = try reader.int()
    guard version == Self.version else {
      throw ChainRuleError(
        .value, in: "Program", required: "version \(Self.version) of the format", got: "\(version)",
        hint: "Write the file again with this version of the library.")
    }
    let count = try reader.int(), sum = try reader.unsigned()
    guard count == reader.remaining else {
      throw AttributeReader.broken("\(count) bytes after the head", "\(reader.remaining)")
    }
    let body = try reader.take(count)
    guard checksum(body) == sum else { throw AttributeReader.broken("bytes of the checksum in the head", "others") }
    return AttributeReader(body, table)
  }

  private mutating func readLeaves(_ reader: inout AttributeReader) throws {
    for _ in 0..<(try reader.count(ofAtLeast: 17)) {
      let (name, shape, isIndex) = (try reader.text(), try reader.shape(), try reader.bool())
      leaves.inputs.append(.init(name: name, shape: shape, elementType: isIndex ? .int32 : graph.elementType))
    }
    for _ in 0..<(try reader.count(ofAtLeast: 26)) {
      let (name, isTrainable, row) = (try reader.text(), try reader.bool(), try reader.int())
      let value = try reader.tensor()
      guard row >= -1, row < 0 || value.shape.rank > 0 && row < value.shape[0] else {
        throw AttributeReader.broken("a row of \(value.shape)", "\(row)")
      }
      leaves.parameters.append(
        Parameter(value, name: name, isTrainable: isTrainable, fixedRow: row < 0 ? nil : row))
    }
    for _ in 0..<(try reader.count(ofAtLeast: 17)) {
      leaves.states.append(.init(name: try reader.text(), value: try reader.tensor()))
    }
  }

  private static func readFunctions(_ reader: inout AttributeReader) throws {
    for _ in 0..<(try reader.count(ofAtLeast: 8)) {
      let count = try reader.count(ofAtLeast: 1)
      var part = AttributeReader(try reader.take(count), reader.table)
      part.functions = reader.functions
      reader.functions.append(try Subgraph(from: &part))
      guard part.remaining == 0 else { throw AttributeReader.broken("the end of a function", "more") }
    }
  }

  private mutating func readNodes(_ reader: inout AttributeReader) throws {
    var primitives: [any Primitive] = [], nodes = StoredNodes()
    for _ in 0..<(try reader.count(ofAtLeast: 8)) { primitives.append(try reader.primitive()) }
    for _ in 0..<(try reader.count(ofAtLeast: 9)) {
      let kind = ProgramGraph.Kind(rawValue: try reader.byte())
      switch kind {
      case .operation?: try readOperation(&reader, primitives, &nodes)
      case .constant?:
        let id = try reader.bool() ? graph.constant(reader.double()) : graph.constant(reader.tensor())
        nodes.add(Subgraph.Signature(graph.shape(of: id), isIndex: graph.nodes[Int(id)].isIndex))
      case .input?:
        let leaf = try reader.int(below: leaves.inputs.count), input = leaves.inputs[leaf]
        add(.input, leaf, input.shape, isIndex: input.elementType == .int32, &nodes)
      case .parameter?:
        let leaf = try reader.int(below: leaves.parameters.count), value = leaves.parameters[leaf].value
        add(.parameter, leaf, value.shape, isIndex: value.elementType == .int32, &nodes)
      case .state?:
        let leaf = try reader.int(below: leaves.states.count), value = leaves.states[leaf].value
        add(.state, leaf, value.shape, isIndex: value.elementType == .int32, &nodes)
      case nil: throw AttributeReader.broken("a kind of node", "another")
      }
    }
    try readEnds(&reader)
  }

  private mutating func add(
    _ kind: ProgramGraph.Kind, _ leaf: Int, _ shape: Shape, isIndex: Bool, _ nodes: inout StoredNodes
  ) {
    _ = graph.append(
      ProgramGraph.Node(kind: kind, isIndex: isIndex, shape: graph.shapeID(of: shape), leaf: Int32(leaf)))
    nodes.add(Subgraph.Signature(shape, isIndex: isIndex))
  }

  private mutating func readOperation(
    _ reader: inout AttributeReader, _ primitives: [any Primitive], _ nodes: inout StoredNodes
  ) throws {
    let primitive: any Primitive
    if try reader.bool() {
      let name = try reader.text()
      guard let opcode = Self.opcodes[name] else {
        throw AttributeReader.broken("primitives that this version knows", name)
      }
      primitive = PrimitiveTable[opcode]
    } else {
      primitive = primitives[try reader.int(below: primitives.count)]
    }
    let inputs = try reader.ints()
    try nodes.add(primitive, inputs)
    guard let made = nodes.signatures.last else { return }
    var node = ProgramGraph.Node(
      kind: .operation, isIndex: made.isIndex, primitive: graph.primitiveID(of: primitive),
      shape: graph.shapeID(of: made.shape))
    graph.setInputs(of: &node, inputs.map { Int32($0) })
    _ = graph.append(node)
  }

  private static let opcodes = Dictionary(uniqueKeysWithValues: Opcode.allCases.map { ($0.name, $0) })

  private mutating func readEnds(_ reader: inout AttributeReader) throws {
    let outputs = try reader.ints(), pairs = try reader.ints(), ids = graph.nodes.indices
    guard outputs.allSatisfy(ids.contains), pairs.allSatisfy(ids.contains), pairs.count % 2 == 0 else {
      throw AttributeReader.broken("outputs and updates among the nodes", "others")
    }
    var renewed: Set<[Int32]> = []
    for place in stride(from: 0, to: pairs.count, by: 2) {
      let (leaf, next) = (graph.nodes[pairs[place]], graph.nodes[pairs[place + 1]])
      guard leaf.kind == .parameter || leaf.kind == .state, leaf.shape == next.shape, leaf.isIndex == next.isIndex,
        renewed.insert([Int32(leaf.kind.rawValue), leaf.leaf]).inserted
      else { throw AttributeReader.broken("updates of leaves, each once", "another") }
    }
    graph.outputs = outputs.map { Int32($0) }
    graph.updates = stride(from: 0, to: pairs.count, by: 2).map { (Int32(pairs[$0]), Int32(pairs[$0 + 1])) }
  }
}

extension Program {
  /// The program as bytes of a file, with the present values of its parameters and of what lives in it.
  /// - Throws: primitives that no file can hold, by name; the mistake of a parameter.
  package func storedBytes() throws -> [UInt8] {
    try source.bytes(states: leaves.states.indices.map { number in memory.withLock { $0.copyOfState(number) } })
  }

  /// The program of such bytes, with parameters of its own.
  /// - Throws: where the bytes are no program, or none that could have been written.
  package convenience init(stored bytes: [UInt8], _ table: StoredPrimitiveTable) throws {
    try self.init(compiling: StoredProgram(bytes, table))
  }
}
