/// Evaluation on demand: a node is computed when somebody asks, from inputs that are computed first, and kept
/// until a leaf that it depends on is written. No recursion: what waits is a list.
extension Graph {
  /// The values of several nodes.
  /// - Throws: the first mistake among the nodes and what they depend on.
  public func evaluate(_ nodes: [Node]) throws -> [Tensor] { try nodes.map { try $0.value() } }

  /// Makes the value of a node current.
  package func evaluate(_ id: Int32) throws {
    refreshParameters()
    if lowestWritten != .max { markStale() }
    if records[Int(id)].flags.contains(.isCurrent) { return }
    var pending = [id]
    while let next = pending.last {
      if records[Int(next)].flags.contains(.isCurrent) {
        pending.removeLast()
      } else if let input = firstStaleInput(of: next) {
        pending.append(input)
      } else {
        try compute(next)
        pending.removeLast()
      }
    }
  }

  /// Computes nodes again in this order, inputs first, without looking for what else has become stale: the caller knows
  /// that these are all that its held nodes move, and that their other inputs are current. Everybody else finds his
  /// values stale as ever.
  package func recompute(_ ids: [Int32]) throws {
    for id in ids { try compute(id) }
  }

  @inline(__always)
  private func firstStaleInput(of id: Int32) -> Int32? {
    let record = records[Int(id)]
    guard record.kind == .operation else { return nil }
    if record.inputCount <= 2 {
      if !records[Int(record.first)].flags.contains(.isCurrent) { return record.first }
      if record.inputCount == 2, !records[Int(record.second)].flags.contains(.isCurrent) { return record.second }
      return nil
    }
    for position in Int(record.first)..<Int(record.first) + Int(record.second)
    where !records[Int(inputRuns[position])].flags.contains(.isCurrent) {
      return inputRuns[position]
    }
    return nil
  }

  /// Computes one node whose inputs are current.
  @inline(__always)
  private func compute(_ id: Int32) throws {
    let record = records[Int(id)]
    guard record.kind == .operation else { throw unavailable(id) }
    if record.shape == 0, record.primitive < UInt32(Opcode.count), leafErrors.isEmpty, record.inputCount <= 2,
      let opcode = Opcode(rawValue: UInt8(record.primitive))
    {
      let second = record.inputCount == 2 ? records[Int(record.second)].value : 0
      let stable = opcode == .subtract ? complement(record) : nil
      records[Int(id)].value = rounded(stable ?? Kernels.scalar(opcode, records[Int(record.first)].value, second))
    } else {
      try computeGeneral(id)
    }
    records[Int(id)].flags.insert(.isCurrent)
    records[Int(id)].flags.remove(.isHeld)
    evaluationCount += 1
  }

  @inline(never)
  private func computeGeneral(_ id: Int32) throws {
    if let error = leafErrors[id] { throw error }
    let value =
      try complements(records[Int(id)])
      ?? primitive(of: id).value(of: inputs(of: id).map { tensor(of: $0) }, promised: shape(of: id))
    if value.shape.rank == 0 {
      records[Int(id)].value = rounded(value.element(0))
    } else {
      store(records[Int(id)].flags.contains(.isIndex) ? value : value.converted(to: elementType), at: id)
    }
  }

  /// Why a leaf has no value.
  private func unavailable(_ id: Int32) -> ChainRuleError {
    if let error = failure(of: id) ?? leafErrors[id] { return error }
    return ChainRuleError(
      .value, in: "input \(name(of: id))", required: "a value of shape \(shape(of: id))", got: "none",
      hint: "Assign it, or feed it to a program.")
  }

  /// The value of a current node.
  package func tensor(of id: Int32) -> Tensor {
    let record = records[Int(id)]
    if record.shape != 0 {
      return (record.slot >= 0 ? tensors[Int(record.slot)] : nil)
        ?? Tensor(error: ChainRuleError(.value, in: name(of: id), required: "a computed value", got: "none"))
    }
    if record.flags.contains(.isIndex) { return Tensor(record.value).converted(to: .int32) }
    return precision == .double ? Tensor(record.value) : Tensor(floats: [Float(record.value)], shape: .scalar)
  }

  /// One sweep from the lowest written leaf: whoever has an input that is written or stale becomes stale.
  private func markStale() {
    for id in Int(lowestWritten)..<count where records[id].kind == .operation && records[id].flags.contains(.isCurrent)
    {
      let record = records[id]
      func isOutdated(_ input: Int32) -> Bool {
        let flags = records[Int(input)].flags
        return flags.contains(.isWritten) || !flags.contains(.isCurrent)
      }
      let isStale =
        record.inputCount <= 2
        ? isOutdated(record.first) || (record.inputCount == 2 && isOutdated(record.second))
        : inputRuns[Int(record.first)..<Int(record.first) + Int(record.second)].contains(where: isOutdated)
      if isStale { records[id].flags.remove(.isCurrent) }
    }
    for id in Int(lowestWritten)..<count { records[id].flags.remove(.isWritten) }
    lowestWritten = .max
  }

  /// Takes over the values of parameters that changed since this graph last looked.
  private func refreshParameters() {
    guard !parameterLeaves.isEmpty else { return }
    let changes = Parameter.changes.load(ordering: .acquiring)
    guard changes != seenChanges else { return }
    seenChanges = changes
    for position in parameterLeaves.indices {
      let (value, version) = parameterLeaves[position].parameter.snapshot
      guard version != parameterLeaves[position].version else { continue }
      parameterLeaves[position].version = version
      write(value, to: parameterLeaves[position].id)
    }
  }
}

extension Node {
  /// The value, computed if it is not current.
  /// - Throws: the first mistake made on the way to this node: shapes that do not fit, an input without a value.
  public func value() throws -> Tensor {
    let id = try graph.resolve(self)
    try graph.evaluate(id)
    return graph.tensor(of: id)
  }

  /// The value of a node with exactly one element.
  /// - Throws: as `value()`, and when there is not exactly one element.
  public func scalar() throws -> Double {
    let id = try graph.resolve(self)
    try graph.evaluate(id)
    let record = graph.records[Int(id)]
    return record.shape == 0 ? record.value : try graph.tensor(of: id).scalar()
  }
}
