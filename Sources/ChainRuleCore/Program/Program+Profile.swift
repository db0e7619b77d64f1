extension Program {
  /// How long each step of a run takes.
  public struct Profile: Sendable, CustomStringConvertible {
    /// One step of the program.
    public struct Row: Sendable {
      /// What the step computes: its primitives, joined where they run together.
      public let name: String
      /// The shape of its result.
      public let shape: Shape
      /// The least time it took, in seconds.
      public let seconds: Double
      /// Operations on numbers, counted from the shapes; an elementwise primitive is one for each element.
      public let flops: Double
      /// Bytes read and written, counted from the shapes.
      public let bytes: Double
    }
    /// The steps in the order in which they run.
    public let rows: [Row]
    /// The sum over the steps, in seconds.
    public var seconds: Double { rows.reduce(0) { $0 + $1.seconds } }

    /// A table: microseconds, share, achieved GFLOP/s and GB/s of every step.
    public var description: String {
      var lines = ["      µs   share  GFLOP/s    GB/s  step"]
      for row in rows {
        let rates = [row.flops / row.seconds / 1e9, row.bytes / row.seconds / 1e9]
        lines.append(
          Self.column(row.seconds * 1e6, 8) + Self.column(row.seconds / seconds * 100, 7) + "%"
            + rates.map { Self.column($0, 8) }.joined() + "  \(row.name) \(row.shape)")
      }
      lines.append(Self.column(seconds * 1e6, 8) + "  all")
      return lines.joined(separator: "\n")
    }

    private static func column(_ value: Double, _ width: Int) -> String {
      let text = value.isFinite ? "\((value * 100).rounded() / 100)" : "–"
      return String(repeating: " ", count: Swift.max(0, width - text.count)) + text
    }
  }

  /// Runs the program and times each step: the least of several runs. Updates are made as in any run.
  /// - Throws: as `run`; more than a million repeats.
  public func profile(_ inputs: [Tensor], repeats: Int = 20) throws -> Profile {
    guard repeats <= 1_000_000 else {
      throw ChainRuleError(.value, in: "profile", required: "at most 1000000 repeats", got: "\(repeats)")
    }
    var least = [Double](repeating: .infinity, count: code.steps.count)
    var results: [Tensor] = []
    let clock = ContinuousClock()
    for _ in 0..<Swift.max(1, repeats) {
      try run(inputs, into: &results) { index, body in
        let duration = try clock.measure(body)
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        least[index] = Swift.min(least[index], seconds)
      }
    }
    return Profile(
      rows: zip(code.notes, least).map {
        .init(name: $0.name, shape: $0.shape, seconds: $1, flops: $0.flops, bytes: $0.bytes)
      })
  }
}
