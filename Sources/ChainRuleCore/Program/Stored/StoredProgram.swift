/// What a program was compiled from, as bytes: the recorded nodes as `compile` found them, leaves and constants with
/// their values, and the options. A program that is read is simplified and planned anew.
///
/// | part | what |
/// |---|---|
/// | head | the word `ChainRuleProgram`, version 1, the number of bytes that follow and their checksum |
/// | options | precision, passes, how weights are kept, limit of memory |
/// | leaves | inputs, parameters, states: names, shapes, values |
/// | functions | of loops and choices, each behind those that it calls |
/// | nodes | a primitive with its attributes or a leaf; inputs by their numbers |
/// | ends | outputs, updates |
///
/// Unchecked Sendable: all of it are values, and the keys by which a program graph finds its primitives are primitives.
struct StoredProgram: @unchecked Sendable {
  static let word = Array("ChainRuleProgram".utf8)
  static let version = 1

  var graph: ProgramGraph
  var leaves: ProgramLeaves
  var options: CompileOptions

  init(_ graph: ProgramGraph, _ leaves: ProgramLeaves, _ options: CompileOptions) {
    (self.graph, self.leaves, self.options) = (graph, leaves, options)
  }

  // MARK: Writing

  /// - Parameter states: the present values of what lives in the program.
  /// - Throws: primitives that no file can hold, all of them by name.
  func bytes(states: [Tensor]) throws -> [UInt8] {
    try refuseWhatNoFileHolds()
    let functions = StoredFunctions()
    var nodes = AttributeWriter(functions), body = AttributeWriter(functions)
    try writeNodes(to: &nodes)
    body.write(graph.precision.rawValue)
    body.write(options.passes.rawValue)
    body.write(options.weights == .int8)
    body.write(options.memoryLimit ?? -1)
    try writeLeaves(to: &body, states)
    body.write(functions.encoded.count)
    for function in functions.encoded {
      body.write(function.count)
      body.write(raw: function)
    }
    body.write(raw: nodes.bytes)
    var file = AttributeWriter(functions)
    file.write(raw: Self.word)
    file.write(Self.version)
    file.write(body.bytes.count)
    file.write(Self.checksum(body.bytes[...]))
    file.write(raw: body.bytes)
    return file.bytes
  }

  private func refuseWhatNoFileHolds() throws {
    let strangers = graph.primitives.filter { !($0 is any StoredPrimitive) }.map(\.name)
    if !strangers.isEmpty { throw AttributeWriter.refusal(of: Array(Set(strangers)).sorted()) }
  }

  private func writeLeaves(to body: inout AttributeWriter, _ states: [Tensor]) throws {
    body.write(leaves.inputs.count)
    for input in leaves.inputs {
      body.write(input.name)
      body.write(input.shape)
      body.write(input.elementType == .int32)
    }
    body.write(leaves.parameters.count)
    for parameter in leaves.parameters {
      body.write(parameter.name)
      body.write(parameter.isTrainable)
      body.write(parameter.fixedRow ?? -1)
      try body.write(parameter.value)
    }
    body.write(leaves.states.count)
    for (state, value) in zip(leaves.states, states) {
      body.write(state.name)
      try body.write(value)
    }
  }

  private func writeNodes(to writer: inout AttributeWriter) throws {
    writer.write(graph.primitives.count)
    for primitive in graph.primitives { try writer.write(primitive) }
    writer.write(graph.nodes.count)
    for node in graph.nodes {
      writer.write(byte: node.kind.rawValue)
      switch node.kind {
      case .operation:
        // The numbers of opcodes may change from version to version, their names do not.
        writer.write(node.opcode != nil)
        if let opcode = node.opcode { writer.write(opcode.name) }
        if let entry = node.primitive.entry { writer.write(entry) }
        writer.write(graph.inputs(of: node).map { Int($0) })
      case .constant:
        writer.write(node.leaf < 0)
        if node.leaf < 0 { writer.write(node.value) } else { try writer.write(graph.constants[Int(node.leaf)]) }
      case .input, .parameter, .state: writer.write(Int(node.leaf))
      }
    }
    writer.write(graph.outputs.map { Int($0) })
    writer.write(graph.updates.flatMap { [Int($0.leaf), Int($0.next)] })
  }

  /// Fowler, Noll and Vo's, of 64 bits: it tells a slip from what was written, and is no lock.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}
