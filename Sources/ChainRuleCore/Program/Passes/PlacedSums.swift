/// The sum of pieces that are each placed among zeros, as the gradients of slices are, is written piece by piece:
///
/// | found, pieces of consecutive elements | becomes |
/// |---|---|
/// | place(a) + place(b) | placedSum(a, b) |
/// | placedSum(a, b) + place(c) | placedSum(a, b, c) |
///
/// Runs once, after the other passes, as part of fusion.
struct PlacedSums: Pass {
  mutating func replacement(for node: Draft.Node, in draft: inout Draft) -> Int32? {
    guard node.opcode == .add, !node.isIndex, let left = Self.pieces(node.first, draft),
      let right = Self.pieces(node.second, draft)
    else { return nil }
    let sum = PlacedSum(shape: draft.shapes[Int(node.shape)], offsets: left.offsets + right.offsets)
    return draft.append(sum, left.inputs + right.inputs, shape: sum.shape)
  }

  private static func pieces(_ id: Int32, _ draft: Draft) -> (offsets: [Int], inputs: [Int32])? {
    if let sum = draft.primitive(of: id, as: PlacedSum.self) { return (sum.offsets, draft.inputs(of: id)) }
    guard let place = draft.primitive(of: id, as: Place.self), place.filling == 0 else { return nil }
    let piece = draft.nodes[Int(id)].first
    let offset = Views.stretch(
      starts: place.starts, counts: draft.shape(of: piece).dimensions, steps: place.steps, in: place.shape)
    guard let offset, draft.count(of: piece) > 0 else { return nil }
    return ([offset], [piece])
  }
}

/// y = Σₚ (piece p at its offset among zeros), every piece consecutive elements of y.
struct PlacedSum: Primitive {
  let shape: Shape
  let offsets: [Int]
  var name: String { "placedSum" }
  var arity: Int? { offsets.count }
  func shape(of inputs: [Shape]) throws -> Shape { shape }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    var sums = [Double](repeating: 0, count: shape.elementCount)
    for (offset, piece) in zip(offsets, inputs) {
      for (position, value) in piece.scalars.enumerated() { sums[offset + position] += value }
    }
    return Tensor(shape: shape, sums).converted(to: inputs[0].elementType)
  }

  /// Made by a program only, after all gradients have been recorded.
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "a program's own primitive")
  }
}
