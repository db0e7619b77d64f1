extension Graph {
  /// Records a primitive applied to nodes. Mistakes are kept in the node that is returned.
  public func record<P: Primitive>(_ primitive: P, _ inputs: [Node]) -> Node {
    if let tabulated = P.self as? any TabulatedPrimitive.Type {
      if inputs.count == 1, tabulated.opcode.arity == 1 { return unary(tabulated.opcode, inputs[0]) }
      if inputs.count == 2, tabulated.opcode.arity == 2 { return binary(tabulated.opcode, inputs[0], inputs[1]) }
    }
    return recordGeneral(primitive, inputs)
  }

  /// Records any primitive: shapes are asked of it, failures of inputs are handed on.
  package func recordGeneral(_ primitive: any Primitive, _ inputs: [Node]) -> Node {
    guard begin() else { return overtaken }
    do {
      let node = push(try prepare(primitive, inputs))
      end()
      return node
    } catch {
      end()
      return failed(naming(error, in: primitive.name, inputs))
    }
  }

  private func prepare(_ primitive: any Primitive, _ inputs: [Node]) throws -> NodeRecord {
    guard primitive.arity.map({ $0 == inputs.count }) ?? !inputs.isEmpty, inputs.count < Int(UInt16.max) else {
      throw ChainRuleError(
        .primitive, in: primitive.name, required: primitive.arity.map { "\($0) inputs" } ?? "at least one input",
        got: "\(inputs.count)")
    }
    var record = NodeRecord()
    let ids = try inputs.map { try resolve($0) }
    for id in ids {
      if records[Int(id)].kind == .failed { return NodeRecord(first: records[Int(id)].first, kind: .failed) }
      if records[Int(id)].flags.contains(.isVariable) { record.flags.insert(.isVariable) }
    }
    let shape = try primitive.shape(of: ids.map { self.shape(of: $0) })
    // A program adds and multiplies sizes in bytes: none of these may overflow.
    guard shape.dimensions.allSatisfy({ $0 >= 0 }), shape.elementCount < 1 << 56 else {
      throw ChainRuleError(.shape, in: primitive.name, required: "lengths that fit memory", got: "\(shape)")
    }
    record.shape = shapeID(of: shape)
    let holdsIndices =
      primitive is any IndexPrimitive
      || (primitive is any DataMovement && ids.allSatisfy { records[Int($0)].flags.contains(.isIndex) })
    if holdsIndices { record.flags.insert(.isIndex) }
    setInputs(of: &record, ids)
    record.primitive = primitiveID(of: primitive)
    return record
  }

  private func setInputs(of record: inout NodeRecord, _ ids: [Int32]) {
    record.inputCount = UInt16(ids.count)
    if ids.count > 2 {
      (record.first, record.second) = (Int32(inputRuns.count), Int32(ids.count))
      inputRuns += ids
    } else {
      record.first = ids[0]
      record.second = ids.count > 1 ? ids[1] : -1
    }
  }

  private func primitiveID(of primitive: any Primitive) -> UInt32 {
    if let tabulated = primitive as? any TabulatedPrimitive { return UInt32(type(of: tabulated).opcode.rawValue) }
    primitives.append(precision.adapting(primitive))
    return UInt32(Opcode.count + primitives.count - 1)
  }

  @inline(__always)
  func unary(_ opcode: Opcode, _ a: Node) -> Node {
    guard begin() else { return overtaken }
    guard let left = record(of: a) else {
      end()
      return recordGeneral(PrimitiveTable[opcode], [a])
    }
    defer { end() }
    return push(
      NodeRecord(
        first: a.id, primitive: UInt32(opcode.rawValue), shape: left.shape, inputCount: 1,
        flags: left.flags.intersection(.isVariable)))
  }

  /// Records a two-operand elementwise primitive, with broadcasting recorded before it where shapes differ.
  @inline(__always)
  func binary(_ opcode: Opcode, _ a: Node, _ b: Node) -> Node {
    guard begin() else { return overtaken }
    guard let left = record(of: a), let right = record(of: b), left.shape == right.shape else {
      end()
      return broadcasting(opcode, [a, b])
    }
    defer { end() }
    return push(
      NodeRecord(
        first: a.id, second: b.id, primitive: UInt32(opcode.rawValue), shape: left.shape, inputCount: 2,
        flags: left.flags.union(right.flags).intersection(.isVariable)))
  }

  /// Records a two-operand elementwise primitive on ids known to be valid: the backward pass makes no handles.
  @inline(__always)
  func binary(_ opcode: Opcode, _ a: Int32, _ b: Int32) -> Int32 {
    let (left, right) = (records[Int(a)], records[Int(b)])
    guard left.shape == right.shape, left.kind != .failed, right.kind != .failed, begin() else {
      return broadcasting(opcode, [node(a), node(b)]).id
    }
    defer { end() }
    return arena.pointee.push(
      NodeRecord(
        first: a, second: b, primitive: UInt32(opcode.rawValue), shape: left.shape, inputCount: 2,
        flags: left.flags.union(right.flags).intersection(.isVariable)))
  }

  /// The record of a handle that is valid here and has not failed.
  @inline(__always)
  private func record(of node: Node) -> NodeRecord? {
    guard node.graph === self, node.id >= 0, Int(node.id) < count else { return nil }
    let record = records[Int(node.id)]
    return record.generation == node.generation && record.kind != .failed ? record : nil
  }

  /// Records an elementwise primitive on operands brought to their common shape.
  @inline(never)
  func broadcasting(_ opcode: Opcode, _ operands: [Node]) -> Node {
    let primitive = PrimitiveTable[opcode]
    var common = Shape.scalar
    for operand in operands {
      guard let id = operand.graph === self ? operand.validID : nil, records[Int(id)].kind != .failed else {
        return recordGeneral(primitive, operands)
      }
      guard let shape = common.broadcast(with: operand.shape) else {
        return failed(
          naming(
            ChainRuleError(
              .shape, in: opcode.name, required: "shapes that broadcast (equal lengths or 1, aligned at the end)",
              got: operands.map(\.shape.description).joined(separator: " and ")), in: opcode.name, operands))
      }
      common = shape
    }
    return recordGeneral(
      primitive, operands.map { $0.shape == common ? $0 : recordGeneral(Broadcast(shape: common), [$0]) })
  }

  /// The error with the labels of the inputs that took part.
  private func naming(_ error: any Error, in origin: String, _ inputs: [Node]) -> ChainRuleError {
    let error = ChainRuleError(error, in: origin)
    let names = inputs.compactMap { input in input.graph === self ? input.validID.map { name(of: $0) } : nil }
    guard error.kind == .shape, !names.isEmpty else { return error }
    return ChainRuleError(
      error.kind, in: error.origin, required: error.required,
      got: "\(error.got) (inputs: \(names.joined(separator: ", ")))", hint: error.hint)
  }
}

extension Graph {
  /// Records a primitive whose attributes may turn out to be wrong.
  package func attempt<P: Primitive>(_ inputs: Node..., make: () throws -> P) -> Node {
    if let broken = inputs.first(where: { $0.error != nil }) { return broken }
    return attempt(in: "\(P.self)") { recordGeneral(try make(), inputs) }
  }

  /// What `make` records, or a node that carries the mistake that it throws.
  package func attempt(in origin: @autoclosure () -> String, _ make: () throws -> Node) -> Node {
    do { return try make() } catch { return failed(ChainRuleError(error, in: origin())) }
  }
}
