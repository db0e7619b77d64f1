import Foundation
import Testing

@testable import ChainRuleTool

@Suite("The page, the quiz and the course")
struct PageToolTests {
  @Test func thePageIsOneFileWithEveryLesson() throws {
    try Tool.inNewFolder { folder in
      let tool = try Tool.run(["page", "--output", "chainrule.html"], in: folder)
      #expect(tool.status == 0, "\(tool.complaint)")
      #expect(tool.output.hasPrefix("chainrule.html: a page of "))
      let page = try String(contentsOf: folder.appending(path: "chainrule.html"), encoding: .utf8)
      #expect(page.utf8.count < 600_000)
      #expect(!page.contains("http://") || !page.contains("src=\"http"), "nothing is fetched")
      for lesson in Lesson.all { #expect(page.contains("\"name\":\"\(lesson.name)\""), "\(lesson.name)") }
      if let samples = Environment.samples {
        try page.write(to: samples.appending(path: "page-full.html"), atomically: true, encoding: .utf8)
      }
    }
    #expect(try Tool.run("page", "x * y").status == 2)
  }

  @Test func whatIsExplainedAsAPageCanBeChangedInIt() throws {
    try Tool.inNewFolder { folder in
      let formula = ["h = tanh(W @ x)\nsum(h^2)", "W=[[1, -2], [0.5, 4]]", "x=[0.25, 1/3]"]
      let tool = try Tool.run(["explain"] + formula + ["--output", "explained.html"], in: folder)
      #expect(tool.output == "explained.html: 6 nodes explained as html\n", "\(tool.complaint)")
      let page = try String(contentsOf: folder.appending(path: "explained.html"), encoding: .utf8)
      #expect(page.contains("opening = \"f=h%20%3d%20tanh%28%57"))
      if let samples = Environment.samples {
        try page.write(to: samples.appending(path: "explained.html"), atomically: true, encoding: .utf8)
      }
      // A derivative of higher order is shown, and not typed.
      let second = try Tool.run("explain", "x^4", "x=2", "--order", "2", "--format", "html")
      #expect(second.status == 0 && !second.output.contains("opening ="))
      let lesson = try Tool.run("lesson", "xyz", "--format", "html")
      #expect(lesson.output.contains("opening = \"l=xyz&q=0\"") && lesson.output.contains("\"published\""))
    }
  }

  @Test func aCourseIsAnIndexAndThePage() throws {
    try Tool.inNewFolder { folder in
      let tool = try Tool.run(["lesson", "--site", "course"], in: folder)
      #expect(tool.status == 0, "\(tool.complaint)")
      let index = try String(contentsOf: folder.appending(path: "course/index.html"), encoding: .utf8)
      for lesson in Lesson.all { #expect(index.contains("href=\"chainrule.html#l=\(lesson.name)\""), "\(lesson.name)") }
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: "course/chainrule.html").path))
    }
    #expect(try Tool.run("lesson", "xyz", "--site", "course").status == 2)
  }

  @Test func theQuizTellsSlipsAndScores() throws {
    let exercise = try Exercise("x * x + x * y", values: [("x", "3"), ("y", "-2")])
    #expect(exercise.questions.map(\.symbol) == ["f", "∂f/∂x", "∂f/∂y"])
    #expect(exercise.questions.map(\.truth) == [3, 4, 3])
    let parts = exercise.questions[1].slips.filter { $0.why == Slip.sum }.map(\.number)
    #expect(parts.sorted() == [-2, 3, 3])
    let all = try Exercise.random(2, seed: 7)
    let answers = all.flatMap(\.questions).map { "\($0.truth)" }
    let right = try Tool.run(["quiz", "--count", "2", "--seed", "7"], input: answers.joined(separator: "\n") + "\n")
    #expect(right.status == 0)
    #expect(right.output.contains("\(answers.count) of \(answers.count) right at the first try, code "))
    let code = Score.code(7, 2, answers.count, answers.count)
    #expect(right.output.contains(code))
    let checked = try Tool.run("quiz", "--count", "2", "--seed", "7", "--check", code)
    #expect(checked.output == "\(code): \(answers.count) of \(answers.count) right at the first try\n")
    #expect(try Tool.run("quiz", "--seed", "8", "--check", code).status == 1)
    let both = try Tool.run("quiz", "--check", code, "--output", "-")
    #expect(both.status == 2)
    #expect(both.complaint == "chainrule: --check reads a code and --output writes a sheet; give one of them\n")
    let wrong = try Tool.run(["quiz", "--count", "1", "--seed", "7"], input: "\(-all[0].questions[0].truth)\n")
    #expect(wrong.output.contains(Slip.sign))
    #expect(wrong.status == 1, "the input ended")
  }

  @Test(
    "Numbers are read as people write them",
    arguments: [
      ("0,5", 0.5, true), ("½", 0.5, true), ("2½", 2.5, true), ("−2½", -2.5, true), ("1/3", 1.0 / 3, true),
      ("0.33", 1.0 / 3, true), ("0.34", 1.0 / 3, false), ("-0.20", -0.1966, true), ("1", 0.6, false),
      ("1e3", 1000, true), ("0.000", 0.0003, false), ("0.00", 0, true), ("0,0003", 0.0003, true),
    ] as [(String, Double, Bool)])
  func typedNumbers(text: String, truth: Double, agrees: Bool) throws {
    #expect(try #require(TypedNumber(text)).agrees(with: truth) == agrees)
  }

  @Test func whatIsNoNumberIsToldSo() {
    for text in ["", "x", "[1, 2]", "1/0", "--"] { #expect(TypedNumber(text) == nil) }
  }

  @Test func aSheetHasItsSolutionsAtTheEnd() throws {
    let sheet = try Tool.run("quiz", "--count", "3", "--seed", "1", "--output", "-")
    #expect(sheet.status == 0)
    let parts = sheet.output.components(separatedBy: "Solutions")
    #expect(parts.count == 2 && parts[0].components(separatedBy: "<code>").count == 4)
  }
}
