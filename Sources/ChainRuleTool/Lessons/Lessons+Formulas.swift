extension Lesson {
  /// Formulas of slides, judged: right ones, wrong ones with what mends them.
  static let formulas: [Lesson] = activations + errors + simple

  private static let activations: [Lesson] = [
    Lesson(
      name: "sigmoid-derivative", source: "Activation functions and error functions (slides)",
      expression: "sigmoid(x)", inputs: ["x": "0.5"],
      claims: [
        .init("x", "exp(-x)/(1+exp(x))^2", is: .disagrees, "the minus of the denominator's exponent is lost"),
        .init("x", "exp(-x)/(1+exp(-x))^2"), .init("x", "sigmoid(x)*(1 - sigmoid(x))"),
      ],
      remark: "One sign in an exponent: at 0 both formulas give ¼, so a test at 0 alone would not have found it."),
    Lesson(
      name: "tanh-derivative", source: "Activation functions and error functions (slides)", expression: "tanh(x)",
      inputs: ["x": "0.5"],
      claims: [.init("x", "1 - tanh(x)^2"), .init("f", "2*sigmoid(2*x) - 1")],
      remark: "tanh is a sigmoid, stretched to ±1 and twice as steep."),
    Lesson(
      name: "leaky-relu", source: "Activation functions and error functions (slides); CS231n neural-networks-1",
      expression: "max(0.1 * x, x)", inputs: ["x": "-2"],
      published: [.init(.value, "-0.2"), .init(.gradient("x"), "0.1")],
      claims: [
        .init("x", "0.1 + 0.9*(x > 0)"), .init("x", "1", is: .disagrees, "below 0 the slope is 0.1"),
      ],
      remark: "No unit dies: below 0 a tenth of the gradient still passes."),
    Lesson(
      name: "maxout", source: "CS231n neural-networks-1", expression: "max(w1 * x + b1, w2 * x + b2)",
      inputs: ["w1": "1", "w2": "-0.5", "b1": "0", "b2": "1", "x": "2"],
      published: [.init(.value, "2"), .init(.gradient("w1"), "2"), .init(.gradient("w2"), "0")],
      claims: [
        .init("w1", "x*(w1*x + b1 > w2*x + b2)"), .init("x", "w1*(w1*x + b1 > w2*x + b2) + w2*(w1*x + b1 < w2*x + b2)"),
      ],
      remark: "The larger of two lines: relu and leaky relu are special cases, and the gradient goes to the winner."),
    Lesson(
      name: "relu-network", source: "CS231n neural-networks-1", expression: "h = max(0, W1 @ x); sum(W2 @ h)",
      inputs: ["W1": "[[1, -1], [0.5, 2]]", "W2": "[[1, 2], [-1, 0.5]]", "x": "[1, 2]"],
      claims: [
        .init("dh", "W2ᵀ(1 + 0*h[0:2])"), .init("W1", "((W2ᵀ(1 + 0*h)) ⊙ (W1 @ x > 0))xᵀ"),
      ],
      remark: "f = W₂ max(0, W₁x): the mask of the forward pass is the local gradient of the backward pass."),
    Lesson(
      name: "relu-network-3", source: "CS231n neural-networks-1",
      expression: "h1 = max(0, W1 @ x); h2 = max(0, W2 @ h1); w3 @ h2",
      inputs: ["W1": "[[1, -1], [0.5, 2]]", "W2": "[[1, 2], [-1, 0.5]]", "w3": "[1, -2]", "x": "[1, 2]"],
      claims: [
        .init("w3", "h2"), .init("dh1", "W2ᵀ(w3 ⊙ (W2 @ h1 > 0))"),
        .init("W2", "(w3 ⊙ (W2 @ h1 > 0))h1ᵀ"),
      ],
      remark: "One more layer is one more transposed matrix and one more mask."),
    Lesson(
      name: "parameter-count", source: "CS231n neural-networks-1",
      expression: "small = 3*4 + 4 + 4*2 + 2; large = 3*4 + 4 + 4*4 + 4 + 4*1 + 1; n*h + h + h*c + c",
      inputs: ["n": "784", "h": "64", "c": "10"],
      published: [.init(.value, "50890")],
      claims: [.init("n", "h"), .init("h", "n + 1 + c")],
      remark: "3–4–2 has 26 parameters and 3–4–4–1 has 41; in general (n + 1)h + (h + 1)c, linear in each width."),
  ]

  private static let errors: [Lesson] = [
    Lesson(
      name: "bce-sign", source: "Activation functions and error functions (slides)",
      expression: "-(y*log(a) + (1-y)*log(1-a))", inputs: ["a": "0.7", "y": "1"],
      claims: [
        .init(
          "f", "y*log(a) + (1-y)*log(1-a)", is: .disagrees, "without its minus it is negative, and would be maximized"),
        .init("a", "-y/a - (1-y)/(1-a)", is: .disagrees, "the inner derivative of 1 − a is −1"),
        .init("a", "-y/a + (1-y)/(1-a)"), .init("a", "(a - y)/(a*(1-a))"),
      ],
      remark: "With the right sign it collapses behind a sigmoid: (a − y)/(a(1 − a)) · a(1 − a) = a − y."),
    Lesson(
      name: "hinge-regularized", source: "Activation functions and error functions (slides)",
      expression: "max(0, 1 - t*y) + l*sum(W^2)",
      inputs: ["y": "0.3", "W": "[1, -2]"], constants: ["t": "1", "l": "0.1"],
      claims: [
        .init("W", "2*l*W"), .init("y", "-t*(t*y < 1)"),
        .init("y", "-t", is: .agreesWhere, "beyond the margin it is 0"),
      ],
      remark: "The penalty λR(W) pulls on every weight, also where the margin is met."),
    Lesson(
      name: "limit", source: "CS231n optimization-1; 19CSE437 slides", expression: "x^2 * sin(x)", inputs: ["x": "1"],
      claims: [.init("x", "2*x*sin(x) + x^2*cos(x)")],
      remark: "The limit h → 0 cannot be taken in floating point: the best h lies near 1e-8 on one side, 1e-5 on both.",
      experiment: .limit("x")),
  ]

  private static let simple: [Lesson] = [
    ("shift", "c + x", "1"), ("exponential", "exp(x)", "exp(x)"), ("scale", "a * x", "a"),
    ("inverse", "1 / x", "-1/x^2"),
  ].map { name, expression, slope in
    Lesson(
      name: "local-" + name, source: "CS231n optimization-2", expression: expression,
      inputs: expression.contains("c")
        ? ["c": "1", "x": "2"] : expression.contains("a") ? ["a": "3", "x": "2"] : ["x": "2"],
      claims: [.init("x", slope)], remark: "One of the four local gradients of which the sigmoid's circuit is made.")
  }
}
