import ChainRuleChecking
import ChainRuleCore
import ChainRuleDeriving
import ChainRuleExpression

extension ClaimedGraph {
  /// Judges a formula: at many points by intervals, then by equations, then, where it fails, what would mend it.
  /// - Throws: ``ExpressionError`` for a formula that is not understood, ``ChainRuleError`` for a name without meaning.
  package func judge(_ name: String, formula text: String) throws -> GradientReport.JudgedClaim {
    let subject = try ClaimSubject(name, in: self)
    // A list of numbers is what somebody computed at the point, not a constant function.
    if hasValues, text.contains("["), let numbers = try? Tensor(literal: text) {
      return try self.judge(subject, numbers, written: text)
    }
    let expression = try Expression(lecture: text, names: Set(names.keys).union([outputName]))
    return try judge(subject, expression, written: text)
  }

  func judge(_ subject: ClaimSubject, _ expression: Expression, written: String) throws -> GradientReport.JudgedClaim {
    let truth = try subject.node(in: self)
    let judge = ClaimJudge(self, subject, truth, expression)
    let shown = written.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return try judge.report(as: shown)
  }

  /// The values of a point, for messages.
  func text(of point: SamplePoint) -> String {
    let parts = zip(leaves, point.values).map { leaf, values in
      "\(leaf.name) = \(Tensor(shape: leaf.node.shape, values).inline)"
    }
    let text = parts.joined(separator: ", ")
    return text.count <= 400 ? text : String(text.prefix(380)) + "…"
  }
}

/// One claim on its way to a judgement.
struct ClaimJudge {
  let graph: ClaimedGraph
  let subject: ClaimSubject
  let truth: Node
  let expression: Expression
  /// Numbers that the formulas name: something may happen there.
  private let numbers: [Double]
  /// Fewer points of the domain decide nothing.
  static let fewestPoints = 8

  init(_ graph: ClaimedGraph, _ subject: ClaimSubject, _ truth: Node, _ expression: Expression) {
    (self.graph, self.subject, self.truth, self.expression) = (graph, subject, truth, expression)
    numbers = Self.numbers(in: expression, of: graph)
  }

  /// What has to be defined for a point to count: the function whose derivative the claim is about.
  private var domain: [Node] {
    switch subject.quantity {
    case .derivative(let of, _): [of.flatMap { graph.names[$0] } ?? graph.output]
    case .second: [graph.output]
    case .value, .formula, .slope: []
    }
  }

  /// By what the claim differentiates.
  private var moved: String? {
    switch subject.quantity {
    case .derivative(_, let by), .slope(_, let by): by
    case .second, .value, .formula: nil
    }
  }

  func report(as written: String) throws -> GradientReport.JudgedClaim {
    var result = GradientReport.JudgedClaim(subject.symbol, written, .undecided)
    var samples = SamplePoints(graph.leaves)
    let given = graph.hasValues ? graph.leaves.map(\.value.scalars) : nil
    var points = samples.all(given: given, thresholds: numbers)
    var trial = ClaimTrial(graph, truth: truth, domain: domain, points: points, isSmooth: true)
    if trial.count < 3 * Self.fewestPoints {
      points += samples.searching(near: given)
      trial = ClaimTrial(graph, truth: truth, domain: domain, points: points, isSmooth: true)
      if trial.count < Self.fewestPoints {
        trial = ClaimTrial(graph, truth: truth, domain: domain, points: points, isSmooth: false)
      }
    }
    let claim: Node
    do { claim = try fitted(try graph.record(expression)) } catch {
      guard (error as? ExpressionError)?.isMisfit != false || error is Misfit else { throw error }
      result.judgement = .disagrees
      result.notes = [Self.firstLine(of: error)]
      result.repair = repair(trial)
      return result
    }
    let tally = ClaimTally(trial, claim)
    result.points = tally.agreeing.count
    result.bar = tally.bar
    decide(&result, tally, claim, trial, &samples)
    if [.agrees, .agreesWhere].contains(result.judgement), !showsEveryNumber {
      result.judgement = .undecided
      result.notes = ["its numbers are so different in size that double precision does not show the smallest"]
    }
    return result
  }

  private func decide(
    _ result: inout GradientReport.JudgedClaim, _ tally: ClaimTally, _ claim: Node, _ trial: ClaimTrial,
    _ samples: inout SamplePoints
  ) {
    if tally.differing.isEmpty, tally.gaps.isEmpty {
      let isProved =
        !tally.agreeing.isEmpty && hasOrdinaryNumbers && truth.isIdentical(to: claim, onTheDomainOf: domain)
      let isEnough = tally.agreeing.count >= Self.fewestPoints && tally.agreeing.count > tally.open.count
      result.judgement = isProved ? .identical : isEnough ? .agrees : .undecided
      if result.judgement == .undecided {
        result.notes.append(
          trial.count < Self.fewestPoints
            ? "only \(trial.count) points of the domain were found; give values inside it"
            : "rounding hides whether they differ at \(tally.open.count) of \(trial.count) points")
      } else if let point = tally.overflowing(claim, graph) {
        result.notes.append("in doubles the formula has no value at \(graph.text(of: point)), where it overflows")
      }
      return
    }
    result.difference = tally.plainest(graph)
    let isWrongHere = trial.points[0].isGiven && tally.fails(at: 0)
    let conditions = ClaimConditions(graph: graph, truth: truth, domain: domain, numbers: numbers, moved: moved)
    var repair: GradientReport.JudgedClaim.Repair?
    if let condition = conditions.find(
      claim, trial, tally, &samples)
    {
      // What one slip explains is no assumption that nobody wrote down.
      if condition.isThin || isWrongHere { repair = self.repair(trial) }
      if isWrongHere || repair != nil {
        result.notes.append("it agrees where \(condition.text)")
      } else {
        (result.judgement, result.condition) = (.agreesWhere, condition.text)
        return
      }
    }
    result.judgement = .disagrees
    result.notes.insert(
      "they differ at \(tally.differing.count + tally.gaps.count) of \(trial.count) points", at: 0)
    result.repair = repair ?? self.repair(trial)
    if result.repair == nil, case .derivative(nil, _) = subject.quantity, let text = truth.formulaText,
      text.count <= 100
    {
      result.notes.append("\(subject.symbol) is \(text)")
    }
  }

  /// Numbers that the formulas name.
  private static func numbers(in expression: Expression, of graph: ClaimedGraph) -> [Double] {
    var numbers = expression.literalValues.compactMap { $0 }
    if let id = try? graph.graph.resolve(graph.output) {
      let isNeeded = graph.graph.ancestors(of: [id])
      for place in 0...id where isNeeded[Int(place)] && !graph.graph.isOperation(place) {
        if let number = graph.graph.node(place).constantNumber { numbers.append(number) }
      }
    }
    var seen: Set<Double> = [0, 1, -1, 2, 0.5, -0.5]
    return numbers.flatMap { [$0, -$0] }.filter { $0.isFinite && $0.magnitude < 1e100 && seen.insert($0).inserted }
  }

  /// Whether no typed number, nor what some of them make together, is so large or small that folding could lose it.
  private var hasOrdinaryNumbers: Bool {
    expression.literalValues.allSatisfy { number in
      number.map { $0 == 0 || (1e-6...1e6).contains($0.magnitude) } ?? true
    }
  }

  /// Whether the smallest typed number would show beside the largest.
  private var showsEveryNumber: Bool {
    let sizes = expression.literalValues.compactMap { $0?.magnitude }.filter { $0 > 0 }
    guard let least = sizes.min(), let most = sizes.max() else { return true }
    return least > 1e-13 * most
  }

  // MARK: Shapes

  /// A claim whose shape is not that of what it is about.
  struct Misfit: Error, CustomStringConvertible {
    let description: String
  }

  /// The claim in the shape of what it is about: a number stands for every element, a row for a vector, and a vector for
  /// the diagonal of the derivative of one vector by another.
  func fitted(_ claim: Node) throws -> Node {
    if let error = claim.error { throw error }
    let (own, wanted) = (claim.shape, truth.shape)
    if own == wanted { return claim }
    if own.elementCount == wanted.elementCount,
      own.dimensions.filter({ $0 > 1 }) == wanted.dimensions.filter({ $0 > 1 })
    {
      return claim.reshaped(to: wanted)
    }
    if case .derivative = subject.quantity, wanted.rank == 2, wanted[0] == wanted[1], own.rank <= 1,
      domain.first?.shape.rank == 1
    {
      var ones = [Double](repeating: 0, count: wanted.elementCount)
      for place in 0..<wanted[0] { ones[place * (wanted[0] + 1)] = 1 }
      return (own.rank == 0 ? claim : claim.reshaped(to: [wanted[0], 1]))
        * graph.graph.constant(Tensor(shape: wanted, ones))
    }
    if own.rank == 0 { return claim.broadcast(to: wanted) }
    throw Misfit(description: "the claim has shape \(own), \(subject.symbol) has shape \(wanted)")
  }

  private static func firstLine(of error: any Error) -> String {
    let text = (error as? ExpressionError)?.message ?? "\(error)"
    return "the shapes do not fit: " + text.prefix { !$0.isNewline }
  }

  // MARK: Repairs

  /// The nearest formula, one replacement away, that agrees everywhere.
  private func repair(_ trial: ClaimTrial) -> GradientReport.JudgedClaim.Repair? {
    let probes = Array((trial.defined.filter { trial.points[$0].isModerate && !trial.points[$0].isSpecial }).prefix(4))
    guard !probes.isEmpty else { return nil }
    let edits = ClaimEdits(expression, names: graph.names).all
    let known = Set(graph.names.keys), before = graph.values
    graph.assign(trial.points[probes[0]].values)
    let wanted = (try? truth.value().scalars) ?? []
    var near: [(edit: ClaimEdits.Edit, expression: Expression)] = []
    // Plain numbers at one point leave few; the intervals decide among those.
    for edit in edits.prefix(1500) where edit.text != subject.symbol {
      guard let changed = try? Expression(edit.text, names: known) else { continue }
      let isNear = try? graph.graph.scope { () throws -> Bool in
        let values = try fitted(try graph.record(changed)).value().scalars
        return zip(values, wanted).allSatisfy { ($0 - $1).magnitude <= 1e-6 * Swift.max($0.magnitude, $1.magnitude) }
      }
      if isNear == true { near.append((edit, changed)) }
    }
    graph.assign(before)
    for (edit, changed) in near {
      guard let recorded = try? graph.record(changed), let claim = try? fitted(recorded) else { continue }
      let holds = probes.allSatisfy { if case .agrees = trial.outcome(of: claim, at: $0) { true } else { false } }
      guard holds else { continue }
      let tally = ClaimTally(trial, claim)
      guard tally.differing.isEmpty, tally.gaps.isEmpty, tally.agreeing.count >= Self.fewestPoints else { continue }
      // A rewritten formula is shown as formulas are written, one that was typed as it was typed.
      let isTyped = !edit.text.contains(")(") && !edit.text.contains("((")
      return .init(formula: isTyped ? edit.text : recorded.formulaText ?? edit.text, change: edit.change)
    }
    return nil
  }
}

extension Tensor {
  /// The values on one line, as they are typed.
  var inline: String {
    func text(_ range: Range<Int>, _ rest: ArraySlice<Int>) -> String {
      guard let count = rest.first else { return Tensor.text(scalars[range.lowerBound], significantDigits: 6) }
      let size = count == 0 ? 0 : range.count / count
      return "["
        + (0..<count).map { text(range.lowerBound + $0 * size..<range.lowerBound + ($0 + 1) * size, rest.dropFirst()) }
        .joined(separator: ", ") + "]"
    }
    return text(0..<scalars.count, shape.dimensions[...])
  }
}
