import ChainRuleFiles
import Foundation
import Testing

@Suite("chainrule train on tables as they are")
struct TableTests {
  @Test func aNumberIsPredictedFromTextsDatesAndGaps() throws {
    try train(houses(), ["--epochs", "200", "--output", "m"]) { tool, folder in
      #expect(tool.status == 0)
      #expect(tool.output.contains("id      ignored"))
      #expect(tool.output.contains("area    number    4"))
      #expect(tool.output.contains("color   category  7"))
      #expect(tool.output.contains("garden  yes/no"))
      #expect(tool.output.contains("sold    date"))
      #expect(tool.output.contains("predicts price: regression"))
      #expect(tool.output.contains("5 rows without a target are left out"))
      let figures = try #require(tool.output.firstMatch(of: /test RMSE ([0-9.]+), MAE/))
      let mean = try #require(tool.output.firstMatch(of: /the mean: RMSE ([0-9.]+)/))
      #expect(try #require(Double(figures.1)) < #require(Double(mean.1)) / 2)

      // A row of its own: columns in another order, one more, a text that was never seen.
      try Data("color,area,garden,sold,note\nred,20,yes,2020-03-04,x\nblack,20,yes,2020-03-04,x\n".utf8)
        .write(to: folder.appending(path: "new.csv"))
      let predicted = try Tool.run(["predict", "m", "--data", "new.csv"], in: folder)
      #expect(predicted.status == 0)
      let first = try #require(predicted.output.firstMatch(of: #/row 1: ([0-9.]+) ± /#))
      #expect(abs(try #require(Double(first.1)) - 50) < 8)
      #expect(
        predicted.complaint
          == "chainrule: new.csv: 1 cell of color hold texts that the training did not have; they count as none of its "
          + "texts\n")
      let evaluated = try Tool.run(["evaluate", "m", "--data", "t.csv"], in: folder)
      #expect(evaluated.output.contains("5 rows without a target are left out"))
      #expect(evaluated.output.contains("over 115 rows"))
    }
  }

  @Test func theSameTableInAnotherSpellingGivesTheSameModel() throws {
    var outputs: [String] = []
    let words = ["--epochs", "3", "--quiet"]
    try train(houses(), words) { tool, _ in outputs.append(tool.output) }
    try train(houses(separator: ";", decimal: ","), words) { tool, _ in outputs.append(tool.output) }
    try train(houses(separator: "\t"), words) { tool, _ in outputs.append(tool.output) }
    try Tool.inNewFolder { folder in
      let bytes = houses().replacing("red", with: "rosé").data(using: .utf16LittleEndian)
      try (Data([0xFF, 0xFE]) + #require(bytes)).write(to: folder.appending(path: "t.csv"))
      // With another text the order of the features is another, and so are the numbers.
      let tool = try Tool.run(["train", "--data", "t.csv", "--epochs", "1"], in: folder)
      #expect(tool.output.contains("written in utf-16le"))
      #expect(tool.output.contains("rosé"))
      try #require(houses().replacing("red", with: "rosé").data(using: .windowsCP1252))
        .write(to: folder.appending(path: "w.csv"))
      let other = try Tool.run(["train", "--data", "w.csv", "--epochs", "1"], in: folder)
      #expect(other.output.contains("written in windows-1252"))
      #expect(other.output.contains("rosé"))
    }
    let figures = outputs.map { $0.prefix { $0 != "a" } }  // up to "after … s"
    #expect(figures.count == 3 && Set(figures).count == 1 && figures[0].contains("RMSE"))
  }

  @Test func foldsTellMeanAndDeviation() throws {
    try train(houses(gaps: false), ["--folds", "4", "--epochs", "20", "--output", "m"]) { tool, folder in
      #expect(tool.status == 0)
      #expect(tool.output.contains("fold 4 of 4: RMSE"))
      #expect(tool.output.contains(/over 4 folds: RMSE [0-9.]+ ± [0-9.]+, MAE/))
      #expect(tool.output.contains(/, R² 0\.[0-9]+ over all rows together/))
      #expect(tool.output.contains("trained on all 120 rows in 20 epochs"))
      let evaluated = try Tool.run(["evaluate", "m", "--data", "t.csv"], in: folder)
      #expect(evaluated.status == 0)
    }
  }

  @Test func severalLabelsAtOnce() throws {
    let rows = (0..<100).map { index in
      let (x, y) = (Double(index * 37 % 100) / 50 - 1, Double(index * 53 % 100) / 50 - 1)
      return "\(x),\(y),\(x > 0 ? 1 : 0),\(y > 0 ? "yes" : "no")\n"
    }
    try train("x,y,right,up\n" + rows.joined(), ["--target", "right,up", "--epochs", "60", "--output", "m"]) {
      tool, folder in
      #expect(tool.output.contains("predicts right, up: multilabel"))
      let share = try #require(tool.output.firstMatch(of: /test label accuracy ([0-9.]+) %/))
      #expect(try #require(Double(share.1)) > 90)
      let predicted = try Tool.run(["predict", "m", "--data", "t.csv", "--rows", "3", "--output", "-"], in: folder)
      #expect(predicted.output.hasPrefix("row,labels,probability of right,probability of up\n"))
    }
  }

  @Test func whatChoosesNeverSeesWhatIsReported() throws {
    try train(houses(gaps: false), ["--epochs", "auto", "--output", "m"]) { tool, folder in
      #expect(tool.output.contains("77 rows to train, 19 to choose when to stop, 24 to test"))
      #expect(tool.output.contains("ended: "))
      let report = try String(contentsOf: folder.appending(path: "m/report.html"), encoding: .utf8)
      #expect(report.contains("77 rows were learnt from; 19 others decided when to stop and which epoch is kept"))
    }
  }

  @Test func rowsOfOneGroupStayTogetherAndTheLatestAreTested() throws {
    let rows = (0..<100).map { "p\($0 / 10),\(99 - $0),\(Double($0 * 37 % 100)),\($0 % 2 == 0 ? "a" : "b")\n" }
    let table = "who,day,x,y\n" + rows.joined()
    try train(table, ["--group", "who", "--epochs", "1"]) { tool, _ in
      #expect(tool.output.contains("80 rows to train, 20 to test"))
    }
    try train(table, ["--time", "day", "--test-fraction", "0.3", "--epochs", "1"]) { tool, _ in
      #expect(tool.output.contains("70 rows to train, 30 to test"))
      #expect(tool.output.contains("the latest rows by day are for testing (read as numbers)"))
    }
  }

  @Test func oneRowInAFoldHasNoShareOfItsOwn() throws {
    let rows = (0..<8).map { "\($0 * 3 % 8),\(Double($0 * 3 % 8) * 2 + 0.5)\n" }.joined()
    try train("x,y\n" + rows, ["--folds", "4", "--epochs", "2"]) { tool, _ in
      #expect(tool.status == 0)
      #expect(tool.output.contains(/R² -?[0-9.]+ over all rows together/))
    }
    try train("x,y\n" + (0..<4).map { "\($0 * 3 % 4),\($0).5\n" }.joined(), ["--folds", "2", "--epochs", "1"]) {
      tool, _ in #expect(tool.status == 0 && !tool.output.contains("nan"))
    }
  }

  @Test func aModelTellsWhatItOwesToItsColumns() throws {
    try train(houses(gaps: false), ["--epochs", "150", "--output", "m"]) { _, folder in
      let tool = try Tool.run(["explain-model", "m", "--data", "t.csv"], in: folder)
      #expect(tool.status == 0)
      // 2 · area, and 10 more for red: the area is worth most, and its slope is about 2.
      #expect(tool.output.contains(#/column +RMSE worse by\n  area /#))
      #expect(tool.output.contains("By color, the others as they are"))
      let row = try Tool.run(["explain-model", "m", "--data", "t.csv", "--row", "2"], in: folder)
      let slope = try #require(row.output.firstMatch(of: #/\n  area +18\.5 +([0-9.]+) /#))
      #expect(abs(try #require(Double(slope.1)) - 2) < 0.5)
      #expect(row.output.contains(#/color=blue +1 +-?[0-9.]+\n/#))
      #expect(row.output.contains(#/sold +2020-02-02 /#))
      let page = try Tool.run(["explain-model", "m", "--data", "t.csv", "--output", "e.html"], in: folder)
      #expect(page.status == 0)
      let html = try String(contentsOf: folder.appending(path: "e.html"), encoding: .utf8)
      for part in ["Importance of the columns", "Dependence on each column", "Residuals"] {
        #expect(html.contains(part))
      }
      let report = try String(contentsOf: folder.appending(path: "m/report.html"), encoding: .utf8)
      for part in ["Importance of the columns", "Residuals"] { #expect(report.contains(part)) }
      for (words, complaint) in [
        (["--row", "200", "--data", "t.csv"], "--row 200: t.csv has 120 rows"),
        (["--row", "2", "--data", "t.csv", "--output", "x"], "--row is about one row; --output is about all of them"),
        ([], "a table is needed: chainrule explain-model m --data FILE.csv"),
      ] {
        let tool = try Tool.run(["explain-model", "m"] + words, in: folder)
        #expect(tool.status == 2 && tool.complaint == "chainrule: \(complaint)\n")
      }
    }
  }

  @Test func aClassifierTellsHowSureItMayBe() throws {
    let rows = (0..<150).map { "\($0 * 37 % 50),\($0 * 53 % 40),\($0 * 37 % 50 > 20 ? "yes" : "no")\n" }.joined()
    try train("x,y,kind\n" + rows, ["--output", "m"]) { _, folder in
      let tool = try Tool.run(["explain-model", "m", "--data", "t.csv"], in: folder)
      #expect(tool.output.contains("accuracy worse by") && tool.output.contains("in points of 100"))
      let row = try Tool.run(["explain-model", "m", "--data", "t.csv", "--row", "1"], in: folder)
      #expect(row.output.hasPrefix("row 1 of t.csv: probability of kind=no "))
      let report = try String(contentsOf: folder.appending(path: "m/report.html"), encoding: .utf8)
      #expect(report.contains("Calibration"))
    }
  }

  static let mistakes: [([String], String)] = [
    (["--task", "guess"], "--task is one of regression, classification, multilabel, not 'guess'"),
    (
      ["--kind", "area=nummer"],
      "--kind takes COLUMN=KIND with one of number, category, yes/no, date, ignored; did you mean 'number'?"
    ),
    (["--kind", "size=number"], "t.csv: has no column 'size'; its columns are id, area, color, garden, sold, price"),
    (["--ignore", "size"], "t.csv: has no column 'size'; its columns are id, area, color, garden, sold, price"),
    (["--features", "area,price"], "t.csv, column price: cannot be a feature and the target"),
    (["--features", "area,color", "--ignore", "area"], "t.csv, column area: cannot be a feature and be left out"),
    (
      ["--kind", "price=number"],
      "t.csv, column price: is the target and takes no kind (number); the task says what it is: regression, "
        + "classification, multilabel"
    ),
    (["--time", "price"], "t.csv, column price: is the target and cannot say as well when a row was"),
    (["--log", "nowhere/x.jsonl", "--output", "m"], "nowhere/x.jsonl: cannot be written: No such file or directory"),
    (["--log", "-"], "--log is a file, and - is none"),
    (["--tensorboard", "t.csv", "--output", "m"], "t.csv: cannot be made a folder for events: it is a file"),
    (
      ["--time", "color"],
      "t.csv, line 2, column color: a time is a number or a date as 2024-02-29, 29.02.2024 or 2/29/2024 13:45, not 'red'"
    ),
    (
      ["--folds", "3", "--test-file", "u.csv"], "--test-file and --folds both say which rows are for testing; give one"
    ),
    (["--folds", "90"], "t.csv: has 120 rows, too few for 90 folds"),
    (["--group", "garden", "--time", "sold"], "--group and --time both say how rows are parted; give one"),
    (
      ["--loss", "cross-entropy"],
      "--loss cross-entropy is none of a regression, whose losses are: squared, absolute, huber"
    ),
    (["--class-weights", "balanced"], "--class-weights belongs to a classification, and this is a regression"),
    (
      ["--kind", "color=date"],
      "t.csv, column color: dates are needed, all in one order as 2024-02-29, 29.02.2024 or 2/29/2024; the first cell is 'red'"
    ),
    (["--kind", "color=number"], "t.csv, line 2, column color: a number is needed, not 'red'"),
    (["--target", "area,garden"], "t.csv, line 3, column area: a label of several is 0 or 1, no or yes, not '18.5'"),
    (["--test-fraction", "1"], "--test-fraction needs a number between 0.0 and 1.0, not '1'"),
    (["--test-file", "nowhere.csv"], "nowhere.csv: cannot be read: No such file or directory"),
  ]

  @Test(arguments: mistakes)
  func aMistakeIsNamed(words: [String], complaint: String) throws {
    try train(houses(gaps: false), words) { tool, folder in
      #expect(tool.status == 2)
      #expect(tool.complaint == "chainrule: \(complaint)\n")
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "m").path))
    }
  }

  @Test func optionsOfATableNeedATable() throws {
    let tool = try Tool.run("train", "--folds", "3")
    #expect(tool.status == 2)
    #expect(tool.complaint == "chainrule: --folds belongs to a table: --data FILE.csv\n")
  }

  @Test func aRunOnATableIsResumed() throws {
    try train(houses(), ["--epochs", "4", "--output", "whole", "--quiet"]) { _, folder in
      _ = try Tool.run(["train", "--data", "t.csv", "--epochs", "2", "--output", "m", "--quiet"], in: folder)
      _ = try Tool.run(["train", "--resume", "m", "--epochs", "4", "--quiet"], in: folder)
      let files = try ["whole", "m"].map {
        try Safetensors.read(folder.appending(path: "\($0)/model.safetensors").path)
      }
      #expect(files[0].state == files[1].state)
      #expect(files[0].metadata == files[1].metadata)
    }
  }
}
