import ChainRule

/// The words behind a command, sorted into options, values `NAME=VALUE` and the rest.
struct Arguments {
  private(set) var words: [String] = []
  private(set) var values: [(name: String, text: String)] = []
  private var options: [String: [String]] = [:]
  private let command: Command

  init(_ all: [String], of command: Command) throws {
    self.command = command
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
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let option = try find(parts[0], in: all)
      guard option.isRepeatable || options[option.name] == nil else {
        throw UsageError("--\(option.name) is given twice")
      }
      if option.value == nil {
        guard parts.count == 1 else { throw UsageError("--\(option.name) is a switch and takes no value") }
        options[option.name] = []
      } else if let value = parts.count > 1 ? parts[1] : waiting.popFirst(), !value.isEmpty {
        options[option.name, default: []].append(value)
      } else {
        throw UsageError("--\(option.name) needs a value: \(option.form)")
      }
    }
  }

  private func find(_ name: String, in all: [String]) throws -> Command.Option {
    if let option = command.options.first(where: { $0.name == name }) { return option }
    let meant = suggestion(for: name, among: command.options.map(\.name)).map { "; did you mean '--\($0)'?" }
    throw UsageError(
      "chainrule \(command.name) has no option '--\(name)'" + (meant ?? "; see chainrule \(command.name) --help"))
  }

  // MARK: Options

  /// The options that are given, in alphabetical order.
  var optionNames: [String] { options.keys.sorted() }
  func has(_ option: String) -> Bool { options[option] != nil }
  func text(_ option: String) -> String? { options[option]?.last }
  func texts(_ option: String) -> [String] { options[option] ?? [] }

  func whole(_ option: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = text(option) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        "--\(option) needs a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
    return number
  }

  func number(_ option: String, above least: Double) throws -> Double? {
    guard let text = text(option) else { return nil }
    guard let number = Double(text), number.isFinite, number > least else {
      throw UsageError("--\(option) needs a number above \(least), not '\(text)'")
    }
    return number
  }

  func number(_ option: String, from least: Double) throws -> Double? {
    guard let text = text(option) else { return nil }
    guard let number = Double(text), number.isFinite, number >= least else {
      throw UsageError("--\(option) needs a number of at least \(least), not '\(text)'")
    }
    return number
  }

  /// One of the cases of a type, by name.
  func choice<Choice: CaseIterable & RawRepresentable<String>>(_ option: String) throws -> Choice? {
    try choice(option, of: Choice.allCases.map(\.rawValue)).flatMap { Choice(rawValue: $0) }
  }

  func choice(_ option: String, of choices: [String]) throws -> String? {
    guard let text = text(option) else { return nil }
    if choices.contains(text) { return text }
    let meant = suggestion(for: text, among: choices).map { "; did you mean '\($0)'?" }
    throw UsageError("--\(option) is one of \(choices.joined(separator: ", "))" + (meant ?? ", not '\(text)'"))
  }

  /// For commands that take options only.
  func expectNoWords() throws {
    if let word = words.first { throw UsageError("'\(word)' means nothing here; see chainrule \(command.name) --help") }
  }

  // MARK: Values

  /// The expression and the values for its names, from words such as `(x + y) * z`, `x=-2`, `W=[[1, 2], [3, 4]]`.
  func expressionAndValues() throws -> (expression: Expression, values: [(name: String, tensor: Tensor)]) {
    var sources: [String] = []
    var texts: [(name: String, text: String)] = []
    for word in words {
      if let (name, text) = Self.assignment(word) { texts.append((name, text)) } else { sources.append(word) }
    }
    if sources.isEmpty, let first = texts.first, (try? Tensor(literal: first.text)) == nil {
      sources = [words[0]]
      texts.removeFirst()
    }
    guard let source = sources.first else {
      throw UsageError(
        "no expression is given; write for instance chainrule \(command.name) '(x + y) * z' x=-2 y=5 z=-4")
    }
    guard sources.count == 1 else {
      throw UsageError(
        "'\(sources[1])' is neither an option nor a value NAME=VALUE; write the expression as one word, in quotes")
    }
    let expression = try Expression(source)
    var values: [(name: String, tensor: Tensor)] = []
    for (name, text) in texts {
      guard !values.contains(where: { $0.name == name }) else { throw UsageError("'\(name)' is given two values") }
      guard expression.reads(name) else { throw UsageError(Self.unread(name, expression)) }
      guard text.contains(where: { !$0.isWhitespace }) else {
        throw UsageError("'\(name)=' lacks its value, as in \(name)=2")
      }
      do { values.append((name, try Tensor(literal: text))) } catch {
        throw UsageError("the value of '\(name)': \(error)")
      }
    }
    return (expression, values)
  }

  private static func unread(_ name: String, _ expression: Expression) -> String {
    let isAssigned = expression.pieces.contains { if case .assignment(name, _) = $0.kind { true } else { false } }
    if isAssigned { return "'\(name)' is assigned in the expression, so it takes no value" }
    let meant = suggestion(for: name, among: expression.inputs).map { "; did you mean '\($0)'?" }
    let names = expression.inputs.joined(separator: ", ")
    return "the expression does not read '\(name)'" + (meant ?? (names.isEmpty ? "" : "; it reads \(names)"))
  }

  /// `name=value`, unless it is a statement of an expression.
  private static func assignment(_ word: String) -> (name: String, text: String)? {
    guard let equals = word.firstIndex(of: "=") else { return nil }
    let name = word[..<equals].filter { !$0.isWhitespace }
    let text = word[word.index(after: equals)...]
    guard let first = name.first, first.isLetter || first == "_", !text.hasPrefix("="),
      name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }), !text.contains(where: { $0 == ";" || $0.isNewline })
    else { return nil }
    return (String(name), String(text))
  }
}
