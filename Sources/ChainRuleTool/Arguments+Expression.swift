import ChainRule

extension Arguments {
  /// The expression and the values for its names, from words such as `(x + y) * z`, `x=-2`, `W=[[1, 2], [3, 4]]`.
  func expressionAndValues() throws -> (expression: Expression, values: [(name: String, tensor: Tensor)]) {
    var sources: [String] = []
    var texts: [(name: String, text: String)] = []
    for word in words {
      if let (name, text) = assignment(word) { texts.append((name, text)) } else { sources.append(word) }
    }
    if sources.isEmpty, let first = texts.first, (try? Tensor(literal: first.text)) == nil {
      sources = [words[0]]
      texts.removeFirst()
    }
    guard let source = sources.first else {
      throw UsageError("no expression is given; write for instance chainrule \(command) '(x + y) * z' x=-2 y=5 z=-4")
    }
    guard sources.count == 1 else {
      throw UsageError(
        "'\(sources[1])' is neither an option nor a value NAME=VALUE; write the expression as one word, in quotes")
    }
    let expression = try Expression(source, names: Set(texts.map(\.name)))
    var values: [(name: String, tensor: Tensor)] = []
    for (name, text) in texts {
      guard !values.contains(where: { $0.name == name }) else { throw UsageError("'\(name)' is given two values") }
      values.append((name, try value(of: name, text, in: expression)))
    }
    return (expression, values)
  }

  private func value(of name: String, _ text: String, in expression: Expression) throws -> Tensor {
    guard expression.reads(name) else { throw UsageError(unread(name, expression)) }
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw UsageError("'\(name)=' lacks its value, as in \(name)=2")
    }
    do { return try Tensor(literal: text) } catch { throw UsageError("the value of '\(name)': \(error)") }
  }
}

private func unread(_ name: String, _ expression: Expression) -> String {
  let isAssigned = expression.pieces.contains { if case .assignment(name, _) = $0.kind { true } else { false } }
  if isAssigned { return "'\(name)' is assigned in the expression, so it takes no value" }
  let names = expression.inputs
  return "the expression does not read '\(name)'"
    + meant(name, among: names) { names.isEmpty ? "" : "; it reads \(names.joined(separator: ", "))" }
}

/// `name=value`, unless it is a statement of an expression.
func assignment(_ word: String) -> (name: String, text: String)? {
  guard let equals = word.firstIndex(of: "=") else { return nil }
  let name = word[..<equals].filter { !$0.isWhitespace }
  let text = word[word.index(after: equals)...]
  guard let first = name.first, first.isLetter || first == "_", !text.hasPrefix("="),
    name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }), !text.contains(where: { $0 == ";" || $0.isNewline })
  else { return nil }
  return (String(name), String(text))
}
