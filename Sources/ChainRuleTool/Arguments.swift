import ChainRule

/// The words behind a command, sorted into its options and the rest.
struct Arguments<Options: CommandOptions> {
  /// What is neither an option nor the value of one, in order.
  private(set) var words: [String] = []
  /// The texts of the options that are given, by name; none for a switch.
  private var given: [String: [String]] = [:]
  let command: String
  let options: Options

  /// - Throws: a ``UsageError`` for an option that the command does not have, one that is given twice, and a value that
  ///   is missing or out of place.
  init(_ all: [String], of command: String, _ options: Options) throws {
    (self.command, self.options) = (command, options)
    let declared = options.all
    var waiting = all[...]
    while let word = waiting.popFirst() {
      if word == "--" {
        words += waiting
        break
      }
      guard word.hasPrefix("--"), word.dropFirst(2).first?.isLetter == true else {
        words.append(word)
        continue
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      guard let option = declared.first(where: { $0.name == parts[0] }) else {
        throw UsageError(
          "chainrule \(command) has no option '--\(parts[0])'"
            + meant(parts[0], among: declared.map(\.name), as: "--") { "; see chainrule \(command) --help" })
      }
      try take(option, parts.count > 1 ? parts[1] : nil, from: &waiting)
    }
  }

  /// Keeps an option with the value behind its equals sign, or with the next word.
  private mutating func take(
    _ option: any DeclaredOption, _ attached: String?, from waiting: inout ArraySlice<String>
  ) throws {
    guard option.isRepeatable || given[option.name] == nil else {
      throw UsageError("--\(option.name) is given twice")
    }
    if option.placeholder == nil {
      guard attached == nil else { throw UsageError("--\(option.name) is a switch and takes no value") }
      given[option.name] = []
    } else if let value = attached ?? popValue(&waiting), !value.isEmpty {
      try option.validate(value)
      given[option.name, default: []].append(value)
    } else {
      throw UsageError("--\(option.name) needs a value: \(option.form)")
    }
  }

  /// The next word, unless it is an option itself: `--output --step` forgot a name.
  private func popValue(_ waiting: inout ArraySlice<String>) -> String? {
    guard let word = waiting.first, !(word.hasPrefix("--") && word.dropFirst(2).first?.isLetter == true) else {
      return nil
    }
    return waiting.popFirst()
  }

  // MARK: Reading

  /// The options that are given, in alphabetical order.
  var givenNames: [String] { given.keys.sorted() }

  func has(_ option: KeyPath<Options, some DeclaredOption>) -> Bool { given[options[keyPath: option].name] != nil }

  subscript(option: KeyPath<Options, Switch>) -> Bool { has(option) }

  /// The value of an option; nil where it is not given.
  subscript<Value>(option: KeyPath<Options, Option<Value>>) -> Value? {
    get throws {
      let option = options[keyPath: option]
      return try given[option.name]?.last.map(option.read)
    }
  }

  /// The texts of an option, as often as it is given.
  subscript(option: KeyPath<Options, RepeatedOption>) -> [String] { given[options[keyPath: option].name, default: []] }

  /// For commands that take options only.
  func expectNoWords() throws {
    if let word = words.first { throw UsageError("'\(word)' means nothing here; see chainrule \(command) --help") }
  }
}

/// The end of a complaint about a word: the known one that was probably meant, or what is to be said without one.
func meant(_ word: String, among known: [String], as prefix: String = "", otherwise: () -> String) -> String {
  suggestion(for: word, among: known).map { "; did you mean '\(prefix)\($0)'?" } ?? otherwise()
}
