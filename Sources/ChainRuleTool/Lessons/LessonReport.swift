import ChainRule

/// A lesson computed: the published numbers beside ours, the derivation line by line, and the experiment.
struct LessonReport {
  let lesson: Lesson
  private(set) var rows: [Row] = []
  private(set) var steps: [StepRow] = []
  private(set) var claims: [ClaimRow] = []
  private(set) var experiment: [String] = []
  private(set) var contributions: [String] = []

  struct Row {
    let quantity: String
    let published: String
    /// Rounded to the digits that the source prints.
    let computed: String
    let inFull: String
    let agrees: Bool
    let isExpected: Bool
  }

  /// A formula of the source and what came of it.
  struct ClaimRow {
    let claimed: Lesson.Claimed
    let judged: GradientReport.JudgedClaim

    /// Proved or tried, a formula that agrees is right.
    var isExpected: Bool {
      judged.judgement == claimed.expected || judged.judgement == .identical && claimed.expected == .agrees
    }
  }

  struct StepRow {
    let symbol: String
    let right: String
    let printed: String
    let agrees: Bool
    let comment: String
  }

  /// Whether everything came out as the lesson says, the known mistakes of its source included.
  var isAsExpected: Bool { rows.allSatisfy(\.isExpected) && claims.allSatisfy(\.isExpected) }

  init(_ lesson: Lesson) throws {
    self.lesson = lesson
    let (f, names) = try lesson.record()
    let quantities = Quantities(f: f, names: names, output: lesson.outputName)

    for published in lesson.published { rows.append(try quantities.row(published)) }
    for step in lesson.derivation {
      let right = try Expression(step.right).record(in: f.graph, inputs: names).scalar()
      let printed = try Expression(step.printed).record(in: f.graph, inputs: names).scalar()
      steps.append(
        StepRow(
          symbol: step.symbol, right: NumberText.short(right, digits: 8), printed: NumberText.short(printed, digits: 8),
          agrees: right == printed,
          comment: step.comment))
    }
    contributions = try quantities.sums(of: names)
    if !lesson.claims.isEmpty {
      let graph = try ClaimedGraph(output: f, names: names)
      claims = try lesson.claims.map { claim in
        let isNumber = Double(claim.right.filter { !$0.isWhitespace }) != nil
        return ClaimRow(
          claimed: claim,
          judged: try isNumber
            ? graph.judge(claim.left, number: claim.right) : graph.judge(claim.left, formula: claim.right))
      }
    }
    if let experiment = lesson.experiment { self.experiment = try experiment.run(on: f, names) }
  }
}

/// The quantities of a recorded lesson.
private struct Quantities {
  let f: Node
  let names: [String: Node]
  /// What the lesson calls f.
  let output: String

  func row(_ published: Lesson.Published) throws -> LessonReport.Row {
    let tensor = try value(of: published.quantity)
    if published.isFormula {
      let formula = try Expression(published.text).record(in: f.graph, inputs: names).value()
      let agrees = zip(tensor.scalars, formula.scalars).allSatisfy { abs($0 - $1) <= 1e-12 * Swift.max(1, abs($1)) }
      return LessonReport.Row(
        quantity: published.quantity.symbol(output), published: published.text, computed: Self.line(tensor, 6),
        inFull: Self.line(tensor, 12), agrees: agrees && tensor.shape == formula.shape, isExpected: agrees)
    }
    let number = try tensor.scalar()
    let places = published.text.split(separator: ".").dropFirst().first?.count ?? 0
    let rounded = number.fixed(places)
    let agrees = rounded == published.text || Double(rounded) == Double(published.text)
    return LessonReport.Row(
      quantity: published.quantity.symbol(output), published: published.text, computed: rounded,
      inFull: NumberText.short(number, digits: 12),
      agrees: agrees, isExpected: agrees == published.isRight)
  }

  private static func line(_ tensor: Tensor, _ digits: Int) -> String {
    let numbers = tensor.scalars.map { NumberText.short($0, digits: digits) }
    return tensor.shape.rank == 0 ? numbers[0] : "[" + numbers.joined(separator: ", ") + "]"
  }

  private func value(of quantity: Lesson.Quantity) throws -> Tensor {
    switch quantity {
    case .value: return try f.value()
    case .named(let name): return try names.node(name).value()
    case .derivative(let of, let by):
      return try names.node(of).gradients(withRespectTo: [try names.node(by)])[0].value()
    case .second(let a, let b):
      return try f.hessian(withRespectTo: [try names.node(a), try names.node(b)])[0][1].value()
    case .gradient(let name, let element):
      let gradient = try f.gradients(withRespectTo: [try names.node(name)])[0].value()
      return element.isEmpty ? gradient : Tensor(gradient[element[0], element[1]])
    case .updated(let name, let rate):
      let slope = try f.gradients(withRespectTo: [try names.node(name)])[0].scalar()
      return Tensor(try names.node(name).scalar() - rate * slope)
    }
  }

  /// For every assigned scalar that is used more than once: its contributions and their sum.
  func sums(of names: [String: Node]) throws -> [String] {
    let gradients = f.backward()
    return try names.sorted { $0.key < $1.key }.compactMap { name, node in
      guard node.kind == .operation, node.shape == .scalar, let total = gradients[node] else { return nil }
      let parts = try gradients.contributions(to: node).map { try $0.product.scalar() }
      guard parts.count > 1 else { return nil }
      let sum = parts.map { NumberText.parenthesized(NumberText.short($0, digits: 10)) }.joined(separator: " + ")
      return "∂\(output)/∂\(name) = \(sum) = \(NumberText.short(try total.scalar(), digits: 10))"
    }
  }
}

extension Lesson.Quantity {
  func symbol(_ f: String) -> String {
    switch self {
    case .value: f
    case .named(let name): name
    case .gradient(let name, let element): "∂\(f)/∂\(name)" + element.map { "[\($0)]" }.joined()
    case .derivative(let of, let by): "∂\(of)/∂\(by)"
    case .second(let a, let b): a == b ? "∂²\(f)/∂\(a)²" : "∂²\(f)/∂\(a)∂\(b)"
    case .updated(let name, let rate): "\(name) − \(NumberText.short(rate, digits: 3))·∂\(f)/∂\(name)"
    }
  }
}

extension [String: Node] {
  /// The node of a name of the lesson.
  func node(_ name: String) throws -> Node {
    guard let node = self[name] else { throw RunFailure("the lesson names '\(name)', which its expression lacks") }
    return node
  }
}
