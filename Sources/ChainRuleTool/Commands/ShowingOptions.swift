import ChainRule

/// How an explanation is shown; shared by the commands that show one.
struct ShowingOptions: CommandOptions {
  let format = Option<ExplanationFormat>(
    "format", "FORMAT", ExplanationFormat.allCases.map(\.rawValue).joined(separator: ", "))
  let output = Option<String>("output", "FILE", "write to a file, - for the screen; its ending chooses the format")
  let step = Switch("step", "a step at a time, a key for each (all of them where the input is not a terminal)")
  let digits = Option<Int>("digits", "N", "significant digits, 8 unless given", in: 1...17)
  let standalone = Switch("standalone", "LaTeX as a whole document")
  let color = Option<ColorChoice>("color", "WHEN", "auto, always or never")
}

/// The options of a command that shows explanations.
protocol ShowsExplanations: CommandOptions {
  var showing: ShowingOptions { get }
}

/// When text is coloured.
enum ColorChoice: String, CaseIterable {
  case auto, always, never

  var isWanted: Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto: Terminal.wantsColor
    }
  }
}

/// What an explanation can be drawn as.
enum ExplanationFormat: String, CaseIterable {
  case text, svg, html, latex, dot, mermaid, json

  /// The format that a file's ending stands for; text without a file, and without an ending.
  init(ofFile output: String?) throws {
    guard let output, output != "-", let ending = Self.ending(of: output) else {
      self = .text
      return
    }
    guard let format = Self.endings[ending] else {
      throw UsageError(
        "no format is written to files ending in .\(ending); "
          + "end in .txt, .svg, .html, .tex, .dot, .mmd or .json, or name a --format")
    }
    self = format
  }

  private static let endings: [String: Self] = [
    "txt": .text, "text": .text, "svg": .svg, "html": .html, "htm": .html, "tex": .latex, "latex": .latex, "dot": .dot,
    "gv": .dot, "mmd": .mermaid, "mermaid": .mermaid, "md": .mermaid, "json": .json,
  ]

  /// What follows the last point of the file's own name.
  private static func ending(of output: String) -> String? {
    let parts = (output.split(separator: "/").last ?? "").split(separator: ".", omittingEmptySubsequences: false)
    return parts.count > 1 ? parts.last?.lowercased() : nil
  }

  func draw(
    _ explanation: Explanation, color: Bool, digits: Int, standalone: Bool, width: Int? = nil
  ) -> String {
    switch self {
    case .text: explanation.text(color: color, digits: digits, width: width)
    case .svg: explanation.svg()
    case .html: explanation.html()
    case .latex: explanation.latex(standalone: standalone)
    case .dot: explanation.dot()
    case .mermaid: explanation.mermaid()
    case .json: explanation.json()
    }
  }
}
