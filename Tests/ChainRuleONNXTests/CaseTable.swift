import ChainRuleCore

/// Cases counted by operator and version, as a table; what is refused or contested is listed with its reason.
struct CaseTable {
  struct Row {
    let kind: String, name: String, operators: String, version: Int
    let outcome: Outcome
  }
  private(set) var rows: [Row] = []

  mutating func add(_ row: Row) { rows.append(row) }

  var failed: [String] {
    rows.compactMap { row in if case .failed(let why) = row.outcome { "\(row.name): \(why)" } else { nil } }
  }

  private static func counts(_ rows: [Row]) -> [Int] {
    var counts = [0, 0, 0, 0]
    for row in rows {
      switch row.outcome {
      case .passed: counts[0] += 1
      case .refused: counts[1] += 1
      case .contested: counts[2] += 1
      case .failed: counts[3] += 1
      }
    }
    return counts
  }

  func passed(_ kind: String) -> Int { Self.counts(rows.filter { $0.kind == kind })[0] }

  private static func line(_ title: String, _ counts: [Int]) -> String {
    title.padding(toLength: 44, withPad: " ", startingAt: 0)
      + counts.map { String(String(repeating: " ", count: 10) + String($0)).suffix(10) }.joined()
  }

  var text: String {
    var lines = ["operator, opset                                 passed   refused contested    failed"]
    let groups = Dictionary(grouping: rows) { "\($0.operators), \($0.version)" }
    lines += groups.sorted { $0.key < $1.key }.map { Self.line($0.key, Self.counts($0.value)) }
    for row in rows {
      switch row.outcome {
      case .passed: continue
      case .refused(let why): lines.append("refused    \(row.name): \(why)")
      case .contested(let why): lines.append("contested  \(row.name): \(why)")
      case .failed(let why): lines.append("FAILED     \(row.name): \(why)")
      }
    }
    for kind in ["node", "pytorch-converted", "pytorch-operator", "simple"] {
      let own = rows.filter { $0.kind == kind }
      lines.append(Self.line("\(kind): \(own.count) cases", Self.counts(own)))
    }
    return lines.joined(separator: "\n")
  }
}
