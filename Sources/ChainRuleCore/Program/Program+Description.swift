extension Program: CustomStringConvertible {
  /// The steps in order with their shapes, work and traffic; buffers with their places and lifetimes; peak memory.
  public var description: String {
    let counts = [
      (code.steps.count, "step"), (leaves.inputs.count, "input"), (outputShapes.count, "output"),
      (leaves.parameters.count, "parameter"),
    ]
    let parts = counts.map { "\($0) \($1)\($0 == 1 ? "" : "s")" }
    var lines = ["Program: \(parts.joined(separator: ", ")), \(precision.rawValue) precision"]
    for (index, note) in code.notes.enumerated() {
      var line = "  \(index): \(note.name) \(note.shape)"
      if note.flops > 0 { line += "  \(Self.amount(note.flops)) flop" }
      if note.bytes > 0 { line += "  \(Self.amount(note.bytes)) B" }
      if note.inPlace { line += "  in place" }
      lines.append(line)
    }
    if !code.buffers.isEmpty { lines.append("Buffers (offset, bytes, steps alive):") }
    for buffer in code.buffers { lines.append("  @\(buffer.offset)  \(buffer.bytes)  \(buffer.first)…\(buffer.last)") }
    lines.append("Arena: \(Self.amount(Double(code.arenaBytes))) B at its peak")
    return lines.joined(separator: "\n")
  }

  static func amount(_ value: Double) -> String {
    for (limit, unit) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where value >= limit {
      return "\((value / limit * 100).rounded() / 100) \(unit)"
    }
    return "\(Int(value)) "
  }
}
