/// What checks and explanations ask of a recorded node, so that its record stays the graph's own.
extension Graph {
  /// Whether a primitive computes the node.
  package func isOperation(_ id: Int32) -> Bool { records[Int(id)].kind == .operation }

  /// Whether an input of numbers or a parameter to train is among the node and its ancestors.
  @inline(__always) package func isVariable(_ id: Int32) -> Bool { records[Int(id)].flags.contains(.isVariable) }

  /// Whether the node holds Int32 indices.
  package func isIndex(_ id: Int32) -> Bool { records[Int(id)].flags.contains(.isIndex) }

  /// Whether the node is a single number.
  package func isScalar(_ id: Int32) -> Bool { records[Int(id)].shape == 0 }

  /// Whether a kernel of the table computes the node: it has no state and rounds its output alone.
  package func isTabulated(_ id: Int32) -> Bool {
    isOperation(id) && records[Int(id)].primitive < UInt32(Opcode.count)
  }

  /// What a person calls the node: its label, or the present name of its parameter; `nil` where nobody named it.
  package func label(of id: Int32) -> String? {
    if let label = labels.label(of: id) { return label }
    guard records[Int(id)].kind == .parameter else { return nil }
    let name = parameterLeaves.first { $0.id == id }?.parameter.name ?? ""
    return name.isEmpty ? nil : name
  }

  /// How many inputs the primitive of the node has.
  package func inputCount(of id: Int32) -> Int { Int(records[Int(id)].inputCount) }

  /// The first element of a current node.
  package func number(of id: Int32) -> Double {
    isScalar(id) ? records[Int(id)].value : tensor(of: id).element(0)
  }

  /// Holds any node, also a computed one, at a value of its own shape: what depends on it becomes stale, the node does
  /// not, and it keeps the value until something below it is written.
  package func hold(_ value: Tensor, at id: Int32) {
    precondition(value.shape == shape(of: id) && !isIndex(id), "A node is held at numbers of its own shape.")
    if value.shape.rank == 0 {
      records[Int(id)].value = rounded(value.element(0))
    } else {
      store(value.converted(to: elementType), at: id)
    }
    markWritten(id)
    if isOperation(id) { records[Int(id)].flags.insert(.isHeld) }
  }

  /// Lets every held node be computed again.
  package func releaseHeldNodes() {
    for id in 0..<Int32(count) where records[Int(id)].flags.contains(.isHeld) {
      records[Int(id)].flags.remove(.isHeld)
      records[Int(id)].flags.remove(.isCurrent)
      lowestWritten = Swift.min(lowestWritten, id)
    }
  }
}
