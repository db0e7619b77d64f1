import ChainRule
import Testing

/// What a reader would stumble over is said; what is ordinary is not.
@Suite struct NoteTests {
  private func notes(_ formula: String, _ values: [String: Double]) throws -> [String] {
    let graph = Graph()
    let f = try Expression(formula).record(in: graph, values: values.mapValues { Tensor($0) })
    return try f.explain().notes
  }

  @Test(
    "A value that is none says where it comes from",
    arguments: [
      ("log(x) + 1", -1.0, "log(x) has no real value at x = -1"), ("sqrt(x) * 2", -4, "sqrt(x) has no real value"),
      ("1 / x", 0, "1 / x is not finite here"), ("asin(x)", 2, "asin(x) has no real value"),
    ])
  func odd(formula: String, x: Double, words: String) throws {
    let notes = try notes(formula, ["x": x])
    #expect(notes.count == 1 && notes[0].contains(words), "\(notes)")
  }

  @Test func cancellationIsCalledRounding() throws {
    #expect(try notes("(a - b) - c", ["a": 0.3, "b": 0.1, "c": 0.2]).contains { $0.contains("is rounding") })
    #expect(
      try notes("0.1 * x + 0.2 * x - 0.3 * x", ["x": 1]).contains { $0.hasPrefix("The gradient of x is rounding") })
  }

  @Test func whatIsOrdinaryIsNotNoted() throws {
    #expect(try notes("log(x) - x", ["x": 2]).isEmpty)
    #expect(try notes("x - y", ["x": 1, "y": 1]).isEmpty, "an exact 0 is no rounding")
    #expect(try notes("x - 0.999999999 * x", ["x": 1]).isEmpty)
  }

  @Test("Tables keep to the terminal's width", arguments: [80, 100, 140])
  func width(columns: Int) throws {
    let graph = Graph()
    let formula = "h = sigmoid(w1 * x + b1) * tanh(w2 * x); (h - sigmoid(long_name_of_a_target * x))^2 + h * x"
    let values = ["w1": 0.5, "x": 2, "b1": 0.1, "w2": -1, "long_name_of_a_target": 1].mapValues { Tensor($0) }
    let explanation = try Expression(formula).record(in: graph, values: values).explain(title: "f")
    let lines = explanation.text(width: columns).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= columns }, "\(lines.max { $0.count < $1.count } ?? "")")
    #expect(lines.contains { $0.contains("Σ over 4") })
    #expect(explanation.text(width: 400) == explanation.text())
  }
}
