/// Leaves: what a graph is told instead of computing it.
extension Graph {
  /// A named value that can be assigned again; it is cast to the graph's precision (indices stay Int32).
  public func input(_ name: String, _ value: Tensor) -> Node {
    if let error = value.error { return failed(error).named(name) }
    let node = leaf(.input, value)
    labels.set(name, for: node.id)
    return node
  }

  /// A named input whose value is fed later, by `assign` or by a program.
  public func input(_ name: String, shape: Shape, indices: Bool = false) -> Node {
    guard shape.dimensions.allSatisfy({ $0 >= 0 }), shape.elementCount < Int.max else {
      return failed(
        ChainRuleError(
          .shape, in: "input \"\(name)\"", required: "lengths of at least 0 that fit memory", got: "\(shape)")
      ).named(name)
    }
    var record = NodeRecord(shape: shapeID(of: shape), kind: .input, flags: indices ? .isIndex : .isVariable)
    record.flags.remove(.isCurrent)
    return append(record).named(name)
  }

  /// A value that never changes and gets no gradient.
  public func constant(_ value: Tensor) -> Node {
    if let error = value.error { return failed(error) }
    return leaf(.constant, value)
  }

  /// A leaf that holds a parameter's present value; the same parameter is the same node.
  public func parameter(_ parameter: Parameter) -> Node {
    if let leaf = parameterLeaves.first(where: { $0.parameter === parameter }) { return node(leaf.id) }
    let (value, version) = parameter.snapshot
    if let error = value.error { return failed(error) }
    let node = leaf(.parameter, value)
    if !parameter.isTrainable { records[Int(node.id)].flags.remove(.isVariable) }
    if !parameter.name.isEmpty { labels.set(parameter.name, for: node.id) }
    parameterLeaves.append(ParameterLeaf(parameter: parameter, id: node.id, version: version))
    return node
  }

  /// The parameters that have a leaf in this graph, in the order in which they were first used.
  public var parameters: [Parameter] { parameterLeaves.map(\.parameter) }

  private func leaf(_ kind: NodeRecord.Kind, _ value: Tensor) -> Node {
    let isIndex = value.elementType == .int32
    var record = NodeRecord(shape: shapeID(of: value.shape), kind: kind, flags: .isCurrent)
    if isIndex { record.flags.insert(.isIndex) } else if kind != .constant { record.flags.insert(.isVariable) }
    if value.shape.rank == 0 {
      record.value = isIndex ? value.element(0) : rounded(value.element(0))
      return append(record)
    }
    let node = append(record)
    if node.id >= 0 { store(isIndex ? value : value.converted(to: elementType), at: node.id) }
    return node
  }

  /// A number as this graph's precision holds it.
  @inline(__always)
  func rounded(_ value: Double) -> Double { precision == .double ? value : Double(Float(value)) }

  /// Renews a leaf from a node when `applyUpdates()` is called or a program runs: running statistics, counters.
  ///
  /// A leaf has one update; another one replaces it.
  /// - Throws: the mistake of either node; when `state` is no input or parameter, or `next` has another shape.
  public func update(_ state: Node, to next: Node) throws {
    let (stateID, nextID) = (try resolve(state), try resolve(next))
    if let error = failure(of: nextID) ?? failure(of: stateID) { throw error }
    guard [.input, .parameter].contains(records[Int(stateID)].kind) else {
      throw ChainRuleError(
        .value, in: "update", required: "an input or parameter to renew", got: "\(name(of: stateID))",
        hint: "Only leaves hold state.")
    }
    guard records[Int(stateID)].shape == records[Int(nextID)].shape else {
      throw ChainRuleError(
        .shape, in: "update", required: "shape \(shape(of: stateID)) for \(name(of: stateID))",
        got: "\(shape(of: nextID))")
    }
    stateUpdates.removeAll { $0.state == stateID }
    stateUpdates.append((stateID, nextID))
  }

  /// The registered updates, in the order of registration.
  public var updates: [(state: Node, next: Node)] { stateUpdates.map { (node($0.state), node($0.next)) } }

  /// Computes every registered update from the present values, then assigns them all.
  /// - Throws: the first mistake met while computing; nothing is assigned then.
  public func applyUpdates() throws {
    let values = try evaluate(stateUpdates.map { node($0.next) })
    for (update, value) in zip(stateUpdates, values) { node(update.state).assign(value) }
  }
}

// The same from plain numbers. Disfavoured, so that literals stay tensors and nothing is ambiguous.
extension Graph {
  /// A named number that can be assigned again: shape `[]`.
  @_disfavoredOverload public func input(_ name: String, _ value: Double) -> Node { input(name, Tensor(value)) }
  /// A named vector that can be assigned again: `[count]`.
  @_disfavoredOverload public func input(_ name: String, _ values: [Double]) -> Node { input(name, Tensor(values)) }
  /// A named matrix that can be assigned again: `[rows, columns]`.
  @_disfavoredOverload public func input(_ name: String, _ rows: [[Double]]) -> Node { input(name, Tensor(rows)) }
  /// A number that never changes and gets no gradient.
  @_disfavoredOverload public func constant(_ value: Double) -> Node {
    append(NodeRecord(value: rounded(value), kind: .constant, flags: .isCurrent))
  }
  /// A vector that never changes and gets no gradient: `[count]`.
  @_disfavoredOverload public func constant(_ values: [Double]) -> Node { constant(Tensor(values)) }
  /// A matrix that never changes and gets no gradient: `[rows, columns]`.
  @_disfavoredOverload public func constant(_ rows: [[Double]]) -> Node { constant(Tensor(rows)) }
}

/// A parameter's leaf in one graph and the version of the value it holds.
struct ParameterLeaf {
  let parameter: Parameter
  package let id: Int32
  var version: UInt64
}

extension Node {
  /// Gives an input (or a parameter) another value of the same shape.
  ///
  /// What depends on it is computed again when asked for; a value that does not fit is reported by the next read.
  public func assign(_ value: Tensor) {
    guard let id = validID else { return }
    let record = graph.records[Int(id)]
    guard record.kind == .input || record.kind == .parameter else {
      if record.kind != .failed {
        graph.leafErrors[id] = ChainRuleError(
          .value, in: "assign", required: "an input or parameter", got: graph.name(of: id),
          hint: "Only leaves are assigned; other nodes are computed.")
        graph.markWritten(id)
      }
      return
    }
    if record.kind == .parameter, let leaf = graph.parameterLeaves.first(where: { $0.id == id }) {
      leaf.parameter.value = value
      return
    }
    graph.write(value, to: id)
  }
}

extension Node {
  /// Gives an input another number.
  @_disfavoredOverload public func assign(_ value: Double) { assign(Tensor(value)) }
}

extension Graph {
  /// Checks a value, puts it into a leaf or remembers the mistake, and remembers that its dependents are stale.
  package func write(_ value: Tensor, to id: Int32) {
    let isIndex = records[Int(id)].flags.contains(.isIndex)
    var mistake = value.error
    if mistake == nil, value.shape != shape(of: id) {
      mistake = ChainRuleError(
        .shape, in: "assign to \(name(of: id))", required: "shape \(shape(of: id))", got: "shape \(value.shape)",
        hint: "Shapes are fixed when a node is recorded; record another input for another shape.")
    } else if mistake == nil, isIndex != (value.elementType == .int32) {
      if isIndex, value.scalars.allSatisfy({ $0 == $0.rounded() && abs($0) < 0x1p31 }) {
        return write(value.converted(to: .int32), to: id)
      }
      if isIndex {
        mistake = ChainRuleError(
          .value, in: "assign to \(name(of: id))", required: "Int32 indices", got: "\(value.elementType) values",
          hint: "Use Tensor(indices:).")
      }
    }
    leafErrors[id] = mistake
    if mistake == nil {
      if value.shape.rank == 0 {
        records[Int(id)].value = isIndex ? value.element(0) : rounded(value.element(0))
      } else {
        store(isIndex ? value : value.converted(to: elementType), at: id)
      }
    }
    if let follower = followers[id] { follower.value = mistake.map { Tensor(error: $0) } ?? tensor(of: id) }
    markWritten(id)
  }

  /// A parameter that has the value of an input, and each that it is assigned from now on.
  /// - Throws: where the input has none.
  func follower(of id: Int32) throws -> Parameter {
    if let known = followers[id] { return known }
    let follower = Parameter(try node(id).value(), name: name(of: id), isTrainable: false)
    followers[id] = follower
    return follower
  }

  func markWritten(_ id: Int32) {
    records[Int(id)].flags.insert(.isWritten)
    if leafErrors[id] == nil {
      records[Int(id)].flags.insert(.isCurrent)
    } else {
      records[Int(id)].flags.remove(.isCurrent)
    }
    lowestWritten = Swift.min(lowestWritten, id)
    writeCount += 1
  }
}
