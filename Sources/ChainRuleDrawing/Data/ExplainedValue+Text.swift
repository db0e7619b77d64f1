extension ExplainedValue {
  /// The elements as what they are: a number, a row of numbers, a matrix of rows, a row of matrices.
  indirect enum Nested {
    case number(Double)
    case row([Nested])
  }

  /// The elements in their nesting; of a large tensor, nothing.
  var nested: Nested { summary == nil ? nested(scalars[...], axis: 0) : .row([]) }

  private func nested(_ part: ArraySlice<Double>, axis: Int) -> Nested {
    guard axis < shape.count else { return part.first.map(Nested.number) ?? .row([]) }
    guard shape[axis] > 0 else { return .row([]) }
    // A shape of more elements than there are: those that there are, in a row.
    guard shape[axis] <= part.count else { return .row(part.map(Nested.number)) }
    let size = part.count / shape[axis]
    return .row(
      (0..<shape[axis]).map { index in
        let start = part.startIndex + index * size
        return nested(part[start..<start + size], axis: axis + 1)
      })
  }

  /// Rows of elements: one row for a vector, the matrix for rank 2, every innermost row above that.
  var rows: [ArraySlice<Double>] {
    guard let width = shape.last, shape.count > 1, width > 0 else { return scalars.isEmpty ? [] : [scalars[...]] }
    return stride(from: 0, to: scalars.count, by: width).map { scalars[$0..<Swift.min($0 + width, scalars.count)] }
  }

  /// The value on one line: `-12`, `[1, 2]`, `[[1, 2], [3, 4]]`, or its shape and summary where it is longer than
  /// `elements` numbers.
  public func line(digits: Int = 6, elements: Int = 9, typographic: Bool = false) -> String {
    func number(_ x: Double) -> String { written(x, digits, typographic) }
    if shape.isEmpty, let scalar { return number(scalar) }
    if summary == nil, count == 0 { return "empty \(shape.map(String.init).joined(separator: "×"))" }
    if let summary = summary ?? (scalars.count > elements ? shortSummary : nil) {
      return "\(shapeText): min \(number(summary.min)), mean \(number(summary.mean)), max \(number(summary.max))"
    }
    func text(_ nested: Nested) -> String {
      switch nested {
      case .number(let x): number(x)
      case .row(let parts): "[" + parts.map(text).joined(separator: ", ") + "]"
      }
    }
    return text(nested)
  }

  /// The summary of elements that are all there, but too many for a line.
  var shortSummary: Summary { summary ?? Summary(of: scalars) }

  private func written(_ x: Double, _ digits: Int, _ typographic: Bool) -> String {
    typographic ? NumberText.typographic(x, digits: digits) : NumberText.short(x, digits: digits)
  }

  /// Whether every element is there, in rows and columns (or blocks of them) that are not too many to write out.
  func fits(rows maxRows: Int, columns maxColumns: Int) -> Bool {
    summary == nil && !rows.isEmpty && rows.count <= maxRows && shape.last.map { $0 <= maxColumns } ?? true
  }

  /// The value as a small picture in text: one line for a scalar or short vector, aligned rows for a matrix of at
  /// most `rows` by `columns`, blocks in brackets for a higher rank, the shape and three numbers for anything larger.
  public func lines(digits: Int = 6, rows maxRows: Int = 6, columns maxColumns: Int = 6, typographic: Bool = false)
    -> [String]
  {
    if shape.count >= 2, fits(rows: maxRows, columns: maxColumns) { return block(digits, typographic) }
    if shape.count == 1, summary == nil, scalars.count > maxColumns, scalars.count <= maxRows * maxColumns {
      return stride(from: 0, to: scalars.count, by: maxColumns).map { start in
        let part = scalars[start..<Swift.min(start + maxColumns, scalars.count)].map {
          written($0, digits, typographic)
        }
        return (start == 0 ? "[" : " ") + part.joined(separator: ", ")
          + (start + maxColumns >= scalars.count ? "]" : ",")
      }
    }
    return [line(digits: digits, elements: maxColumns, typographic: typographic)]
  }

  /// Aligned rows; above rank 2 each block opens and closes a bracket of its own:
  /// ```
  /// [[1  2]
  ///  [3  4]]
  /// [[5  6]
  ///  [7  8]]
  /// ```
  private func block(_ digits: Int, _ typographic: Bool) -> [String] {
    let cells = rows.map { $0.map { written($0, digits, typographic) } }
    var widths = [Int](repeating: 0, count: cells.map(\.count).max() ?? 0)
    for row in cells {
      for (column, cell) in row.enumerated() { widths[column] = Swift.max(widths[column], cell.count) }
    }
    // How many rows lie in one step along each axis before the last two, innermost first.
    let sizes = shape.dropFirst().dropLast().reversed().reduce(into: [Int]()) { $0.append(($0.last ?? 1) &* $1) }
    return cells.enumerated().map { index, row in
      let padded = row.enumerated().map { String(repeating: " ", count: widths[$0] - $1.count) + $1 }
      let opened = sizes.count { index.isMultiple(of: $0) }, closed = sizes.count { (index + 1).isMultiple(of: $0) }
      // Equally long, so that they stay aligned in a column that is flush right.
      return String(repeating: " ", count: sizes.count - opened) + String(repeating: "[", count: opened + 1)
        + padded.joined(separator: "  ") + String(repeating: "]", count: closed + 1)
        + String(repeating: " ", count: sizes.count - closed)
    }
  }
}
