/// Which results may be written where an operand lies.
extension Plan {
  /// Whether `result` may be written where `source` lies: every reader of the source in the unit reads exactly the
  /// element that is then overwritten, and not after it.
  func mayOverwrite(_ source: Int32, with result: Int32) -> Bool {
    let unit = units[Int(self[result].unit)]
    switch unit.kind {
    case .group:
      return mayOverwrite(source, lastRead: lastReadings(of: [source], in: unit)[0], with: result)
    case .matmul:
      let epilogue = epilogue(of: unit.nodes[0]).epilogue
      let others =
        sources(of: unit.nodes[0]) + [epilogue.bias, epilogue.alphaScalar].compactMap { $0 }
      return epilogue.accumulated == source
        && !others.contains { $0 == source || self[$0].base == source }
    case .single:
      let others = graph.inputs(of: result).dropFirst().map { self[$0].root }
      return graph.primitive(of: result, as: AddAt.self) != nil && self[graph.input(of: result)].root == source
        && !others.contains { self[$0].base == self[source].base }
    case .scalar, .rowBlocks: return false
    }
  }

  /// The same in a group of which it is known which member reads the source last.
  func mayOverwrite(_ source: Int32, lastRead: Int32, with result: Int32) -> Bool {
    lastRead <= result && graph.count(of: source) == graph.count(of: result) && !isLate(result)
  }

  /// For each of some values the last member of a group that reads it, -1 if none does; behind all nodes where one reads
  /// something else than the element that it computes.
  func lastReadings(of values: [Int32], in unit: Unit) -> [Int32] {
    var last = [Int32](repeating: -1, count: values.count)
    for node in unit.nodes {
      for operand in operands(of: node) {
        guard let position = values.firstIndex(of: self[operand.source].base) else { continue }
        let isPlain =
          operand.source == values[position] && operand.isFull
          && elementCount(of: node) == graph.count(of: operand.source)
        // A product may be computed as late as the sum that it is fused with.
        let time = graph.opcode(of: node) == .multiply ? onlyReader(of: node) ?? node : node
        last[position] = isPlain ? Swift.max(last[position], time) : .max
      }
    }
    return last
  }
}
