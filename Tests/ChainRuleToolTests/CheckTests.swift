import Testing

@Suite("chainrule check")
struct CheckTests {
  @Test func agreement() throws {
    let tool = try Tool.run("check", "sigmoid(w0*x0 + w1*x1 + w2)", "w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3")
    #expect(tool.status == 0)
    #expect(tool.output.hasPrefix("agree  gradient of f: 5 agree, 0 disagree, 0 inconclusive\n"))
    for name in ["w0", "x0", "w1", "x1", "w2"] { #expect(tool.output.contains("\n  agree  \(name)  autodiff ")) }
  }

  /// The slide of the softmax–squared-error network prints −0.029 where the derivative is −0.130.
  @Test func aWrongClaimDisagrees() throws {
    let network = [
      "check", "sum((y - softmax(W2 @ sigmoid(W1 @ x))) ^ 2)",
      "W1=[[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]",
      "W2=[[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]", "x=[2, 5, 3, 3]", "y=[1, 0]",
    ]
    let wrong = try Tool.run(network + ["--claim", "W2[0][1]=-0.029"])
    #expect(wrong.status == 1)
    #expect(wrong.output.contains("disagree  W2[0][1]  autodiff -0.13037670618"))
    #expect(wrong.output.contains("claimed -0.029"))
    let right = try Tool.run(network + ["--claim", "W2[0][1]=-0.1304", "--claim", "W2[1][1]=0.1304"])
    #expect(right.status == 0)
  }

  /// The value 1.960 does not tell that it was written with three decimals; the word on the command line does.
  @Test(arguments: [("2.0", 0), ("2.00", 1), ("1.96", 0), ("1.960", 0), ("1.9604", 1), ("19.6e-1", 0), ("49/25", 0)])
  func aClaimIsJudgedToTheDigitsWritten(claim: String, status: Int32) throws {
    let tool = try Tool.run("check", "w * x", "w=0.5", "x=1.96", "--claim", "w=\(claim)")
    #expect(tool.status == status, "\(tool.output)")
  }

  static let claimCases: [(words: [String], status: Int32)] = [
    (["5.4*x", "x=1", "--claim", "x=5"], 0),
    (["5.4*x", "x=1", "--claim", "x=5.0"], 1),
    (["1234*x", "x=1", "--claim", "x=1.2e3"], 0),
    (["1234*x", "x=1", "--claim", "x=1200"], 1),
    (["x^3", "x=2", "--order", "2", "--claim", "x, x=12"], 0),
    (["x^2", "x=[0.5, 1]", "--claim", "f[0] / x[0]=1"], 0),
    (["x^2", "x=[0.5, 1]", "--claim", "x[0]=1"], 2),
    (["relu(x)", "x=0", "--claim", "x=0.5"], 0),
    (["relu(x)", "x=0", "--claim", "x=3"], 1),
    (["sum(x^2)", "x=[1, 2]", "--claim", "x=[2,4]"], 0),
    (["sum(x^2)", "x=[1, 2]", "--claim", "x = [2, 4.1]"], 1),
    (["sum(x^2)", "x=[0.123, 2]", "--claim", "x=[0.25, 4]"], 0),
    (["sum(x^2)", "x=[0.123, 2]", "--claim", "x=[0.250, 4]"], 1),
    (["sum(x^2)", "x=[0.123, 2]", "--claim", "x=[2.5e-1, 4e0]"], 0),
    (["sum(x^2)", "x=[1, 2]", "--claim", "x=[2, 4, 6]"], 1),
    (["sum(x^2)", "x=[1, 1]", "--claim", "x=2"], 0),
    (["sum(x^2)", "x=[1, 2]", "--claim", "x=2"], 1),
    (["sum(W^2)", "W=[[1, 2], [3, 4]]", "--claim", "W=[[2, 4], [6, 8]]"], 0),
    (["sum(W^2)", "W=[[1, 2], [3, 4]]", "--claim", "W=[[2, 4], [6, 8.5]]"], 1),
    (["x^2", "x=3", "--claim", "x=[6]"], 0),
    (["x^2", "x=3", "--claim", "x=[7]"], 1),
    (["x^2", "x=[1, 2]", "--claim", "x=[2, 4]"], 0),
    (["h = x^2; sum(h)", "x=[1, 2]", "--claim", "h=[1, 4]"], 0),
    (["h = x^2; sum(h)", "x=[1, 2]", "--claim", "h=[1, 5]"], 1),
  ]

  @Test("a claim's digits and its name are those of the command line", arguments: claimCases)
  func claimsAreJudged(words: [String], status: Int32) throws {
    let tool = try Tool.run(["check"] + words)
    #expect(tool.status == status, "\(tool.output)\(tool.complaint)")
  }

  @Test("what quotes a word of thousands of characters is cut") func longWords() throws {
    let word = String(repeating: "(", count: 20_000)
    for words in [["check", "x", "x=1", "--claim", word], ["check", "x", "x=1", "--\(word)"], ["check", word]] {
      let tool = try Tool.run(words)
      #expect(tool.status == 2 && tool.complaint.utf8.count < 2_500, "\(tool.complaint.prefix(200))")
    }
  }

  @Test("digits that intervals prove, and claims that they refute")
  func certificates() throws {
    let right = try Tool.run("check", "sigmoid(x)", "x=0.5", "--certify", "--claim", "x=0.235")
    #expect(right.status == 0)
    // σ′(0.5) = 0.23500371220159449…
    #expect(right.output.contains("certain  x = 0.2350037122015"), "\(right.output)")
    let wrong = try Tool.run("check", "sigmoid(x)", "x=0.5", "--certify", "--claim", "x=0.2351")
    #expect(wrong.status == 1 && wrong.output.contains(", refutes the claimed 0.2351"))
    #expect(try Tool.run("check", "x^2", "x=0.5", "--certify", "--order", "2").status == 2)
    let pole = try Tool.run("check", "where(x > 0, x, log(x))", "x=1", "--certify")
    #expect(pole.status == 0 && pole.output.contains("certain  x = 1"), "\(pole.output)")
  }

  @Test("lists are certified element by element")
  func certificatesOfLists() throws {
    let list = try Tool.run("check", "sum(v^2)", "v=[1, 2]", "--certify", "--claim", "v=[2, 5]")
    #expect(list.status == 1 && list.output.contains("certain  v[1] = 4, refutes the claimed 5"), "\(list.output)")
    #expect(list.output.contains("certain  v[0] = 2, allows the claimed 2"))
    let rows = try Tool.run("check", "sin(x)", "x=[1, 2]", "--certify")
    // cos 2 = −0.416146836547142…
    #expect(rows.status == 0 && rows.output.contains("certain  f[1] / x[1] = -0.4161468365471"), "\(rows.output)")
    let box = try Tool.run("check", "sum(v^2)", "v=[-1...2, 3]", "--certify", "--claim", "v=2*v")
    #expect(box.status == 0 && box.output.contains("v: certified"), "\(box.output)")
  }

  @Test(
    "where no derivative exists the status is 1",
    arguments: [
      ["abs(x)", "x=0"], ["norm(v)", "v=[0, 0]"], ["eigenvalues(A)", "A=[[0, 0], [0, 0]]"], ["lgamma(x)", "x=-1"],
      ["digamma(x)", "x=0"], ["log(x)", "x=0"], ["x*log(x)", "x=0"], ["1/x", "x=0"], ["x^x", "x=0"],
      ["sqrt(x)", "x=0"],
      ["cbrt(x-1)", "x=1"], ["entropy(x)", "x=0"], ["x^y", "x=0", "y=0"], ["xlogy(x, x)", "x=0"], ["sign(x)", "x=0"],
      ["log(x)", "x=-1"], ["x^1.5", "x=0", "--order", "2"],
    ])
  func noDerivativeIsNoPass(words: [String]) throws {
    let tool = try Tool.run(["check"] + words)
    #expect(tool.status == 1 && tool.output.hasPrefix("inconclusive"), "\(tool.output)")
  }

  /// Nothing is confirmed at sin 1e150, but a difference of thousands of bars is no pass either.
  @Test func aLargeDifferenceIsNoPass() throws {
    let tool = try Tool.run("check", "sin(x)", "x=1e150")
    #expect(tool.status == 1)
    #expect(tool.output.hasPrefix("inconclusive"))
  }

  @Test func higherOrders() throws {
    let tool = try Tool.run("check", "x^3 * y", "x=2", "y=5", "--order", "2")
    #expect(tool.status == 0)
    #expect(tool.output.contains("derivatives to order 2"))
  }

  @Test func aKinkIsNoPass() throws {
    let tool = try Tool.run("check", "relu(x)", "x=0")
    #expect(tool.status == 1)
    #expect(tool.output.hasPrefix("inconclusive"))
    #expect(tool.output.contains("not differentiable here  x"))
    #expect(try Tool.run("check", "relu(x)", "x=0", "--strict").status == 1)
  }

  @Test func indicesAreNotMoved() throws {
    let tool = try Tool.run("check", "sum(gathered(v, i)^2)", "v=[1, 2, 3]", "i=[0, 2]")
    #expect(tool.status == 0)
    #expect(tool.output.hasPrefix("agree  gradient of f: 3 agree"))
  }

  @Test func asData() throws {
    let tool = try Tool.run("check", "x * y", "x=1", "y=2", "--format", "json")
    #expect(tool.status == 0)
    #expect(tool.output.hasPrefix("{"))
    #expect(tool.output.contains("\"verdict\" : \"agree\""))
  }

  static let mistakes: [([String], String)] = [
    (["2 + 3"], "there is nothing to differentiate by: the expression reads no input"),
    (["x", "x=1", "--claim", "y=1"], "--claim: a name on the left, of x, or a derivative ∂x/∂x is needed, not \"y\""),
    (["x", "x=1", "--claim", "1"], "--claim is written NAME=NUMBER or NAME=FORMULA, as in 'W[0][1]=-0.029', not '1'"),
    (
      ["x", "x=1", "--claim", "x="],
      "--claim is written NAME=NUMBER or NAME=FORMULA, as in 'W[0][1]=-0.029', not 'x='"
    ),
    (["x", "x=1", "--claim", "x=nan"], "--claim needs a number that is finite, not 'nan'"),
    (["x", "x=1", "--claim", "x=1", "--claim", "x=2"], "--claim gives 'x' two numbers"),
    (["x", "x=1", "--order", "99"], "--order needs a whole number from 1 to 3, not '99'"),
    (["x", "x=1", "--order", "4"], "--order needs a whole number from 1 to 3, not '4'"),
    (["x^", "x=1"], "the expression ends after '^'; a value is missing\n  x^\n   ^"),
  ]

  @Test(arguments: mistakes)
  func mistakesAreShown(words: [String], complaint: String) throws {
    let tool = try Tool.run(["check"] + words)
    #expect(tool.status == 2)
    #expect(tool.complaint == "chainrule: \(complaint)\n")
  }
}
