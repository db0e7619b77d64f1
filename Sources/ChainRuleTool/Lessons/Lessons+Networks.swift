extension Lesson {
  static let losses: [Lesson] = [
    Lesson(
      name: "softmax-cross-entropy-3", source: "EE655 lecture 08 slides; IE 643 lectures 10 and 11",
      expression: "-sum(y * log(softmax(z)))", inputs: ["z": "[8, 5, 0]"], constants: ["y": "[1, 0, 0]"],
      published: [.init(.gradient("z"), formula: "softmax(z) - y")],
      remark: "Two complicated derivatives cancel to prediction minus target."),
    Lesson(
      name: "kl-asymmetric", source: "IE 643 lectures 10 and 11", expression: "sum(p * log(p / q))",
      inputs: ["p": "[0.25, 0.75]", "q": "[0.5, 0.5]"],
      published: [.init(.gradient("p"), formula: "log(p / q) + 1"), .init(.gradient("q"), formula: "-p / q")],
      remark: "KL(p‖q) is not symmetric: compare kl-reverse, whose value differs."),
    Lesson(
      name: "kl-reverse", source: "IE 643 lectures 10 and 11", expression: "sum(q * log(q / p))",
      inputs: ["p": "[0.25, 0.75]", "q": "[0.5, 0.5]"],
      published: [.init(.gradient("q"), formula: "log(q / p) + 1"), .init(.gradient("p"), formula: "-q / p")],
      remark: "The same two distributions the other way round."),
    Lesson(
      name: "hinge", source: "Activation functions and error functions (slides)", expression: "max(0, 1 - t * y)",
      inputs: ["y": "0.3"], constants: ["t": "1"], published: [.init(.gradient("y"), formula: "-t")],
      remark: "Inside the margin the slope is −t; beyond it the loss is flat and nothing is learned."),
    Lesson(
      name: "bce-logit", source: "Activation functions and error functions (slides)",
      expression: "-(t * log(sigmoid(z)) + (1 - t) * log(1 - sigmoid(z)))", inputs: ["z": "0.7"],
      constants: ["t": "1"], published: [.init(.gradient("z"), formula: "sigmoid(z) - t")],
      remark: "Again prediction minus target."),
  ]

  static let networks: [Lesson] = [
    Lesson(
      name: "softmax-squared-error-net", source: "19CSE437 slides",
      expression: "h = sigmoid(W1 @ x); z = W2 @ h; s = softmax(z); sum((y - s) ^ 2)",
      inputs: [
        "W1": "[[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]",
        "W2": "[[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]", "x": "[2, 5, 3, 3]",
      ],
      constants: ["y": "[1, 0]"], published: [.init(.gradient("W2", [0, 1]), "-0.029", isRight: false)],
      derivation: [
        Step("∂L/∂s₁", "-2 * (y[0] - s[0])"),
        Step("∂s₁/∂z₁", "s[0] * (1 - s[0])"),
        Step("∂s₂/∂z₁", "-s[0] * s[1]", printed: "0 * s[0]", "softmax couples its outputs: z₁ moves s₂ too"),
        Step(
          "∂L/∂z₁", "-2 * (y[0] - s[0]) * s[0] * (1 - s[0]) - 2 * (y[1] - s[1]) * -s[0] * s[1]",
          printed: "-2 * (y[0] - s[0]) * s[0] * (1 - s[0])", "so two paths are to be summed, and one is left out"),
        Step("∂z₁/∂W2[0][1]", "h[1]", printed: "z[1] * h[1]", "the other logit z₂ stands where only h₂ belongs"),
        Step(
          "∂L/∂W2[0][1]",
          "(-2 * (y[0] - s[0]) * s[0] * (1 - s[0]) - 2 * (y[1] - s[1]) * -s[0] * s[1]) * h[1]",
          printed: "-2 * (y[0] - s[0]) * s[0] * (1 - s[0]) * z[1] * h[1]", "−0.029 instead of −0.130"),
      ],
      remark:
        "The slide is wrong. Central differences agree with the computed number; the derivation shows where it parts."
    ),
    Lesson(
      name: "two-layer-regression", source: "EE655 lecture 08 slides (Mazur's step-by-step example)",
      expression: """
        h1 = sigmoid(w1 * i1 + w2 * i2 + b1)
        h2 = sigmoid(w3 * i1 + w4 * i2 + b1)
        n1 = w5 * h1 + w6 * h2 + b2
        o1 = sigmoid(n1)
        n2 = w7 * h1 + w8 * h2 + b2
        o2 = sigmoid(n2)
        0.5 * (t1 - o1)^2 + 0.5 * (t2 - o2)^2
        """,
      inputs: [
        "w1": "0.15", "w2": "0.2", "w3": "0.25", "w4": "0.3", "w5": "0.4", "w6": "0.45", "w7": "0.5", "w8": "0.55",
        "b1": "0.35", "b2": "0.6",
      ],
      constants: ["i1": "0.05", "i2": "0.1", "t1": "0.01", "t2": "0.99"],
      published: [
        .init(.value, "0.298371109"), .init(.gradient("w5"), "0.082167041"), .init(.named("h1"), "0.593269992"),
        .init(.named("h2"), "0.596884378"), .init(.named("n1"), "1.105905967"), .init(.named("o1"), "0.75136507"),
        .init(.named("o2"), "0.772928465"), .init(.gradient("o1"), "0.74136507"),
        .init(.derivative(of: "o1", by: "n1"), "0.186815602"), .init(.derivative(of: "n1", by: "w5"), "0.593269992"),
        .init(.updated("w1", rate: 0.5), "0.149780716"), .init(.updated("w2", rate: 0.5), "0.19956143"),
        .init(.updated("w3", rate: 0.5), "0.24975114"), .init(.updated("w4", rate: 0.5), "0.29950229"),
        .init(.updated("w5", rate: 0.5), "0.35891648"), .init(.updated("w6", rate: 0.5), "0.408666186"),
        .init(.updated("w7", rate: 0.5), "0.51130127"), .init(.updated("w8", rate: 0.5), "0.561370121"),
      ],
      remark: "Two paths reach h1, one through each output; their contributions are summed before the pass goes on.",
      experiment: .updateOrder(
        nets: ["n1", "n2"], outputLayer: ["w5", "w6", "w7", "w8"], hiddenLayer: ["w1", "w2", "w3", "w4"],
        published: "0.291027924")),
  ]
}
