import ChainRule
import ChainRuleFiles
import ChainRuleLearning

extension Command {
  static let evaluate = Command(
    name: "evaluate", form: "MODEL [--data FILE.csv]", summary: "measure a trained model",
    details: """
      MODEL is the folder that chainrule train --output made, or its model.safetensors. It is measured on the test
      digits that the library carries, or on every row of a table. Columns are found by their names, in any order.

        chainrule evaluate digits
        chainrule evaluate iris --data more-iris.csv
      """,
    options: EvaluateOptions()
  ) { arguments in
    let saved = try SavedModel(arguments.words)
    let examples = try saved.examples(
      arguments[\.data], target: arguments[\.target], Spelling(arguments, \.spelling))
    let outcome = try Outcome(
      try saved.model.predict(examples.inputs), on: examples, saved.network.encoder, unit: saved.network.unit ?? "")
    if let confusion = outcome.confusion { print(confusion.text + "\n") }
    print(outcome.summary)
    return 0
  }

  static let predict = Command(
    name: "predict", form: "MODEL [--data FILE.csv]", summary: "what a trained model says of new rows",
    details: """
      MODEL is the folder that chainrule train --output made, or its model.safetensors. One line for each row: the
      class and its probability, the number and how far off it mostly is, or the labels. Columns are found by their
      names; others are passed over. Without --data it looks at the test digits and draws them. With --output the rows
      go to a table: row, prediction, and a probability per class or label.

        chainrule predict digits --rows 3
        chainrule predict iris --data flowers.csv --output classes.csv
      """,
    options: PredictOptions()
  ) { arguments in
    let saved = try SavedModel(arguments.words)
    let (limit, output) = try (arguments[\.rows], arguments[\.output])
    if let data = try arguments[\.data] {
      let (inputs, warnings) = try saved.rows(data, Spelling(arguments, \.spelling), limit: limit)
      try saved.show(inputs, output) { index, best in "row \(index + 1): \(best)" }
      for warning in warnings { Terminal.complain(warning) }
    } else {
      let digits = try saved.digits(limit: limit ?? 3)
      let pixels = digits.inputs.floats
      try saved.show(digits.inputs, output) { index, best in
        DigitPicture.text(Array(pixels[index * 64..<(index + 1) * 64]))
          + "\nlabel \(digits.targets.indices[index]), seen as \(best)\n"
      }
    }
    return 0
  }
}

struct EvaluateOptions: CommandOptions {
  let data = Option<String>("data", "FILE.csv", "a table with the columns that the model was trained on")
  let target = Option<String>("target", "COLUMN", "the column of labels; the one of the training unless given")
  let spelling = SpellingOptions()
}

struct PredictOptions: CommandOptions {
  let data = Option<String>("data", "FILE.csv", "a table with the columns that the model was trained on")
  let rows = Option<Int>(
    "rows", "N", "only the first N rows; all of a table and 3 digits unless given", in: 1...Int.max)
  let output = Option<String>("output", "FILE.csv", "write a table instead of lines, - for the screen")
  let spelling = SpellingOptions()
}

/// An 8×8 image in the terminal.
enum DigitPicture {
  static func text(_ pixels: [Float]) -> String {
    stride(from: 0, to: pixels.count, by: 8).map { start in
      "  " + pixels[start..<Swift.min(start + 8, pixels.count)].map { shade($0) }.joined()
    }.joined(separator: "\n")
  }

  private static func shade(_ ink: Float) -> String {
    let shades = ["  ", "░░", "▒▒", "▓▓", "██"]
    return shades[Swift.max(0, Swift.min(4, Int(ink * 4.999)))]
  }
}
