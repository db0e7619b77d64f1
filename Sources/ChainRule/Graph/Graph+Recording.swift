extension Graph {
  /// Records a primitive applied to nodes. Mistakes are kept in the node that is returned.
  public func record<P: Primitive>(_ primitive: P, _ inputs: [Node]) -> Node {
    if let elementwise = P.self as? any ElementwisePrimitive.Type {
      if inputs.count == 1, elementwise.opcode.arity == 1 { return unary(elementwise.opcode, inputs[0]) }
      if inputs.count == 2, elementwise.opcode.arity == 2 { return binary(elementwise.opcode, inputs[0], inputs[1]) }
    }
    return recordGeneral(primitive, inputs)
  }

  /// Records any primitive: shapes are asked of it, failures of inputs are handed on.
  func recordGeneral(_ primitive: any Primitive, _ inputs: [Node]) -> Node {
    var record = NodeRecord()
    var ids: [Int32] = []
    do {
      guard primitive.arity.map({ $0 == inputs.count }) ?? !inputs.isEmpty, inputs.count < Int(UInt16.max) else {
        throw ChainRuleError(
          .primitive, in: primitive.name, required: primitive.arity.map { "\($0) inputs" } ?? "at least one input",
          got: "\(inputs.count)")
      }
      for input in inputs {
        let id = try resolve(input)
        if let spread = spreading(failureOf: id) { return spread }
        if records[Int(id)].flags.contains(.isVariable) { record.flags.insert(.isVariable) }
        ids.append(id)
      }
      let shape = try primitive.shape(of: ids.map { self.shape(of: $0) })
      guard shape.dimensions.allSatisfy({ $0 >= 0 }), shape.elementCount < Int.max else {
        throw ChainRuleError(.shape, in: primitive.name, required: "lengths that fit memory", got: "\(shape)")
      }
      record.shape = number(of: shape)
    } catch let error as ChainRuleError { return failed(naming(error, inputs)) } catch {
      return failed(error, in: primitive.name)
    }
    let holdsIndices =
      primitive is any IndexPrimitive
      || (primitive is any MovingPrimitive && ids.allSatisfy { records[Int($0)].flags.contains(.isIndex) })
    if holdsIndices { record.flags.insert(.isIndex) }
    record.inputCount = UInt16(ids.count)
    if ids.count > 2 {
      (record.first, record.second) = (Int32(inputRuns.count), Int32(ids.count))
      inputRuns += ids
    } else {
      record.first = ids[0]
      record.second = ids.count > 1 ? ids[1] : -1
    }
    if let elementwise = primitive as? any ElementwisePrimitive {
      record.primitive = UInt32(type(of: elementwise).opcode.rawValue)
    } else {
      primitives.append(primitive)
      record.primitive = UInt32(Opcode.tableSize + primitives.count - 1)
    }
    return append(record)
  }

  @inline(__always)
  func unary(_ opcode: Opcode, _ a: Node) -> Node {
    guard a.graph === self, a.id >= 0, Int(a.id) < count else {
      return recordGeneral(builtIns[Int(opcode.rawValue)], [a])
    }
    let record = records[Int(a.id)]
    guard record.stamp == a.stamp, record.kind != .failed else {
      return recordGeneral(builtIns[Int(opcode.rawValue)], [a])
    }
    return append(
      NodeRecord(
        first: a.id, primitive: UInt32(opcode.rawValue), shape: record.shape, inputCount: 1,
        flags: record.flags.intersection(.isVariable)))
  }

  /// Records a two-operand elementwise primitive, with broadcasting recorded before it where shapes differ.
  @inline(__always)
  func binary(_ opcode: Opcode, _ a: Node, _ b: Node) -> Node {
    guard a.graph === self, b.graph === self, a.id >= 0, b.id >= 0, Int(a.id) < count, Int(b.id) < count else {
      return recordGeneral(builtIns[Int(opcode.rawValue)], [a, b])
    }
    let (left, right) = (records[Int(a.id)], records[Int(b.id)])
    guard left.stamp == a.stamp, right.stamp == b.stamp, left.shape == right.shape, left.kind != .failed,
      right.kind != .failed
    else { return broadcasting(opcode, [a, b]) }
    return append(
      NodeRecord(
        first: a.id, second: b.id, primitive: UInt32(opcode.rawValue), shape: left.shape, inputCount: 2,
        flags: left.flags.union(right.flags).intersection(.isVariable)))
  }

  /// Records an elementwise primitive on operands brought to their common shape.
  @inline(never)
  func broadcasting(_ opcode: Opcode, _ operands: [Node]) -> Node {
    let primitive = builtIns[Int(opcode.rawValue)]
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
              got: operands.map(\.shape.description).joined(separator: " and ")), operands))
      }
      common = shape
    }
    return recordGeneral(
      primitive, operands.map { $0.shape == common ? $0 : recordGeneral(Broadcast(shape: common), [$0]) })
  }

  /// A failed node that hands on the failure of an input.
  private func spreading(failureOf id: Int32) -> Node? {
    guard records[Int(id)].kind == .failed else { return nil }
    return append(NodeRecord(first: records[Int(id)].first, kind: .failed))
  }

  /// The error with the labels of the inputs that took part.
  private func naming(_ error: ChainRuleError, _ inputs: [Node]) -> ChainRuleError {
    let names = inputs.compactMap { input in input.graph === self ? input.validID.map { name(of: $0) } : nil }
    guard error.kind == .shape, !names.isEmpty else { return error }
    return ChainRuleError(
      error.kind, in: error.origin, required: error.required,
      got: "\(error.got) (inputs: \(names.joined(separator: ", ")))", hint: error.hint)
  }
}
