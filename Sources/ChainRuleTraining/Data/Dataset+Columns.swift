import ChainRuleCore

/// Several inputs and targets, by name.
extension Dataset {
  /// Examples of several inputs and several targets, row by row.
  ///
  /// ```swift
  /// let houses = try Dataset(inputs: ["image": images, "facts": facts], targets: ["price": prices, "kind": kinds])
  /// ```
  /// - Throws: when there is no input or no target, a tensor carries a mistake, or their numbers of rows differ.
  public init(inputs: [String: Tensor], targets: [String: Tensor]) throws {
    let all = Self.ordered(inputs) + Self.ordered(targets)
    for (_, tensor) in all { if let error = tensor.error { throw error } }
    guard !inputs.isEmpty, !targets.isEmpty, let rows = all.first?.tensor.rowCount,
      all.allSatisfy({ $0.tensor.shape.rank > 0 && $0.tensor.rowCount == rows })
    else {
      throw ChainRuleError(
        .shape, in: "Dataset", required: "inputs and targets with as many rows as each other",
        got: all.isEmpty
          ? "none"
          : "\(inputs.count) inputs and \(targets.count) targets: "
            + all.map { "\($0.name) of shape \($0.tensor.shape)" }.joined(separator: ", "))
    }
    self.init(unchecked: inputs, targets, [])
  }

  /// Examples from two structs of columns, whose stored properties give the names: tensors, lists of numbers or of rows
  /// of numbers, and lists of whole numbers, which are indices. A struct inside stands under `OUTER.INNER`.
  ///
  /// ```swift
  /// struct Facts { var area: [[Double]], image: Tensor }
  /// struct Answers { var kind: [Int] }
  /// let houses = try Dataset(columns: Facts(…), targets: Answers(…))
  /// ```
  /// - Throws: as `init(inputs:targets:)`, and for a property that is no column.
  public init(columns inputs: Any, targets: Any) throws {
    try self.init(inputs: Self.columns(of: inputs, under: ""), targets: Self.columns(of: targets, under: ""))
  }

  private static func columns(of value: Any, under path: String) throws -> [String: Tensor] {
    var columns: [String: Tensor] = [:]
    for child in Mirror(reflecting: value).children {
      let name = (path.isEmpty ? "" : path + ".") + (child.label ?? "\(columns.count)")
      switch child.value {
      case let tensor as Tensor: columns[name] = tensor
      case let numbers as [Double]: columns[name] = Tensor(numbers)
      case let rows as [[Double]]: columns[name] = Tensor(rows)
      case let indices as [Int]: columns[name] = Tensor(indices: indices)
      default:
        let isStruct = Mirror(reflecting: child.value).displayStyle == .struct
        let inner = isStruct ? try Self.columns(of: child.value, under: name) : [:]
        guard !inner.isEmpty else {
          throw ChainRuleError(
            .value, in: "Dataset(columns:)", required: "tensors, lists of numbers and structs of them",
            got: "\(name) of type \(type(of: child.value))")
        }
        columns.merge(inner) { $1 }
      }
    }
    return columns
  }

  private static func ordered(_ columns: [String: Tensor]) -> [(name: String, tensor: Tensor)] {
    columns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The inputs in the order of their names.
  var orderedInputs: [(name: String, tensor: Tensor)] { Self.ordered(inputColumns) }
  /// The targets in the order of their names.
  var orderedTargets: [(name: String, tensor: Tensor)] { Self.ordered(targetColumns) }
  /// All of them, inputs first: what a recorded step is run on.
  var columns: [Tensor] { (orderedInputs + orderedTargets).map(\.tensor) }

  /// The only one of some columns, or a tensor that says there are others.
  static func only(_ columns: [String: Tensor], _ kind: String) -> Tensor {
    if columns.count == 1, let column = columns.values.first { return column }
    return Tensor(
      error: ChainRuleError(
        .value, in: "Dataset.\(kind)s", required: "data with one \(kind)",
        got: "\(kind)s called \(columns.keys.sorted().joined(separator: ", "))",
        hint: "\(kind)Columns has them by name."))
  }
}
