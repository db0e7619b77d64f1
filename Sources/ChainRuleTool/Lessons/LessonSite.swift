import ChainRule
import ChainRuleFiles
import ChainRulePage
import Foundation

/// A folder for a course: the page, and an index of the lessons that open in it.
enum LessonSite {
  /// Writes both files. Throws a ``FileError`` where a file cannot be written.
  static func write(to folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw RunFailure("the folder '\(folder)' cannot be made: \(error.localizedDescription)")
    }
    let page = try FormulaPage(lessons: try Lesson.all.map { try $0.pageLesson() }).html()
    try writeAtomically(Array(page.utf8), to: folder + "/chainrule.html")
    try writeAtomically(Array(index.utf8), to: folder + "/index.html")
  }

  private static var index: String {
    var list = Markup("ul")
    for lesson in Lesson.all {
      list.append(
        Markup(
          "li", [:],
          [
            Markup("p", [:], [Markup("a", ["href": "chainrule.html#l=\(lesson.name)"], text: lesson.name)]),
            Markup("p", [:], [Markup("code", text: lesson.statements.joined(separator: "; "))]),
            Markup("p", text: lesson.remark), Markup("p", text: "Source: " + lesson.source),
          ]))
    }
    let head = Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("title", text: "Chain rule: lessons"), Markup("style", verbatim: QuizSheet.style),
      ])
    let intro = Markup("p", [:], [Markup("a", ["href": "chainrule.html"], text: "Type a formula of your own")])
    let body = Markup("body", [:], [Markup("h1", text: "Chain rule: lessons"), intro, list])
    return "<!DOCTYPE html>\n" + Markup("html", ["lang": "en"], [head, body]).text + "\n"
  }
}
