import Testing

@Suite("The first screen and help")
struct FirstScreenTests {
  @Test func withoutArgumentsAWorkedExample() throws {
    let tool = try Tool.run()
    #expect(tool.status == 0)
    #expect(tool.output.contains("∂f/∂x = -4\n    ∂f/∂y = -4\n    ∂f/∂z = 3"))
    #expect(tool.output.contains("chainrule explain '(x + y) * z' x=-2 y=5 z=-4"))
  }

  @Test(arguments: [["--help"], ["-h"], ["help"]])
  func helpListsTheCommands(words: [String]) throws {
    let tool = try Tool.run(words)
    #expect(tool.status == 0)
    for command in ["explain", "check", "lesson", "train", "evaluate", "predict"] {
      #expect(tool.output.contains("chainrule \(command) "))
    }
  }

  @Test(arguments: ["explain", "check", "lesson", "train", "evaluate", "predict"])
  func everyCommandHasHelp(command: String) throws {
    let tool = try Tool.run(command, "--help")
    #expect(tool.status == 0)
    #expect(tool.output.hasPrefix("chainrule \(command): "))
    #expect(try Tool.run("help", command).output == tool.output)
  }

  @Test(arguments: [
    (["explian"], "chainrule: there is no command 'explian'; did you mean 'explain'?\n"),
    (
      ["(x + y) * z", "x=1"],
      "chainrule: '(x + y) * z' is not a command; to differentiate it, write chainrule explain '(x + y) * z' …\n"
    ),
    (["lesson", "xzy"], "chainrule: there is no lesson 'xzy'; did you mean 'xyz'?\n"),
    (["lesson", "--fast"], "chainrule: chainrule lesson has no option '--fast'; see chainrule lesson --help\n"),
  ])
  func mistakesAreAnswered(words: [String], complaint: String) throws {
    let tool = try Tool.run(words)
    #expect(tool.status == 2)
    #expect(tool.complaint == complaint)
    #expect(tool.output.isEmpty)
  }
}
