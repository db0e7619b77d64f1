import ChainRule
import ChainRuleFiles

extension Command {
  static let quiz = Command(
    name: "quiz", form: "", summary: "exercises: you tell the gradients, it tells what went wrong",
    details: """
      Asks for the value and every gradient of random formulas. An answer counts to the digits that are written: 0.45,
      0,45, 1/3 and ½ are read. A line of its own, ?, shows the answer. The score ends in a code; with the seed and the
      number of exercises it tells a teacher how many were right.

        chainrule quiz
        chainrule quiz --count 10 --seed 7
        chainrule quiz --count 10 --seed 7 --check 0ABC123     what the code says
        chainrule quiz --count 10 --seed 7 --output sheet.html     on paper, with the solutions at the end
      """,
    options: QuizOptions()
  ) { arguments in
    guard arguments.words.isEmpty else { throw UsageError("chainrule quiz takes no words; --count and --seed choose") }
    let count = try arguments[\.count] ?? 5, seed = UInt64(try arguments[\.seed] ?? 1)
    guard !arguments.has(\.check) || !arguments.has(\.output) else {
      throw UsageError("--check reads a code and --output writes a sheet; give one of them")
    }
    let exercises = try Exercise.random(count, seed: seed)
    if let output = try arguments[\.output] {
      let text = QuizSheet.html(exercises, seed: seed)
      if output == "-" {
        Terminal.show(text)
      } else {
        try writeAtomically(Array(text.utf8), to: output)
        print("\(output): \(count) exercises of seed \(seed), solutions at the end")
      }
      return 0
    }
    if let code = try arguments[\.check] {
      let asked = exercises.map(\.questions.count).reduce(0, +)
      guard let score = Score.found(code, seed: seed, count: count, asked: asked) else {
        print("\(code) is no code of \(count) exercises of seed \(seed)")
        return 1
      }
      print("\(code): \(score.right) of \(score.asked) right at the first try")
      return 0
    }
    return ask(exercises, Score(seed: seed, count: count))
  }

  private static func ask(_ exercises: [Exercise], _ start: Score) -> Int32 {
    var score = start
    for (index, exercise) in exercises.enumerated() {
      let given = exercise.values.map { "\($0.name) = \($0.text)" }.joined(separator: ", ")
      print("\n\(index + 1). f = \(exercise.formula) at \(given)")
      for question in exercise.questions {
        score.asked += 1
        guard let isRight = ask(question) else {
          print("\nThe input ended; nothing is scored.")
          return 1
        }
        if isRight { score.right += 1 }
      }
    }
    print("\n\(score.right) of \(score.asked) right at the first try, code \(score.code)\n\n\(score.csv)")
    return 0
  }

  /// Whether the first answer was right; nil at the end of the input.
  private static func ask(_ question: Exercise.Question) -> Bool? {
    var tries = 0
    while true {
      print("   \(question.symbol) = ", terminator: "")
      guard let line = readLine() else { return nil }
      if line == "?" || tries >= 4 {
        print("   it is \(NumberText.short(question.truth, digits: 6))")
        return false
      }
      tries += 1
      guard let typed = TypedNumber(line) else {
        print("   '\(line)' is no number; write 0.45, 0,45, 1/3 or ½, or ? for the answer")
        continue
      }
      if typed.agrees(with: question.truth) { return tries == 1 }
      let slip = question.slips.first { typed.agrees(with: $0.number) }?.why
      print("   \(NumberText.short(typed.value, digits: 6)) is not it. \(slip ?? Slip.none)")
    }
  }
}

struct QuizOptions: CommandOptions {
  let count = Option<Int>("count", "N", "how many exercises, 5 unless given", in: 1...200)
  let seed = Option<Int>("seed", "N", "which exercises, 1 unless given", in: 0...1_000_000)
  let check = Option<String>("check", "CODE", "what a score's code says")
  let output = Option<String>("output", "FILE", "write an HTML sheet with solutions at its end, - for the screen")
}
