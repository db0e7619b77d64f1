extension Graph {
  /// The same recording in a precision: equal ids, primitives and labels, leaves converted, nothing computed yet.
  ///
  /// Gradients of a `.single` graph are checked in its twin of double precision, since differences of floats show too few
  /// digits. Parameters become inputs with the values that they have now.
  package func twin(in precision: Precision, upTo last: Int32) -> Graph {
    let twin = Graph(precision)
    for shape in shapes.dropFirst() { _ = twin.shapeID(of: shape) }
    twin.primitives = primitives.map { ($0 as? any PrecisionAdapting)?.adapted(to: precision) ?? $0 }
    twin.inputRuns = inputRuns
    twin.errors = errors
    twin.leafErrors = leafErrors
    for id in 0...last {
      var record = records[Int(id)]
      record.slot = -1
      let holdsValue = record.kind != .operation && record.kind != .failed && record.flags.contains(.isCurrent)
      if record.kind == .operation { record.flags.remove(.isCurrent) }
      if record.kind == .parameter { record.kind = .input }
      if holdsValue, !record.flags.contains(.isIndex) { record.value = twin.rounded(record.value) }
      record.flags.remove(.isWritten)
      record.flags.remove(.isHeld)
      let node = twin.append(record)
      if holdsValue, record.shape != 0 {
        let value = tensor(of: id)
        twin.store(value.elementType == .int32 ? value : value.converted(to: twin.elementType), at: node.id)
      }
      if let label = label(of: id) { twin.labels.set(label, for: node.id) }
    }
    return twin
  }
}
