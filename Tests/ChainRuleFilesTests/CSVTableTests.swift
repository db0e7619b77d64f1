import ChainRuleFiles
import ChainRuleLearning
import Testing

@Suite("Comma-separated tables")
struct CSVTableTests {
  @Test func namesNumbersAndClasses() throws {
    let table = try CSVTable("\u{FEFF}a, b,kind\r\n1,2.5e0,cat\n\n-3,nan,\"a \"\"big\"\" dog\"\n", file: "t.csv")
    #expect(table.columns == ["a", "b", "kind"])
    let numbers = try table.numbers(in: [0, 1])
    #expect(numbers.prefix(3) == [1, 2.5, -3])
    #expect(numbers[3].isNaN)
    let error = #expect(throws: FileError.self) { try table.numbers(in: [1], finite: true) }
    #expect(error?.description == "t.csv, line 4, column b: a finite number is needed, not 'nan'")
    let (labels, names) = try table.classes(in: 2)
    #expect(names == ["a \"big\" dog", "cat"])
    #expect(labels == [1, 0])
    #expect(try table.column("b") == 1)
  }

  @Test func aNameOfTwoColumnsIsNoName() throws {
    let table = try CSVTable("a,label,label\n1,0,1\n", file: "t.csv")
    let error = #expect(throws: FileError.self) { try table.column("label") }
    #expect(error?.description == "t.csv: has two columns 'label', 2 and 3; give each a name of its own")
    #expect(try table.column("a") == 0)
  }

  @Test func withoutNamesColumnsAreNumbered() throws {
    let table = try CSVTable("1,2,0\n3,4,2\n", file: "t.csv")
    #expect(table.columns == ["1", "2", "3"])
    #expect(table.rows.count == 2)
    let (labels, names) = try table.classes(in: 2)
    #expect(labels == [0, 2])
    #expect(names == ["0", "1", "2"])
  }

  @Test func quotedLineEndsStayInTheCell() throws {
    let table = try CSVTable("a,b\n\"x\ny\",1\n2,z\n", file: "t.csv")
    #expect(table.rows == [["x\ny", "1"], ["2", "z"]])
    let error = #expect(throws: FileError.self) { try table.numbers(in: [1]) }
    #expect(error?.description == "t.csv, line 4, column b: a number is needed, not 'z'")
  }

  static let mistakes: [(String, String)] = [
    ("", "t.csv: is empty; a table has a line of column names and rows"),
    ("a,b\n", "t.csv: has column names but no rows"),
    ("a,b\n1,2\n3\n", "t.csv, line 3: 1 cell where the first line has 2 columns"),
    ("a,b\n1,2\n3,4,5\n", "t.csv, line 3: 3 cells where the first line has 2 columns"),
    ("a,b\n1,\"2\n", "t.csv, line 2: a quote is opened and never closed"),
    ("a,label\nred,1\n", "t.csv, line 2, column a: a number is needed, not 'red'"),
    ("a,label\n,1\n", "t.csv, line 2, column a: a number is needed, not an empty cell"),
    ("a,label\n1,0\n2,-1\n", "t.csv, line 3, column label: a label is a whole number from 0 to 999, not '-1'"),
    ("a,label\n1,0\n2,1.5\n", "t.csv, line 3, column label: a label is a whole number from 0 to 999, not '1.5'"),
    ("a,label\n1,0\n2,4000\n", "t.csv, line 3, column label: a label is a whole number from 0 to 999, not '4000'"),
    ("a,other\n1,0\n", "t.csv: has no column 'label'; its columns are a, other"),
  ]

  @Test(arguments: mistakes)
  func mistakesNameFileLineAndColumn(text: String, message: String) {
    let error = #expect(throws: FileError.self) {
      let table = try CSVTable(text, file: "t.csv")
      let label = try table.column(table.columns.contains("other") || table.columns.contains("label") ? "label" : "b")
      _ = try table.numbers(in: [0])
      _ = try table.classes(in: label)
    }
    #expect(error?.description == message)
  }

  @Test func knownClassesAreKept() throws {
    let table = try CSVTable("a,kind\n1,cat\n", file: "t.csv")
    #expect(try table.classes(in: 1, known: ["ant", "bee", "cat"]).labels == [2])
    let error = #expect(throws: FileError.self) { try table.classes(in: 1, known: ["ant", "bee"]) }
    #expect(error?.description == "t.csv, line 2, column kind: 'cat' is none of the classes ant, bee")
    let twice = #expect(throws: FileError.self) { try table.classes(in: 1, known: ["cat", "cat"]) }
    #expect(twice?.description == "t.csv, column kind: the known classes have two called 'cat'")
  }

  @Test func aMissingFileIsNamed() {
    let error = #expect(throws: FileError.self) { try CSVTable(contentsOf: "nowhere.csv") }
    #expect(error?.description == "nowhere.csv: cannot be read: No such file or directory")
  }
}

/// The first line and the classes, said rather than guessed; and what a table takes.
@Suite struct SaidOfTables {
  @Test func whetherTheFirstLineHoldsNames() throws {
    let bare = try CSVTable("1,x\n2,y\n", file: "t", hasNames: false)
    #expect(bare.rows == [["1", "x"], ["2", "y"]] && bare.columns == ["1", "2"])
    let named = try CSVTable("1,2\n3,4\n", file: "t", hasNames: true)
    #expect(named.rows == [["3", "4"]] && named.columns == ["1", "2"] && named.line(of: 0) == 2)
    let scratch = try Scratch(), path = try scratch.write("t.csv", "1,2\n3,4\n")
    #expect(try CSVStream(path, target: "2", hasNames: true).count == 1)
    #expect(try CSVStream(path, target: "2", hasNames: false).count == 2)
    #expect(try Dataset(csv: path, isRegression: true, hasNames: true).count == 1)
    #expect(message { _ = try CSVTable("1,2\n", file: "t", hasNames: true) } == "t: has column names but no rows")
    #expect(message { _ = try CSVTable("1,x\n2,y\n", file: "t") }.contains("say hasNames:"))
  }

  @Test func aSecondTableHasTheClassesOfTheFirst() throws {
    let scratch = try Scratch()
    let first = try Dataset(csv: scratch.write("a.csv", "x,t\n1,b\n2,c\n"))
    let fewer = try scratch.write("b.csv", "x,t\n1,c\n"), other = try scratch.write("c.csv", "x,t\n1,a\n")
    #expect(try Dataset(csv: fewer, classNames: first.classNames).targets.indices == [1])
    #expect(message { _ = try Dataset(csv: other, classNames: first.classNames) }.contains("none of the classes b, c"))
    let numbers = try scratch.write("d.csv", "x,t\n1,7\n")
    #expect(message { _ = try Dataset(csv: numbers, classNames: ["0", "1"]) }.contains("from 0 to 1"))
  }

  @Test func cellsOfAnyKindComeBackAsTheyWere() throws {
    let rows = (0..<50).map { row in ["\(row)", "\"a,\(row)\"", " é\(row) ", ""] }
    let text = "p,q,r,s\n" + rows.map { $0.joined(separator: ",") + "\n" }.joined()
    let table = try CSVTable(text, file: "t")
    #expect(table.rowCount == 50 && table.rows == (0..<50).map { ["\($0)", "a,\($0)", " é\($0) ", ""] })
  }
}
