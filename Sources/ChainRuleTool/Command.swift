/// One thing the tool can do: what it is called, how it is written, and what it does.
struct Command: Sendable {
  let name: String
  /// What follows the name, as in `EXPRESSION NAME=VALUE …`.
  let form: String
  let summary: String
  /// Paragraphs and examples below the options.
  let details: String
  let options: [Option]
  /// Returns the exit status.
  let run: @Sendable (Arguments) throws -> Int32

  struct Option: Sendable {
    let name: String
    /// What stands for its value; nil for a switch.
    let value: String?
    let help: String
    let isRepeatable: Bool

    init(_ name: String, _ value: String? = nil, _ help: String, isRepeatable: Bool = false) {
      self.name = name
      self.value = value
      self.help = help
      self.isRepeatable = isRepeatable
    }

    var form: String { "--" + name + (value.map { " " + $0 } ?? "") }
  }

  var help: String {
    var lines = ["chainrule \(name): \(summary)", "", "  chainrule \(name) \(form)", ""]
    if !options.isEmpty {
      let width = options.map(\.form.count).max() ?? 0
      lines += options.map { "  " + $0.form.padded(to: width) + "  " + $0.help } + [""]
    }
    lines.append(details)
    return lines.joined(separator: "\n")
  }
}

extension String {
  /// Followed by spaces until it is `width` characters long.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
  /// Preceded by spaces until it is `width` characters long.
  func indented(to width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }
}
