import ChainRuleCore

/// The order in which an epoch goes through the examples.
public enum BatchOrder: Sendable {
  /// Another random order each epoch, fixed by the training's seed and the epoch's number.
  case shuffled
  /// As they are stored.
  case sequential
  /// Positions for an epoch (0, 1, …), given the number of examples.
  case custom(@Sendable (_ epoch: Int, _ count: Int) -> [Int])

  func positions(count: Int, epoch: Int, seed: UInt64) -> [Int] {
    switch self {
    case .sequential: return Array(0..<count)
    case .custom(let order): return order(epoch, count)
    case .shuffled:
      // Far apart in the generator's sequence, so that no two epochs share their numbers.
      var numbers = RandomNumbers(seed: seed &+ UInt64(truncatingIfNeeded: epoch) &* 0xD1B5_4A32_D192_ED03)
      return numbers.permutation(of: count)
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
