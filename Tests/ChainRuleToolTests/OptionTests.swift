import Testing

@testable import ChainRuleTool

private struct SampleOptions: CommandOptions {
  enum Size: String, CaseIterable { case small, large }
  struct Group: CommandOptions { let verbose = Switch("verbose", "say more") }

  let group = Group()
  let count = Option<Int>("count", "N", "how many", in: 1...9)
  let size = Option<Size>("size", "SIZE", "small or large")
  let rate = Option<Double>("rate", "R", "how fast", above: 0)
  let name = RepeatedOption("name", "NAME", "what to call it")
}

@Suite("Options are declared once and read by their declaration")
struct OptionTests {
  private func arguments(_ words: String...) throws -> Arguments<SampleOptions> {
    try Arguments(words, of: "sample", SampleOptions())
  }

  private func complaint(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return ""
  }

  @Test func valuesHaveTheirType() throws {
    let given = try arguments("one", "--count", "3", "--size=large", "--name", "a", "--verbose", "--name=b", "two")
    #expect(try given[\.count] == 3)
    #expect(try given[\.size] == .large)
    #expect(try given[\.rate] == nil)
    #expect(given[\.name] == ["a", "b"])
    #expect(given[\.group.verbose])
    #expect(given.words == ["one", "two"])
    #expect(given.givenNames == ["count", "name", "size", "verbose"])
    #expect(try arguments("--", "--count").words == ["--count"])
  }

  @Test func theHelpListsThemInTheirOrder() {
    #expect(SampleOptions().all.map(\.form) == ["--verbose", "--count N", "--size SIZE", "--rate R", "--name NAME"])
  }

  @Test func mistakesAreSaid() {
    let unknown = complaint { _ = try arguments("--cuont", "1") }
    #expect(unknown == "chainrule sample has no option '--cuont'; did you mean '--count'?")
    #expect(complaint { _ = try arguments("--count", "1", "--count", "2") } == "--count is given twice")
    #expect(complaint { _ = try arguments("--verbose=1") } == "--verbose is a switch and takes no value")
    #expect(complaint { _ = try arguments("--count") } == "--count needs a value: --count N")
    #expect(complaint { _ = try arguments("--name", "--verbose") } == "--name needs a value: --name NAME")
    #expect((try? arguments("--name=--verbose"))?[\.name] == ["--verbose"])
    let count = complaint { _ = try arguments("--count", "10")[\.count] }
    #expect(count == "--count needs a whole number from 1 to 9, not '10'")
    #expect(complaint { _ = try arguments("--rate", "0")[\.rate] } == "--rate needs a number above 0.0, not '0'")
    let size = complaint { _ = try arguments("--size", "smal")[\.size] }
    #expect(size == "--size is one of small, large; did you mean 'small'?")
  }

  @Test(arguments: ChainRuleTool.commands.indices)
  func noCommandHasTwoOptionsOfOneName(index: Int) {
    let names = ChainRuleTool.commands[index].options.map(\.name)
    #expect(Set(names).count == names.count)
  }

  /// What decodes as U+FFFD was no text.
  @Test func wordsAreText() {
    #expect(ChainRuleTool.status(of: ["explain", "x\u{FFFD}", "x=1"]) == 2)
    #expect(ChainRuleTool.status(of: ["derive", "x * y", "--one-hot", "q"]) == 2)
    #expect(ChainRuleTool.status(of: ["derive", "x * y", "--symmetric", "q"]) == 2)
  }

  @Test func aColorThatIsNoneIsRefusedWhereverTheTextGoes() throws {
    let tool = try Tool.run("explain", "x", "x=1", "--color", "red", "--output", "/dev/null")
    #expect(tool.status == 2)
    #expect(tool.complaint == "chainrule: --color is one of auto, always, never, not 'red'\n")
  }
}
