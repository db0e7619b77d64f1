import ChainRuleCore
import ChainRuleTraining

/// What a model has to know about the table it was fitted to, so that other tables are read in the same way: kinds of
/// columns, means, texts, order of classes. It is `Codable`, and the tool keeps it beside the weights.
///
/// ```swift
/// let table = try CSVTable(contentsOf: "houses.csv", dialect: nil)
/// let encoder = try TableEncoder.fit(table, target: ["price"])
/// let data = try encoder.transform(table)                          // a Dataset: [rows, features], [rows, 1]
/// let prices = try encoder.numbers(of: model.predict(data.inputs))  // in the unit of the table
/// ```
public struct TableEncoder: Sendable, Codable, Hashable {
  /// How the columns of features become numbers, in their order.
  public let columns: [ColumnEncoder]
  /// What is predicted.
  public let target: TargetEncoder

  /// What is to be done with missing cells. A missing target never becomes a class: its row is left out, or refused.
  public enum Missing: String, Sendable, Codable, CaseIterable {
    /// The median, and a feature that says so.
    case fill
    /// The row is left out.
    case drop
    /// An error that names the first places.
    case error
  }

  /// What is to be said before a table is looked at.
  public struct Options: Sendable, Hashable, Codable {
    /// What is predicted; nil to tell from the target.
    public var task: TableTask?
    /// The columns to use; nil for all but the target.
    public var features: [String]?
    /// Columns that are left out.
    public var ignored: [String] = []
    /// What columns are, by name.
    public var kinds: [String: ColumnKind] = [:]
    /// What is to be done with missing cells.
    public var missing = Missing.fill

    /// Options that leave everything to the table.
    public init() {}
  }

  /// The names of the features, in order.
  public var featureNames: [String] { columns.flatMap(\.featureNames) }

  // MARK: Fitting

  /// Learns from some rows of a table how it is to be read.
  ///
  /// - Parameters:
  ///   - target: the columns to predict; the last one by default, several for labels that are each there or not.
  ///   - rows: the rows to learn from; all by default. Others may hold whatever they hold.
  /// - Throws: a `FileError` that names file, line and column: for a name that there is not, a cell that is not what
  ///   its column is, a target with one class, a table without features.
  public static func fit(
    _ table: CSVTable, target: [String]? = nil, rows: [Int]? = nil, options: Options = Options()
  ) throws -> TableEncoder {
    try TableReading(table, target: target, options: options).fit(rows: rows)
  }

  // MARK: Encoding

  /// Some rows as examples: inputs `[rows, features]`, targets as the task has them.
  /// - Throws: a `FileError` for a column that is missing, a cell that is not what its column is, an unknown class.
  public func transform(_ table: CSVTable, rows: [Int]? = nil) throws -> Dataset {
    let rows = rows ?? Array(table.rowIndices)
    return try Dataset(
      inputs: features(of: table, rows: rows), targets: targets(of: table, rows: rows),
      classNames: target.classNames)
  }

  /// The features of some rows, `[rows, features]`. Columns are found by name; others are passed over.
  /// - Throws: a `FileError` for a column that is missing and a cell that is not what its column is.
  public func features(of table: CSVTable, rows: [Int]? = nil) throws -> Tensor {
    try encoded(table, rows: rows ?? Array(table.rowIndices)).features
  }

  /// The features of some rows, and how many cells of each column hold a text that did not occur when it was fitted.
  public func encoded(_ table: CSVTable, rows: [Int]) throws -> (features: Tensor, unknown: [String: Int]) {
    try encoded(table, at: positions(in: table), rows: rows)
  }

  /// The same where it is known at which positions the columns stand.
  func encoded(_ table: CSVTable, at positions: [Int], rows: [Int]) throws -> (
    features: Tensor, unknown: [String: Int]
  ) {
    var (values, unknown): ([Double], [String: Int]) = ([], [:])
    values.reserveCapacity(rows.count * featureNames.count)
    for row in rows {
      for (column, position) in zip(columns, positions)
      where try column.encode(table, row, position, into: &values) { unknown[column.name, default: 0] += 1 }
    }
    return (Tensor(shape: [rows.count, featureNames.count], values), unknown)
  }

  /// The rows of a table that have a target.
  /// - Throws: a `FileError` where a column of the target is missing, and where no row has one.
  public func rowsWithTarget(in table: CSVTable) throws -> [Int] {
    let positions = try target.columns.map { try table.column($0) }
    let rows = table.rowIndices.filter { row in !positions.contains { table.isMissing(row, $0) } }
    guard !rows.isEmpty else { throw FileError(table.file, "has a missing value in every row") }
    return rows
  }

  /// The targets of some rows: class indices `[rows]`, scaled numbers `[rows, 1]` or labels `[rows, labels]`.
  /// - Throws: a `FileError` for a cell that is none.
  public func targets(of table: CSVTable, rows: [Int]) throws -> Tensor {
    try target.targets(of: table, target.columns.map { try table.column($0) }, rows: rows)
  }

  private func positions(in table: CSVTable) throws -> [Int] {
    let names = Set(table.columns)
    let missing = columns.map(\.name).filter { !names.contains($0) }
    if missing.isEmpty { return try columns.map { try table.column($0.name) } }
    let width = table.columns.count - columns.count
    if !table.hasNames, width == 0 || width == target.columns.count { return Array(columns.indices) }
    let shown = missing.prefix(12).joined(separator: ", ") + (missing.count > 12 ? ", …" : "")
    throw FileError(
      table.file, "lacks \(missing.count) of the \(columns.count) columns that the model was trained on: \(shown)")
  }

  // MARK: Back to texts

  /// The outputs of a model `[rows, 1]` as numbers in the unit of the table.
  /// - Throws: a `ChainRuleError` where the target is no number, or the outputs have another shape.
  public func numbers(of outputs: Tensor) throws -> [Double] {
    guard case .number(_, let mean, let deviation) = target, outputs.shape.rank == 2, outputs.shape[1] == 1 else {
      throw ChainRuleError(
        .value, in: "TableEncoder.numbers", required: "outputs [rows, 1] of a regression",
        got: "\(outputs.shape) of a \(target.task.rawValue)")
    }
    return outputs.scalars.map { mean + deviation * $0 }
  }

  /// The outputs of a model `[rows, outputs]` as texts: the likeliest class, the number, the labels that are likelier
  /// there than not.
  /// - Throws: a `ChainRuleError` where the outputs have another shape.
  public func inverse(_ outputs: Tensor) throws -> [String] {
    guard outputs.shape.rank == 2, outputs.shape[1] == target.outputCount else {
      throw ChainRuleError(
        .shape, in: "TableEncoder.inverse", required: "outputs [rows, \(target.outputCount)]", got: "\(outputs.shape)")
    }
    switch target {
    case .number: return try numbers(of: outputs).map { "\($0)" }
    case .classes(_, let names): return outputs.argmax(axis: 1).indices.map { names[$0] }
    case .labels(let columns):
      let scores = outputs.scalars
      return (0..<outputs.shape[0]).map { row in
        columns.indices.filter { scores[row * columns.count + $0] > 0 }.map { columns[$0] }.joined(separator: " ")
      }
    }
  }

  /// An encoder for columns of numbers, scaled as training examples say or taken as they are.
  public init(numbers names: [String], scaledBy scale: Standardization?, target: TargetEncoder) {
    columns = names.enumerated().map {
      ColumnEncoder(number: $1, mean: scale?.means[$0] ?? 0, deviation: scale?.deviations[$0] ?? 1)
    }
    self.target = target
  }

  init(columns: [ColumnEncoder], target: TargetEncoder) { (self.columns, self.target) = (columns, target) }

  /// Whether an encoder that was read from a file can be used.
  public var isSound: Bool {
    !columns.isEmpty && columns.allSatisfy(\.isSound) && target.isSound
      && Set(columns.map(\.name)).count == columns.count
  }
}
