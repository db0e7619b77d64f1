import ChainRuleCore

/// The order in which an epoch goes through the examples.
public enum BatchOrder: Sendable {
  /// Another random order each epoch, fixed by the training's seed and the epoch's number.
  case shuffled
  /// Draws with replacement, an example as often as its weight says, as many as there are examples: rare ones come as
  /// often as one wishes. Fixed by the training's seed and the epoch's number.
  case weighted([Double])
  /// As they are stored.
  case sequential
  /// Positions for an epoch (0, 1, …), given the number of examples.
  case custom(@Sendable (_ epoch: Int, _ count: Int) -> [Int])

  func positions(count: Int, epoch: Int, seed: UInt64) -> [Int] {
    switch self {
    case .sequential: return Array(0..<count)
    case .custom(let order): return order(epoch, count)
    case .shuffled:
      var numbers = Self.numbers(seed, epoch)
      return numbers.permutation(of: count)
    case .weighted(let weights):
      var numbers = Self.numbers(seed, epoch), sums: [Double] = []
      for weight in weights { sums.append((sums.last ?? 0) + weight) }
      return (0..<count).map { _ in Self.place(numbers.uniform() * (sums.last ?? 0), in: sums) }
    }
  }

  /// Far apart in the generator's sequence, so that no two epochs share their numbers.
  private static func numbers(_ seed: UInt64, _ epoch: Int) -> RandomNumbers {
    RandomNumbers(seed: seed &+ UInt64(truncatingIfNeeded: epoch) &* 0xD1B5_4A32_D192_ED03)
  }

  /// The first sum above a number.
  private static func place(_ number: Double, in sums: [Double]) -> Int {
    var low = 0, high = sums.count - 1
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > number { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// - Throws: a `ChainRuleError` for weights that are none, or not one for each example.
  func validate(count: Int) throws {
    guard case .weighted(let weights) = self else { return }
    let sum = weights.reduce(0, +)
    guard weights.count == count, weights.allSatisfy({ $0 >= 0 }), sum > 0, sum.isFinite else {
      throw ChainRuleError(
        .value, in: "BatchOrder.weighted",
        required: "a finite weight of at least 0 for each of \(count) examples, and one above 0",
        got: "\(weights.count) weights with sum \(sum)")
    }
  }
}

/// Consecutive pieces of at most `size` positions; the last one may be shorter.
/// - Throws: a `ChainRuleError` in the name of `origin` for a size below 1.
func batches(of positions: [Int], size: Int, in origin: String) throws -> [ArraySlice<Int>] {
  guard size > 0 else {
    throw ChainRuleError(.value, in: origin, required: "a batch size of at least 1", got: "\(size)")
  }
  return stride(from: 0, to: positions.count, by: size).map {
    positions[$0..<Swift.min(Extents.sum($0, size), positions.count)]
  }
}
