import ChainRuleTraining
import Foundation
import Testing

@Suite("chainrule train")
struct TrainTests {
  @Test func digitsAreTheDefault() throws {
    let tool = try Tool.run("train", "--epochs", "3", "--rate", "0.01")
    #expect(tool.status == 0)
    #expect(tool.output.hasPrefix("1,797 handwritten digits: a 64-32-10 network, 1442 rows to train, 355 to test\n"))
    #expect(tool.output.contains("Confusion matrix"))
    #expect(!tool.output.contains("\u{1B}["), "no colours and no moving bar where the output is no terminal")
    #expect(try accuracy(tool.output) > 85)
  }

  @Test func equalSeedsGiveEqualModels() throws {
    try Tool.inNewFolder { folder in
      let models = try [7, 7, 8].enumerated().map { index, seed in
        _ = try Tool.run(
          ["train", "--epochs", "2", "--quiet", "--seed", "\(seed)", "--output", "\(index)"], in: folder)
        return try Data(contentsOf: folder.appending(path: "\(index)/model.safetensors"))
      }
      #expect(models[0] == models[1])
      #expect(models[0] != models[2])
    }
  }

  @Test(arguments: ["softmax", "mlp", "cnn"])
  func aSavedModelIsTheSameModel(kind: String) throws {
    try Tool.inNewFolder { folder in
      let epochs = kind == "cnn" ? "1" : "3"
      let trained = try Tool.run(
        ["train", "--model", kind, "--epochs", epochs, "--quiet", "--output", "run"], in: folder)
      #expect(trained.status == 0)
      for path in ["run", "run/model.safetensors"] {
        let evaluated = try Tool.run(["evaluate", path], in: folder)
        #expect(evaluated.status == 0)
        #expect(try accuracy(evaluated.output) == accuracy(trained.output))
      }
      let report = try String(contentsOf: folder.appending(path: "run/report.html"), encoding: .utf8)
      for part in ["<svg", "Confusion matrix", "Health of the gradients", "adam, learning rate 0.003"] {
        #expect(report.contains(part))
      }
      let history = try String(contentsOf: folder.appending(path: "run/history.csv"), encoding: .utf8)
      #expect(history.hasPrefix("epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,"))
      #expect(history.split(separator: "\n").count == 1 + (Int(epochs) ?? 0))
      let predicted = try Tool.run(["predict", "run", "--rows", "2"], in: folder)
      #expect(predicted.status == 0)
      #expect(predicted.output.components(separatedBy: "label ").count == 3)
    }
  }

  @Test func logsGrowWithTheRun() throws {
    try Tool.inNewFolder { folder in
      let logs = ["--log", "run.jsonl", "--tensorboard", "events", "--quiet"]
      func lines() throws -> Int {
        try String(contentsOf: folder.appending(path: "run.jsonl"), encoding: .utf8).split(separator: "\n").count
      }
      #expect(try Tool.run(["train", "--epochs", "2", "--output", "m"] + logs, in: folder).status == 0)
      #expect(try lines() == 2)
      #expect(try Tool.run(["train", "--resume", "m", "--epochs", "3"] + logs, in: folder).status == 0)
      #expect(try lines() == 3)
      let again = try Tool.run(["train", "--epochs", "1"] + logs, in: folder)
      #expect(again.status == 2)
      #expect(again.complaint == "chainrule: events: holds the events of another run already; name another folder\n")
      let lost = try Tool.run(["train", "--epochs", "1", "--log", "nowhere/run.jsonl"], in: folder)
      #expect(lost.status == 2 && lost.complaint.hasPrefix("chainrule: nowhere/run.jsonl: cannot be written: "))
    }
  }

  static let methods = OptimizerChoice.allCases.map(\.rawValue)
  static let schedules = ScheduleChoice.allCases.map(\.rawValue)

  @Test(arguments: methods) func everyOptimizerLearnsTheDigitsAtItsOwnRate(name: String) throws {
    let tool = try Tool.run("train", "--optimizer", name, "--quiet")
    #expect(tool.status == 0)
    #expect(try accuracy(tool.output) > 95)
  }

  @Test(arguments: schedules) func everyScheduleLearnsTheDigits(name: String) throws {
    let tool = try Tool.run("train", "--optimizer", "momentum", "--schedule", name, "--quiet")
    #expect(tool.status == 0)
    #expect(try accuracy(tool.output) > 94)
  }

  static let tables: [(String, String)] = [
    (
      "a,b,label\n1,2,0\n1,inf,0\n2,3,0\n2,4,0\n1,3,0\n2,2,1\n",
      "t.csv, line 3, column b: a finite number is needed, not 'inf'"
    ),
    (
      "a,b,label\n1,2,0\n1,red,1\n",
      "t.csv, line 3, column b: a number is needed, not 'red'; in a column of texts say so by --kind b=category"
    ),
    ("a,b,label\n1,2,0\n1,2\n", "t.csv, line 3: 2 cells where the first line has 3 columns"),
    ("a,b,kind\n1,2,0\n", "t.csv: has no column 'label'; its columns are a, b, kind"),
    (
      "a,label\n1,0\n2,1\n",
      "t.csv: has too few rows: every fifth row of a label is kept for testing, and no label has five"
    ),
    (
      "a,label\n1,0\n2,0\n1,0\n1,0\n1,0\n",
      "t.csv, column label: has only one class, '0'; two are needed to be told apart"
    ),
  ]

  @Test(arguments: tables)
  func aMistakeInATableIsNamed(table: String, complaint: String) throws {
    try Tool.inNewFolder { folder in
      try Data(table.utf8).write(to: folder.appending(path: "t.csv"))
      let tool = try Tool.run(["train", "--data", "t.csv", "--target", "label"], in: folder)
      #expect(tool.status == 2)
      #expect(tool.complaint == "chainrule: \(complaint)\n")
    }
  }

  @Test func aMissingNumberIsFilledInTrainingAndInPrediction() throws {
    try Tool.inNewFolder { folder in
      let rows = (0..<20).map { "\($0 == 3 ? "nan" : "\($0 * $0)"),\($0 % 2)\n" }.joined()
      try Data(("a,label\n" + rows).utf8).write(to: folder.appending(path: "t.csv"))
      let trained = try Tool.run(["train", "--data", "t.csv", "--epochs", "1", "--output", "m"], in: folder)
      #expect(trained.status == 0)
      #expect(trained.output.contains("a       number  1        0, 1, 4"))
      let predicted = try Tool.run(["predict", "m", "--data", "t.csv"], in: folder)
      #expect(predicted.status == 0)
      #expect(predicted.output.split(separator: "\n").count == 20)
      let refused = try Tool.run(["train", "--data", "t.csv", "--missing", "error"], in: folder)
      #expect(refused.status == 2)
      #expect(refused.complaint == "chainrule: t.csv, line 5, column a: 1 missing value: line 5 (a)\n")
    }
  }

  @Test func numbersOfAnySizeAreScaled() throws {
    try Tool.inNewFolder { folder in
      let rows = (0..<20).map { "\($0 % 3)e300,\($0 % 2)\n" }.joined()
      try Data(("a,label\n" + rows).utf8).write(to: folder.appending(path: "t.csv"))
      let tool = try Tool.run(["train", "--data", "t.csv", "--output", "m"], in: folder)
      #expect(tool.status == 0)
      #expect(try Tool.run(["predict", "m", "--data", "t.csv"], in: folder).status == 0)
    }
  }

  @Test func aRunThatExplodesFails() throws {
    let tool = try Tool.run("train", "--optimizer", "sgd", "--rate", "1e30", "--epochs", "2", "--quiet")
    #expect(tool.status == 1)
    #expect(tool.complaint.contains("required a finite loss"))
  }

  static let mistakes: [([String], String)] = [
    (["train", "now"], "'now' means nothing here; see chainrule train --help"),
    (["train", "--epochs", "0"], "--epochs needs a whole number from 1 to 1000000, or auto, not '0'"),
    (["train", "--rate", "-1"], "--rate needs a number above 0.0, not '-1'"),
    (["train", "--model", "cn"], "--model is one of linear, softmax, mlp, cnn; did you mean 'cnn'?"),
    (["train", "--model", "cnn", "--hidden", "5"], "--hidden belongs to --model mlp"),
    (["train", "--target", "kind"], "--target names a column of --data FILE.csv"),
    (["train", "--output", ""], "--output needs a value: --output DIR"),
    (["train", "--decay", "-1"], "--decay needs a number of at least 0.0, not '-1'"),
    (
      ["train", "--optimizer", "adan"],
      "--optimizer is one of \(methods.joined(separator: ", ")); did you mean 'adam'?"
    ),
    (
      ["train", "--resume", "nowhere"],
      "nowhere holds no checkpoint.safetensors; chainrule train --output nowhere begins a run there"
    ),
    (["train", "--data", "nowhere.csv"], "nowhere.csv: cannot be read: No such file or directory"),
    (["evaluate"], "one model is needed; chainrule train --output DIR makes one"),
    (["predict", "nowhere"], "nowhere: does not exist; chainrule train --output nowhere makes a model"),
  ]

  @Test(arguments: mistakes)
  func mistakesAreShown(words: [String], complaint: String) throws {
    let tool = try Tool.run(words)
    #expect(tool.status == 2)
    #expect(tool.complaint == "chainrule: \(complaint)\n")
  }
}

/// The accuracy that the tool prints, in percent.
func accuracy(_ output: String) throws -> Double {
  let match = try #require(output.firstMatch(of: /accuracy ([0-9.]+) %/))
  return Double(match.1) ?? .nan
}
