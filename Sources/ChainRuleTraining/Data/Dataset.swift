import ChainRuleCore

/// Examples to train on or to test with: row i of the inputs belongs to row i of the targets.
public struct Dataset: Sendable, Equatable {
  /// The inputs by name, `[count, …]` each; one without a name stands under "".
  public let inputColumns: [String: Tensor]
  /// The targets by name: class indices `[count]`, or numbers `[count, …]`; one without a name stands under "".
  public let targetColumns: [String: Tensor]
  /// What the classes are called, where that is known.
  public var classNames: [String] = []

  /// Examples from inputs and targets, row by row.
  /// - Throws: when the tensors carry a mistake or have different numbers of rows.
  public init(inputs: Tensor, targets: Tensor, classNames: [String] = []) throws {
    if let error = inputs.error ?? targets.error { throw error }
    guard inputs.shape.rank > 0, targets.shape.rank > 0, inputs.rowCount == targets.rowCount else {
      throw ChainRuleError(
        .shape, in: "Dataset", required: "one target for each row of inputs",
        got: "inputs of shape \(inputs.shape) and targets of shape \(targets.shape)")
    }
    (inputColumns, targetColumns, self.classNames) = (["": inputs], ["": targets], classNames)
  }

  /// From rows of features and class indices.
  /// - Throws: the mistake of rows of different lengths, or of another number of labels than rows.
  public init(_ features: [[Double]], labels: [Int]) throws {
    try self.init(inputs: Tensor(features), targets: Tensor(indices: labels))
  }

  /// From rows of features and names of classes, which are numbered in alphabetical order.
  /// - Throws: the mistake of rows of different lengths, or of another number of labels than rows.
  public init(_ features: [[Double]], labels: [String]) throws {
    let names = Set(labels).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    try self.init(
      inputs: Tensor(features), targets: Tensor(indices: labels.compactMap { numbers[$0] }), classNames: names)
  }

  /// From rows of features and rows of numbers to predict.
  /// - Throws: the mistake of rows of different lengths, or of another number of targets than rows.
  public init(_ features: [[Double]], values: [[Double]]) throws {
    try self.init(inputs: Tensor(features), targets: Tensor(values))
  }

  init(unchecked inputs: [String: Tensor], _ targets: [String: Tensor], _ classNames: [String]) {
    (inputColumns, targetColumns, self.classNames) = (inputs, targets, classNames)
  }

  /// `[count, …]`; a tensor with a mistake where there are several inputs.
  public var inputs: Tensor { Self.only(inputColumns, "input") }
  /// Class indices `[count]`, or numbers `[count, …]`; a tensor with a mistake where there are several targets.
  public var targets: Tensor { Self.only(targetColumns, "target") }

  /// How many examples there are.
  public var count: Int { inputColumns.values.first?.rowCount ?? 0 }

  /// The examples at the given positions, in that order.
  /// - Throws: when there is no such position.
  public func examples(at positions: [Int]) throws -> Dataset {
    func rows(_ tensor: Tensor) throws -> Tensor {
      let rows = tensor.rows(at: positions)
      if let error = rows.error { throw error }
      return rows
    }
    return Dataset(unchecked: try inputColumns.mapValues(rows), try targetColumns.mapValues(rows), classNames)
  }
}

/// Where training takes its examples from: a data set in memory, or one that stays on disk.
public protocol DataSource: Sendable {
  /// How many examples there are.
  var count: Int { get }
  /// The examples at the given positions, in that order. Called from one thread at a time, not always the same.
  func examples(at positions: [Int]) throws -> Dataset
  /// The same as seen in one epoch, for sources that change their examples at random.
  func examples(at positions: [Int], epoch: Int) throws -> Dataset
  /// How many batches are worth preparing ahead on another thread; 0 for what is in memory already.
  var prefetchCount: Int { get }
}

extension DataSource {
  /// The same examples in every epoch.
  /// - Throws: as `examples(at:)`.
  public func examples(at positions: [Int], epoch: Int) throws -> Dataset { try examples(at: positions) }
  /// Nothing is prepared ahead.
  public var prefetchCount: Int { 0 }
}

extension Dataset: DataSource {}
