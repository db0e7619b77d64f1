import ChainRule
import ChainRulePage

extension Lesson {
  /// The lesson as the page offers it, with the published numbers beside ours.
  func pageLesson() throws -> PageLesson {
    let report = try LessonReport(self)
    return PageLesson(
      name: name, source: source, formula: statements.joined(separator: "\n"),
      values: (Array(inputs) + Array(constants)).map { ($0.key, $0.value) }, constants: constants.map(\.key),
      published: report.rows.map { [$0.quantity, $0.published, $0.computed, LessonText.verdict($0)] },
      derivation: report.steps.map {
        [
          $0.symbol, $0.right, $0.printed,
          $0.agrees ? "the same" : "DIFFERS" + ($0.comment.isEmpty ? "" : ": \($0.comment)"),
        ]
      }, remark: remark)
  }
}
