import Foundation
import Testing

/// A model goes out as a file of ONNX, and the tool reads it where it reads formulas and models.
@Suite struct ONNXInTheTool {
  @Test func aModelGoesOutAndComesBack() throws {
    try Tool.inNewFolder { folder in
      let trained = try Tool.run(["train", "--epochs", "1", "--hidden", "8", "--quiet", "--output", "d"], in: folder)
      #expect(trained.status == 0)
      let exported = try Tool.run(["export", "d", "--format", "onnx", "--output", "d.onnx"], in: folder)
      #expect(exported.output.contains("from x [1, 64] to y [1, 10]"), "\(exported.complaint)")
      let text = try Tool.run(["export", "d", "--format", "stablehlo", "--output", "d.mlir"], in: folder)
      #expect(text.output.contains("d.mlir: StableHLO, from x tensor<1x64xf32> to y [1, 10]"), "\(text.complaint)")
      let module = try String(contentsOf: folder.appending(path: "d.mlir"), encoding: .utf8)
      #expect(module.contains("@main(%arg0: tensor<1x64xf32>)"))
      let again = try Tool.run(["export", "d.onnx", "--training", "--output", "e.onnx"], in: folder)
      #expect(again.status == 0, "\(again.complaint)")
      let explained = try Tool.run(["explain", "d.onnx"], in: folder)
      #expect(explained.status == 0 && explained.output.contains("parameter  0.weight [64, 8]"))
      let checked = try Tool.run(["check", "d.onnx", "--directions", "3"], in: folder)
      #expect(checked.status == 0 && checked.output.hasPrefix("agree"), "\(checked.output)")
      let tuned = try Tool.run(["train", "--from", "d.onnx", "--epochs", "2", "--quiet", "--output", "t"], in: folder)
      #expect(tuned.status == 0 && tuned.output.contains("after 2 epochs"), "\(tuned.complaint)")
      #expect(try Tool.run(["evaluate", "t"], in: folder).output.contains("accuracy"))
    }
  }

  @Test func mistakesAreSentences() throws {
    try Tool.inNewFolder { folder in
      try Data([0x3A, 0xFF]).write(to: folder.appending(path: "a.onnx"))
      for words in [
        ["explain", "a.onnx"], ["check", "b.onnx"], ["train", "--from", "a.onnx"], ["export", "a.onnx"],
      ] {
        let run = try Tool.run(words, in: folder)
        #expect(run.status == 2 && run.complaint.contains(".onnx"), "\(words): \(run.complaint)")
      }
      let trained = try Tool.run(["train", "--epochs", "1", "--hidden", "8", "--quiet", "--output", "d"], in: folder)
      #expect(trained.status == 0)
      for value in ["hlo", "ONNX2", "tflite"] {
        let other = try Tool.run(["export", "d", "--format", value], in: folder)
        #expect(other.status == 2 && other.complaint.contains("--format"), "\(other.complaint)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "model.onnx").path))
      let both = try Tool.run(["train", "--from", "a.onnx", "--model", "cnn"], in: folder)
      #expect(both.status == 2 && both.complaint.contains("--from brings its own network"))
    }
  }
}
