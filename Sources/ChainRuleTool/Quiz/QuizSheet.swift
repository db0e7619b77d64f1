import ChainRule

/// Exercises on paper: places to write in, and the solutions on a page of their own at the end.
enum QuizSheet {
  static func html(_ exercises: [Exercise], seed: UInt64) -> String {
    let title = "Chain rule: \(exercises.count) exercises of seed \(seed)"
    var list = Markup("ol"), solutions = Markup("ol")
    for exercise in exercises {
      let given = exercise.values.map { "\($0.name) = \($0.text)" }.joined(separator: ", ")
      list.append(
        Markup(
          "li", [:],
          [Markup("p", [:], [Markup("code", text: "f = \(exercise.formula)")]), Markup("p", text: "at \(given)")]
            + [Markup("p", text: exercise.questions.map { "\($0.symbol) = ____________" }.joined(separator: "   "))]))
      let answers = exercise.questions.map { "\($0.symbol) = \(NumberText.short($0.truth, digits: 6))" }
      solutions.append(Markup("li", [:], [Markup("p", text: answers.joined(separator: ",  "))]))
    }
    let head = Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("title", text: title), Markup("style", verbatim: style),
      ])
    let body = Markup(
      "body", [:],
      [
        Markup("h1", text: title), list, Markup("section", [:], [Markup("h2", text: "Solutions"), solutions]),
      ])
    return "<!DOCTYPE html>\n" + Markup("html", ["lang": "en"], [head, body]).text + "\n"
  }

  static let style =
    Palette.variables() + """

      :root{color-scheme:light dark}body{max-width:46rem;margin:2rem auto;padding:0 1rem;background:var(--paper);\
      color:var(--ink);font:16px/1.5 system-ui,sans-serif}code{font:1.05rem \(Palette.font)}li{margin:1rem 0}\
      li p{margin:.3rem 0;white-space:pre-wrap}section{break-before:page;margin-top:4rem}a{color:var(--now)}\
      @page{size:A4;margin:16mm}@media print{body{margin:0}}
      """
}
