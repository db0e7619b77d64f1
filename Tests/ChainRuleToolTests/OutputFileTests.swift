import Foundation
import Testing

/// Full disks, signals, two processes in one folder: no file is lost, and the status tells what happened.
@Suite("files of the tool")
struct OutputFileTests {
  private let explained = ["explain", "x * y", "x=2", "y=3", "--output"]

  /// Runs a line of the shell with `$TOOL` for the program.
  private func shell(_ line: String, in folder: URL) throws -> Tool {
    let tool = Tool.builtProducts.appending(path: "chainrule").path
    return try Tool.run(["-c", "TOOL='\(tool)'; " + line], in: folder, program: "/bin/bash")
  }

  @Test func aFullDiskLeavesTheOldFileAndSaysWhich() throws {
    try Tool.inNewFolder { folder in
      for words in [
        "explain 'x*y' x=2 y=3 --output a.html", "predict run --output a.html", "train --epochs 1 --output out",
      ] {
        _ = try shell("[ -d run ] || $TOOL train --quiet --epochs 1 --output run; echo old > a.html", in: folder)
        let tool = try shell("ulimit -f 0; $TOOL \(words)", in: folder)
        #expect(tool.status == 1, "\(words): \(tool.complaint)")
        #expect(tool.complaint.contains("cannot be written: File too large"), "\(words): \(tool.complaint)")
        #expect(try shell("cat a.html; ls", in: folder).output.hasPrefix("old\n"))
        #expect(try !shell("ls; ls out", in: folder).output.contains(".partial"))
      }
      let printed = try shell("$TOOL explain 'x*y' x=2 y=3 > /dev/full", in: folder)
      #expect(printed.status == 1 && printed.complaint.contains("standard output cannot be written: No space left"))
    }
  }

  @Test func linksAndDevicesAreLeftAlone() throws {
    try Tool.inNewFolder { folder in
      _ = try shell("echo kept > a.svg; ln -s a.svg link.svg; mkdir d.svg; mkfifo p.svg", in: folder)
      for name in ["link.svg", "d.svg", "p.svg", "/dev/null"] {
        let tool = try Tool.run(explained + [name, "--format", "svg"], in: folder)
        #expect(tool.status == 2 && tool.complaint.contains(name), "\(tool.complaint)")
      }
      #expect(try shell("cat a.svg", in: folder).output == "kept\n")
      #expect(try Tool.run(explained + ["-"], in: folder).output.contains("f = 6"))
      #expect(try Tool.run(["train", "--output", "-"], in: folder).status == 2)
    }
  }

  @Test func aTableOfPredictionsGoesToTheScreen() throws {
    try Tool.inNewFolder { folder in
      _ = try Tool.run(["train", "--quiet", "--epochs", "1", "--output", "run"], in: folder)
      let tool = try Tool.run(["predict", "run", "--rows", "2", "--output", "-"], in: folder)
      #expect(tool.status == 0 && tool.output.hasPrefix("row,digit,"))
      #expect(tool.output.split(separator: "\n").count == 3)
    }
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)]) func aSignalSavesAndIsTheStatus(
    number: Int32, status: Int32
  ) throws {
    try Tool.inNewFolder { folder in
      let tool = try Tool.start(["train", "--quiet", "--epochs", "10000", "--output", "run"], in: folder)
      tool.waitUntilWritten(folder.appending(path: "run/checkpoint.safetensors"))
      let second = try Tool.run(["train", "--quiet", "--resume", "run"], in: folder)
      #expect(second.status == 2)
      #expect(second.complaint.hasPrefix("chainrule: run is in use: process "))
      tool.send(number)
      let ended = try tool.end()
      #expect(ended.status == status)
      #expect(ended.output.hasSuffix("chainrule train --resume run goes on from here\n"))
      #expect(try !shell("ls run", in: folder).output.contains("lock"))
    }
  }

  @Test func theLockOfADeadProcessIsTakenOver() throws {
    try Tool.inNewFolder { folder in
      let tool = try Tool.start(["train", "--quiet", "--epochs", "10000", "--output", "run"], in: folder)
      tool.waitUntilWritten(folder.appending(path: "run/checkpoint.safetensors"))
      tool.kill()
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: "run/run.lock").path))
      let next = try Tool.start(["train", "--quiet", "--resume", "run"], in: folder)
      tool.waitUntilWritten(folder.appending(path: "run/checkpoint.safetensors"))
      usleep(300_000)
      next.interrupt()
      #expect(try next.end().status == 130)
    }
  }

  @Test func aClosedPipeIsSilent() throws {
    try Tool.inNewFolder { folder in
      let tool = try shell("$TOOL lesson all | head -n 1", in: folder)
      #expect(tool.status == 0 && tool.complaint.isEmpty && tool.output.split(separator: "\n").count == 1)
    }
  }

  @Test func anUnknownInstructionSetIsRefused() throws {
    try Tool.inNewFolder { folder in
      let tool = try shell("CHAINRULE_ISA=bogus $TOOL explain x x=1", in: folder)
      #expect(tool.status == 2)
      #expect(tool.complaint.hasPrefix("chainrule: CHAINRULE_ISA is one of ") && tool.complaint.contains("plain"))
      #expect(try shell("CHAINRULE_ISA=plain $TOOL explain x x=1", in: folder).status == 0)
    }
  }

  @Test func inputsThatAreNoFilesAreRefused() throws {
    try Tool.inNewFolder { folder in
      _ = try shell("mkfifo pipe", in: folder)
      for name in ["pipe", "/dev/zero", "."] {
        let tool = try Tool.run(["train", "--data", name], in: folder)
        #expect(tool.status == 2 && tool.complaint.contains(name), "\(tool.complaint)")
      }
      let rows = "printf 'a,b\\n'; for i in $(seq 1 40); do echo $i,$((i % 2)); done"
      #expect(try shell("$TOOL train --quiet --epochs 1 --data <(\(rows))", in: folder).status == 0)
    }
  }
}
