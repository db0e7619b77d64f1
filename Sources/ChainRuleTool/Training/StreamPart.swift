import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// Which rows of a streamed table do what, by their position alone, so that no list of rows is kept: every so many-th is
/// for testing, and of the others every fifth is to choose by, where something is chosen.
struct StreamSplit: Sendable {
  let testShare: Double
  let chooses: Bool
  static let chosenShare = 0.2

  /// How many of the first positions are for testing, and how many of the others to choose by.
  private func taken(_ positions: Int, _ share: Double) -> Int {
    Int((Double(positions) * share + 1e-9).rounded(.down))
  }

  /// How many of the first so many positions belong to a part.
  func count(_ part: Part, before position: Int) -> Int {
    let test = taken(position, testShare), rest = position - test
    let chosen = chooses ? taken(rest, Self.chosenShare) : 0
    return switch part {
    case .test: test
    case .choosing: chosen
    case .training: rest - chosen
    }
  }

  /// Whether a position is not learnt from.
  func isHeldOut(_ position: Int) -> Bool {
    count(.training, before: position + 1) == count(.training, before: position)
  }

  enum Part { case training, choosing, test }
}

/// The rows of a streamed table that do one thing; or some of them, taken evenly, where all would be too many to hold.
struct StreamPart: DataSource {
  let stream: TableStream
  let split: StreamSplit
  let part: StreamSplit.Part
  /// How many rows belong to the part.
  let all: Int
  let count: Int
  var prefetchCount: Int { stream.prefetchCount }

  /// - Parameter most: how many rows are taken at most.
  init(_ stream: TableStream, _ split: StreamSplit, _ part: StreamSplit.Part, most: Int = Int.max) {
    (self.stream, self.split, self.part) = (stream, split, part)
    all = split.count(part, before: stream.count)
    count = Swift.min(all, most)
  }

  func examples(at positions: [Int]) throws -> Dataset { try stream.examples(at: positions.map(row)) }

  /// The position in the stream of one among these.
  private func row(_ index: Int) -> Int {
    guard (0..<count).contains(index) else { return stream.count }  // which the stream refuses
    let wanted = index * all / count
    // The first position up to which there are more of the part than that, by bisection.
    var low = 0, high = stream.count
    while low < high {
      let middle = (low + high) / 2
      if split.count(part, before: middle + 1) > wanted { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Which rows are used for nothing, for there are more than are held at once: "of 5000 to test, …", or nothing.
  func wordsOfUnused(_ tested: Int, _ chosen: Int?) -> String {
    let test = split.count(.test, before: stream.count), choosing = split.count(.choosing, before: stream.count)
    let some = [(tested, test, "for testing"), (chosen ?? choosing, choosing, "to choose by")].filter { $0.0 < $0.1 }
    return some.map { "of \($0.1) \($0.2) \($0.0) are taken evenly, " }.joined()
  }

  /// All rows in memory, a few thousand at a time.
  func read() throws -> Dataset {
    let parts = try stride(from: 0, to: count, by: 4096).map { start in
      try examples(at: Array(start..<Swift.min(start + 4096, count)))
    }
    guard let first = parts.first else { return try examples(at: []) }
    return try Dataset(
      inputs: Tensor.joined(parts.map(\.inputs)), targets: Tensor.joined(parts.map(\.targets)),
      classNames: first.classNames)
  }
}
