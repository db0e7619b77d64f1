extension Lesson {
  /// Softmax, divergences and what lectures derive of them.
  static let probabilities: [Lesson] = [
    Lesson(
      name: "softmax-8-5-0", source: "EE655 lecture 08 slides",
      expression: "s = softmax(z); -sum(y * log(s))", inputs: ["z": "[8, 5, 0]"], constants: ["y": "[1, 0, 0]"],
      claims: [
        .init("s", "exp(z)/sum(exp(z))"), .init("s[0]", "0.952"), .init("s[1]", "0.047"), .init("f", "0.049"),
        .init("ds", "-y/s"), .init("∂s/∂z", "diag(s) - s sᵀ"),
        .init("z", "s - y", is: .agreesWhere, "labels add up to 1"),
      ],
      remark: "The loss looks at one probability only, and yet every logit gets a gradient."),
    Lesson(
      name: "multi-class", source: "EE655 lecture 08 slides; IE 643 lecture 11",
      expression: "p = softmax(z); -sum(y * log(p))", inputs: ["z": "[2, -1, 0.5]"], constants: ["y": "[1, 0, 0]"],
      claims: [.init("z", "sum(y)*p - y"), .init("z", "sigmoid(z) - y", is: .disagrees, "that is multi-label's")],
      remark: "One label of C: probabilities compete, and their gradients add up to 0. Compare multi-label."),
    Lesson(
      name: "multi-label", source: "EE655 lecture 08 slides; IE 643 homework",
      expression: "p = sigmoid(z); -sum(y * log(p) + (1 - y) * log(1 - p))", inputs: ["z": "[2, -1, 0.5]"],
      constants: ["y": "[1, 0, 1]"],
      claims: [.init("z", "p - y"), .init("dp", "(p - y)/(p*(1 - p))"), .init("∂p/∂z", "diag(p ⊙ (1 - p))")],
      remark: "C sigmoids and C binary cross-entropies: each label on its own, and again prediction minus target."),
    Lesson(
      name: "delta-recursion", source: "EE655 lecture 08 slides; IE 643 lecture 9",
      expression: "z1 = W1 @ x; a1 = sigmoid(z1); z2 = W2 @ a1; a2 = sigmoid(z2); 0.5 * sum((a2 - y)^2)",
      inputs: ["W1": "[[0.15, 0.2], [0.25, 0.3]]", "W2": "[[0.4, 0.45], [0.5, 0.55]]"],
      constants: ["x": "[0.05, 0.1]", "y": "[0.01, 0.99]"],
      claims: [
        .init("dz2", "(a2 - y) ⊙ a2 ⊙ (1 - a2)"),
        .init("W2", "∂f/∂z2 @ reshaped(a1, [1, 2])", is: .disagrees, "a column is needed"),
        .init("dz1", "(W2ᵀ(∂f/∂z2)) ⊙ a1 ⊙ (1 - a1)"), .init("W1", "(∂f/∂z1)xᵀ"),
      ],
      remark: "δ of a layer is the transposed weights times δ of the next one, gated by the slope of the activation."),
    Lesson(
      name: "kl-values", source: "IE 643 lectures 10 and 11",
      expression: "forward = sum(p*log(p/q)); reverse = sum(q*log(q/p)); forward - reverse",
      inputs: ["p": "[0.25, 0.75]", "q": "[0.5, 0.5]"],
      claims: [
        .init("forward", "0.1308"), .init("reverse", "0.1438"),
        .init(
          "forward", "-sum(p*log(q)) + sum(p*log(p))", is: .agreesWhere, "cross-entropy less entropy, of probabilities"),
        .init("reverse", "forward", is: .disagrees, "KL is not symmetric"),
      ],
      remark: "KL(p‖q) = 0.75 ln 3 − ln 2 and KL(q‖p) = ln 2 − 0.5 ln 3: two numbers for one pair."),
    Lesson(
      name: "kl-triangle", source: "IE 643 lectures 10 and 11", expression: "sum(p*log(p/q))",
      inputs: ["p": "[0.5, 0.5]", "q": "[0.25, 0.75]"], claims: [.init("q", "-p/q")],
      remark: "Nor does it satisfy the triangle inequality.", experiment: .triangle),
    Lesson(
      name: "kl-zero", source: "IE 643 lectures 10 and 11",
      expression: "q = softmax(z); sum(p*log(p/q))", inputs: ["z": "[0, 0]"], constants: ["p": "[0.5, 0.5]"],
      published: [.init(.value, "0")],
      claims: [.init("z", "sum(p)*q - p"), .init("z[0]", "0"), .init("z[1]", "0")],
      remark: "At q = p the divergence is 0 and so is its gradient by the logits: it is a minimum, so KL ≥ 0."),
    Lesson(
      name: "kl-and-cross-entropy", source: "IE 643 lectures 10 and 11",
      expression: "q = softmax(z); kl = sum(p*log(p/q)); ce = -sum(p*log(q)); kl + 0*ce",
      inputs: ["z": "[1, -0.5]"], constants: ["p": "[0.25, 0.75]"],
      claims: [
        .init("kl", "sum(p*log(p)) + ce", "KL is the negative entropy and the cross-entropy"),
        .init("∂kl/∂z", "∂ce/∂z"),
      ],
      remark: "The entropy does not depend on the logits, so both losses have one gradient."),
    Lesson(
      name: "plain-scaling", source: "NN lecture 2",
      expression: "plain = z / sum(z); s = softmax(z); sum(plain * s)", inputs: ["z": "[2, -1, 0.5]"],
      claims: [
        .init("plain[1]", "-0.67"), .init("s[1]", "0.039"),
        .init("plain", "s", is: .disagrees, "a score below 0 is no probability"),
        .init("∂plain/∂z", "identity(3)/sum(z) - z (1 + 0*z)ᵀ/sum(z)^2"),
      ],
      remark:
        "z/Σz is negative where a score is, and breaks down where scores add up to 0; softmax is always a distribution."
    ),
    Lesson(
      name: "softmax-regression-descent", source: "NN lecture 2",
      expression: "z = W @ x; p = softmax(z); -sum(y*log(p)) + 0.05*sum(W^2)",
      inputs: ["W": "[[0.1, -0.2], [0.3, 0.1], [0, 0.2]]"], constants: ["x": "[1, 2]", "y": "[0, 1, 0]"],
      claims: [
        .init("dp", "-y/p"), .init("∂p/∂z", "diag(p) - p pᵀ"), .init("dz", "(diag(p) - p pᵀ)(-y/p)"),
        .init("W", "(sum(y)*p - y)xᵀ + 0.1*W"),
      ],
      remark: "∂J/∂P is 3, ∂P/∂z is 3×3, ∂z/∂W turns a column into an outer product with x: 3·(3×3), then 3×2.",
      experiment: .descent(["W"], rate: 0.5, tolerance: 1e-9)),
    Lesson(
      name: "vanishing-and-exploding", source: "IE 643 lecture 9; EE655 lecture 08 slides",
      expression: "h1 = tanh(w*x); h2 = tanh(w*h1); h3 = tanh(w*h2); h3", inputs: ["w": "0.8", "x": "1"],
      claims: [.init("x", "w*(1 - h1^2) * w*(1 - h2^2) * w*(1 - h3^2)"), .init("dh1", "w*(1 - h2^2) * w*(1 - h3^2)")],
      remark:
        "A product of one factor per layer: below 1 it vanishes, above 1 it explodes. Sigmoid's factor is at most ¼.",
      experiment: .deltas(layers: 20, width: 16)),
    Lesson(
      name: "softmax-two-paths", source: "19CSE437 slides",
      expression: "h = sigmoid(W1 @ x); z = W2 @ h; s = softmax(z); sum((y - s) ^ 2)",
      inputs: [
        "W1": "[[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]",
        "W2": "[[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]", "x": "[2, 5, 3, 3]",
      ],
      constants: ["y": "[1, 0]"], published: [.init(.gradient("W1", [2, 0]), "-0.0065", isRight: false)],
      derivation: twoPaths,
      remark:
        "The slide multiplies along two paths. Softmax is coupled: each ŷ depends on each a₂ⱼ, so four products are summed, "
        + "and Σ w₂₁ⱼh₁ⱼ, which it prints for ∂a₂₁/∂w₁₃₁, is a₂₁ itself."),
  ]

  private static let twoPaths: [Step] = [
    Step("∂L/∂ŷ₁", "-2 * (y[0] - s[0])"),
    Step("∂L/∂ŷ₂", "-2 * (y[1] - s[1])"),
    Step("∂ŷ₁/∂a₂₁", "s[0] * (1 - s[0])", printed: "-s[0] * s[1] * z[1]", "−a₂₂ stands where nothing belongs"),
    Step("∂ŷ₁/∂a₂₂", "-s[0] * s[1]", printed: "0 * s[0]", "left out: a₂₂ moves ŷ₁ too"),
    Step("∂ŷ₂/∂a₂₁", "-s[0] * s[1]", printed: "0 * s[0]", "left out: a₂₁ moves ŷ₂ too"),
    Step("∂ŷ₂/∂a₂₂", "s[1] * (1 - s[1])", printed: "-s[0] * s[1] * z[0]", "−a₂₁ stands where nothing belongs"),
    Step("∂a₂₁/∂h₁₃", "W2[0, 2]"),
    Step("∂a₂₂/∂h₁₃", "W2[1, 2]"),
    Step("∂h₁₃/∂a₁₃", "h[2] * (1 - h[2])"),
    Step("∂a₁₃/∂w₁₃₁", "x[0]"),
    Step("∂a₂₁/∂w₁₃₁", "W2[0, 2] * h[2] * (1 - h[2]) * x[0]", printed: "z[0]", "the slide's sum Σ w₂₁ⱼh₁ⱼ is a₂₁"),
    Step(
      "∂L/∂w₁₃₁",
      "(-2*(y[0]-s[0])*s[0]*(1-s[0]) + 2*(y[1]-s[1])*s[0]*s[1]) * W2[0,2]*h[2]*(1-h[2])*x[0] + (2*(y[0]-s[0])*s[0]*s[1] - 2*(y[1]-s[1])*s[1]*(1-s[1])) * W2[1,2]*h[2]*(1-h[2])*x[0]",
      printed:
        "2*(y[0]-s[0])*s[0]*s[1]*z[1]*W2[0,2]*h[2]*(1-h[2])*x[0] + 2*(y[1]-s[1])*s[0]*s[1]*z[0]*W2[1,2]*h[2]*(1-h[2])*x[0]",
      "−0.0065 instead of 0.0032"),
  ]
}
