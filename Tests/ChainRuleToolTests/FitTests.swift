import Foundation
import Testing

@Suite("chainrule fit")
struct FitTests {
  /// NIST's Misra1a, certified: 238.94212918 ± 2.7070075241, 5.5015643181e-04 ± 7.2668688436e-06, 0.12455138894.
  private let misra =
    "x,y\n"
    + zip(
      [77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760],
      [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78]
    ).map { "\($0),\($1)\n" }.joined()

  private func fit(_ words: [String], table: String) throws -> Tool {
    try Tool.inNewFolder { folder in
      try Data(table.utf8).write(to: folder.appending(path: "t.csv"))
      return try Tool.run(["fit"] + words, in: folder)
    }
  }

  @Test func certifiedDigitsArePrinted() throws {
    let tool = try fit(["b1*(1-exp(-b2*x))", "--data", "t.csv", "b1=500", "b2=0.0001"], table: misra + "900,\n")
    #expect(tool.status == 0)
    #expect(tool.output.contains("fitted to y of t.csv: 14 rows; 1 with a missing cell is left out"))
    #expect(tool.output.contains("\nreads x, seeks b1 from 500, b2 from 0.0001\n"))
    #expect(tool.output.contains("  b1         238.9421292      2.707\n"))
    #expect(tool.output.contains("  b2         0.0005501564318  7.2669e-06\n"))
    #expect(tool.output.contains("residual standard deviation 0.10188 (12 degrees of freedom)"))
  }

  @Test func aNameThatAColumnAlmostHasIsPointedOut() throws {
    let tool = try fit(["b1*X + 0*b2", "--data", "t.csv"], table: misra)
    #expect(tool.output.contains("reads no column, X is not the column x, seeks b1 from 1, X from 1, b2 from 1\n"))
  }

  @Test func boundsAreSaidOnce() throws {
    let tool = try fit(["b1*x", "--data", "t.csv", "--bounds", "b1=0...1", "--bounds", "b1=0...2"], table: misra)
    #expect(tool.status == 2)
    #expect(tool.complaint == "chainrule: --bounds says twice between what b1 is kept\n")
  }

  @Test func fittedValuesAreWritten() throws {
    let tool = try fit(["a + b*x", "--data", "t.csv", "--output", "-"], table: "x,y\n0,1\n1,3\n2,5\n")
    #expect(tool.status == 0)
    let lines = tool.output.split(separator: "\n").suffix(4).map(String.init)
    #expect(lines[0] == "row,y,fitted,residual")
    let cells = try lines.dropFirst().map { line in try line.split(separator: ",").map { try #require(Double($0)) } }
    for (row, wanted) in zip(cells, [1.0, 3, 5]) { #expect(abs(row[2] - wanted) < 1e-12 && abs(row[3]) < 1e-12) }
  }

  @Test func aBoundHoldsAndWhatIsNotDeterminedIsSaid() throws {
    let table = "x,y\n0,1\n1,3.1\n2,4.9\n3,7\n"
    let held = try fit(["a + b*x", "--data", "t.csv", "--bounds", "b=0...1.5"], table: table)
    #expect(held.status == 0)
    // With b = 3/2 the mean is met: a = 4 − 3/2 · 3/2.
    #expect(held.output.contains("  a          1.75      "))
    #expect(held.output.contains("  b          1.5       on its bound"))
    let open = try fit(["c + a*x + b*x", "--data", "t.csv"], table: table)
    #expect(open.output.matches(of: /undetermined/).count == 2)
  }

  static let mistakes: [([String], String)] = [
    (["a*x"], "a table is needed: chainrule fit 'a*x' --data FILE.csv"),
    (["2*x", "--data", "t.csv"], "every name in the expression is a column of t.csv; nothing is left to be fitted"),
    (["a*y", "--data", "t.csv"], "the expression reads 'y', which is the target; --target names another column"),
    (["a*x", "x=2", "--data", "t.csv"], "'x' is a column of t.csv and takes no start"),
    (["a*x", "a=[1, 2]", "--data", "t.csv"], "the start of 'a' is one finite number"),
    (
      ["a*x", "--data", "t.csv", "--bounds", "a=3"],
      "--bounds takes NAME=LOW...HIGH with two numbers, as in rate=0...5, not 'a=3'"
    ),
    (["a*x", "--data", "t.csv", "--bounds", "c=0...1"], "--bounds: 'c' is no parameter; they are a"),
    (["a*x", "--data", "t.csv", "--target", "z"], "t.csv: has no column 'z'; its columns are x, y"),
    (["a*sum(x)*[1, 2]", "--data", "t.csv"], "the expression gives shape [2], not a number for each of 3 rows"),
    (["a + b*x + c*x^2 + d*x^3", "--data", "t.csv"], "t.csv: has 3 complete rows, too few for 4 parameters"),
    (["a*q", "--data", "u.csv"], "u.csv: cannot be read: No such file or directory"),
  ]

  @Test(arguments: mistakes) func aMistakeIsNamed(words: [String], complaint: String) throws {
    let tool = try fit(words, table: "x,y\n0,1\n1,3\n2,5\n")
    #expect(tool.status == 2)
    #expect(tool.complaint == "chainrule: \(complaint)\n")
  }
}
