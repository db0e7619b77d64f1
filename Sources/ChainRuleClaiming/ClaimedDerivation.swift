import ChainRuleChecking
import ChainRuleCore
import ChainRuleExpression

/// A derivation as a text: definitions, then lines `∂L/∂a = …` of which each may go on with `= …`.
///
/// ```text
/// a = sigmoid(z)
/// L = -(y*log(a) + (1 - y)*log(1 - a))
/// ∂L/∂a = -y/a + (1 - y)/(1 - a)
/// ∂a/∂z = a(1 - a)
/// ∂L/∂z = ∂L/∂a * ∂a/∂z = a - y
/// ```
/// A derivative on the right of a line means its true value, so that each line is judged on its own; what a wrong line
/// makes of the result is computed with what that line says.
package struct ClaimedDerivation {
  /// One equation of a line.
  package struct Step {
    /// The line in the text, counted from 1.
    package let line: Int
    /// What stands on the left, and one of what stands behind its equals signs.
    package let left: String, right: String
  }

  /// What came of the derivation.
  package struct Report {
    /// Every equation with its line.
    package fileprivate(set) var judged: [(line: Int, claim: GradientReport.JudgedClaim)] = []
    /// The first line that is wrong.
    package var firstWrong: Int? { judged.first { $0.claim.verdict == .disagree }?.line }
    /// What the first wrong line makes of the last one, as a sentence.
    package fileprivate(set) var effect: String?
  }

  /// Assignments, in an order in which each reads only those before it.
  package let definitions: String
  /// The equations that are judged.
  package let steps: [Step]

  /// Reads a derivation. Where `expression` is nil its assignments are the function.
  /// - Throws: ``ExpressionError`` with the line for one without an equals sign.
  package init(_ text: String, definesFunction: Bool) throws {
    var definitions: [(name: String, text: String)] = []
    var steps: [Step] = []
    for (number, raw) in Self.statements(of: text) {
      let line = Self.trimmed(raw.prefix { $0 != "#" })
      if line.isEmpty || line.hasPrefix("\\begin") || line.hasPrefix("\\end") { continue }
      let parts = Self.parts(of: line)
      guard parts.count > 1, parts.allSatisfy({ !$0.isEmpty }) else {
        throw ExpressionError(
          "line \(number + 1) of the derivation is written NAME = FORMULA", in: line, at: 0..<line.utf8.count)
      }
      let isName = parts[0].allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
      let isNew = !definitions.contains { $0.name == parts[0] }
      let isGradient = parts[0].hasPrefix("d") && definitions.contains { $0.name == parts[0].dropFirst() }
      if definesFunction, steps.isEmpty, isName, isNew, !isGradient, parts.count == 2 {
        definitions.append((parts[0], parts[1]))
      } else {
        steps += parts.dropFirst().map { Step(line: number + 1, left: parts[0], right: $0) }
      }
    }
    guard !steps.isEmpty else {
      throw ExpressionError("the derivation has no line such as ∂L/∂x = …", in: text, at: 0..<0)
    }
    self.steps = steps
    self.definitions = try Self.ordered(definitions)
  }

  /// Lines with their numbers from 0, split at each `;` that is no space of LaTeX's.
  private static func statements(of text: String) -> [(line: Int, text: Substring)] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { number, line in
      line.replacing("\\;", with: "\\ ").split(separator: ";").map { (number, $0[...]) }
    }
  }

  /// A lecture writes the loss first and what it is made of below; an expression needs them the other way round.
  private static func ordered(_ definitions: [(name: String, text: String)]) throws -> String {
    let names = Set(definitions.map(\.name))
    var waiting = try definitions.map { definition in
      (definition, try Expression(lecture: definition.text, names: names))
    }
    var lines: [String] = [], done: Set<String> = []
    // What nothing else reads is the function itself: it stands last.
    let read = Set(waiting.flatMap { $0.1.inputs })
    waiting.sort { a, b in read.contains(a.0.name) && !read.contains(b.0.name) }
    while !waiting.isEmpty {
      let ready = waiting.firstIndex { item in item.1.inputs.allSatisfy { !names.contains($0) || done.contains($0) } }
      guard let ready else {
        throw ExpressionError(
          "the definitions read one another in a circle: \(waiting.map(\.0.name).joined(separator: ", "))",
          in: waiting[0].0.text, at: 0..<waiting[0].0.text.utf8.count)
      }
      let (definition, expression) = waiting.remove(at: ready)
      lines.append("\(definition.name) = \(expression.source)")
      done.insert(definition.name)
    }
    return lines.joined(separator: "\n")
  }

  // MARK: Judging

  /// Judges every equation on a graph in which the names are known.
  /// - Throws: as a claim does, with the line.
  package func judged(in graph: ClaimedGraph) throws -> Report {
    var report = Report()
    for step in steps {
      do {
        if let defined = try definition(step, in: graph) {
          graph.name(step.left, defined)
          continue
        }
        report.judged.append((step.line, try claim(step, in: graph)))
      } catch let error as ExpressionError {
        throw ExpressionError("line \(step.line): \(error.message)", in: error.source, at: error.range)
      } catch let error as ChainRuleError {
        throw ExpressionError(
          "line \(step.line): \(error.required) is needed, not \(error.got)", in: step.left,
          at: 0..<step.left.utf8.count)
      }
    }
    report.effect = try effect(report, in: graph)
    return report
  }

  private func claim(_ step: Step, in graph: ClaimedGraph) throws -> GradientReport.JudgedClaim {
    let digits = step.right.filter { !$0.isWhitespace }
    if graph.hasValues, Double(digits) != nil, digits.contains(where: \.isNumber) {
      return try graph.judge(step.left, number: digits)
    }
    return try graph.judge(step.left, formula: step.right)
  }

  /// The node of a name that the derivation itself introduces, such as δ; nothing where the name means something.
  private func definition(_ step: Step, in graph: ClaimedGraph) throws -> Node? {
    let isName = step.left.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    guard isName, (try? ClaimSubject(step.left, in: graph)) == nil else { return nil }
    return try graph.record(Expression(lecture: step.right, names: Set(graph.names.keys).union([graph.outputName])))
  }

  /// The last derivative as it follows from the first wrong line, beside the true one.
  private func effect(_ report: Report, in graph: ClaimedGraph) throws -> String? {
    guard let wrong = report.judged.firstIndex(where: { $0.claim.verdict == .disagree }) else { return nil }
    let line = report.judged[wrong].line
    guard let last = steps.last(where: { $0.line > line }) else { return nil }
    var names = graph.names
    guard
      let first = steps.first(where: { $0.line == line && $0.right.hasPrefix(report.judged[wrong].claim.claim) })
        ?? steps.first(where: { $0.line == line }), let key = Self.key(first.left, in: graph)
    else { return nil }
    let known = Set(names.keys).union([graph.outputName])
    guard let said = try? graph.record(Expression(lecture: first.right, names: known)) else { return nil }
    names[key] = said
    // Lines below are followed by what they multiply, with what was said before in place.
    for step in steps where step.line > line {
      guard let key = Self.key(step.left, in: graph),
        let expression = try? Expression(lecture: step.right, names: known),
        expression.inputs.contains(where: { $0.contains("∂") || names[$0] != graph.names[$0] }),
        let node = try? graph.record(expression, over: names), names[key] == graph.names[key]
      else { continue }
      names[key] = node
    }
    guard let key = Self.key(last.left, in: graph), let consequence = names[key], consequence != graph.names[key],
      let truth = try graph.derivative(named: key) ?? graph.names[key]
    else { return nil }
    return graph.comparison(of: key, said: consequence, truth: truth, line: line)
  }

  private static func key(_ left: String, in graph: ClaimedGraph) -> String? {
    (try? ClaimSubject(left, in: graph)).flatMap { subject in
      switch subject.quantity {
      case .derivative where subject.element.isEmpty: return subject.symbol
      case .value(let name): return name
      default: return nil
      }
    }
  }

  // MARK: Text

  /// The sides of `a = b = c`.
  private static func parts(of line: String) -> [String] {
    var parts: [String] = [], part = "", depth = 0, last: Character = " "
    for (place, character) in line.enumerated() {
      if "([{".contains(character) { depth += 1 } else if ")]}".contains(character) { depth -= 1 }
      let next = line.dropFirst(place + 1).first
      if character == "=", depth <= 0, next != "=", !"=<>!".contains(last) {
        parts.append(trimmed(part[...]))
        part = ""
      } else {
        part.append(character)
      }
      last = character
    }
    return parts + [trimmed(part[...])]
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = String(
      text.drop { $0.isWhitespace || $0 == "&" }.reversed().drop { $0.isWhitespace || $0 == "&" }.reversed())
    while text.hasSuffix("\\\\") { text = trimmed(text.dropLast(2)) }
    return text
  }
}

extension ClaimedGraph {
  /// What a wrong line makes of a result, as a sentence with the values at the given point.
  fileprivate func comparison(of name: String, said: Node, truth: Node, line: Int) -> String? {
    guard said.error == nil, let a = try? said.value(), let b = try? truth.value(), a.shape == b.shape else {
      return nil
    }
    let place = zip(a.scalars, b.scalars).enumerated().max { abs($0.1.0 - $0.1.1) < abs($1.1.0 - $1.1.1) }?.offset ?? 0
    let element = truth.shape.subscripts(of: place)
    let (x, y) = (a.scalars[place], b.scalars[place])
    if x == y { return "line \(line) leaves \(name) as it is at these values" }
    let point = hasValues ? "" : " at \(text(of: SamplePoint(values: leaves.map(\.value.scalars))))"
    return
      "with line \(line), \(name)\(element) is \(Tensor.text(x, significantDigits: 6)) instead of "
      + "\(Tensor.text(y, significantDigits: 6))\(point)"
  }
}
