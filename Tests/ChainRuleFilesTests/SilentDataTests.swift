import ChainRuleCore
import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

/// Files that were read as something else without a word.
@Suite struct SilentData {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func aTableThatIsNotUTF8IsRefused() throws {
    // Latin-1: "é" and "è" would both become the replacement character, and one class.
    let bytes = Array("x,t\n1,".utf8) + [0xE9, 0x0A] + Array("2,".utf8) + [0xE8, 0x0A]
    let path = try scratch.write("latin.csv", bytes)
    #expect(
      message { _ = try CSVTable(contentsOf: path) }
        == "\(path), line 2: is not written in UTF-8; convert the file, for instance by iconv")
    #expect(
      message { _ = try CSVStream(path, target: "t", isRegression: true) }.contains("line 2: is not written in UTF-8"))
    #expect(try CSVTable(contentsOf: scratch.write("utf8.csv", "x,t\n1,é\n2,è\n")).classes(in: 1).names == ["è", "é"])
  }

  @Test func aRowWithATextLabelIsNoLineOfNames() throws {
    let table = try CSVTable("5.1,3.5,setosa\n4.9,3,setosa\n7,3.2,versicolor\n", file: "t")
    #expect(!table.hasNames && table.rows.count == 3 && table.columns == ["1", "2", "3"])
    #expect(try CSVTable("0,1,2,label\n5,6,7,a\n", file: "t").columns == ["0", "1", "2", "label"])
    #expect(try CSVTable("country,2019,2020\nA,6,7\n", file: "t").columns == ["country", "2019", "2020"])
    #expect(
      message { _ = try CSVTable("1,x\n2,y\n", file: "t") }.hasPrefix("t, line 1: may be names of columns or a row"))
    let path = try scratch.write("s.csv", "5.5,0\n1.5,1\n")
    #expect(try CSVStream(path, target: "2").count == 2)
  }

  @Test(arguments: ["1e400", "-1e400", "\(String(repeating: "9", count: 400))"])
  func digitsThatComeToInfinityAreRefused(cell: String) throws {
    let table = try CSVTable("x,t\n\(cell),0\n", file: "t")
    #expect(
      message { _ = try table.numbers(in: [0]) }.hasPrefix("t, line 2, column x: a number below 1.8e308 is needed"))
    #expect(try CSVTable("x,t\n-inf,0\n", file: "t").numbers(in: [0]) == [-.infinity])
  }

  @Test func aMissingTargetMakesNoClass() throws {
    let table = try CSVTable("x,t\n1,a\n2,\n3,b\n4,NA\n", file: "t")
    let rows = try Dataset(table, missing: .dropRow)
    #expect(rows.classNames == ["a", "b"] && rows.targets.indices == [0, 1])
  }

  @Test func aSecondTableWithUnknownClassesIsRefused() throws {
    let first = try CSVTable("x,t\n1,a\n2,b\n", file: "1").classes(in: 1)
    #expect(throws: FileError.self) { try CSVTable("x,t\n1,c\n", file: "2").classes(in: 1, known: first.names) }
    #expect(try CSVTable("x,t\n1,b\n", file: "2").classes(in: 1, known: first.names).labels == [1])
  }

  // MARK: Arrays

  @Test func columnsFirstKeepTheirType() throws {
    let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }"
    let text = Array((header + String(repeating: " ", count: 117 - header.utf8.count) + "\n").utf8)
    let values: [Float] = [1, 4, 2, 5, 3, 6]
    let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count), 0] + text
    let read = try Npy.decode(
      bytes + values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }, file: "f")
    #expect(read == Tensor(floats: [1, 2, 3, 4, 5, 6], shape: [2, 3]))
  }

  private func archive() throws -> (path: String, bytes: [UInt8]) {
    let path = scratch.file("a.npz")
    try Npz.write([("x", [1, 2]), ("y", [3, 4])], to: path)
    return (path, Array(try Data(contentsOf: URL(filePath: path))))
  }

  @Test func damagedBytesOfAnArchiveAreNoticed() throws {
    var (path, bytes) = try archive()
    let place = try #require(bytes.firstRange(of: [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])).lowerBound  // 1.0
    bytes[place] ^= 1
    try scratch.write("a.npz", bytes)
    #expect(message { _ = try Npz.read(path) }.contains("the bytes of x.npy do not have its checksum"))
  }

  @Test func entriesThatOverlapAreRefused() throws {
    var (path, bytes) = try archive()
    let entry = try #require(bytes.firstRange(of: Array("PK\u{1}\u{2}".utf8))).lowerBound
    let second = try #require(bytes[(entry + 4)...].firstRange(of: Array("PK\u{1}\u{2}".utf8))).lowerBound
    for byte in 0..<4 { bytes[second + 42 + byte] = bytes[entry + 42 + byte] }
    try scratch.write("a.npz", bytes)
    #expect(message { _ = try Npz.read(path) }.contains("overlaps another"))
  }

  @Test func emptyTensorsAmongOthersAreRead() throws {
    // In the order of their names, the empty ones would come behind the full ones that begin at the same byte.
    let state = ModelState([
      ("a", Tensor([1, 2])), ("b", Tensor(shape: [0, 3], [])), ("z", Tensor([3])), ("y", Tensor(shape: [0], [])),
    ])
    let path = scratch.file("e.safetensors")
    try Safetensors.write(state, to: path)
    let read = try Safetensors.read(path).state
    for entry in state.entries { #expect(read[entry.path] == entry.value) }
  }
}
