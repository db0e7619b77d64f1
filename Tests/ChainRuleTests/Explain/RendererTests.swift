import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleDrawing
@testable import ChainRuleExplaining

@Suite("Renderers of explanations")
struct RendererTests {
  /// The numbers that markup marks with `data-q`, by their key.
  static func quantities(in markup: String) throws -> [(key: String, text: String)] {
    let pattern = try NSRegularExpression(pattern: #"data-q="([a-zA-Z]\d+)"[^>]*>([^<]*)<"#)
    let whole = NSRange(markup.startIndex..., in: markup)
    return pattern.matches(in: markup, range: whole).compactMap { match in
      guard let key = Range(match.range(at: 1), in: markup), let text = Range(match.range(at: 2), in: markup) else {
        return nil
      }
      return (String(markup[key]), String(markup[text]))
    }
  }

  static func number(_ text: String) -> Double? {
    Double(
      text.replacingOccurrences(of: "−", with: "-").trimmingCharacters(in: CharacterSet(charactersIn: "()"))
        .components(separatedBy: " ")[0].replacingOccurrences(of: "∞", with: "inf"))
  }

  /// What the explanation says that number is.
  static func value(_ key: String, in explanation: Explanation) -> Double? {
    guard let letter = key.lowercased().first, let index = Int(key.dropFirst()) else { return nil }
    switch letter {
    case "v": return explanation.nodes[index].value?.scalar
    case "g": return explanation.nodes[index].gradient.value?.scalar
    case "t": return explanation.nodes[index].tangent?.scalar
    case "l": return explanation.edges[index].factor?.scalar
    case "u": return explanation.edges[index].upstream?.scalar
    case "p": return explanation.edges[index].product?.scalar
    default: return nil
    }
  }

  private func expectAgreement(_ markup: String, with explanation: Explanation) throws {
    let quantities = try Self.quantities(in: markup)
    var seen = Set<String>()
    for (key, text) in quantities {
      seen.insert(key)
      guard let expected = Self.value(key, in: explanation), let drawn = Self.number(text) else { continue }
      #expect(abs(drawn - expected) <= 0.5e-3 * abs(expected) + 1e-300, "\(key) is drawn as \(text), is \(expected)")
    }
    for node in explanation.nodes where node.isScalar && node.gradient.value != nil && node.kind != .constant {
      #expect(seen.contains("v\(node.id)") && seen.contains("g\(node.id)"), "\(node.symbol) is drawn")
    }
  }

  @Test("The numbers drawn in SVG are the numbers computed", arguments: ExplainSamples.all)
  func svgNumbers(sample: ExplainSamples.Sample) throws {
    let explanation = try sample.explain()
    try expectAgreement(explanation.svg(folding: .none), with: explanation)
  }

  @Test("The numbers in the page's drawing, tables and data are the numbers computed", arguments: ExplainSamples.all)
  func htmlNumbers(sample: ExplainSamples.Sample) throws {
    let explanation = try sample.explain()
    let page = explanation.html()
    try expectAgreement(page, with: explanation)
    let start = try #require(page.range(of: #"<script type="application/json" id="data">"#))
    let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
    let decoded = try JSONDecoder().decode(Explanation.self, from: Data(page[start.upperBound..<end.lowerBound].utf8))
    #expect(decoded == explanation.forPage)
    #expect(decoded.nodes.map(\.gradient) == explanation.nodes.map(\.gradient))
    #expect(decoded.edges.map(\.factor) == explanation.edges.map(\.factor))
  }

  @Test("The numbers in the text are the numbers computed, to the digits printed", arguments: ExplainSamples.lectures)
  func textNumbers(sample: ExplainSamples.Sample) throws {
    let explanation = try sample.explain()
    let lines = explanation.text(digits: 12).split(separator: "\n")
    let backward = try #require(lines.firstIndex { $0.hasPrefix("Backward") })
    for node in explanation.nodes where node.isScalar && (node.kind == .input || node.kind == .computed) {
      let rows = lines.filter { $0.split(separator: " ").first.map(String.init) == node.symbol }
      let value = try #require(node.value?.scalar)
      #expect(rows.contains { $0.contains(NumberText.short(value, digits: 12)) }, "value of \(node.symbol)")
      guard node.gradient.state == .value, let gradient = node.gradient.value?.scalar else { continue }
      let text = NumberText.short(gradient, digits: 12)
      #expect(lines[backward...].contains { $0.hasSuffix(" \(text)") }, "gradient of \(node.symbol)")
    }
  }

  @Test("SVG is well-formed, described, without script, and the same every time", arguments: ExplainSamples.all)
  func svgForm(sample: ExplainSamples.Sample) throws {
    let svg = try sample.explain().svg()
    #expect(try sample.explain().svg() == svg)
    #expect(!svg.contains("var(") && svg.contains("fill=\"#116329\""), "colours that any program understands")
    #expect(svg.contains("<title") && svg.contains("<desc") && svg.contains("prefers-color-scheme:dark"))
    #expect(!svg.contains("<script"))
    #expect(throws: Never.self) { try XMLCheck.parse(svg) }
  }

  @Test("A page asks for nothing from the network", arguments: ExplainSamples.pictures)
  func noNetwork(sample: ExplainSamples.Sample) throws {
    let page = try sample.explain().html()
    #expect(!page.contains("http://") && !page.contains("https://"))
    #expect(!page.contains("fetch(") && !page.contains("import(") && !page.contains("@import"))
  }

  @Test("LaTeX: braces and environments balance, nothing outside ASCII is left", arguments: ExplainSamples.all)
  func latex(sample: ExplainSamples.Sample) throws {
    let explanation = try sample.explain()
    let latex = explanation.latex(standalone: true)
    var depth = 0, isEscaped = false
    for character in latex {
      if character == "{", !isEscaped { depth += 1 }
      if character == "}", !isEscaped { depth -= 1 }
      #expect(depth >= 0)
      isEscaped = character == "\\" && !isEscaped
    }
    #expect(depth == 0)
    #expect(latex.components(separatedBy: "\\begin{").count == latex.components(separatedBy: "\\end{").count)
    #expect(!latex.unicodeScalars.contains { !$0.isASCII })
    #expect(!latex.contains("⟨"))
  }

  @Test("The chain rule of the two-layer regression is (… + …) · …")
  func latexSum() throws {
    let sample = try #require(ExplainSamples.lectures.first { $0.name == "two-layer-regression" })
    let latex = try sample.explain().latex(for: ["w1"])
    #expect(latex.contains("\\frac{\\partial f}{\\partial w_{1}} &= \\bigl("))
    #expect(latex.contains("\\bigr)"))
    #expect(latex.contains("&= 0.000438568"))
  }

  @Test("LaTeX says which zeros are closed gates, what has no gradient, and multiplies small matrices with numbers")
  func latexStates() throws {
    let graph = Graph()
    let x = graph.input("x", [-1, -2]), y = graph.input("y", 3), u = graph.input("θ", 2)
    let latex = try (relu(x).sum() + 0 * y + u.stoppingGradient()).explain().latex()
    #expect(latex.contains("\\text{(closed gate)}") && latex.contains("\\text{(zero)}"))
    #expect(latex.contains("\\ensuremath{\\theta}") && latex.contains("No number, and why"))
    let product = "\\begin{bmatrix} 1 & 1 \\end{bmatrix} \\odot \\begin{bmatrix} 0 & 0 \\end{bmatrix}"
    #expect(latex.contains(product))
  }

  @Test("DOT and Mermaid hold every node and edge", arguments: ExplainSamples.all)
  func otherFormats(sample: ExplainSamples.Sample) throws {
    let explanation = try sample.explain()
    #expect(explanation.dot().components(separatedBy: " -> ").count == explanation.edges.count + 1)
    for node in explanation.nodes { #expect(explanation.mermaid().contains("  n\(node.id)")) }
  }

  @Test("Colour is on request only")
  func color() throws {
    let explanation = try ExplainSamples.lectures[0].explain()
    #expect(!explanation.text().contains("\u{1B}"))
    #expect(explanation.text(color: true).contains("\u{1B}[32m"))
  }

  @Test("Names that mean something to markup are escaped")
  func escaping() throws {
    let x = Graph().input("<x> & \"y\"", 2)
    let explanation = try (x * x).explain()
    #expect(throws: Never.self) { try XMLCheck.parse(explanation.svg()) }
    #expect(explanation.html().contains("&lt;x&gt; &amp; &quot;y&quot;"))
    #expect(!explanation.html().contains("<x>"))
    #expect(explanation.latex().contains("\\&"))
  }

  @Test(
    "Numbers are written as people write them",
    arguments: [
      (0.0363503063, 4, "0.03635"), (-12, 6, "-12"), (1e-7, 4, "1e-07"), (12345.6, 4, "12346"),
      (0.1 + 0.2, 17, "0.30000000000000004"),
      (99999.96, 6, "100000"), (9.9996, 4, "10"), (1.5e300, 3, "1.5e+300"), (-0.0, 4, "0"), (.infinity, 4, "inf"),
      (0.5, 1, "0.5"), (2.5, 1, "2"), (1e22, 6, "1e+22"), (0.0001234, 3, "0.000123"), (0.00001234, 3, "1.23e-05"),
    ] as [(Double, Int, String)])
  func numbers(value: Double, digits: Int, text: String) { #expect(NumberText.short(value, digits: digits) == text) }

  @Test("Fixed places round half to even and keep the sign")
  func fixed() {
    #expect(NumberText.fixed(0.125, places: 2) == "0.12")
    #expect(NumberText.fixed(-1.5, places: 1) == "-1.5")
    #expect(NumberText.fixed(12, places: 0) == "12")
    #expect(NumberText.fixed(0.004, places: 3) == "0.004")
  }

  @Test("Tensors of rank 3 and more are written as nested blocks")
  func nestedBlocks() throws {
    let cube = ExplainedValue(shape: [2, 2, 2], scalars: (1...8).map { $0 == 4 ? -10 : Double($0) })
    #expect(cube.line() == "[[[1, 2], [3, -10]], [[5, 6], [7, 8]]]")
    #expect(cube.lines() == ["[[1    2] ", " [3  -10]]", "[[5    6] ", " [7    8]]"])
    let four = ExplainedValue(shape: [2, 1, 2, 1], scalars: [1, 2, 3, 4])
    #expect(four.line() == "[[[[1], [2]]], [[[3], [4]]]]")
    #expect(four.lines() == ["[[[1]  ", "  [2]]]", "[[[3]  ", "  [4]]]"])
    let x = Graph().input("X", Tensor(shape: [2, 1, 2], [1, 2, 3, 4]))
    let latex = try (2 * x).explain().latex()
    let (upper, lower) = (#"\begin{bmatrix} 1 & 2 \end{bmatrix}"#, #"\begin{bmatrix} 3 & 4 \end{bmatrix}"#)
    #expect(latex.contains(#"X &= \begin{bmatrix} \#(upper) \\ \#(lower) \end{bmatrix}"#))
    #expect(try (2 * x).explain().html().contains("[[[1, 2]], [[3, 4]]]"))
  }

  @Test("No two nodes look alike in LaTeX, and the output is not called f where an input is")
  func symbolsOfLaTeX() throws {
    let graph = Graph()
    let f = graph.input("f", 2), z = graph.input("z", 3)
    let explanation = try (f * z + exp(f)).explain()
    #expect(explanation.nodes[explanation.output].symbol != "f")
    let latex = explanation.latex()
    #expect(latex.contains(#"\partial f}"#) && !latex.contains(#"{\partial f}{\partial"#))

    let named = ["w1", "w_1", "v_1", "c1"].map { graph.input($0, 2) }
    let all = try (sin(named.reduce(named[0], +)) * graph.constant([1, 2, 3, 4]).sum()).explain()
    #expect(Set(all.nodes.map(\.symbol)).count == all.nodes.count)
    #expect(Set(all.nodes.map(\.symbolLaTeX)).count == all.nodes.count)
  }

  @Test("A page takes typed numbers as text: a field of numbers would drop what it does not know")
  func fields() throws {
    let page = try ExplainSamples.lectures[0].explain().html()
    #expect(page.contains("<input type=\"text\"") && !page.contains("type=\"number\""))
  }

  @Test("A quantity is read as it is written", arguments: ["v3", "L12", "p0", "R7"])
  func quantities(key: String) throws {
    #expect(try #require(ExplainedQuantity(key: key[...])).key == key)
    #expect(ExplainedQuantity(key: "x3") == nil && ExplainedQuantity(key: "v") == nil)
  }
}
