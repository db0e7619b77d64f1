import ChainRuleCore

/// Several values in one: how the outputs of a primitive that has several lie in the one tensor that a node holds. A
/// single value stays as it is.
struct Packing: Sendable, Hashable {
  let shapes: [Shape]
  let offsets: [Int]
  /// The number of elements of all values.
  let count: Int

  init(_ shapes: [Shape]) {
    self.shapes = shapes
    var offsets: [Int] = [], count = 0
    for shape in shapes {
      offsets.append(count)
      count = Extents.sum(count, shape.elementCount)  // what does not fit is refused when it is recorded
    }
    (self.offsets, self.count) = (offsets, count)
  }

  /// The shape of the node that holds them.
  var shape: Shape { shapes.count == 1 ? shapes[0] : [count] }

  /// One value of such a node.
  func part(_ place: Int, of node: Node) -> Node {
    if shapes.count == 1 { return node }
    return node[offsets[place]..<offsets[place] + shapes[place].elementCount].reshaped(to: shapes[place])
  }

  /// What arrives at one value, from what arrives at the node that holds it; `nil` where nothing can arrive.
  func arriving(_ place: Int, _ upstream: Node) -> Node? {
    let start = offsets[place]
    return upstream.graph.piece(start..<start + shapes[place].elementCount, of: upstream)?.reshaped(to: shapes[place])
  }

  /// The same for some rows of a value.
  func arriving(_ place: Int, rows: Range<Int>, _ upstream: Node) -> Node? {
    let row = shapes[place].row, start = offsets[place]
    let range = start + rows.lowerBound * row.elementCount..<start + rows.upperBound * row.elementCount
    return upstream.graph.piece(range, of: upstream)?.reshaped(to: row.preceded(by: rows.count))
  }

  func parts(of node: Node) -> [Node] { shapes.indices.map { part($0, of: node) } }

  /// The node of these values; zeros where one is missing.
  func node(of parts: [Node?], in graph: Graph) -> Node {
    let filled = zip(parts, shapes).map { $0 ?? graph.constant(0 as Double).broadcast(to: $1) }
    if filled.count == 1 { return filled[0] }
    return concatenate(filled.map { $0.reshaped(to: [$0.shape.elementCount]) })
  }

  /// The tensor of these values.
  func tensor(of parts: [Tensor], _ type: ElementType) throws -> Tensor {
    if parts.count == 1 { return parts[0].converted(to: type) }
    let packed = try Tensor.unwritten([count], type)
    for (part, offset) in zip(parts, offsets) {
      let part = part.converted(to: type)
      (packed.memory + offset * type.stride).copyMemory(from: part.memory, byteCount: part.count * type.stride)
    }
    return packed
  }
}

extension Shape {
  /// The same with an axis before the others.
  func preceded(by length: Int) -> Shape { Shape([length] + dimensions) }
  /// Without the first axis.
  var row: Shape { Shape(Array(dimensions.dropFirst())) }
}
