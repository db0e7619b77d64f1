import ChainRuleFiles

/// Reads the messages of a model; a message in a message is read only down to a depth, so that no file fills the stack.
struct MessageParser {
  let file: WireFile
  /// Graphs lie in attributes of nodes of graphs; ONNX itself has no more than a few in each other.
  static let deepest = 32

  func model() throws -> ModelMessage {
    var reader = file.whole, model = ModelMessage(), hasGraph = false
    while let field = try reader.next() {
      switch (field.number, field.bytes) {
      case (1, nil): model.irVersion = Int(truncatingIfNeeded: field.bits)
      case (2, let bytes?): model.producer = file.text(bytes)
      case (7, let bytes?):
        model.graph = try graph(bytes, depth: 0)
        hasGraph = true
      case (8, let bytes?): try opset(bytes, into: &model.opset)
      case (25, let bytes?): model.functions.append(try function(bytes))
      default: break
      }
    }
    guard hasGraph else { throw FileError(file.path, "is no ONNX file: it holds no graph") }
    return model
  }

  private func opset(_ range: Range<Int>, into versions: inout [String: Int]) throws {
    var reader = WireReader(file, range), domain = "", version = 1
    while let field = try reader.next() {
      if field.number == 1, let bytes = field.bytes { domain = file.text(bytes) }
      if field.number == 2 { version = Int(truncatingIfNeeded: field.bits) }
    }
    versions[domain == "ai.onnx" ? "" : domain] = version
  }

  private func function(_ range: Range<Int>) throws -> FunctionMessage {
    var reader = WireReader(file, range), result = FunctionMessage()
    while let field = try reader.next() {
      guard let bytes = field.bytes else { continue }
      switch field.number {
      case 1: result.name = file.text(bytes)
      case 4: result.inputs.append(file.text(bytes))
      case 5: result.outputs.append(file.text(bytes))
      case 7: result.nodes.append(try node(bytes, depth: 1))
      case 9: try opset(bytes, into: &result.opset)
      case 10: result.domain = file.text(bytes)
      case 11:
        let (name, value) = try attribute(bytes, depth: 1)
        result.defaults[name] = value
      default: break
      }
    }
    return result
  }

  func graph(_ range: Range<Int>, depth: Int) throws -> GraphMessage {
    guard depth < Self.deepest else {
      throw FileError(file.path, "is no ONNX file: more than \(Self.deepest) graphs lie in each other")
    }
    var reader = WireReader(file, range), result = GraphMessage()
    while let field = try reader.next() {
      guard let bytes = field.bytes else { continue }
      switch field.number {
      case 1: result.nodes.append(try node(bytes, depth: depth))
      case 2: result.name = file.text(bytes)
      case 5: result.initializers.append(try TensorMessage(file, bytes))
      case 11: result.inputs.append(try value(bytes))
      case 12: result.outputs.append(try value(bytes))
      case 15: result.hasSparseInitializers = true
      default: break
      }
    }
    return result
  }

  private func node(_ range: Range<Int>, depth: Int) throws -> NodeMessage {
    var reader = WireReader(file, range), result = NodeMessage()
    while let field = try reader.next() {
      guard let bytes = field.bytes else { continue }
      switch field.number {
      case 1: result.inputs.append(file.text(bytes))
      case 2: result.outputs.append(file.text(bytes))
      case 3: result.name = file.text(bytes)
      case 4: result.type = file.text(bytes)
      case 5:
        let (name, value) = try attribute(bytes, depth: depth)
        result.attributes[name] = value
      case 7: result.domain = file.text(bytes) == "ai.onnx" ? "" : file.text(bytes)
      default: break
      }
    }
    return result
  }

  private func attribute(_ range: Range<Int>, depth: Int) throws -> (String, AttributeMessage) {
    var reader = WireReader(file, range), name = "", result = AttributeMessage()
    func float(_ bits: UInt64) -> Double { Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) }
    func whole(_ bits: UInt64) -> Int { Int(truncatingIfNeeded: bits) }
    while let field = try reader.next() {
      if (2...11).contains(field.number) { result.hasValue = true }
      switch (field.number, field.bytes) {
      case (1, let bytes?): name = file.text(bytes)
      case (2, nil): result.float = float(field.bits)
      case (3, nil): result.integer = whole(field.bits)
      case (4, let bytes?): result.text = file.text(bytes)
      case (5, let bytes?): result.tensor = try TensorMessage(file, bytes)
      case (6, let bytes?), (11, let bytes?): result.graph.append(try graph(bytes, depth: depth + 1))
      case (7, _): result.floats += try file.numbers(field, fixed: 4).map(float)
      case (8, _): result.integers += try file.numbers(field).map(whole)
      case (9, let bytes?): result.texts.append(file.text(bytes))
      case (21, let bytes?): result.reference = file.text(bytes)
      default: break
      }
    }
    return (name, result)
  }

  private func value(_ range: Range<Int>) throws -> ValueMessage {
    var reader = WireReader(file, range), result = ValueMessage()
    while let field = try reader.next() {
      guard let bytes = field.bytes else { continue }
      if field.number == 1 { result.name = file.text(bytes) }
      guard field.number == 2 else { continue }
      var types = WireReader(file, bytes)
      while let type = try types.next() {
        guard let bytes = type.bytes else { continue }
        if type.number == 1 { try tensorType(bytes, into: &result) } else if type.number != 6 { result.isOther = true }
        if type.number == 9 { result.isOptional = true }
      }
    }
    return result
  }

  private func tensorType(_ range: Range<Int>, into value: inout ValueMessage) throws {
    var reader = WireReader(file, range)
    while let field = try reader.next() {
      if field.number == 1 { value.type = ONNXType(rawValue: Int(truncatingIfNeeded: field.bits)) }
      guard field.number == 2, let bytes = field.bytes else { continue }
      var shape = WireReader(file, bytes), lengths: [ValueMessage.Length] = []
      while let dimension = try shape.next() {
        guard dimension.number == 1, let bytes = dimension.bytes else { continue }
        var parts = WireReader(file, bytes), length = ValueMessage.Length.unknown
        while let part = try parts.next() {
          if part.number == 1 { length = .fixed(Int(truncatingIfNeeded: part.bits)) }
          if part.number == 2, let bytes = part.bytes { length = .named(file.text(bytes)) }
        }
        lengths.append(length)
      }
      value.lengths = lengths
    }
  }
}
