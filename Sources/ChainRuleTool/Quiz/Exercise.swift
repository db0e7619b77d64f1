import ChainRule

/// A formula with values, and what is asked of it: its value and its gradients.
struct Exercise {
  let formula: String
  let values: [(name: String, text: String)]
  let questions: [Question]

  /// A number to be told, and the wrong ones that come of known slips.
  struct Question {
    let symbol: String
    let truth: Double
    let slips: [(number: Double, why: String)]
  }

  /// - Throws: an ``ExpressionError`` where the formula cannot be read or its values do not fit.
  init(_ formula: String, values: [(name: String, text: String)]) throws {
    self.formula = formula
    self.values = values
    let expression = try Expression(formula), graph = Graph()
    let inputs = expression.inputs(
      in: graph, values: try values.map { ($0.name, try Tensor(literal: TypedNumber.plain($0.text))) })
    let f = try expression.record(in: graph, inputs: inputs)
    let gradients = f.backward(), value = try f.scalar()
    var questions = [Question(symbol: "f", truth: value, slips: [(-value, Slip.sign)])]
    for (name, _) in values {
      guard let node = inputs[name], let gradient = gradients[node] else { continue }
      questions.append(try Self.question(name, node, try gradient.scalar(), gradients))
    }
    self.questions = questions
  }

  private static func question(
    _ name: String, _ node: Node, _ truth: Double, _ gradients: Gradients
  ) throws -> Question {
    let contributions = gradients.contributions(to: node)
    var slips = [(-truth, Slip.sign), (try node.scalar(), Slip.value)]
    if contributions.count > 1 { slips += try contributions.map { (try $0.product.scalar(), Slip.sum) } }
    for contribution in contributions {
      slips.append((try contribution.upstream.scalar(), Slip.upstream))
      if let local = contribution.localGradient { slips.append((try local.scalar(), Slip.local)) }
    }
    return Question(symbol: "∂f/∂\(name)", truth: truth, slips: slips)
  }

  /// The formula and its values on one line: what a code stands for.
  var line: String { formula + " | " + values.map { "\($0.name)=\($0.text)" }.joined(separator: "; ") }

  /// Exercises of a seed: the same on every machine.
  static func random(_ count: Int, seed: UInt64) throws -> [Exercise] {
    var random = RandomNumbers(seed: seed)
    return try (0..<count).map { _ in
      let (formula, names) = templates[Int(random.next() % UInt64(templates.count))]
      let values = names.map { name in
        var number = 0
        while number == 0 { number = Int(random.next() % 13) - 6 }
        let isHalf = random.next() % 3 == 0
        return (name, isHalf ? NumberText.short(Double(number) / 2, digits: 3).replacing("−", with: "-") : "\(number)")
      }
      return try Exercise(formula, values: values)
    }
  }

  private static let templates: [(String, [String])] = [
    ("(x + y) * z", ["x", "y", "z"]), ("(w * x + b - t)^2", ["w", "x", "b", "t"]),
    ("x * y + max(x, z)", ["x", "y", "z"]),
    ("sigmoid(w * x + b)", ["w", "x", "b"]), ("x^2 * y - z", ["x", "y", "z"]), ("x * x + x * y", ["x", "y"]),
    ("relu(w * x + b) * v", ["w", "x", "b", "v"]), ("(x - y)^2 + (y - z)^2", ["x", "y", "z"]),
    ("x / y + y", ["x", "y"]), ("tanh(w * x) + w", ["w", "x"]), ("exp(x / 4) * y", ["x", "y"]),
    ("a * b + b * c + c * a", ["a", "b", "c"]),
  ]
}

/// The sentences of known slips.
enum Slip {
  static let sign = "The sign is turned: check the minus."
  static let value = "That is the value, not the gradient."
  static let sum = "That is one consumer's part: a value used more than once sums over its consumers."
  static let upstream = "That is the upstream alone: multiply it by the local gradient."
  static let local = "That is the local gradient alone: multiply it by the upstream."
  static let none = "Compute the step again: which operation is it, and what are its inputs?"
}
