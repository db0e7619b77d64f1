import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

@Suite("chainrule evaluate, predict")
struct UseModelTests {
  /// Forty rows that one column tells apart.
  private func write(_ folder: URL, order: [String] = ["width", "height", "kind"]) throws {
    var table = order.joined(separator: ",") + "\n"
    for index in 0..<40 {
      let cells = [
        "width": "\(index % 7)", "height": "\(index % 5 + (index % 2) * 20)", "kind": index % 2 == 0 ? "low" : "tall",
      ]
      table += order.map { cells[$0] ?? "1" }.joined(separator: ",") + "\n"
    }
    try Data(table.utf8).write(to: folder.appending(path: "t.csv"))
  }

  private func train(_ folder: URL) throws {
    let trained = try Tool.run(
      ["train", "--data", "t.csv", "--hidden", "4", "--epochs", "60", "--rate", "0.05", "--output", "m"], in: folder)
    #expect(trained.status == 0)
    #expect(try accuracy(trained.output) == 100)
  }

  @Test func aTableOfOnesOwn() throws {
    try Tool.inNewFolder { folder in
      try write(folder)
      try train(folder)
      try Data("width,height\n3,1\n3,24\n".utf8).write(to: folder.appending(path: "new.csv"))
      let predicted = try Tool.run(["predict", "m", "--data", "new.csv"], in: folder)
      #expect(predicted.output.contains("row 1: low ("))
      #expect(predicted.output.contains("row 2: tall ("))
      #expect(try accuracy(Tool.run(["evaluate", "m", "--data", "t.csv"], in: folder).output) == 100)
      let first = try Tool.run(["predict", "m", "--data", "new.csv", "--rows", "1"], in: folder)
      #expect(first.output.split(separator: "\n").count == 1)

      _ = try Tool.run(["predict", "m", "--data", "new.csv", "--output", "classes.csv"], in: folder)
      let table = try CSVTable(contentsOf: folder.appending(path: "classes.csv").path)
      #expect(table.columns == ["row", "kind", "probability of low", "probability of tall"])
      #expect(table.rows.map { $0[1] } == ["low", "tall"])
    }
  }

  @Test func columnsAreFoundByName() throws {
    try Tool.inNewFolder { folder in
      try write(folder)
      try train(folder)
      try write(folder, order: ["kind", "note", "height", "width"])
      #expect(try accuracy(Tool.run(["evaluate", "m", "--data", "t.csv"], in: folder).output) == 100)
      try Data("3,1\n3,24\n".utf8).write(to: folder.appending(path: "unnamed.csv"))
      let predicted = try Tool.run(["predict", "m", "--data", "unnamed.csv"], in: folder)
      #expect(predicted.output.contains("row 2: tall ("), "a table without names is read by position")
    }
  }

  @Test func rowsThatDoNotFitAreNamed() throws {
    try Tool.inNewFolder { folder in
      try write(folder)
      try train(folder)
      let digits = try Tool.run(["evaluate", "m"], in: folder)
      #expect(digits.status == 2)
      #expect(
        digits.complaint == "chainrule: m was trained on a table of 2 columns, not on digits; give it --data FILE.csv\n"
      )
      try Data("a,width\n1,2\n".utf8).write(to: folder.appending(path: "narrow.csv"))
      let narrow = try Tool.run(["predict", "m", "--data", "narrow.csv"], in: folder)
      #expect(
        narrow.complaint
          == "chainrule: narrow.csv: lacks 1 of the 2 columns that the model was trained on: height\n")
      try Data("width,height,kind\n1,2,wide\n".utf8).write(to: folder.appending(path: "other.csv"))
      let other = try Tool.run(["evaluate", "m", "--data", "other.csv"], in: folder)
      #expect(
        other.complaint == "chainrule: other.csv, line 2, column kind: 'wide' is none of the classes low, tall\n")
    }
  }

  @Test func twoColumnsOfOneNameAreRefused() throws {
    try Tool.inNewFolder { folder in
      try Data("a,a,kind\n1,2,0\n".utf8).write(to: folder.appending(path: "t.csv"))
      let tool = try Tool.run(["train", "--data", "t.csv"], in: folder)
      #expect(
        tool.complaint == "chainrule: t.csv: has two columns 'a', 1 and 2; give each a name of its own\n")
    }
  }

  @Test(arguments: ["", "{}", "PK\u{3}\u{4}", "\u{8}\0\0\0\0\0\0\0{}      "])
  func aFileThatIsNoModelIsRefused(text: String) throws {
    try Tool.inNewFolder { folder in
      try Data(text.utf8).write(to: folder.appending(path: "m.safetensors"))
      let tool = try Tool.run(["evaluate", "m.safetensors"], in: folder)
      #expect(tool.status == 2)
      #expect(tool.complaint.contains("m.safetensors: is no "))
    }
  }

  /// Descriptions that promise more than the file's tensors hold, or nonsense.
  static let damages: [(String, String)] = [
    ("\"hidden\":32", "\"hidden\":99999"), ("\"hidden\":32", "\"hidden\":-1"), ("\"kind\":\"mlp\"", "\"kind\":\"cnn\""),
    ("\"kind\":\"mlp\"", "\"kind\":\"rnn\""), ("\"1\",\"2\"", "\"1\""),
    ("\"1\",\"2\"", "\"1\",\"1\""), ("\"classNames\"", "\"names\""),
    ("\"target\"", "\"standardization\":{\"means\":[],\"deviations\":[]},\"target\""),
  ]

  @Test(arguments: damages)
  func aDamagedDescriptionIsRefused(before: String, after: String) throws {
    try Tool.inNewFolder { folder in
      _ = try Tool.run(["train", "--epochs", "1", "--output", "m"], in: folder)
      let path = folder.appending(path: "m/model.safetensors").path
      var file = try Safetensors.read(path)
      let text = try #require(file.metadata["chainrule.classifier"])
      file.metadata["chainrule.classifier"] = text.replacing(before, with: after, maxReplacements: 1)
      #expect(file.metadata["chainrule.classifier"] != text)
      try file.write(to: path)
      let tool = try Tool.run(["evaluate", "m"], in: folder)
      #expect(tool.status == 2)
      #expect(tool.complaint.contains("is damaged"))
    }
  }
}
