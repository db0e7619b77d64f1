import Foundation
import Testing

@Suite("chainrule explain")
struct ExplainTests {
  @Test func everyNumberOfTheFirstExample() throws {
    let tool = try Tool.run("explain", "(x + y) * z", "x=-2", "y=5", "z=-4")
    #expect(tool.status == 0)
    #expect(tool.complaint.isEmpty)
    let lines = tool.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    for line in [
      "v1 x + y 3", "f v1 · z -12", "v1 x + y 3 f 1 × z = -4 -4 -4", "z input -4 f 1 × v1 = 3 3 3",
      "x input -2 v1 -4 × 1 -4 -4", "y input 5 v1 -4 × 1 -4 -4",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
  }

  @Test func fanOutIsSummedAndEveryPathIsListed() throws {
    let tool = try Tool.run("explain", "a = x * y; a * a + x", "x=3", "y=2", "--paths", "x", "--along", "x=1")
    #expect(tool.output.contains("Σ over 2 consumers"))
    #expect(tool.output.contains("24 + 1 = 25"))
    #expect(tool.output.contains("Paths from f to x: 3"))
    #expect(tool.output.contains("tangent"))
  }

  @Test func stepByStep() throws {
    let tool = try Tool.run("explain", "(x + y) * z", "x=-2", "y=5", "z=-4", "--step")
    #expect(tool.status == 0)
    #expect(tool.output.contains("forward  4/5  v1 = x + y = -2 + 5 = 3\n"))
    #expect(tool.output.hasSuffix("backward 5/5  gradient of y = upstream -4 × local gradient 1 = -4\n"))
  }

  @Test(arguments: [
    ("text", "Forward:"), ("svg", "<svg "), ("html", "<!DOCTYPE html>"), ("latex", "\\begin{align*}"),
    ("dot", "digraph {"),
    ("mermaid", "flowchart LR"), ("json", "{\"schema\":\"chainrule-explanation/1\""),
  ])
  func everyFormat(format: String, sign: String) throws {
    let words = ["explain", "x * y", "x=1", "y=2"]
    let shown = try Tool.run(words + ["--format", format])
    #expect(shown.status == 0)
    #expect(shown.output.contains(sign))
    try Tool.inNewFolder { folder in
      let ending = ["latex": "tex", "mermaid": "mmd"][format] ?? format
      let written = try Tool.run(words + ["--output", "f.\(ending)"], in: folder)
      #expect(written.output == "f.\(ending): 3 nodes explained as \(format)\n")
      #expect(try String(contentsOf: folder.appending(path: "f.\(ending)"), encoding: .utf8).contains(sign))
    }
  }

  @Test func colorIsForThoseWhoAskForIt() throws {
    #expect(try !Tool.run("explain", "x", "x=1").output.contains("\u{1B}["))
    #expect(try Tool.run("explain", "x", "x=1", "--color", "always").output.contains("\u{1B}["))
  }

  @Test(arguments: [["-x^2", "x=3"], ["--", "--x", "x=3"], ["y = x^2", "x=3"], ["x ^ 2", "x = 3"]])
  func expressionsAreToldFromOptionsAndValues(words: [String]) throws {
    #expect(try Tool.run(["explain"] + words).status == 0)
  }

  @Test func jacobiansAreWrittenOutOnRequest() throws {
    let words = ["explain", "sum(W @ x)", "W=[[1, 2], [3, 4]]", "x=[1, -1]"]
    #expect(try !Tool.run(words).output.contains("Jacobian"))
    let text = try Tool.run(words + ["--jacobians"]).output
    #expect(text.contains("  v1    x      [1  2]\n               [3  4]\n"))
    let latex = try Tool.run(words + ["--jacobians", "--format", "latex"]).output
    #expect(latex.contains("\\frac{\\partial v_{1}}{\\partial x} &= \\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}"))
  }

  @Test func aConstantIsSaidToBeOne() throws {
    let tool = try Tool.run("explain", "5 + 3")
    #expect(
      tool.output
        == "5 + 3\n= 8\n\nThere is no input, so every number is a constant and there is nothing to differentiate.\n")
    #expect(try Tool.run("explain", "5 + 3", "--output", "-").output == tool.output)
    for format in ["svg", "html", "latex", "dot", "mermaid", "json"] {
      #expect(try Tool.run("explain", "5 + 3", "--format", format).status == 0)
    }
  }

  @Test func anEmptyVectorIsExplained() throws {
    let tool = try Tool.run("explain", "sum(x * x)", "x=[]")
    #expect(tool.status == 0)
    #expect(tool.output.contains("f = 0"))
  }

  @Test func depthIsNoTrap() throws {
    let nested = String(repeating: "sin(", count: 300) + "x" + String(repeating: ")", count: 300)
    #expect(try Tool.run("explain", nested, "x=1").status == 0)
    let chain = String(repeating: "(", count: 5000) + "x" + String(repeating: ")", count: 5000)
    #expect(try Tool.run("explain", chain, "x=1").status == 0)
  }

  @Test func notANumberIsComputedThrough() throws {
    let tool = try Tool.run("explain", "log(x) + y", "x=-1", "y=inf")
    #expect(tool.status == 0)
    #expect(tool.output.lowercased().contains("nan"))
  }

  static let mistakes: [([String], String)] = [
    ([], "no expression is given; write for instance chainrule explain '(x + y) * z' x=-2 y=5 z=-4"),
    (["x=1"], "no expression is given; write for instance chainrule explain '(x + y) * z' x=-2 y=5 z=-4"),
    (["x^2"], "'x' has no value; give it one, x=…\n  x^2\n  ^"),
    (["x^2+", "x=1"], "the expression ends after '+'; a value is missing\n  x^2+\n     ^"),
    (["sigmod(x)", "x=1"], "there is no function 'sigmod'; did you mean 'sigmoid'?\n  sigmod(x)\n  ^~~~~~"),
    (["x", "x=1", "x=2"], "'x' is given two values"),
    (["x", "x="], "'x=' lacks its value, as in x=2"),
    (["x", "x=1", "y=2"], "the expression does not read 'y'; it reads x"),
    (["a = 2; a * x", "x=1", "a=3"], "'a' is assigned in the expression, so it takes no value"),
    (
      ["x", "x=[[1, 2], [3]]"],
      "the value of 'x': the rows of a list must be alike: the first is 2 numbers, this one 1 numbers\n"
        + "  [[1, 2], [3]]\n           ^~~"
    ),
    (
      ["x", "x=one"],
      "the value of 'x': 'one' is not a number; a value is written -2, 1/3, [1, 2] or [[1, 2], [3, 4]]\n  one\n  ^~~"
    ),
    (
      ["x", "y", "x=1"], "'y' is neither an option nor a value NAME=VALUE; write the expression as one word, in quotes"
    ),
    (["x", "x=1", "--format", "pdf"], "--format is one of text, svg, html, latex, dot, mermaid, json, not 'pdf'"),
    (
      ["x", "x=1", "--format", "htlm"],
      "--format is one of text, svg, html, latex, dot, mermaid, json; did you mean 'html'?"
    ),
    (["x", "x=1", "--fromat", "svg"], "chainrule explain has no option '--fromat'; did you mean '--format'?"),
    (["x", "x=1", "--output", ""], "--output needs a value: --output FILE"),
    (
      ["x", "x=1", "--output", "graph.png"],
      "no format is written to files ending in .png; end in .txt, .svg, .html, .tex, .dot, .mmd or .json, "
        + "or name a --format"
    ),
    (["x", "x=1", "--output"], "--output needs a value: --output FILE"),
    (["x", "x=1", "--digits", "many"], "--digits needs a whole number from 1 to 17, not 'many'"),
    (["x", "x=1", "--paths", "y"], "--paths: no input is called 'y'; there are x"),
    (["x", "x=1", "--step=2"], "--step is a switch and takes no value"),
  ]

  @Test(arguments: mistakes)
  func mistakesAreShown(words: [String], complaint: String) throws {
    let tool = try Tool.run(["explain"] + words)
    #expect(tool.status == 2)
    #expect(tool.complaint == "chainrule: \(complaint)\n")
    #expect(tool.output.isEmpty)
  }

  @Test func shapesThatDoNotFitAreShownWhereTheyMeet() throws {
    let tool = try Tool.run("explain", "1 + x @ y", "x=[1, 2]", "y=[1, 2, 3]")
    #expect(tool.status == 2)
    #expect(tool.complaint.contains("matmul: required"))
    #expect(tool.complaint.contains("(inputs: x, y)"))
    #expect(tool.complaint.hasSuffix("\n  1 + x @ y\n      ^~~~~\n"))
  }

  @Test func aFileThatCannotBeWrittenIsAFailedRun() throws {
    let tool = try Tool.run("explain", "x", "x=1", "--output", "nowhere/f.svg")
    #expect(tool.status == 1)
    #expect(tool.complaint == "chainrule: nowhere/f.svg: cannot be written: No such file or directory\n")
  }
}
