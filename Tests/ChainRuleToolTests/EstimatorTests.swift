import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

/// What is demanded of anything that learns from a table, as scikit-learn's check_estimator demands it.
@Suite("A table's model as an estimator")
struct EstimatorTests {
  private func lines(_ table: String, _ change: (Int, String) -> String?) -> String {
    let all = table.split(separator: "\n").map(String.init)
    return ([all[0]] + all.dropFirst().enumerated().compactMap { change($0, $1) }).joined(separator: "\n") + "\n"
  }

  /// A row of weight 0 is as if it were not there, and equal weights are as none.
  @Test(arguments: ["price", "color"]) func weightsOfRows(target: String) throws {
    let plain = houses(gaps: false), head = plain.split(separator: "\n")[0]
    func weighted(_ weight: (Int) -> String) -> String {
      lines(plain) { $1 + "," + weight($0) }.replacing(head, with: head + ",w", maxReplacements: 1)
    }
    func model(_ table: String, _ words: [String]) throws -> ModelState {
      try Tool.inNewFolder { folder in
        try Data(table.utf8).write(to: folder.appending(path: "t.csv"))
        let all = ["--target", target, "--features", "area,garden,sold", "--epochs", "5", "--output", "m"]
        let tool = try Tool.run(["train", "--data", "t.csv"] + all + words, in: folder)
        #expect(tool.status == 0, "\(tool.complaint)")
        return try Safetensors.read(folder.appending(path: "m/model.safetensors").path).state
      }
    }
    let dropped = try model(weighted { $0 % 7 == 3 ? "0" : "2.5" }, ["--weight", "w"])
    #expect(try dropped == model(lines(weighted { _ in "1" }) { $0 % 7 == 3 ? nil : $1 }, ["--weight", "w"]))
    func largestDifference(_ a: ModelState, _ b: ModelState) -> Double {
      zip(a.entries, b.entries).map { x, y in
        zip(x.value.scalars, y.value.scalars).map { abs($0 - $1) }.max() ?? 0
      }.max() ?? 0
    }
    let equal = try model(weighted { _ in "3" }, ["--weight", "w"]), none = try model(plain, [])
    #expect(largestDifference(equal, none) < 1e-4)
    let uneven = try model(weighted { $0 % 2 == 0 ? "1" : "9" }, ["--weight", "w"])
    #expect(largestDifference(uneven, none) > 1e-3)
  }

  @Test func aWeightIsANumberOfAtLeastZero() throws {
    let table = "x,y,w\n" + (0..<20).map { "\($0),\($0 % 2),\($0 == 3 ? "-1" : "1")\n" }.joined()
    for (text, words, complaint) in [
      (table, ["--weight", "w"], "t.csv, line 5, column w: a weight of at least 0 is needed, not -1.0"),
      (table.replacing("-1", with: "x"), ["--weight", "w"], "t.csv, line 5, column w: a number is needed, not 'x'"),
      (
        table.replacing("-1", with: ""), ["--weight", "w"],
        "t.csv, line 5, column w: a number is needed, not an empty cell"
      ),
      (
        table.replacing(",1\n", with: ",0\n").replacing("-1", with: "0"), ["--weight", "w"],
        "t.csv, column w: has no weight above 0; every row would be left out"
      ),
      (table, ["--weight", "y"], "t.csv, column y: cannot be left out, for it is the target"),
      (
        table, ["--weight", "w", "--features", "x,w"], "t.csv, column w: cannot be a feature and the weight of its row"
      ),
      (table, ["--weight", "v"], "t.csv: has no column 'v'; its columns are x, y, w"),
    ] {
      try train(text, ["--target", "y"] + words) { tool, _ in
        #expect(tool.status == 2)
        #expect(tool.complaint == "chainrule: \(complaint)\n")
      }
    }
  }

  /// What scikit-learn's check_estimator asks of an estimator.
  @Test func whatIsSaidOfARowDoesNotDependOnTheOthers() throws {
    try train(houses(), ["--epochs", "5", "--output", "m"]) { _, folder in
      func predictions(_ table: String) throws -> [String: String] {
        try Data(table.utf8).write(to: folder.appending(path: "p.csv"))
        let tool = try Tool.run(["predict", "m", "--data", "p.csv", "--output", "-"], in: folder)
        let rows = tool.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
        let ids = table.split(separator: "\n").dropFirst().map { String($0.prefix { $0 != "," }) }
        return Dictionary(uniqueKeysWithValues: zip(ids, rows.map(String.init)))
      }
      let whole = try predictions(houses()), all = houses().split(separator: "\n").map(String.init)
      #expect(whole.count == 120)
      #expect(try predictions(([all[0]] + all.dropFirst().reversed()).joined(separator: "\n")) == whole)
      let one = try predictions(all[0] + "\n" + all[77])
      #expect(one.count == 1 && one.allSatisfy { whole[$0.key] == $0.value })
    }
  }

  @Test func smallTablesAreAnsweredInASentence() throws {
    let answers: [(String, Int32, String)] = [
      ("x,y\n1,0.5\n", 2, "t.csv: has too few rows to keep some for testing; --test-fraction says how many"),
      ("x,y\n", 2, "t.csv: has column names but no rows"),
      ("y\n1\n2\n", 2, "t.csv: has only one column; features and a label are needed"),
      (
        "x,y\n" + (0..<30).map { "\($0 == 4 ? "inf" : "\($0 * 7 % 11)"),\($0).5\n" }.joined(), 2,
        "t.csv, line 6, column x: a finite number is needed, not 'inf'"
      ),
      (
        "x,y\n" + (0..<30).map { "\($0 * 7 % 11),\($0 == 4 ? "inf" : "\($0).5")\n" }.joined(), 2,
        "t.csv, line 6, column y: a finite number is needed, not 'inf'"
      ),
      (
        "x,y\n" + (0..<30).map { "\($0 * 7 % 11),\($0 == 4 ? "1e999" : "\($0).5")\n" }.joined(), 2,
        "t.csv, line 6, column y: a number below 1.8e308 is needed, not '1e999'"
      ),
      ("x,c,y\n" + (0..<30).map { "\($0 * 7 % 11),5,\($0 * 3 % 8).5\n" }.joined(), 0, ""),
      ("x,y\n" + (0..<30).map { "\($0 * 7 % 11),2.5\n" }.joined(), 0, ""),
    ]
    for (table, status, complaint) in answers {
      try train(table, ["--epochs", "2", "--output", "m"]) { tool, folder in
        #expect(tool.status == status, "\(tool.complaint)")
        #expect(tool.complaint == (complaint.isEmpty ? "" : "chainrule: \(complaint)\n"))
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "m").path) == (status == 0))
        #expect(!tool.output.contains("nan"))
      }
    }
  }
}
