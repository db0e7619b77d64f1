import ChainRuleCore

/// On which side of equal elements a number is put.
public enum SearchSide: Sendable, Hashable {
  /// Before them: the number of elements that are smaller.
  case left
  /// After them: the number of elements that are not larger.
  case right
}

/// How many elements of an ascending row are smaller than each number (or not larger).
struct SearchSorted: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive, PrecisePrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "how many of an ascending row are smaller", derivatives: ["none: an index"])
  let side: SearchSide
  /// Whether the piece between two neighbours is meant, 0 to n − 2, of a row in which no element is twice.
  var givesPiece = false
  /// Whether what is made of the pieces has no kink where they meet, as a spline: then they are not told.
  var isSmooth = false
  var name: String { givesPiece ? "interpolate" : "searchSorted" }
  var arity: Int? { 2 }

  /// One row for all numbers, or a row for each row of numbers.
  func shape(of inputs: [Shape]) throws -> Shape {
    let (row, numbers) = (inputs[0], inputs[1])
    guard row.rank >= 1, row.rank == 1 || row.dimensions.dropLast() == numbers.dimensions.dropLast() else {
      throw ChainRuleError(
        .shape, in: name, required: "one ascending row, or a row for each row of numbers", got: "\(row) and \(numbers)")
    }
    guard row[-1] <= Int32.max else {
      throw ChainRuleError(.shape, in: name, required: "a row of at most 2³¹ − 1 elements", got: "\(row)")
    }
    return numbers
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let length = inputs[0].shape[-1], keys = inputs[0].scalars.map(StableOrder.key)
    for position in keys.indices.dropFirst() where position % length != 0 {
      let (last, key) = (keys[position - 1], keys[position])
      guard last > key || (givesPiece && last == key) else { continue }
      throw ChainRuleError(
        .value, in: name, required: givesPiece ? "places in ascending order, each once" : "rows in ascending order",
        got: "\(inputs[0].element(position)) after \(inputs[0].element(position - 1))",
        hint: "Sort them with sorted().")
    }
    let isShared = inputs[0].shape.rank == 1, row = Swift.max(1, inputs[1].shape[-1])
    let places = inputs[1].scalars.enumerated().map { position, number in
      let start = isShared ? 0 : position / row * length
      let place = place(of: StableOrder.key(number), in: keys, from: start, length)
      return Int32(givesPiece ? Swift.max(0, Swift.min(place - 1, length - 2)) : place)
    }
    return Tensor(shape: inputs[1].shape, elements: places, .int32)
  }

  func branches(of inputs: [Tensor]) throws -> Tensor {
    isSmooth ? Tensor(shape: inputs[1].shape, repeating: 0) : try forward(inputs).converted(to: .float64)
  }

  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    let numbers = zip(shapes, inputs).map { Tensor(shape: $0, $1.map(\.high)) }
    return try forward(numbers).scalars.map { DoubleDouble($0) }
  }

  private func place(of key: UInt64, in keys: [UInt64], from start: Int, _ length: Int) -> Int {
    var (low, high) = (0, length)
    while low < high {
      let middle = (low + high) / 2, other = keys[start + middle]
      if other < key || (side == .right && other == key) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  func batched(_ batch: Batch) -> Node? {
    if !batch.isBatched[0], batch.shape(0).rank == 1 { return batch.graph.recordGeneral(self, batch.inputs) }
    let numbers = batch.full(1), shape = numbers.shape
    // A row for each example: all of an example's numbers are one row.
    guard batch.shape(0).rank == 1 else { return batch.record(self) }
    return batch.graph.recordGeneral(
      self, [batch.full(0), numbers.reshaped(to: [batch.size, batch.shape(1).elementCount])]
    ).reshaped(to: shape)
  }
}

/// Where each number belongs in an ascending row `[n]`: how many elements are smaller (`.left`), or not larger
/// (`.right`), as Int32 indices from 0 to n.
///
/// Rows `[…, n]` with numbers `[…, m]` are searched row by row. NaN belongs at the end.
public func searchSorted(_ row: Node, _ numbers: Node, side: SearchSide = .left) -> Node {
  row.graph.attempt(row, numbers) { SearchSorted(side: side) }
}
