/// What nodes that are read from a file are like, each looked at as recording would: nothing that was not recorded could
/// have been written.
struct StoredNodes {
  private(set) var signatures: [Subgraph.Signature] = []

  /// Lengths that can be multiplied and added up without a look at each.
  static func isPlausible(_ shape: Shape) -> Bool {
    shape.rank <= 64 && shape.dimensions.allSatisfy { $0 >= 0 && $0 < 1 << 31 } && shape.elementCount < 1 << 56
  }

  mutating func add(_ signature: Subgraph.Signature) { signatures.append(signature) }

  /// - Throws: inputs that are not there, or that a primitive does not take.
  mutating func add(_ primitive: any Primitive, _ inputs: [Int], keepingIndices: Bool = true) throws {
    guard primitive.arity.map({ $0 == inputs.count }) ?? !inputs.isEmpty, inputs.count < Int(UInt16.max),
      inputs.allSatisfy(signatures.indices.contains)
    else { throw AttributeReader.broken("inputs that \(primitive.name) takes", "\(inputs.count) inputs") }
    let given = inputs.map { signatures[$0] }, shapes = given.map(\.shape)
    try (primitive as? any StoredPrimitive)?.check(shapes)
    let shape = try primitive.shape(of: shapes)
    guard Self.isPlausible(shape), RawMemory.fits(elements: shape.elementCount, of: 8) else {
      throw AttributeReader.broken("lengths that fit memory", "\(shape) of \(primitive.name)")
    }
    let isIndex =
      primitive is any IndexPrimitive || (primitive is any DataMovement && given.allSatisfy(\.isIndex))
    if keepingIndices {
      for (place, input) in given.enumerated() {
        let wanted =
          primitive is any TabulatedPrimitive
          ? false : (primitive as? any DescribedPrimitive)?.wantsIndices(place, givesIndices: isIndex)
        guard wanted ?? input.isIndex == input.isIndex else {
          throw AttributeReader.broken(
            input.isIndex ? "numbers" : "indices", "the other as input \(place) of \(primitive.name)")
        }
      }
    }
    signatures.append(Subgraph.Signature(shape, isIndex: isIndex))
  }
}

extension Subgraph {
  func write(to writer: inout AttributeWriter) throws {
    writer.write(inputs.count)
    for input in inputs {
      writer.write(input.shape)
      writer.write(input.isIndex)
    }
    writer.write(steps.count)
    for step in steps {
      switch step {
      case .input(let place):
        writer.write(byte: 0)
        writer.write(place)
      case .constant(let value):
        writer.write(byte: 1)
        try writer.write(value)
      case .operation(let primitive, let operands):
        writer.write(byte: 2)
        writer.write(operands)
        try writer.write(primitive)
      }
    }
    writer.write(outputs)
    writer.write(labels.count)
    for (number, label) in labels.sorted(by: { $0.key < $1.key }) {
      writer.write(number)
      writer.write(label)
    }
  }

  convenience init(from reader: inout AttributeReader) throws {
    var inputs: [Signature] = [], steps: [Step] = [], nodes = StoredNodes(), labels: [Int: String] = [:]
    for _ in 0..<(try reader.count(ofAtLeast: 9)) {
      inputs.append(Signature(try reader.shape(), isIndex: try reader.bool()))
    }
    for _ in 0..<(try reader.count(ofAtLeast: 9)) {
      switch try reader.byte() {
      case 0:
        let place = try reader.int(below: inputs.count)
        nodes.add(inputs[place])
        steps.append(.input(place))
      case 1:
        let value = try reader.tensor()
        nodes.add(Signature(value.shape, isIndex: value.elementType == .int32))
        steps.append(.constant(value))
      case 2:
        let operands = try reader.ints(), primitive = try reader.primitive()
        // A function is recorded before it is compiled, and what is then missing between indices and numbers is added.
        try nodes.add(primitive, operands, keepingIndices: false)
        steps.append(.operation(primitive, operands))
      case let other: throw AttributeReader.broken("a step of a function", "kind \(other)")
      }
    }
    let outputs = try reader.ints()
    guard !outputs.isEmpty, outputs.allSatisfy(steps.indices.contains) else {
      throw AttributeReader.broken("results of a function", "\(outputs)")
    }
    for _ in 0..<(try reader.count(ofAtLeast: 16)) {
      labels[try reader.int(below: steps.count)] = try reader.text()
    }
    self.init(
      inputs: inputs, steps: steps, labels: labels, outputs: outputs, results: outputs.map { nodes.signatures[$0] })
  }
}
