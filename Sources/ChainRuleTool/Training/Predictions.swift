import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// What a network says of some rows, as lines and as a table.
struct Predictions {
  /// One line for each row.
  let lines: [String]
  /// A line of names, then a line for each row.
  let table: [[String]]

  /// - Parameter outputs: `[rows, outputs]`
  init(_ outputs: Tensor, of network: Network) throws {
    switch network.task {
    case .classification: try self.init(scores: outputs, network)
    case .regression: try self.init(numbers: network.tableEncoder.numbers(of: outputs), network)
    case .multilabel: try self.init(labels: outputs, network)
    }
  }

  private init(scores: Tensor, _ network: Network) throws {
    let names = network.classNames
    let rows = try Network.probabilities(of: scores)
    let orders = rows.map { row in row.indices.sorted { row[$0] > row[$1] } }
    lines = zip(rows, orders).map { row, order in
      let parts = order.prefix(2).map { "\(names[$0]) (\((100 * row[$0]).fixed(1)) %)" }
      return parts[0] + (row[order[0]] < 0.95 ? ", perhaps \(parts[1])" : "")
    }
    table =
      [["row", network.target] + names.map { "probability of \($0)" }]
      + rows.indices.map { ["\($0 + 1)", names[orders[$0][0]]] + rows[$0].map { "\(Float($0))" } }
  }

  private init(numbers: [Double], _ network: Network) {
    let spread = network.spread
    let unit = network.unit.map { " \($0)" } ?? ""
    lines = numbers.map { NumberText.short($0) + (spread.map { " ± \(NumberText.short($0, digits: 2))" } ?? "") + unit }
    table =
      [["row", network.target] + (spread == nil ? [] : ["\(network.target) spread"])]
      + numbers.enumerated().map { ["\($0 + 1)", "\(Float($1))"] + (spread.map { ["\(Float($0))"] } ?? []) }
  }

  private init(labels outputs: Tensor, _ network: Network) throws {
    let columns = network.tableEncoder.target.columns
    let texts = try network.tableEncoder.inverse(outputs)
    lines = texts.map { $0.isEmpty ? "none" : $0 }
    let shares = try sigmoid(Graph(.single).constant(outputs)).value().scalars
    table =
      [["row", "labels"] + columns.map { "probability of \($0)" }]
      + texts.indices.map { row in
        ["\(row + 1)", texts[row]] + columns.indices.map { "\(Float(shares[row * columns.count + $0]))" }
      }
  }
}
