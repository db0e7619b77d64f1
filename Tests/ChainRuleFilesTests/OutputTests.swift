import ChainRuleCore
import ChainRuleFiles
import Foundation
import Testing

/// What a file is written over, and what is left alone.
@Suite struct Outputs {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func text(_ path: String) throws -> String { try String(contentsOf: URL(filePath: path), encoding: .utf8) }

  @Test func aReplacedFileKeepsItsPermissions() throws {
    let path = try scratch.write("a.txt", "old")
    for mode in [0o600, 0o640, 0o755] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      try writeAtomically(Array("new \(mode)".utf8), to: path)
      #expect(try text(path) == "new \(mode)")
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect((attributes[.posixPermissions] as? Int) == mode)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["a.txt"])
  }

  @Test func nothingIsWrittenThroughALinkOverADeviceOrAFolder() throws {
    let target = try scratch.write("target", "kept")
    try FileManager.default.createSymbolicLink(atPath: scratch.file("link"), withDestinationPath: target)
    try FileManager.default.createSymbolicLink(atPath: scratch.file("broken"), withDestinationPath: "nowhere")
    try FileManager.default.createDirectory(atPath: scratch.file("folder"), withIntermediateDirectories: false)
    #expect(mkfifo(scratch.file("pipe"), 0o600) == 0)
    for (name, reason) in [
      ("link", "symbolic link"), ("broken", "symbolic link"), ("folder", "is a folder"), ("pipe", "device or a pipe"),
    ] {
      let complaint = message { try Npy.write([1], to: scratch.file(name)) }
      #expect(complaint.contains(reason), "\(complaint)")
    }
    #expect(message { try writeAtomically([], to: "/dev/null") }.contains("device or a pipe"))
    #expect(message { try writeAtomically([], to: "") }.contains("is no name of a file"))
    #expect(message { try writeAtomically([], to: scratch.path + "/") }.contains("is no name of a file"))
    #expect(try text(target) == "kept")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).count == 5)
  }

  @Test func aFailureOfTheDiskIsTold() throws {
    do {
      try writeAtomically([1], to: scratch.file("missing/a.txt"))
      Issue.record("a file in a folder that does not exist")
    } catch let error as FileError {
      #expect(error.isOutput && error.description.contains("missing/a.txt: cannot be written: No such file"))
    }
  }

  @Test func whatDeadProcessesWereWritingIsRemoved() throws {
    let dead = Process()
    dead.executableURL = URL(filePath: "/bin/sh")
    dead.arguments = ["-c", "exit 0"]
    try dead.run()
    dead.waitUntilExit()
    let stale = try [
      scratch.write("a.txt.\(dead.processIdentifier).partial", "x"),
      scratch.write("a.txt.\(dead.processIdentifier).7.partial", "x"),
    ]
    let kept = try [
      scratch.write("a.txt.\(getppid()).partial", "x"), scratch.write("b.txt.\(dead.processIdentifier).partial", "x"),
      scratch.write("a.txt.mine.partial", "x"),
    ]
    try writeAtomically([1], to: scratch.file("a.txt"))
    #expect(stale.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
    #expect(kept.allSatisfy { FileManager.default.fileExists(atPath: $0) })
  }

  @Test func manyThreadsWriteOneFile() async throws {
    let path = scratch.file("a.txt")
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          for _ in 0..<20 { try? writeAtomically([UInt8](repeating: UInt8(number), count: 5000), to: path) }
        }
      }
    }
    let bytes = try Data(contentsOf: URL(filePath: path))
    #expect(bytes.count == 5000 && Set(bytes).count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["a.txt"])
  }

  // MARK: Inputs

  @Test(.timeLimit(.minutes(1))) func whatIsNoFileAndNoPipeIsRefused() throws {
    #expect(mkfifo(scratch.file("pipe"), 0o600) == 0)
    for path in ["/dev/zero", "/dev/full", "/dev/null", scratch.path] {
      #expect(throws: FileError.self) { try CSVTable(contentsOf: path) }
      #expect(throws: FileError.self) { try CSVStream(path, target: "a") }
      #expect(throws: FileError.self) { try Npy.read(path) }
      #expect(throws: FileError.self) { try Safetensors.read(path) }
      #expect(throws: FileError.self) { try PortableImage.read(path) }
    }
    #expect(message { _ = try CSVTable(contentsOf: scratch.file("pipe")) }.contains("nobody writes"))
    #expect(throws: FileError.self) { try Npy.read(scratch.file("pipe")) }
  }

  @Test(.timeLimit(.minutes(1))) func aPipeIsReadToItsEnd() throws {
    let pipe = scratch.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let writer = Process()
    writer.executableURL = URL(filePath: "/bin/sh")
    writer.arguments = ["-c", "{ echo a,b; sleep 0.3; seq 1 20000 | sed 's/$/,1/'; } > '\(pipe)'"]
    try writer.run()
    #expect(try CSVTable(contentsOf: pipe).rows.count == 20000)
    writer.waitUntilExit()
  }
}
