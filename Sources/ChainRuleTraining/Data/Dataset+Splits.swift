import ChainRuleCore

extension Dataset {
  /// Parts of the given shares, in random order fixed by the seed; the last part takes what is left over.
  ///
  /// ```swift
  /// let parts = try data.split([0.8, 0.1, 0.1], seed: 1)     // training, validation, test
  /// ```
  /// - Parameter isStratified: keeps the shares within each class; targets must be class indices.
  /// - Throws: for shares that are negative or sum to more than 1.
  public func split(_ shares: [Double], seed: UInt64, isStratified: Bool = false) throws -> [Dataset] {
    guard shares.allSatisfy({ $0 >= 0 }), shares.reduce(0, +) <= 1 + 1e-9, !shares.isEmpty else {
      throw ChainRuleError(
        .value, in: "split", required: "shares of at least 0 that sum to at most 1", got: "\(shares)")
    }
    let isWhole = shares.reduce(0, +) > 1 - 1e-9
    var parts = [[Int]](repeating: [], count: shares.count)
    for group in try groups(seed, isStratified) {
      var start = 0, sum = 0.0
      for (index, share) in shares.enumerated() {
        sum += share
        let isLast = index == shares.count - 1 && isWhole
        let end = isLast ? group.count : Int((sum * Double(group.count)).rounded())
        parts[index] += group[start..<Swift.max(start, end)]
        start = Swift.max(start, end)
      }
    }
    return try parts.map { try examples(at: $0) }
  }

  /// k pairs of training and validation examples; each example is validated on exactly once.
  /// - Throws: a `ChainRuleError` for fewer than 2 folds, more than examples, and classes that are no indices.
  public func folds(_ count: Int, seed: UInt64, isStratified: Bool = false) throws -> [(
    training: Dataset, validation: Dataset
  )] {
    guard (2...Swift.max(self.count, 2)).contains(count), count <= self.count else {
      throw ChainRuleError(.value, in: "folds", required: "2 to \(self.count) folds", got: "\(count)")
    }
    var fold = [Int](repeating: 0, count: self.count)
    var next = 0
    for group in try groups(seed, isStratified) {
      for position in group {
        fold[position] = next % count
        next += 1
      }
    }
    return try (0..<count).map { index in
      let inside = fold.indices.filter { fold[$0] == index }, outside = fold.indices.filter { fold[$0] != index }
      return (try examples(at: outside), try examples(at: inside))
    }
  }

  /// The same examples in a random order fixed by the seed.
  /// - Throws: the mistake that a tensor carries.
  public func shuffled(seed: UInt64) throws -> Dataset {
    var numbers = RandomNumbers(seed: seed)
    return try examples(at: numbers.permutation(of: count))
  }

  /// Class indices as rows of zeros with a one: targets `[count] → [count, classes]`.
  /// - Throws: a `ChainRuleError` for targets that are no class indices below the number of classes.
  public func oneHot(classes: Int? = nil) throws -> Dataset {
    if let error = targets.error { throw error }
    let labels = targets.indices
    let depth = classes ?? Swift.max(classNames.count, (labels.max() ?? 0) + 1)
    guard targets.elementType == .int32, targets.shape.rank == 1,
      depth >= 0, !labels.contains(where: { $0 < 0 || $0 >= depth }), Extents.product(count, depth) <= 1 << 31
    else {
      throw ChainRuleError(
        .value, in: "oneHot",
        required: "class indices below the number of classes, one for each row, and a table that fits memory",
        got: "\(targets.elementType) targets of shape \(targets.shape) for \(depth) classes")
    }
    var rows = [Float](repeating: 0, count: count * depth)
    for (row, label) in labels.enumerated() { rows[row * depth + label] = 1 }
    return try Dataset(inputs: inputs, targets: Tensor(floats: rows, shape: [count, depth]), classNames: classNames)
  }

  /// The same examples with another shape for each input: `[count] + shape`.
  /// - Throws: a `ChainRuleError` for a shape with another number of elements.
  public func reshapingInputs(to shape: Shape) throws -> Dataset {
    try Dataset(
      inputs: inputs.reshaped(to: Shape([count] + shape.dimensions)), targets: targets, classNames: classNames)
  }

  /// Positions in random order: all together, or by class.
  private func groups(_ seed: UInt64, _ isStratified: Bool) throws -> [[Int]] {
    var numbers = RandomNumbers(seed: seed)
    let order = numbers.permutation(of: count)
    guard isStratified else { return [order] }
    if let error = targets.error { throw error }
    guard targets.elementType == .int32, targets.shape.rank == 1 else {
      throw ChainRuleError(
        .value, in: "stratified split", required: "class indices as targets",
        got: "\(targets.elementType) targets of shape \(targets.shape)")
    }
    let labels = targets.indices
    return Dictionary(grouping: order) { labels[$0] }.sorted { $0.key < $1.key }.map(\.value)
  }
}
