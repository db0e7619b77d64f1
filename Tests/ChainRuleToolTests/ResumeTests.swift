import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

/// A run that is killed, interrupted or continued ends with the very bits of one that never stopped.
@Suite("chainrule train --resume")
struct ResumeTests {
  private func model(_ folder: URL, _ name: String) throws -> Data {
    try Data(contentsOf: folder.appending(path: "\(name)/model.safetensors"))
  }

  /// History without the last column, the seconds.
  private func history(_ folder: URL, _ name: String) throws -> [Substring] {
    let text = try String(contentsOf: folder.appending(path: "\(name)/history.csv"), encoding: .utf8)
    return text.split(separator: "\n").map { $0[..<($0.lastIndex(of: ",") ?? $0.endIndex)] }
  }

  @Test(arguments: [
    ["--schedule", "cosine", "--optimizer", "momentum"], ["--model", "cnn", "--optimizer", "amsgrad"],
    ["--optimizer", "lion", "--rate", "0.02", "--patience", "5"],
  ])
  func aKilledRunLosesNothingThatWasFinished(options: [String]) throws {
    try Tool.inNewFolder { folder in
      let words = ["train", "--quiet", "--epochs", options.contains("cnn") ? "4" : "40"] + options
      #expect(try Tool.run(words + ["--output", "whole"], in: folder).status == 0)
      var next = words + ["--output", "killed"]
      let checkpoint = folder.appending(path: "killed/checkpoint.safetensors")
      for round in 0..<4 {
        let tool = try Tool.start(next, in: folder)
        tool.waitUntilWritten(checkpoint)
        usleep(useconds_t(round * 7000))  // not always at the same place of an epoch
        tool.kill()
        _ = try Checkpoint.read(checkpoint.path)
        next = ["train", "--quiet", "--resume", "killed"]
      }
      #expect(try Tool.run(next, in: folder).status == 0)
      #expect(try model(folder, "killed") == model(folder, "whole"))
      #expect(try history(folder, "killed") == history(folder, "whole"))
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "killed").path)
      #expect(
        Set(left.filter { !$0.hasSuffix(".partial") })
          == ["checkpoint.safetensors", "history.csv", "model.safetensors", "report.html"])
    }
  }

  @Test func controlCSavesAndEndsCleanly() throws {
    try Tool.inNewFolder { folder in
      let words = ["train", "--quiet", "--epochs", "3000", "--schedule", "warmup"]
      let tool = try Tool.start(words + ["--output", "run"], in: folder)
      tool.waitUntilWritten(folder.appending(path: "run/checkpoint.safetensors"))
      tool.interrupt()
      let ended = try tool.end()
      #expect(ended.status == 130)
      #expect(ended.output.hasSuffix("chainrule train --resume run goes on from here\n"))
      #expect(try Tool.run(["evaluate", "run"], in: folder).status == 0)
      let checkpoint = try Checkpoint(contentsOf: folder.appending(path: "run/checkpoint.safetensors").path)
      #expect((1..<3000).contains(checkpoint.completedEpochs))
    }
  }

  @Test func moreEpochsThanBefore() throws {
    try Tool.inNewFolder { folder in
      let words = ["train", "--quiet", "--optimizer", "nadam"]
      _ = try Tool.run(words + ["--epochs", "5", "--output", "whole"], in: folder)
      _ = try Tool.run(words + ["--epochs", "2", "--output", "run"], in: folder)
      let more = try Tool.run(["train", "--resume", "run", "--epochs", "5", "--output", "other"], in: folder)
      #expect(more.output.contains("355 to test, from epoch 3 on\n"))
      #expect(try model(folder, "other") == model(folder, "whole"))
      let again = try Tool.run(["train", "--quiet", "--resume", "run"], in: folder)
      #expect(again.status == 0, "a run that has made its epochs is measured again")
      #expect(again.output.contains("after 2 epochs"))
    }
  }

  @Test func whatCannotBeResumedIsSaid() throws {
    try Tool.inNewFolder { folder in
      func table(_ last: String) throws {
        let rows = (0..<20).map { "\($0),\($0 % 2)\n" }.joined() + last
        try Data(("a,label\n" + rows).utf8).write(to: folder.appending(path: "t.csv"))
      }
      try table("7,1\n")
      _ = try Tool.run(["train", "--data", "t.csv", "--epochs", "3", "--output", "run"], in: folder)
      func complaint(_ words: String...) throws -> String {
        let tool = try Tool.run(["train"] + words, in: folder)
        #expect(tool.status == 2)
        return tool.complaint
      }
      #expect(
        try complaint("--output", "run")
          == "chainrule: run holds a run already; go on with it by --resume run, or name another --output\n")
      #expect(
        try complaint("--resume", "run", "--rate", "1")
          == "chainrule: --rate cannot be changed by --resume, which goes on with the options of the run\n")
      #expect(
        try complaint("--resume", "run", "--epochs", "2")
          == "chainrule: run has made 3 epochs already; --epochs is the number of all\n")
      try table("8,1\n")
      #expect(try complaint("--resume", "run").contains("t.csv: is not what it was when the run in run began"))
      #expect(try complaint("--output", "t.csv") == "chainrule: t.csv cannot be made a folder: it is a file\n")
      try Data("short".utf8).write(to: folder.appending(path: "run/checkpoint.safetensors"))
      #expect(try complaint("--resume", "run").contains("is no safetensors file"))
    }
  }

  @Test func aRunWithoutAModelSaysHowToGoOn() throws {
    try Tool.inNewFolder { folder in
      _ = try Tool.run(["train", "--epochs", "1", "--output", "run"], in: folder)
      try FileManager.default.removeItem(at: folder.appending(path: "run/model.safetensors"))
      let tool = try Tool.run(["evaluate", "run"], in: folder)
      #expect(
        tool.complaint
          == "chainrule: run: holds no model.safetensors: its run has not ended; "
          + "chainrule train --resume run goes on with it\n"
      )
    }
  }
}
