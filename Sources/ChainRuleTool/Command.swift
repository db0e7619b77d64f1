import ChainRuleLearning

/// One thing the tool can do: what it is called, how it is written, and what it does.
struct Command: Sendable {
  let name: String
  /// What follows the name, as in `EXPRESSION NAME=VALUE …`.
  let form: String
  let summary: String
  /// Paragraphs and examples below the options.
  let details: String
  let options: [any DeclaredOption]
  /// Reads the words behind the name, does the work and returns the exit status.
  let run: @Sendable (_ words: [String]) throws -> Int32

  /// - Parameters:
  ///   - options: what may be given, and all that `body` can read.
  ///   - body: does the work and returns the exit status.
  init<Options: CommandOptions>(
    name: String, form: String, summary: String, details: String, options: Options,
    _ body: @escaping @Sendable (Arguments<Options>) throws -> Int32
  ) {
    (self.name, self.form, self.summary, self.details) = (name, form, summary, details)
    self.options = options.all
    run = { try body(Arguments($0, of: name, options)) }
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
