import ChainRuleCore

/// Sequences of different lengths: a batch is padded to the longest of its sequences, with a mask of 1 for what is there
/// and 0 for padding. Its inputs are called `sequence` and `mask`, its targets `target` and, where each step has one,
/// `mask`.
///
/// ```swift
/// let sentences = try SequenceData([[4, 8, 15], [16, 23], [42]], targets: Tensor(indices: [0, 1, 1]))
/// try training.run(on: sentences, epochs: 5, batchSize: 32, order: sentences.bucketed(batchSize: 32, seed: 1))
/// ```
public struct SequenceData: DataSource {
  /// The number of steps of each sequence.
  public let lengths: [Int]
  private let steps: Steps
  private let targets: Targets
  private let multiple: Int

  private enum Steps: Sendable {
    case tokens([[Int]], padding: Int)
    case features([[[Double]]], width: Int)
  }
  private enum Targets: Sendable {
    case whole(Tensor)
    case perStep([[Int]])
  }

  /// How many sequences there are.
  public var count: Int { lengths.count }

  /// Sequences of whole numbers, such as tokens, with a target each.
  ///
  /// - Parameters:
  ///   - padding: the number behind the end of a sequence.
  ///   - multiple: padded lengths are multiples of this, so that few shapes are recorded.
  /// - Throws: without a sequence, for an empty one, and for another number of targets.
  public init(_ sequences: [[Int]], targets: Tensor, padding: Int = 0, multiple: Int = 8) throws {
    try self.init(sequences.map(\.count), .tokens(sequences, padding: padding), .whole(targets), multiple)
  }

  /// Sequences of whole numbers with a class for each step.
  /// - Throws: as the others, and for a sequence with another number of targets than steps.
  public init(_ sequences: [[Int]], stepTargets: [[Int]], padding: Int = 0, multiple: Int = 8) throws {
    try self.init(sequences.map(\.count), .tokens(sequences, padding: padding), .perStep(stepTargets), multiple)
  }

  /// Sequences of rows of numbers, `[steps][features]` each, with a target each.
  /// - Throws: as the others, and for rows of different lengths.
  public init(_ sequences: [[[Double]]], targets: Tensor, multiple: Int = 8) throws {
    let width = sequences.first?.first?.count ?? 0
    if let odd = sequences.joined().first(where: { $0.count != width }) {
      throw ChainRuleError(
        .shape, in: "SequenceData", required: "rows of \(width) numbers, like the first", got: "a row of \(odd.count)")
    }
    try self.init(sequences.map(\.count), .features(sequences, width: width), .whole(targets), multiple)
  }

  private init(_ lengths: [Int], _ steps: Steps, _ targets: Targets, _ multiple: Int) throws {
    guard !lengths.isEmpty, !lengths.contains(0), multiple >= 1 else {
      throw ChainRuleError(
        .value, in: "SequenceData", required: "sequences of at least one step, padded to a multiple of at least 1",
        got: lengths.isEmpty
          ? "no sequence" : lengths.firstIndex(of: 0).map { "sequence \($0) without a step" } ?? "\(multiple)")
    }
    (self.lengths, self.steps, self.targets, self.multiple) = (lengths, steps, targets, multiple)
    switch targets {
    case .whole(let tensor):
      if let error = tensor.error { throw error }
      guard tensor.shape.rank > 0, tensor.rowCount == lengths.count else {
        throw ChainRuleError(
          .shape, in: "SequenceData", required: "a target for each of \(lengths.count) sequences",
          got: "shape \(tensor.shape)")
      }
    case .perStep(let classes):
      guard classes.map(\.count) == lengths else {
        let odd = zip(classes, lengths).enumerated().first { $0.element.0.count != $0.element.1 }?.offset
        throw ChainRuleError(
          .shape, in: "SequenceData", required: "a target for each step of each sequence",
          got: odd.map { "\(classes[$0].count) for the \(lengths[$0]) steps of sequence \($0)" }
            ?? "\(classes.count) lists for \(lengths.count) sequences")
      }
    }
  }

  /// The sequences at the given positions, padded: `[positions, steps]` or `[positions, steps, features]`.
  /// - Throws: when there is no such position.
  public func examples(at positions: [Int]) throws -> Dataset {
    if let wrong = positions.first(where: { !lengths.indices.contains($0) }) {
      throw ChainRuleError(
        .value, in: "SequenceData", required: "positions within 0..<\(count)", got: "position \(wrong)")
    }
    let longest = positions.map { lengths[$0] }.max() ?? 0
    let length = (longest + multiple - 1) / multiple * multiple
    func padded<Element>(_ rows: [[Element]], with padding: Element) -> [Element] {
      positions.flatMap { rows[$0] + [Element](repeating: padding, count: length - lengths[$0]) }
    }
    func indices(_ values: [Int]) -> Tensor {
      Tensor(indices: values).reshaped(to: Shape([positions.count, length]))
    }
    let mask = Tensor(
      floats: positions.flatMap { row in (0..<length).map { $0 < lengths[row] ? 1 : 0 } },
      shape: [positions.count, length])
    let sequence: Tensor
    switch steps {
    case .tokens(let tokens, let padding): sequence = indices(padded(tokens, with: padding))
    case .features(let features, let width):
      let values = padded(features, with: [Double](repeating: 0, count: width)).flatMap { $0.map { Float($0) } }
      sequence = Tensor(floats: values, shape: [positions.count, length, width])
    }
    let inputs = ["sequence": sequence, "mask": mask]
    switch targets {
    case .whole(let tensor): return try Dataset(inputs: inputs, targets: ["target": tensor.rows(at: positions)])
    case .perStep(let classes):
      return try Dataset(inputs: inputs, targets: ["target": indices(padded(classes, with: 0)), "mask": mask])
    }
  }

  /// An order in which a batch holds sequences of about one length: sorted by length within windows of many batches,
  /// which are drawn at random, as are the batches of all windows; another one each epoch, fixed by the seed.
  ///
  /// - Parameters:
  ///   - batchSize: that of the run.
  ///   - window: how many batches are sorted together.
  public func bucketed(batchSize: Int, window: Int = 50, seed: UInt64) -> BatchOrder {
    let lengths = lengths
    return .custom { epoch, count in
      var numbers = RandomNumbers(seed: seed &+ UInt64(truncatingIfNeeded: epoch) &* 0xD1B5_4A32_D192_ED03)
      let size = Swift.max(batchSize, 1), shuffled = numbers.permutation(of: count)
      let span = Extents.product(size, Swift.max(window, 1))
      var batches: [ArraySlice<Int>] = []
      for start in stride(from: 0, to: count, by: span) {
        let sorted = shuffled[start..<Swift.min(Extents.sum(start, span), count)].enumerated().sorted {
          (lengths[$0.element], $0.offset) < (lengths[$1.element], $1.offset)
        }.map(\.element)
        for first in stride(from: 0, to: sorted.count, by: size) {
          batches.append(sorted[first..<Swift.min(first + size, sorted.count)])
        }
      }
      // A short batch stays last, for the run cuts the order into pieces of one size.
      let short = batches.last.map { $0.count < size } == true ? batches.removeLast() : []
      return numbers.permutation(of: batches.count).flatMap { batches[$0] } + short
    }
  }
}
