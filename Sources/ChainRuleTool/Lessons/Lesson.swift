import ChainRule

/// A worked example of a lecture or tutorial: its formula, what its source prints, and what to learn from it.
struct Lesson: Sendable {
  let name: String
  let source: String
  /// In the language of expressions.
  let expression: String
  /// Names to differentiate by, with their values as they are typed.
  let inputs: KeyValuePairs<String, String>
  /// Names that stay as they are.
  var constants: KeyValuePairs<String, String> = [:]
  var published: [Published] = []
  var derivation: [Step] = []
  /// Formulas of the source, judged wherever the function is defined.
  var claims: [Claimed] = []
  /// What to look at, in a sentence or two.
  let remark: String
  var experiment: Experiment?

  /// One number or formula of the source.
  struct Published: Sendable {
    let quantity: Quantity
    /// A number as the source prints it, or a formula in the language of expressions.
    let text: String
    let isFormula: Bool
    /// False where the source is wrong, and the lesson shows it.
    let isRight: Bool

    init(_ quantity: Quantity, _ text: String, isRight: Bool = true) {
      (self.quantity, self.text, isFormula, self.isRight) = (quantity, text, false, isRight)
    }

    init(_ quantity: Quantity, formula: String) {
      (self.quantity, text, isFormula, isRight) = (quantity, formula, true, true)
    }
  }

  /// A formula as the source prints it, in the language of claims.
  struct Claimed: Sendable {
    let left: String, right: String
    let expected: GradientReport.JudgedClaim.Judgement
    let comment: String

    /// A formula that is right.
    init(_ left: String, _ right: String, _ comment: String = "") {
      (self.left, self.right, self.comment, expected) = (left, right, comment, .agrees)
    }

    /// A formula that is wrong, or right on a part of the domain only.
    init(_ left: String, _ right: String, is expected: GradientReport.JudgedClaim.Judgement, _ comment: String) {
      (self.left, self.right, self.comment, self.expected) = (left, right, comment, expected)
    }
  }

  enum Quantity: Sendable {
    case value
    /// The gradient of the whole with respect to an input or an assigned name, or to one element of it.
    case gradient(String, [Int] = [])
    /// The value of an assigned name.
    case named(String)
    /// The derivative of one name by another.
    case derivative(of: String, by: String)
    /// An element of the Hessian.
    case second(String, String)
    /// A parameter after one step of gradient descent.
    case updated(String, rate: Double)
  }

  /// A line of a derivation: as it should be, and as the source has it.
  struct Step: Sendable {
    let symbol: String
    let right: String
    let printed: String
    let comment: String

    init(_ symbol: String, _ right: String, printed: String? = nil, _ comment: String = "") {
      (self.symbol, self.right, self.printed, self.comment) = (symbol, right, printed ?? right, comment)
    }
  }

  enum Experiment: Sendable {
    /// One step of gradient descent with rate ½: after the whole backward pass, and in the middle of it, the output
    /// layer's weights moved before the pass goes on from `nets` to the hidden layer.
    case updateOrder(nets: [String], outputLayer: [String], hiddenLayer: [String], published: String)
    /// Newton's method on one input.
    case newton(String, steps: Int, converges: Double)
    /// Differences over smaller and smaller steps by one input.
    case limit(String)
    /// Gradient descent on inputs until the loss changes by less than a part of itself.
    case descent([String], rate: Double, tolerance: Double)
    /// A triple of distributions for which KL breaks the triangle inequality, found and computed.
    case triangle
    /// ‖∂L/∂z‖ of every layer of deep networks: sigmoid, tanh and relu at three scales of their weights.
    case deltas(layers: Int, width: Int)
  }

  /// The expression, a statement a line; the last one is called f unless it has a name of its own.
  var statements: [String] {
    var lines = expression.split { $0 == "\n" || $0 == ";" }.map { String($0.drop { $0 == " " }) }
    if let last = lines.last, !last.contains(" = ") { lines[lines.count - 1] = "f = " + last }
    return lines
  }

  var outputName: String { statements.last?.split(separator: " ").first.map(String.init) ?? "f" }

  static func named(_ name: String) -> Lesson? { all.first { $0.name == name } }
}
