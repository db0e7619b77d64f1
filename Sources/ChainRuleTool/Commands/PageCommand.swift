import ChainRule
import ChainRuleFiles
import ChainRulePage

extension Command {
  static let page = Command(
    name: "page", form: "", summary: "one HTML file in which one types a formula, for any browser",
    details: """
      The file needs no network and no Swift: open it, send it, put it on a course page. Every formula that explain
      reads can be typed in it.

        chainrule page --output chainrule.html
      """,
    options: PageOptions()
  ) { arguments in
    guard arguments.words.isEmpty else {
      throw UsageError("chainrule page takes no words; the formula is typed in the page")
    }
    let text = try FormulaPage(lessons: try Lesson.all.map { try $0.pageLesson() }).html()
    guard let output = try arguments[\.output], output != "-" else {
      Terminal.show(text)
      return 0
    }
    try writeAtomically(Array(text.utf8), to: output)
    print("\(output): a page of \(text.utf8.count / 1000) KB; open it in a browser")
    return 0
  }
}

struct PageOptions: CommandOptions {
  let output = Option<String>("output", "FILE", "write to a file, - for the screen")
}
