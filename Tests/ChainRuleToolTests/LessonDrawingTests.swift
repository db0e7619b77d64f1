import Foundation
import Testing

@testable import ChainRuleTool

@Suite("Lessons and higher orders, drawn")
struct LessonDrawingTests {
  @Test("Every worked example renders in every format", arguments: Lesson.all.map(\.name))
  func everyLesson(name: String) throws {
    let explanation = try #require(Lesson.named(name)).explanation()
    for format in ExplanationFormat.allCases {
      let text = format.draw(explanation, color: false, digits: 8, standalone: true)
      #expect(text.count > 100, "\(format)")
    }
  }

  @Test func aLessonAsAPage() throws {
    try Tool.inNewFolder { folder in
      let tool = try Tool.run(["lesson", "two-layer-regression", "--output", "lesson.html"], in: folder)
      #expect(tool.status == 0)
      #expect(tool.output == "lesson.html: 43 nodes explained as html\n")
    }
    #expect(try Tool.run("lesson", "xyz", "--format", "svg").output.contains("data-q=\"g0\">−4<"))
    #expect(
      try Tool.run("lesson", "xyz", "--step").output.contains("gradient of z = upstream 1 × local gradient q (3) = 3"))
  }

  @Test(arguments: [["all", "--output", "x.html"], ["--step"], ["all", "--format", "svg"]])
  func oneLessonIsDrawnAtATime(words: [String]) throws {
    let tool = try Tool.run(["lesson"] + words)
    #expect(tool.status == 2)
    #expect(tool.complaint.contains("show one lesson; name it"))
  }

  @Test("The second derivative of x^4 - 2 x^2 at 2 is 44, its own derivative is 48")
  func higherOrders() throws {
    let second = try Tool.run("explain", "x^4 - 2 * x^2", "x=2", "--order", "2")
    #expect(second.output.contains("∂/∂x (x^4 - 2 * x^2)"))
    #expect(second.output.split(separator: "\n").contains { $0.contains("Σ over") && $0.hasSuffix(" 44") })
    #expect(try Tool.run("explain", "x^4 - 2 * x^2", "x=2", "--order", "3", "--format", "json").status == 0)
    #expect(try Tool.run("explain", "3 * x", "x=2", "--order", "2").status == 0)
    #expect(
      try Tool.run("explain", "x * y^2", "x=2", "y=3", "--order", "2", "--by", "y").output.contains("∂/∂y (x * y^2)"))
    #expect(try Tool.run("explain", "x * y", "x=2", "y=3", "--order", "2", "--by", "q").status == 2)
  }
}
