import ChainRule
import Testing

@testable import ChainRuleTool

/// The lessons carry the worked examples of `known_answers.json`, nothing more and nothing less.
@Suite("Lessons")
struct LessonTests {
  @Test func everyWorkedExampleIsALesson() {
    #expect(Golden.knownAnswers.map(\.name).sorted() == Lesson.all.map(\.name).sorted())
  }

  @Test(arguments: Golden.knownAnswers)
  func inputsAndPublishedNumbersAreThoseOfTheFixture(golden: GoldenCase) throws {
    let lesson = try #require(Lesson.named(golden.name))
    func expect(_ values: KeyValuePairs<String, String>, _ key: String) throws {
      let fixture = golden.json[key].object
      #expect(values.count == fixture.count)
      for (name, text) in values {
        let expected = GoldenArray(nested: fixture[name] ?? .null)
        #expect(expected.mismatch(try Tensor(literal: text).scalars, relative: 0, absolute: 0) == nil, "\(name)")
      }
    }
    try expect(lesson.inputs, "inputs")
    try expect(lesson.constants, "constants")

    var published = golden.json["published"].object
    var gradients = published.removeValue(forKey: "gradients")?.object ?? [:]
    for number in lesson.published where !number.isFormula {
      switch number.quantity {
      case .value: #expect(published["value"]?.double == Double(number.text))
      case .gradient(let name, let element):
        let key = name + element.map { "[\($0)]" }.joined()
        guard let expected = gradients.removeValue(forKey: key) else { continue }
        #expect(expected.double == Double(number.text), "\(key)")
      default: break
      }
    }
    #expect(gradients.isEmpty, "published gradients that the lesson leaves out: \(gradients.keys)")
  }

  @Test(arguments: Lesson.all.map(\.name))
  func everyNumberIsAsTheLessonExpects(name: String) throws {
    let report = try LessonReport(try #require(Lesson.named(name)))
    #expect(report.isAsExpected)
    #expect(!report.rows.isEmpty)
    let wrong = report.rows.filter { !$0.agrees }.map(\.published)
    #expect(wrong == (name == "softmax-squared-error-net" ? ["-0.029"] : []))
  }

  @Test func theWrongSlideIsTakenApart() throws {
    let tool = try Tool.run("lesson", "softmax-squared-error-net")
    #expect(tool.status == 0)
    #expect(
      tool.output.contains("∂f/∂W2[0][1]   -0.029      -0.130     -0.13037670618   DIFFERS: the source is wrong here"))
    let report = try LessonReport(try #require(Lesson.named("softmax-squared-error-net")))
    #expect(report.steps.map(\.agrees) == [true, true, false, false, false, false])
    // Taken apart like this, the slide's own line gives the number it prints.
    #expect(report.steps.last?.printed.hasPrefix("-0.0291") == true)
  }

  @Test func anUpdateWaitsForTheWholeBackwardPass() throws {
    let tool = try Tool.run("lesson", "two-layer-regression")
    #expect(tool.status == 0)
    for line in ["error 0.2910277737", "error 0.2910279239", "(-0.01904911826) + 0.05539942465 = 0.03635030639"] {
      #expect(tool.output.contains(line))
    }
  }

  @Test func theListNamesEveryLesson() throws {
    let tool = try Tool.run("lesson")
    for lesson in Lesson.all { #expect(tool.output.contains("  \(lesson.name) ")) }
    #expect(try Tool.run("lesson", "all").status == 0)
  }
}
