/// Parts along the first axis without recording: what batches are made of.
extension Tensor {
  /// The number of rows: the length of the first axis; 0 for a single number.
  public var rowCount: Int { shape.rank > 0 ? shape[0] : 0 }

  /// The rows at the given positions, in that order, repeated where a position is: `[n, …] → [positions, …]`.
  ///
  /// Positions that do not exist are carried as a mistake.
  public func rows(at positions: [Int]) -> Tensor {
    if error != nil { return self }
    guard shape.rank > 0 else {
      return Tensor(
        error: ChainRuleError(.shape, in: "rows(at:)", required: "a tensor with axes", got: "a single number"))
    }
    let rowLength = Shape(Array(shape.dimensions.dropFirst())).elementCount
    let result = Tensor(uninitialized: Shape([positions.count] + shape.dimensions.dropFirst()), elementType)
    guard result.error == nil else { return result }
    let bytes = rowLength * elementType.stride
    for (row, position) in positions.enumerated() {
      guard (0..<rowCount).contains(position) else {
        return Tensor(
          error: ChainRuleError(
            .value, in: "rows(at:)", required: "positions in 0..<\(rowCount)", got: "\(position)"))
      }
      (result.storage.base + row * bytes).copyMemory(from: storage.base + position * bytes, byteCount: bytes)
    }
    return result
  }

  /// The rows of a range: `[n, …] → [range.count, …]`.
  ///
  /// Rows that do not exist are carried as a mistake.
  public func rows(_ range: Range<Int>) -> Tensor {
    if error == nil, shape.rank > 0, range.lowerBound < 0 || range.upperBound > rowCount {
      return Tensor(
        error: ChainRuleError(.value, in: "rows", required: "a range within 0..<\(rowCount)", got: "\(range)"))
    }
    return rows(at: shape.rank > 0 ? Array(range) : [])
  }

  /// Tensors of one row shape and element type, one after the other along the first axis.
  public static func joined(_ parts: [Tensor]) -> Tensor {
    if let broken = parts.first(where: { $0.error != nil }) { return broken }
    guard let first = parts.first else { return Tensor(shape: [0], []) }
    let inner = first.shape.dimensions.dropFirst()
    for part in parts
    where part.shape.rank == 0 || part.shape.dimensions.dropFirst() != inner || part.elementType != first.elementType {
      return Tensor(
        error: ChainRuleError(
          .shape, in: "Tensor.joined",
          required: first.shape.rank == 0
            ? "tensors with axes" : "rows like those of the first (\(first.shape), \(first.elementType))",
          got: "\(part.shape), \(part.elementType)"))
    }
    let result = Tensor(uninitialized: Shape([parts.map { $0.shape[0] }.reduce(0, +)] + inner), first.elementType)
    guard result.error == nil else { return result }
    var offset = 0
    for part in parts {
      let bytes = part.count * part.elementType.stride
      (result.storage.base + offset).copyMemory(from: part.storage.base, byteCount: bytes)
      offset += bytes
    }
    return result
  }
}
