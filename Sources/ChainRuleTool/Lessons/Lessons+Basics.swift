extension Lesson {
  /// Every lesson, the easy ones first.
  static let all: [Lesson] = basics + multivariate + losses + networks + formulas + probabilities

  private static let basics: [Lesson] = [
    Lesson(
      name: "xyz", source: "Activation functions and error functions (slides); CS231n optimization-2",
      expression: "q = x + y; q * z", inputs: ["x": "-2", "y": "5", "z": "-4"],
      published: [
        .init(.value, "-12"), .init(.gradient("x"), "-4"), .init(.gradient("y"), "-4"), .init(.gradient("z"), "3"),
        .init(.named("q"), "3"), .init(.gradient("q"), "-4"),
      ],
      remark: "The sum hands its upstream −4 on to both x and y; the product swaps: each factor gets the other one."),
    Lesson(
      name: "product", source: "CS231n optimization-2", expression: "x * y", inputs: ["x": "4", "y": "-3"],
      published: [.init(.value, "-12"), .init(.gradient("x"), "-3"), .init(.gradient("y"), "4")],
      remark: "The local gradient of a product is the other factor."),
    Lesson(
      name: "sigmoid-neuron", source: "CS231n optimization-2", expression: "sigmoid(w0 * x0 + w1 * x1 + w2)",
      inputs: ["w0": "2", "x0": "-1", "w1": "-3", "x1": "-2", "w2": "-3"],
      published: [
        .init(.value, "0.73"), .init(.gradient("w0"), "-0.2"), .init(.gradient("x0"), "0.39"),
        .init(.gradient("w1"), "-0.39"), .init(.gradient("x1"), "-0.59"), .init(.gradient("w2"), "0.2"),
      ],
      remark:
        "Sigmoid is its own shortcut: σ′ = σ (1 − σ), here 0.73 · 0.27 = 0.20, so its inside need not be unrolled."),
    Lesson(
      name: "max-gate", source: "CS231n optimization-2", expression: "(x * y + max(z, w)) * 2",
      inputs: ["x": "3", "y": "-4", "z": "2", "w": "-1"],
      published: [
        .init(.value, "-20"), .init(.gradient("x"), "-8"), .init(.gradient("y"), "6"), .init(.gradient("z"), "2"),
        .init(.gradient("w"), "0"),
      ],
      remark: "A maximum routes: the larger input gets all of the upstream, the other one exactly 0."),
    Lesson(
      name: "fan-out", source: "micrograd issue 64", expression: "b = a + a; c = b + b; c", inputs: ["a": "3"],
      published: [.init(.gradient("a"), "4")],
      remark:
        "Where a value is used twice its contributions are summed: two edges of 2 each. Overwriting would leave 2."),
    Lesson(
      name: "micrograd-readme", source: "karpathy/micrograd README",
      expression: """
        c = a + b
        d = a * b + b ** 3
        c = c + c + 1
        c = c + 1 + c + (-a)
        d = d + d * 2 + relu(b + a)
        d = d + 3 * d + relu(b - a)
        e = c - d
        f = e ** 2
        g = f / 2
        g = g + 10 / f
        """,
      inputs: ["a": "-4", "b": "2"],
      published: [.init(.value, "24.7041"), .init(.gradient("a"), "138.8338"), .init(.gradient("b"), "645.5773")],
      remark: "Names are reused and values fan out widely; the reverse pass still visits every node once."),
    Lesson(
      name: "chain-exp-square", source: "19CSE437 slides", expression: "exp(x ^ 2)", inputs: ["x": "0.5"],
      published: [.init(.gradient("x"), formula: "2 * x * exp(x^2)")],
      remark: "Outer derivative at the inner value, times the inner derivative."),
    Lesson(
      name: "chain-exp-exp-square", source: "19CSE437 slides", expression: "exp(exp(x ^ 2))", inputs: ["x": "0.5"],
      published: [.init(.gradient("x"), formula: "2 * x * exp(x^2) * exp(exp(x^2))")],
      remark: "One more link of the chain is one more factor."),
  ]

  private static let multivariate: [Lesson] = [
    Lesson(
      name: "baydin", source: "Baydin et al., survey, tables 2 and 3 (as reproduced by simpleautodiff)",
      expression: "log(x1) + x1 * x2 - sin(x2)", inputs: ["x1": "2", "x2": "5"],
      published: [.init(.value, "11.652"), .init(.gradient("x1"), "5.5"), .init(.gradient("x2"), "1.716")],
      remark: "One reverse pass gives both derivatives; forward mode needs one pass for each input."),
    Lesson(
      name: "matyas", source: "dezero step 24", expression: "0.26 * (x^2 + y^2) - 0.48 * x * y",
      inputs: ["x": "1", "y": "1"],
      published: [.init(.value, "0.04"), .init(.gradient("x"), "0.04"), .init(.gradient("y"), "0.04")],
      remark: "A test function of optimization: symmetric, so both derivatives are alike."),
    Lesson(
      name: "rosenbrock", source: "Rosenbrock 1960", expression: "100 * (y - x^2)^2 + (x - 1)^2",
      inputs: ["x": "0", "y": "2"],
      published: [
        .init(.value, "401"), .init(.gradient("x"), "-2"), .init(.gradient("y"), "400"),
        .init(.second("x", "x"), formula: "1200 * x^2 - 400 * y + 2"), .init(.second("x", "y"), formula: "-400 * x"),
        .init(.second("y", "y"), formula: "200 + 0 * y"),
      ],
      remark: "A gradient is made of nodes, so it can be differentiated again: the second derivatives are exact."),
    Lesson(
      name: "quartic", source: "dezero steps 27–33", expression: "x^4 - 2 * x^2", inputs: ["x": "2"],
      published: [
        .init(.value, "8"), .init(.gradient("x"), "24"), .init(.second("x", "x"), formula: "12 * x^2 - 4"),
      ],
      remark: "With both derivatives at hand Newton's method is one line: x ← x − f′/f″.",
      experiment: .newton("x", steps: 6, converges: 1)),
  ]
}
