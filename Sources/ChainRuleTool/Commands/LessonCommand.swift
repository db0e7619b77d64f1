import ChainRule
import ChainRuleLearning
import ChainRulePage

extension Command {
  static let lesson = Command(
    name: "lesson", form: "[NAME | all]", summary: "worked examples of lectures, each number beside the published one",
    details: """
      Without a name it lists the lessons. Each prints what its source publishes beside what is computed here, to the
      digits the source prints. The status is 1 if a number is not what the lesson expects.

        chainrule lesson xyz
        chainrule lesson two-layer-regression
        chainrule lesson softmax-squared-error-net     a slide that is wrong, and where
        chainrule lesson two-layer-regression --output lesson.html     the same, drawn and to step through
        chainrule lesson --site course     an index of all lessons, which open in the page
      """,
    options: LessonOptions()
  ) { arguments in
    guard arguments.words.count <= 1 else {
      throw UsageError("one lesson at a time; chainrule lesson all shows every one")
    }
    let isDrawn =
      arguments.has(\.showing.format) || arguments.has(\.showing.output) || arguments.has(\.showing.step)
    if isDrawn, !arguments.has(\.site), arguments.words.first.map({ $0 == "all" }) ?? true {
      throw UsageError("--format, --output and --step show one lesson; name it, as in chainrule lesson xyz --step")
    }
    if let folder = try arguments[\.site] {
      guard arguments.words.isEmpty, !isDrawn else {
        throw UsageError("--site writes every lesson; leave out the lesson's name, --format, --output and --step")
      }
      try LessonSite.write(to: folder)
      print("\(folder)/index.html: \(Lesson.all.count) lessons, which open in chainrule.html beside it")
      return 0
    }
    guard let name = arguments.words.first else {
      print(LessonText.list())
      return 0
    }
    if name == "all" {
      let reports = try Lesson.all.map { try LessonReport($0) }
      print(reports.map { LessonText.page($0) }.joined(separator: "\n\n"))
      return reports.allSatisfy(\.isAsExpected) ? 0 : 1
    }
    guard let lesson = Lesson.named(name) else {
      throw UsageError(
        "there is no lesson '\(name)'"
          + meant(name, among: Lesson.all.map(\.name)) { "; chainrule lesson lists them" })
    }
    if isDrawn {
      return try show(try lesson.explanation(), arguments) {
        try FormulaPage(lessons: [try lesson.pageLesson()]).html(opening: FormulaPage.address(ofLesson: lesson.name))
      }
    }
    let report = try LessonReport(lesson)
    print(LessonText.page(report))
    return report.isAsExpected ? 0 : 1
  }
}

struct LessonOptions: CommandOptions, ShowsExplanations {
  let showing = ShowingOptions()
  let site = Option<String>("site", "FOLDER", "write a folder for a course: an index of the lessons and the page")
}

/// Lessons as they stand in the terminal.
enum LessonText {
  static func list() -> String {
    let width = Lesson.all.map(\.name.count).max() ?? 0
    return
      (["Worked examples; chainrule lesson NAME computes one:", ""]
      + Lesson.all.map { "  " + $0.name.padded(to: width) + "  " + $0.source }).joined(separator: "\n")
  }

  static func page(_ report: LessonReport) -> String {
    let lesson = report.lesson
    var lines = [lesson.name, "source: \(lesson.source)", ""]
    lines += lesson.statements.map { "  " + $0 }
    let given = (Array(lesson.inputs) + Array(lesson.constants)).map { "\($0.key) = \($0.value)" }
    lines += wrapped(given, "  at ") + [""]

    if !report.rows.isEmpty { lines += table([["", "published", "computed", "in full", ""]] + report.rows.map(cells)) }
    if !report.claims.isEmpty {
      lines += (report.rows.isEmpty ? [] : [""]) + ["Formulas of the source:"]
      lines += report.claims.flatMap(claimLines)
    }
    if !report.contributions.isEmpty {
      lines += ["", "Summed over the paths:"] + report.contributions.map { "  " + $0 }
    }
    if !report.steps.isEmpty {
      lines += ["", "The derivation, line by line:"]
      lines += table(
        [["", "as it should be", "as the source has it", ""]]
          + report.steps.map {
            [
              $0.symbol, $0.right, $0.printed,
              $0.agrees ? "the same" : "DIFFERS" + ($0.comment.isEmpty ? "" : ": \($0.comment)"),
            ]
          })
    }
    if !report.experiment.isEmpty { lines += [""] + report.experiment }
    lines += ["", lesson.remark]
    return lines.joined(separator: "\n")
  }

  private static func claimLines(_ row: LessonReport.ClaimRow) -> [String] {
    var lines = row.judged.lines.map { "  " + $0 }
    let wrong = row.judged.verdict == .disagree
    let note = row.isExpected ? (wrong ? "the source is wrong here" : "") : "which nobody expected"
    let said = [note, row.claimed.comment].filter { !$0.isEmpty }.joined(separator: ": ")
    if !said.isEmpty { lines.append("    " + said) }
    return lines
  }

  private static func cells(_ row: LessonReport.Row) -> [String] {
    [row.quantity, row.published, row.computed, row.inFull == row.computed ? "" : row.inFull, verdict(row)]
  }

  static func verdict(_ row: LessonReport.Row) -> String {
    switch (row.agrees, row.isExpected) {
    case (true, true): "agrees"
    case (false, true): "DIFFERS: the source is wrong here"
    case (_, false): "DIFFERS, which nobody expected"
    }
  }

  private static func wrapped(_ items: [String], _ head: String) -> [String] {
    var lines: [String] = []
    var line = head
    for (index, item) in items.enumerated() {
      let word = item + (index + 1 < items.count ? ", " : "")
      if line.count + word.count > 100, line != head {
        lines.append(String(line.dropLast()))
        line = String(repeating: " ", count: head.count)
      }
      line += word
    }
    return lines + [line]
  }

  private static func table(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.filter { widths[$0] > 0 }.map { row[$0].padded(to: widths[$0]) }
      let line = "  " + cells.joined(separator: "   ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
