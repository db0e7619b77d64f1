import ChainRule
import Testing

@testable import ChainRuleTool

/// The lessons carry the worked examples of `known_answers.json`, and formulas of slides that are judged.
@Suite("Lessons")
struct LessonTests {
  @Test func everyWorkedExampleIsALesson() {
    let names = Lesson.all.map(\.name), golden = Golden.knownAnswers.map(\.name)
    #expect(Set(names).count == names.count && Set(golden).isSubset(of: names))
    for lesson in Lesson.all where !golden.contains(lesson.name) {
      #expect(!lesson.claims.isEmpty || !lesson.derivation.isEmpty, "\(lesson.name)")
    }
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
    #expect(!report.rows.isEmpty || !report.claims.isEmpty)
    let wrong = report.rows.filter { !$0.agrees }.map(\.published)
    let known = ["softmax-squared-error-net": ["-0.029"], "softmax-two-paths": ["-0.0065"]]
    #expect(wrong == known[name, default: []])
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

  /// Every gradient of every lesson that has a formula is what its formula, typed in, computes; of every fourth lesson
  /// in the plain tier.
  @Test func gradientsOfLessonsAsFormulas() throws {
    var judged = 0
    for (number, lesson) in Lesson.all.enumerated() where isHeavy || number % 4 == 0 {
      let (f, names) = try lesson.record()
      for (name, _) in lesson.inputs {
        let input = try names.node(name)
        guard f.shape.rank == 0, let formula = try? f.derivation(withRespectTo: [input]).formula(of: input) else {
          continue
        }
        let leaves = names.filter { $0.value.kind != .operation }
        let again = try Expression(formula.text, names: Set(leaves.keys)).record(in: f.graph, inputs: leaves)
        let value = try (again.shape == input.shape ? again : again.broadcast(to: input.shape)).value().scalars
        let truth = try f.gradients(withRespectTo: [input])[0].value().scalars
        for (a, b) in zip(value, truth) {
          #expect(abs(a - b) <= 1e-12 * Swift.max(1, abs(b)), "\(lesson.name) by \(name): \(formula.text)")
        }
        judged += 1
      }
    }
    #expect(judged > (isHeavy ? 60 : 10), "\(judged)")
  }

  @Test func theOtherWrongSlideIsTakenApart() throws {
    let report = try LessonReport(try #require(Lesson.named("softmax-two-paths")))
    #expect(report.rows.map(\.inFull) == ["0.00315935676365"])
    #expect(
      report.steps.map(\.agrees) == [true, true, false, false, false, false, true, true, true, true, false, false])
    // The slide's factors, with the signs it gives them, and their sum.
    let printed = report.steps.map { Double($0.printed) ?? .nan }
    for (place, factor) in [(0, -0.46), (1, 0.46), (2, -0.079), (5, -0.293), (6, 0.2), (7, 0.3), (9, 2)] {
      #expect((printed[place] - factor).magnitude < 0.001, "\(report.steps[place].symbol)")
    }
    #expect((printed[11] + 0.0065).magnitude < 0.0001)
    // The line above the result and the result are the same, so the right table leads to the right number.
    #expect(report.steps[11].right.hasPrefix("0.0031593"))
  }

  @Test func wrongFormulasOfSlidesAreMended() throws {
    func repairs(_ name: String) throws -> [String?] {
      try LessonReport(try #require(Lesson.named(name))).claims.map(\.judged.repair?.formula)
    }
    #expect(try repairs("sigmoid-derivative")[0] == "exp(-x)/(1+exp(-x))^2")
    #expect(try repairs("bce-sign").prefix(2) == ["-(y*log(a) + (1-y)*log(1-a))", "-y/a + (1-y)/(1-a)"])
  }

  @Test func experimentsShowWhatTheirLessonsSay() throws {
    func page(_ name: String) throws -> String {
      LessonText.page(try LessonReport(try #require(Lesson.named(name))))
    }
    // KL of (0.1, 0.9) and (0.9, 0.1), by hand: 0.8 ln 9.
    #expect(try page("kl-triangle").contains("KL(p‖r) = 1.75778"))
    #expect(try page("limit").contains("1e-15"))
    #expect(try page("softmax-regression-descent").contains("step 1: J = "))
    #expect(try page("vanishing-and-exploding").contains("sigmoid, 0.5/√n"))
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
