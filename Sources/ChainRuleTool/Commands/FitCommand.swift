import ChainRule
import ChainRuleFiles
import ChainRuleLearning

extension Command {
  static let fit = Command(
    name: "fit", form: "EXPRESSION --data FILE.csv [NAME=START …]",
    summary: "the parameters of a formula that fit a table best",
    details: """
      Names in the expression that are columns of the table are data; the others are parameters. Their squared
      differences from the target are made least (Levenberg and Marquardt, with the recorded gradient); the standard
      errors come from the Jacobian there. A search begins at 1 unless NAME=START says better.

        chainrule fit 'a*exp(-b*x) + c' --data decay.csv
        chainrule fit 'top/(1 + exp(-rate*(day - middle)))' --data growth.csv --target size middle=20 --bounds rate=0...5
      """,
    options: FitOptions()
  ) { arguments in
    let request = try FitRequest(arguments)
    let fit: LeastSquaresFit
    do { fit = try request.fit(iterations: arguments[\.iterations] ?? 1000) } catch let error as ChainRuleError {
      throw RunFailure("\(error)")
    }
    print(request.text(fit))
    if let output = try arguments[\.output] {
      let text = request.table(fit).map { $0.map(csvCell).joined(separator: ",") + "\n" }.joined()
      if output == "-" {
        Terminal.show("\n" + text)
      } else {
        try writeAtomically(Array(text.utf8), to: output)
        print("the fitted values are in \(output)")
      }
    }
    return fit.converged ? 0 : 1
  }
}

struct FitOptions: CommandOptions {
  let data = Option<String>("data", "FILE.csv", "the table with a column for each variable, and the target")
  let target = Option<String>(
    "target", "COLUMN", "the column that the expression is to meet; the last one unless given")
  let bounds = RepeatedOption("bounds", "NAME=LOW...HIGH", "keeps a parameter between two numbers; repeatable")
  let spelling = SpellingOptions()
  let iterations = Option<Int>("iterations", "N", "the most steps; 1000 unless given", in: 1...1_000_000)
  let output = Option<String>(
    "output", "FILE.csv", "writes target, fitted value and residual of each row, - for the screen")
}

/// A formula, a table, and which name of the one is a column of the other.
private struct FitRequest {
  let expression: Expression
  let table: CSVTable
  let target: String
  /// The names that are sought, in the order of their first use, where each search begins, and between what.
  let parameters: [String]
  let starts: [Double]
  let bounds: [ClosedRange<Double>]
  /// The rows in which nothing that is used is missing.
  let rows: [Int]
  private let data: [String: Tensor]
  private let wanted: [Double]
  /// The columns that the expression reads.
  private let variables: [String]

  init(_ arguments: Arguments<FitOptions>) throws {
    let (expression, values) = try arguments.expressionAndValues()
    guard let file = try arguments[\.data] else {
      throw UsageError("a table is needed: chainrule fit '\(expression.source)' --data FILE.csv")
    }
    let table = try Spelling(arguments, \.spelling).read(file)
    let target = try arguments[\.target] ?? table.columns[table.columns.count - 1]
    let variables = expression.inputs.filter { $0 != target && table.columns.contains($0) }
    guard !expression.inputs.contains(target) else {
      throw UsageError("the expression reads '\(target)', which is the target; --target names another column")
    }
    let parameters = expression.inputs.filter { !variables.contains($0) }
    guard !parameters.isEmpty else {
      throw UsageError("every name in the expression is a column of \(file); nothing is left to be fitted")
    }
    let columns = try variables.map { try table.column($0) } + [table.column(target)]
    let rows = table.rowIndices.filter { row in
      !columns.contains { table.isMissing(row, $0) }
    }
    guard rows.count >= parameters.count else {
      throw FileError(file, "has \(rows.count) complete rows, too few for \(parameters.count) parameters")
    }
    var data: [String: Tensor] = [:]
    for (name, column) in zip(variables, columns) { data[name] = Tensor(try table.numbers(of: rows, in: column)) }
    (self.expression, self.table, self.target, self.parameters, self.rows) =
      (expression, table, target, parameters, rows)
    (self.data, self.variables) = (data, variables)
    wanted = try table.numbers(of: rows, in: columns[columns.count - 1])
    starts = try Self.starts(values, parameters, file)
    bounds = try Self.bounds(arguments[\.bounds], parameters)
  }

  private static func starts(
    _ values: [(name: String, tensor: Tensor)], _ parameters: [String], _ file: String
  ) throws -> [Double] {
    for (name, tensor) in values {
      guard parameters.contains(name) else { throw UsageError("'\(name)' is a column of \(file) and takes no start") }
      guard tensor.shape == .scalar, let number = tensor.scalars.first, number.isFinite else {
        throw UsageError("the start of '\(name)' is one finite number")
      }
    }
    return parameters.map { name in values.first { $0.name == name }?.tensor.scalars.first ?? 1 }
  }

  private static func bounds(_ texts: [String], _ parameters: [String]) throws -> [ClosedRange<Double>] {
    var bounds = [ClosedRange<Double>](repeating: -Double.infinity...Double.infinity, count: parameters.count)
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      let ends = parts.count == 2 ? parts[1].split(separator: "...").map { Double($0) } : []
      guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high else {
        throw UsageError("--bounds takes NAME=LOW...HIGH with two numbers, as in rate=0...5, not '\(text)'")
      }
      guard let index = parameters.firstIndex(of: parts[0]) else {
        throw UsageError(
          "--bounds: '\(parts[0])' is no parameter"
            + meant(parts[0], among: parameters) { "; they are \(parameters.joined(separator: ", "))" })
      }
      guard bounds[index].lowerBound == -.infinity, bounds[index].upperBound == .infinity else {
        throw UsageError("--bounds says twice between what \(parts[0]) is kept")
      }
      bounds[index] = low...high
    }
    return bounds
  }

  func fit(iterations: Int) throws -> LeastSquaresFit {
    try leastSquares(from: starts, bounds: bounds, iterations: iterations) { parameters in
      let graph = parameters.graph
      var inputs = data.mapValues { graph.constant($0) }
      for (index, name) in self.parameters.enumerated() { inputs[name] = parameters[index] }
      let value = try expression.record(in: graph, inputs: inputs)
      guard value.shape == .scalar || value.shape == Shape([wanted.count]) else {
        throw UsageError("the expression gives shape \(value.shape), not a number for each of \(wanted.count) rows")
      }
      return value - graph.constant(Tensor(wanted))
    }
  }

  // MARK: Words

  /// What is taken from the table, and a name that may have been meant to be.
  private var reads: String {
    let columns = variables.isEmpty ? "reads no column, " : "reads \(variables.joined(separator: ", ")), "
    let unused = table.columns.filter { $0 != target && !variables.contains($0) }
    let twins = parameters.compactMap { name in
      unused.first { $0.lowercased() == name.lowercased() }.map { "\(name) is not the column \($0), " }
    }
    return columns + twins.joined()
  }

  func text(_ fit: LeastSquaresFit) -> String {
    let left = table.rowCount - rows.count
    var lines = [
      "\(expression.source), fitted to \(target) of \(table.file): \(rows.count) rows"
        + (left > 0 ? "; \(left) with a missing cell \(left == 1 ? "is" : "are") left out" : ""),
      reads + "seeks \(zip(parameters, starts).map { "\($0) from \(NumberText.short($1))" }.joined(separator: ", "))",
      "",
    ]
    let estimates = fit.parameters.map { NumberText.short($0, digits: 10) }
    let errors = fit.standardErrors.map { $0.isFinite ? NumberText.short($0, digits: 5) : "undetermined" }
    let width = Swift.max(9, parameters.map(\.count).max() ?? 0)
    let second = Swift.max(8, estimates.map(\.count).max() ?? 0)
    lines.append("  " + "parameter".padded(to: width) + "  " + "estimate".padded(to: second) + "  standard error")
    for index in parameters.indices {
      let isHeld =
        fit.parameters[index] == bounds[index].lowerBound || fit.parameters[index] == bounds[index].upperBound
      lines.append(
        "  " + parameters[index].padded(to: width) + "  " + estimates[index].padded(to: second) + "  "
          + (isHeld ? "on its bound" : errors[index]))
    }
    let mean = wanted.reduce(0, +) / Double(wanted.count)
    let spread = wanted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let freedom = rows.count - parameters.count
    lines += [
      "",
      "residual standard deviation "
        + (freedom > 0 ? NumberText.short(fit.residualDeviation, digits: 5) : "undetermined")
        + " (\(freedom) degrees of freedom)"
        + (spread > 0 ? ", R² \((1 - fit.sumOfSquares / spread).fixed(5))" : ""),
      "\(fit.converged ? "ended" : "NOT at a minimum"): \(fit.reason.rawValue), after \(fit.iterations) steps", "",
      "residuals, row by row",
    ]
    return (lines + plot(fit.residuals.map { -$0 })).joined(separator: "\n")
  }

  /// Residuals as points over the rows: what is left should look like noise.
  private func plot(_ residuals: [Double]) -> [String] {
    let height = 4, width = Swift.min(60, residuals.count)
    let largest = residuals.map(abs).max() ?? 0
    guard largest > 0 else { return ["  all 0"] }
    var grid = [[Character]](repeating: [Character](repeating: " ", count: width), count: 2 * height + 1)
    for column in 0..<width { grid[height][column] = "·" }
    for (row, residual) in residuals.enumerated() {
      let line = height - Int((residual / largest * Double(height)).rounded())
      grid[line][row * width / residuals.count] = "•"
    }
    let labels = [NumberText.short(largest, digits: 2), "0", NumberText.short(-largest, digits: 2)]
    let margin = labels.map(\.count).max() ?? 0
    return grid.indices.map { line in
      let label = line == 0 ? labels[0] : line == height ? labels[1] : line == 2 * height ? labels[2] : ""
      return "  " + label.indented(to: margin) + " │ " + String(grid[line])
    }
  }

  /// Target, fitted value and residual of each row.
  func table(_ fit: LeastSquaresFit) -> [[String]] {
    [["row", target, "fitted", "residual"]]
      + rows.indices.map { index in
        let fitted = wanted[index] + fit.residuals[index]
        return ["\(rows[index] + 1)", "\(wanted[index])", "\(fitted)", "\(-fit.residuals[index])"]
      }
  }
}
