import ChainRule

/// What an engine made of the reference cases, beside this library's own programs.
public struct EngineReport: Sendable, CustomStringConvertible {
  /// What became of one case.
  public enum Verdict: Sendable, Equatable {
    /// Equal to the tolerance; the largest difference, relative.
    case agrees(Double)
    /// Different by more.
    case differs(Double)
    /// The engine does not run it, and says why.
    case refused(String)
  }

  /// One case in one precision.
  public struct Row: Sendable {
    /// What it is called.
    public let name: String
    /// In which precision it ran.
    public let precision: Graph.Precision
    /// What became of it.
    public let verdict: Verdict
  }

  /// The engine that was asked.
  public let engine: String
  /// A row for each case and precision.
  public let rows: [Row]

  /// The rows that differ.
  public var differing: [Row] {
    rows.filter { if case .differs = $0.verdict { true } else { false } }
  }
  /// The rows that are refused.
  public var refused: [Row] {
    rows.filter { if case .refused = $0.verdict { true } else { false } }
  }
  /// Whether nothing differs.
  public var isFine: Bool { differing.isEmpty }

  /// A table: what differs and what is refused by name, what agrees by number and largest difference.
  public var description: String {
    var lines = ["\(engine): \(rows.count) cases in both precisions"]
    for precision in [Graph.Precision.double, .single] {
      let own = rows.filter { $0.precision == precision }
      var largest = 0.0, count = 0
      for row in own {
        if case .agrees(let difference) = row.verdict {
          count += 1
          largest = Swift.max(largest, difference)
        }
      }
      lines.append("  \(precision): \(count) agree, the largest difference \(Self.digits(largest))")
      for row in own {
        switch row.verdict {
        case .agrees: break
        case .differs(let difference): lines.append("    differs  \(row.name)  by \(Self.digits(difference))")
        case .refused(let reason): lines.append("    refused  \(row.name)  \(reason)")
        }
      }
    }
    return lines.joined(separator: "\n")
  }

  static func digits(_ number: Double) -> String {
    guard number.isFinite, number > 0 else { return "\(number)" }
    var exponent = 0
    while number >= power(10, exponent + 1) { exponent += 1 }
    while number < power(10, exponent) { exponent -= 1 }
    let mantissa = (number / power(10, exponent) * 10).rounded() / 10
    return "\(mantissa)e\(exponent)"
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent.magnitude).reduce(1.0) { result, _ in exponent < 0 ? result / base : result * base }
  }
}
