import ChainRule
import ChainRuleFiles

/// Which rows of a table do what. What chooses never sees what is reported: rows for testing are set apart first, rows
/// for choosing (when to stop, which epoch is best) out of the rest.
struct RowSplit {
  var training: [Int]
  var validation: [Int] = []
  var test: [Int] = []

  /// How rows are parted: what belongs together, or what comes first.
  struct Order {
    /// The stratum of each row: the same shares are taken of all.
    let strata: [String]
    /// What must not be parted, by row.
    let groups: [String]?
    /// Sorted by time already: the last rows are set apart.
    let isTime: Bool
  }

  /// Takes a share of some rows away: of each stratum every so many-th row, whole groups, or the latest.
  static func parted(_ rows: [Int], share: Double, _ order: Order) -> (kept: [Int], taken: [Int]) {
    if order.isTime {
      let count = Swift.min(rows.count - 1, Swift.max(1, Int((share * Double(rows.count)).rounded())))
      return (Array(rows.dropLast(count)), Array(rows.suffix(count)))
    }
    var seen: [String: Int] = [:], isTaken: [String: Bool] = [:]
    var (kept, taken): ([Int], [Int]) = ([], [])
    for row in rows {
      let isInside: Bool
      if let group = order.groups?[row] {
        isInside = isTaken[group] ?? isTurn(&seen["", default: 0], share)
        isTaken[group] = isInside
      } else {
        isInside = isTurn(&seen[order.strata[row], default: 0], share)
      }
      if isInside { taken.append(row) } else { kept.append(row) }
    }
    if taken.isEmpty, let groups = order.groups, let last = rows.last,
      rows.contains(where: { groups[$0] != groups[last] })
    {
      return (rows.filter { groups[$0] != groups[last] }, rows.filter { groups[$0] == groups[last] })
    }
    return (kept, taken)
  }

  /// Whether the next of a count falls into a share: every fifth for 0.2.
  private static func isTurn(_ count: inout Int, _ share: Double) -> Bool {
    let before = (Double(count) * share + 1e-9).rounded(.down)
    count += 1
    return (Double(count) * share + 1e-9).rounded(.down) > before
  }

  /// The rows of each fold: strata are dealt out evenly, groups stay whole.
  static func folds(_ count: Int, of rows: [Int], _ order: Order) -> [[Int]] {
    var folds = [[Int]](repeating: [], count: count)
    var next: [String: Int] = [:], places: [String: Int] = [:]
    for row in rows {
      if let group = order.groups?[row] {
        // The smallest fold takes the next group, so that folds stay of a size.
        let place = places[group] ?? folds.indices.min { folds[$0].count < folds[$1].count } ?? 0
        places[group] = place
        folds[place].append(row)
      } else {
        let stratum = order.strata[row]
        let place = next[stratum] ?? (next.count % count)
        folds[place].append(row)
        next[stratum] = (place + 1) % count
      }
    }
    return folds
  }
}
