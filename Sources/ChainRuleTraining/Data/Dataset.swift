import ChainRuleCore

/// Examples to train on or to test with: row i of `inputs` belongs to row i of `targets`.
public struct Dataset: Sendable, Equatable {
  /// `[count, …]`
  public let inputs: Tensor
  /// Class indices `[count]`, or numbers `[count, …]`.
  public let targets: Tensor
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
    (self.inputs, self.targets, self.classNames) = (inputs, targets, classNames)
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

  private init(unchecked inputs: Tensor, _ targets: Tensor, _ classNames: [String]) {
    (self.inputs, self.targets, self.classNames) = (inputs, targets, classNames)
  }

  /// How many examples there are.
  public var count: Int { inputs.rowCount }

  /// The examples at the given positions, in that order.
  /// - Throws: when there is no such position.
  public func examples(at positions: [Int]) throws -> Dataset {
    let (inputs, targets) = (inputs.rows(at: positions), targets.rows(at: positions))
    if let error = inputs.error ?? targets.error { throw error }
    return Dataset(unchecked: inputs, targets, classNames)
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
