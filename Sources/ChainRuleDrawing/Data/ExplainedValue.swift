/// The numbers of a node, small enough to look at: every element of a small tensor, a summary of a large one.
public struct ExplainedValue: Sendable, Equatable {
  /// Sizes of the axes; empty for a scalar.
  public var shape: [Int]
  /// Every element in row-major order, or empty where the tensor is too large to show (`summary` then speaks for it).
  public var scalars: [Double]
  /// Present where the elements are not.
  public var summary: Summary?

  public struct Summary: Sendable, Equatable {
    public var min: Double
    public var mean: Double
    public var max: Double
    public init(min: Double, mean: Double, max: Double) {
      self.min = min
      self.mean = mean
      self.max = max
    }
  }

  /// Keeps the elements when there are at most `limit` of them, and their smallest, mean and largest otherwise.
  /// A NaN anywhere makes the whole summary NaN: it must not hide.
  public init(shape: [Int], scalars: [Double], limit: Int = 64) {
    self.shape = shape
    guard scalars.count > limit else {
      self.scalars = scalars
      return
    }
    self.scalars = []
    var low = Double.infinity, high = -Double.infinity, total = 0.0
    for scalar in scalars {
      low = scalar < low ? scalar : low
      high = scalar > high ? scalar : high
      total += scalar
    }
    summary =
      total.isNaN && scalars.contains { $0.isNaN }
      ? Summary(min: .nan, mean: .nan, max: .nan)
      : Summary(min: low, mean: total / Double(scalars.count), max: high)
  }

  public init(_ scalar: Double) {
    self.init(shape: [], scalars: [scalar])
  }

  /// The number, where there is exactly one.
  public var scalar: Double? { scalars.count == 1 ? scalars[0] : nil }

  public var count: Int { shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue } }

  /// True where every element is zero: what a gradient that vanished looks like.
  public var isZero: Bool {
    if let summary { return summary.min == 0 && summary.max == 0 }
    return !scalars.isEmpty && scalars.allSatisfy { $0 == 0 }
  }

  /// Sizes as people write them: `scalar`, `[3]`, `2×3`.
  public var shapeText: String { ExplainedValue.text(ofShape: shape) }

  static func text(ofShape shape: [Int]) -> String {
    switch shape.count {
    case 0: "scalar"
    case 1: "[\(shape[0])]"
    default: shape.map(String.init).joined(separator: "×")
    }
  }

  /// Rows of elements: one row for a vector, the matrix for rank 2, the leading axes flattened above that.
  var rows: [ArraySlice<Double>] {
    guard let width = shape.last, shape.count > 1, width > 0 else { return scalars.isEmpty ? [] : [scalars[...]] }
    return stride(from: 0, to: scalars.count, by: width).map { scalars[$0..<Swift.min($0 + width, scalars.count)] }
  }

  /// The value on one line: `-12`, `[1, 2]`, `[[1, 2], [3, 4]]`, or its shape and summary where it is longer than
  /// `elements` numbers.
  public func line(digits: Int = 6, elements: Int = 9, typographic: Bool = false) -> String {
    func number(_ x: Double) -> String {
      typographic ? NumberText.typographic(x, digits: digits) : NumberText.short(x, digits: digits)
    }
    if shape.isEmpty, let scalar { return number(scalar) }
    if let summary {
      return summarized(number(summary.min), number(summary.mean), number(summary.max))
    }
    if count == 0 { return "empty \(shape.map(String.init).joined(separator: "×"))" }
    if scalars.count > elements {
      let total = scalars.reduce(0, +)
      let low = scalars.min() ?? .nan, high = scalars.max() ?? .nan
      let mean = total / Double(scalars.count)
      return summarized(number(low), number(mean), number(high))
    }
    let rows = rows.map { "[" + $0.map(number).joined(separator: ", ") + "]" }
    return shape.count > 1 ? "[" + rows.joined(separator: ", ") + "]" : rows.first ?? "[]"
  }

  private func summarized(_ low: String, _ mean: String, _ high: String) -> String {
    "\(shapeText): min \(low), mean \(mean), max \(high)"
  }

  /// The value as a small picture in text: one line for a scalar or short vector, aligned rows for a matrix of at
  /// most `rows` by `columns`, the shape and three numbers for anything larger.
  public func lines(digits: Int = 6, rows maxRows: Int = 6, columns maxColumns: Int = 6, typographic: Bool = false)
    -> [String]
  {
    func number(_ x: Double) -> String {
      typographic ? NumberText.typographic(x, digits: digits) : NumberText.short(x, digits: digits)
    }
    let rows = rows
    if shape.count >= 2, rows.count <= maxRows, (shape.last ?? 0) <= maxColumns, summary == nil, !rows.isEmpty {
      let cells = rows.map { $0.map(number) }
      var widths = [Int](repeating: 0, count: cells.map(\.count).max() ?? 0)
      for row in cells {
        for (column, cell) in row.enumerated() { widths[column] = Swift.max(widths[column], cell.count) }
      }
      return cells.map { row in
        "[" + row.enumerated().map { String(repeating: " ", count: widths[$0] - $1.count) + $1 }.joined(separator: "  ")
          + "]"
      }
    }
    if shape.count == 1, summary == nil, scalars.count > maxColumns, scalars.count <= maxRows * maxColumns {
      return stride(from: 0, to: scalars.count, by: maxColumns).map { start in
        let part = scalars[start..<Swift.min(start + maxColumns, scalars.count)].map(number).joined(separator: ", ")
        return (start == 0 ? "[" : " ") + part + (start + maxColumns >= scalars.count ? "]" : ",")
      }
    }
    return [line(digits: digits, elements: maxColumns, typographic: typographic)]
  }
}

extension ExplainedValue: Codable {
  private enum Keys: String, CodingKey { case shape, scalars, min, mean, max }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    shape = try container.decode([Int].self, forKey: .shape)
    scalars = try container.decodeIfPresent([JSONNumber].self, forKey: .scalars)?.map(\.value) ?? []
    if let min = try container.decodeIfPresent(JSONNumber.self, forKey: .min) {
      summary = Summary(
        min: min.value, mean: try container.decode(JSONNumber.self, forKey: .mean).value,
        max: try container.decode(JSONNumber.self, forKey: .max).value)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(shape, forKey: .shape)
    if let summary {
      try container.encode(JSONNumber(summary.min), forKey: .min)
      try container.encode(JSONNumber(summary.mean), forKey: .mean)
      try container.encode(JSONNumber(summary.max), forKey: .max)
    } else {
      try container.encode(scalars.map(JSONNumber.init), forKey: .scalars)
    }
  }
}

/// A number that JSON may not be able to hold: the three that it cannot are the strings `"NaN"`, `"Infinity"` and
/// `"-Infinity"`.
struct JSONNumber: Codable {
  var value: Double
  init(_ value: Double) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      value = number
      return
    }
    switch try container.decode(String.self) {
    case "NaN": value = .nan
    case "Infinity": value = .infinity
    case "-Infinity": value = -.infinity
    case let text:
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not a number")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value.isFinite {
      try container.encode(value)
    } else {
      try container.encode(name ?? "NaN")
    }
  }

  var name: String? { value.isFinite ? nil : value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
}
