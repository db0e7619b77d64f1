import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

@Suite struct ArrayFiles {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test(arguments: [
    Tensor([[1, 2.5], [-3, .infinity]]), Tensor(floats: [1, 2, 3]), Tensor(indices: [5, -6], shape: [2, 1]), Tensor(7),
    Tensor(shape: [0, 2], []),
  ])
  func npyIsReadAsWritten(tensor: Tensor) throws {
    let path = scratch.file("a.npy")
    try Npy.write(tensor, to: path)
    #expect(try Npy.read(path) == tensor)
  }

  @Test func npzIsReadAsWritten() throws {
    let path = scratch.file("a.npz")
    let arrays: [(name: String, value: Tensor)] = [("x", Tensor([1, 2])), ("y", Tensor(indices: [3]))]
    try Npz.write(arrays, to: path)
    let read = try Npz.read(path)
    #expect(read.map(\.name) == ["x", "y"])
    #expect(read.map(\.value) == arrays.map(\.value))
  }

  private func npy(_ header: String, _ data: [UInt8] = []) throws -> String {
    let text = Array(header.utf8)
    return try scratch.write(
      "x.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)] + text + data)
  }

  @Test func bigEndianAndFortranOrderAreTurned() throws {
    let path = try npy(
      "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }", [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6])
    #expect(try Npy.read(path).scalars == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (9,), }", "ends too early"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", "does not fit memory"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "which is none"),
    ("{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", "type '<U4'"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "type '|O'"), ("{}", "without 'descr'"),
  ])
  func malformedArraysAreNamed(header: String, expected: String) throws {
    let path = try npy(header, [0, 0, 0, 0])
    let text = message { _ = try Npy.read(path) }
    #expect(text.contains(expected), "\(text)")
  }

  @Test func randomBytesNeverTrap() throws {
    var numbers = RandomNumbers(seed: 2)
    let good = scratch.file("good.npz")
    try Npz.write([("x", Tensor([1, 2])), ("y", Tensor(indices: [3]))], to: good)
    let bytes = Array(try Data(contentsOf: URL(filePath: good)))
    for _ in 0..<300 {
      var broken = bytes
      for _ in 0..<4 { broken[Int(numbers.next() % UInt64(broken.count))] = UInt8(truncatingIfNeeded: numbers.next()) }
      _ = try? Npz.read(try scratch.write("broken.npz", broken))
    }
  }

  @Test func idxIsReadAndGzipNamed() throws {
    let images = try scratch.write("i", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 102])
    let labels = try scratch.write("l", [0, 0, 8, 1, 0, 0, 0, 2, 7, 3])
    #expect(try IDX.read(images).shape == [2, 1, 2])
    let examples = try IDX.examples(images: images, labels: labels).examples(at: [1, 0])
    #expect(examples.inputs.floats == [0.2, 0.4, 0, 1])
    #expect(examples.targets.indices == [3, 7])
    let packed = try scratch.write("p.gz", [0x1F, 0x8B, 8, 0])
    #expect(message { _ = try IDX.read(packed) }.contains("gunzip"))
    let short = try scratch.write("s", [0, 0, 8, 1, 0, 0, 0, 9, 7])
    #expect(message { _ = try IDX.read(short) }.contains("promises an array of shape [9]"))
    let huge = try scratch.write("h", [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12))
    #expect(message { _ = try IDX.read(huge) }.contains("promises"))
  }

  @Test func rowsStayOnDisk() throws {
    try Npy.write(Tensor(shape: [5, 2], (0..<10).map(Double.init)), to: scratch.file("x.npy"))
    try Npy.write(Tensor(indices: [0, 1, 0, 1, 2]), to: scratch.file("y.npy"))
    let rows = try RowFile(npy: scratch.file("x.npy"), targets: scratch.file("y.npy"))
    #expect(rows.count == 5)
    let batch = try rows.examples(at: [3, 4, 0])
    #expect(batch.inputs.scalars == [6, 7, 8, 9, 0, 1])
    #expect(batch.targets.indices == [1, 2, 0])
    #expect(message { _ = try rows.examples(at: [5]) }.contains("there is no row 5"))
  }

  @Test func imagesAreReadAsWritten() throws {
    let image = Tensor(floats: [0, 0.2, 0.4, 0.6, 0.8, 1], shape: [1, 2, 3])
    try PortableImage.write(image, to: scratch.file("a.pgm"))
    #expect(try PortableImage.read(scratch.file("a.pgm")) == image)
    let colour = Tensor(floats: (0..<12).map { Float($0 * 17) / 255 }, shape: [3, 2, 2])
    try PortableImage.write(colour, to: scratch.file("a.ppm"))
    #expect(try PortableImage.read(scratch.file("a.ppm")) == colour)
    let text = try scratch.write("t.pgm", "P2 # grey\n2 1\n# most\n4\n1 4\n")
    #expect(try PortableImage.read(text).floats == [0.25, 1])
    for (bytes, expected) in [
      ("P5\n9 9\n255\nab", "ends before"), ("P7\n", "no PGM"), ("P5 x", "no number"),
      ("P6 4000000000 4000000000 255\n", "cannot be read"), ("P2 1 1 0 1", "cannot be read"),
    ] {
      let path = try scratch.write("bad", bytes)
      #expect(message { _ = try PortableImage.read(path) }.contains(expected))
    }
  }

  @Test func aFolderOfImagesIsADataSource() throws {
    for (name, value) in [("cat", 0.2), ("dog", 0.6)] {
      try FileManager.default.createDirectory(atPath: scratch.file(name), withIntermediateDirectories: true)
      for index in 0..<2 {
        let image = Tensor(shape: [1, 2, 2], repeating: value + 0.2 * Double(index))
        try PortableImage.write(image, to: scratch.file("\(name)/\(index).pgm"))
      }
    }
    let folder = try ImageFolder(scratch.path)
    #expect(folder.classNames == ["cat", "dog"])
    let batch = try folder.examples(at: [3, 0])
    #expect(batch.inputs.shape == [2, 1, 2, 2])
    #expect(batch.targets.indices == [1, 0])
    #expect(batch.inputs.floats[0] == 0.8)
  }
}
