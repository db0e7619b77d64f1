import ChainRule
import ChainRuleFiles

/// The command line of ChainRule: finds the command, runs it, and turns what went wrong into a sentence and a status.
///
/// Status: 0 fine; 1 a check disagreed or a run failed; 2 the command line or the input was wrong.
@main
struct ChainRuleTool {
  static let commands: [Command] = [
    .explain, .derive, .check, .lesson, .page, .quiz, .train, .evaluate, .predict, .explainModel, .export, .fit,
  ]

  static func main() {
    Terminal.prepare()
    Terminal.exit(status(of: Array(CommandLine.arguments.dropFirst())))
  }

  static func status(of words: [String]) -> Int32 {
    do {
      if let mistake = InstructionSets.mistake { throw UsageError(mistake) }
      // Bytes that are no text come as U+FFFD; whatever was meant, it was not that.
      if let word = words.first(where: { $0.unicodeScalars.contains("\u{FFFD}") }) {
        throw UsageError("'\(word)' is not written in UTF-8")
      }
      guard let name = words.first else {
        print(try Welcome.screen())
        return 0
      }
      if ["help", "--help", "-h"].contains(name) { return try help(words.dropFirst().first) }
      if name == "--version" {
        print("chainrule \(Welcome.version)")
        return 0
      }
      let command = try find(name)
      let words = Array(words.dropFirst())
      if words.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
        print(command.help)
        return 0
      }
      return try command.run(words)
    } catch {
      Terminal.complain("\(error)")
      return error is RunFailure || (error as? FileError)?.isOutput == true ? 1 : 2
    }
  }

  private static func find(_ name: String) throws -> Command {
    if let command = commands.first(where: { $0.name == name }) { return command }
    if Welcome.looksLikeExpression(name) {
      throw UsageError("'\(name)' is not a command; to differentiate it, write chainrule explain '\(name)' …")
    }
    let names = commands.map(\.name)
    throw UsageError(
      "there is no command '\(name)'"
        + meant(name, among: names) { "; the commands are \(names.joined(separator: ", "))" })
  }

  private static func help(_ name: String?) throws -> Int32 {
    print(try name.map { try find($0).help } ?? Welcome.overview())
    return 0
  }
}

/// The command line or the input was wrong: status 2.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  /// - Parameter description: the sentence; what quotes a word of thousands of characters is cut in the middle.
  init(_ description: String) {
    let (head, tail) = (600, 300)
    let isShort = description.utf8.count <= 2 * (head + tail)
    self.description = isShort ? description : "\(description.prefix(head)) … \(description.suffix(tail))"
  }
}

/// Everything was understood, but the work failed: status 1.
struct RunFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
