import ChainRule

/// Formula claims on an expression whose inputs have no values, or lengths in letters.
struct FormulaClaims {
  private let function: ClaimedFunction
  private let claims: [TypedClaim]

  /// Nothing where the values of all inputs are given, or where nothing is claimed: then there are numbers to check.
  init?(_ arguments: Arguments<CheckOptions>, _ claims: [TypedClaim]) throws {
    guard !claims.isEmpty, let function = try ClaimedFunction(arguments.words), !function.hasValues else { return nil }
    (self.function, self.claims) = (function, claims)
  }

  func judge(_ arguments: Arguments<CheckOptions>) throws -> Int32 {
    let (guesses, judged) = try function.judged { graph in try claims.map { try $0.judged(in: graph) } }
    let isText = try arguments[\.format] ?? .text == .text
    if isText { for line in guesses { print(line) } }
    let report = GradientReport(subject: "f", claims: judged)
    try Command.show(report, arguments)
    let certificates = arguments[\.certify] ? try function.certificates(claims) : []
    if isText { for (claim, certificate) in zip(claims, certificates) { print("\(claim.name): \(certificate.text)") } }
    let isRefuted = certificates.contains { if case .refuted = $0.outcome { true } else { false } }
    return isRefuted ? 1 : Command.status(of: report, arguments)
  }
}

/// What claims are about, as it is typed: an expression, and values or lengths for its inputs.
struct ClaimedFunction {
  private let expression: Expression
  private var shapes: InputShapes

  /// Nothing where the words hold no single expression, or values for some inputs only.
  init?(_ words: [String]) throws {
    var sources: [String] = [], shapes = InputShapes()
    for word in words {
      if let (name, text) = assignment(word) {
        // A word such as y=x^2 is an expression.
        do { try shapes.take(name, text) } catch  where sources.isEmpty && shapes.given[name] == nil {
          sources.append(word)
        }
      } else {
        sources.append(word)
      }
    }
    guard sources.count == 1 else { return nil }
    shapes.settle()
    let expression = try Expression(sources[0], names: Set(shapes.given.keys)), given = shapes
    let missing = expression.inputs.filter { given.values[$0] == nil }
    guard
      missing.isEmpty || missing.count == expression.inputs.count || !shapes.letters.isEmpty
        || !shapes.ranges.isEmpty
    else { return nil }
    for name in shapes.given.keys.sorted() where !expression.reads(name) {
      throw UsageError(
        "the expression does not read '\(name)'"
          + meant(name, among: expression.inputs) { "; it reads \(expression.inputs.joined(separator: ", "))" })
    }
    (self.expression, self.shapes) = (expression, shapes)
    if hasValues, (try? self.graph(shapes.given, .first)) == nil, let lengths = shapes.withListsAsLengths {
      // Where a list of numbers fits as no value, it may have been meant as lengths.
      self.shapes = lengths
      if (try? fit([])) == nil { self.shapes = shapes }
    }
  }

  /// Whether every input has a value.
  var hasValues: Bool { expression.inputs.allSatisfy { shapes.values[$0] != nil } }

  /// Judges claims at numbers for the letters, and those that hold at other numbers too: what holds for some lengths only
  /// is no claim about letters. Beside it, what was chosen for inputs that nothing was said about.
  func judged(
    _ body: (ClaimedGraph) throws -> [GradientReport.JudgedClaim]
  ) throws -> (guesses: [String], claims: [GradientReport.JudgedClaim]) {
    let free = expression.inputs.filter { shapes.given[$0] == nil }
    let (chosen, graph) = try fit(free)
    var judged = try body(graph)
    if !shapes.letters.isEmpty, judged.contains(where: { $0.verdict == .agree }) {
      for (index, second) in zip(judged.indices, try body(try self.graph(chosen, .second)))
      where judged[index].verdict == .agree && second.judgement != .identical {
        judged[index] = second
      }
    }
    return (shapes.guesses(chosen), judged)
  }

  /// What is proved of each claim over the box of the inputs' ranges.
  /// - Throws: ``UsageError`` for an input without a range.
  func certificates(_ claims: [TypedClaim]) throws -> [ClaimCertificate] {
    let graph = try fit(expression.inputs.filter { shapes.given[$0] == nil }).1
    return try claims.map { claim in
      do {
        return try ClaimCertificate(claim.name, formula: claim.claim, in: graph, over: shapes.boxes, within: 1e-6)
      } catch let error as ChainRuleError {
        throw UsageError("--certify: \(error.required) is needed, not \(error.got). \(error.hint)")
      }
    }
  }

  /// Shapes with which the expression is one number, else any that fit.
  private func fit(_ free: [String]) throws -> ([String: InputShapes.Lengths], ClaimedGraph) {
    let number = try? shapes.firstThatFits(free) { chosen in
      let graph = try self.graph(chosen, .first)
      guard graph.isOfOneNumber else { throw UsageError("the expression is no single number") }
      return graph
    }
    return try number ?? shapes.firstThatFits(free) { try self.graph($0, .first) }
  }

  private func graph(_ chosen: [String: InputShapes.Lengths], _ choice: InputShapes.Choice) throws -> ClaimedGraph {
    let graph = Graph(.double)
    let sizes = try shapes.shapes(chosen, choice, isSmall: true)
    let values = expression.inputs.map { name in
      (name, shapes.values[name] ?? Tensor(shape: sizes[name] ?? .scalar, repeating: 0.5))
    }
    let (result, names) = try expression.recordNaming(in: graph, inputs: expression.inputs(in: graph, values: values))
    if let error = result.error { throw error }
    if result.kind == .operation, !names.values.contains(result), names["f"] == nil { result.named("f") }
    return try ClaimedGraph(output: result, names: names, hasValues: hasValues)
  }
}
