extension Graph {
  /// The same recording in double precision: equal ids, primitives and labels, leaves converted.
  ///
  /// Gradients of a `.single` graph are checked in its twin, since differences of floats show too few digits.
  package func doubleTwin(upTo last: Int32) throws -> Graph {
    let twin = Graph(.double)
    for shape in shapes.dropFirst() { _ = twin.shapeID(of: shape) }
    twin.primitives = primitives
    twin.inputRuns = inputRuns
    twin.errors = errors
    twin.leafErrors = leafErrors
    for id in 0...last {
      var record = records[Int(id)]
      record.slot = -1
      let holdsValue = record.kind != .operation && record.kind != .failed && record.flags.contains(.isCurrent)
      if record.kind == .operation { record.flags.remove(.isCurrent) }
      record.flags.remove(.isWritten)
      let node = twin.append(record)
      if holdsValue, record.shape != 0 {
        let value = tensor(of: id)
        twin.store(value.elementType == .int32 ? value : value.converted(to: .float64), at: node.id)
      }
      if let label = labels.label(of: id) { twin.labels.set(label, for: node.id) }
    }
    return twin
  }
}
