import ChainRuleFiles
import ChainRuleLearning
import Testing

@Suite struct CSVDatasets {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func table(_ text: String) throws -> CSVTable { try CSVTable(text, file: "t.csv") }

  @Test func textBecomesColumnsOfZerosAndOnes() throws {
    let data = try Dataset(table("size,colour,kind\n1,red,b\n2,blue,a\n3,red,a\n"))
    #expect(data.inputs.scalars == [1, 0, 1, 2, 1, 0, 3, 0, 1])
    #expect(data.classNames == ["a", "b"])
    #expect(data.targets.indices == [1, 0, 0])
  }

  @Test func aTargetOfNumbersIsARegression() throws {
    let data = try Dataset(table("y,x\n1.5,2\n2.5,4\n"), target: "y", isRegression: true)
    #expect(data.inputs.scalars == [2, 4])
    #expect(data.targets.shape == [2, 1])
    #expect(data.targets.scalars == [1.5, 2.5])
  }

  @Test func missingValuesAreListedDroppedOrFilled() throws {
    let text = "a,b,y\n1,2,0\n,3,1\n5,NA,0\n3,1,1\n"
    let mistake = message { _ = try Dataset(table(text)) }
    #expect(mistake == "t.csv, line 3, column a: 2 missing values: line 3 (a), line 4 (b)")
    #expect(try Dataset(table(text), missing: .dropRow).inputs.scalars == [1, 2, 3, 1])
    #expect(try Dataset(table(text), missing: .columnMean).inputs.scalars == [1, 2, 3, 3, 5, 2, 3, 1])
    #expect(try Dataset(table(text), missing: .value(-1)).inputs.scalars == [1, 2, -1, 3, 5, -1, 3, 1])
  }

  @Test func cellsAreReadAsByTheEncoder() throws {
    let data = try Dataset(table("share,code,y\n12 %,1.0,0\n7 %,x,1\n"), features: ["share"])
    #expect(data.inputs.scalars == [12, 7])
    #expect(
      message { _ = try Dataset(table("a,y\ninf,0\n1,1\n")) }
        == "t.csv, line 2, column a: a finite number is needed, not 'inf'")
    #expect(message { _ = try Dataset(table("a,y\n1 %,0\n1,1\n")) }.contains("write all in one unit"))
  }

  @Test func whatStandsInADroppedRowIsNoClass() throws {
    let data = try Dataset(table("a,y\n1,cat\n2,NA\n3,dog\n,emu\n"), missing: .dropRow)
    #expect(data.classNames == ["cat", "dog"])
    #expect(data.targets.indices == [0, 1])
    #expect(try Dataset(table("a,y\n1,0\n2,NA\n3,1\n"), missing: .dropRow).targets.indices == [0, 1])
  }

  @Test func aColumnWithoutNumbersHasNoMean() throws {
    let empty = "a,b,y\n,1,0\n,2,1\n"
    let mistake = message { _ = try Dataset(table(empty), missing: .columnMean) }
    #expect(mistake == "t.csv, column a: has no number in any row, so there is no mean to fill in")
    #expect(try Dataset(table(empty), missing: .value(7)).inputs.scalars == [7, 1, 7, 2])
  }

  @Test(arguments: [
    ("a,y\n1,0\nx,1\n", "line 3, column a: a number is needed"), ("y\n1\n", "no column of features"),
    ("a,y\n1,0.5\n", "column y"),
  ])
  func mistakesNameTheirPlace(text: String, expected: String) {
    let text = message { _ = try Dataset(table(text)) }
    #expect(text.contains(expected), "\(text)")
  }

  @Test func aStreamGivesTheRowsOfTheTable() throws {
    var text = "a,b,label\n"
    for row in 0..<1000 { text += "\(row),\(row % 7).5,\(row % 3)\(row % 2 == 0 ? "\r\n" : "\n")" }
    let path = try scratch.write("big.csv", text)
    let stream = try CSVStream(path, target: "label")
    #expect(stream.count == 1000)
    #expect(stream.classNames == ["0", "1", "2"])
    let batch = try stream.examples(at: [999, 0, 64, 63])
    #expect(batch.inputs.floats == [999, 5.5, 0, 0.5, 64, 1.5, 63, 0.5])
    #expect(batch.targets.indices == [0, 0, 1, 0])
    let training = try Training(
      withSeed(1) { Sequential(Dense(2, 3)) }, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 1e-6))
    #expect(try training.run(on: stream, epochs: 1, batchSize: 128).stepLosses.count == 8)
  }

  @Test func aStreamNamesWhatIsWrong() throws {
    func stream(_ text: String) throws -> CSVStream {
      try CSVStream(scratch.write("s.csv", text), target: "y")
    }
    #expect(message { _ = try stream("a,b\n1,2\n") }.contains("has no column 'y'"))
    #expect(message { _ = try stream("a,y\n1,x\n") }.contains("line 2, column y"))
    #expect(message { _ = try stream("") }.contains("is empty"))
    #expect(message { _ = try stream("a,y\nz,0\n").examples(at: [0]) }.contains("line 2, column a"))
    #expect(
      message { _ = try CSVStream(try scratch.write("l.csv", String(repeating: "1", count: 3_000_000)), target: "y") }
        .contains("has a line of more than"))
  }
}
