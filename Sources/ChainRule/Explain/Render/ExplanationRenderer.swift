extension Explanation {
  /// Every form that an explanation can be drawn in.
  public enum Format: String, Sendable, CaseIterable {
    case text, svg, html, latex, dot, mermaid, json

    /// What a file of that form is called after its point.
    public var fileExtension: String {
      switch self {
      case .text: "txt"
      case .latex: "tex"
      case .mermaid: "mmd"
      default: rawValue
      }
    }
  }

  /// The explanation in that form.
  public func rendered(as format: Format, color: Bool = false) -> String {
    switch format {
    case .text: text(color: color)
    case .svg: svg()
    case .html: html()
    case .latex: latex()
    case .dot: dot()
    case .mermaid: mermaid()
    case .json: json() + "\n"
    }
  }

  /// The data itself as JSON; `Docs/Explanation.md` documents the schema.
  public func json() -> String {
    // Nothing in the data can fail to encode: numbers that JSON lacks are written as names.
    (try? JSONText.text(of: self)) ?? "{}"
  }

  /// One text for every moment of a lecture, forward and then backward, for a terminal that shows them key by key.
  public func steps(color: Bool = false, digits: Int = 6) -> [String] {
    let forward = forwardFrames.filter { !nodes[$0.node].inputs.isEmpty }
    let leaves = nodes.filter { $0.isLeaf && ($0.kind != .constant || !$0.name.isEmpty) }
    let given = leaves.map { "\($0.symbol) = \($0.value?.line(digits: digits) ?? "?")" }.joined(separator: ", ")
    var result = [TerminalStyle.bold.apply(title, color) + (given.isEmpty ? "" : "   with \(given)")]
    for (pass, frames) in [("forward", forward), ("backward", frames)] {
      for (index, frame) in frames.enumerated() {
        let count = TerminalStyle.faint.apply("\(pass) \(index + 1)/\(frames.count)", color)
        let style: TerminalStyle = pass == "forward" ? .value : .gradient
        result.append("\(count)  " + style.apply(sentence(for: frame, digits: digits), color))
      }
    }
    return result
  }
}
