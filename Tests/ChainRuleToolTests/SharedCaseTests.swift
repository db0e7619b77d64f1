import ChainRule
import Foundation
import Testing

private let cases = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/cases")
  .standardizedFileURL

/// The files that were handed in with reports of mistakes, given to the tool.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: cases.path))) struct SharedToolCases {
  private func path(_ name: String) -> String { cases.appending(path: name).path }

  @Test(arguments: ["evaluate", "predict"]) func aModelThatListsAClassTwiceIsRefused(command: String) throws {
    let tool = try Tool.run(
      command, path("duplicate-classes.safetensors"), "--data", path("digits-one-row.csv"))
    #expect(tool.status == 2 && tool.output.isEmpty, "\(tool)")
    #expect(tool.complaint.contains("duplicate-classes.safetensors"), "\(tool.complaint)")
  }

  @Test func aRunWhoseTotalsDoNotFitIsRefusedAndLeftAlone() throws {
    try Tool.inNewFolder { folder in
      let file = folder.appending(path: "checkpoint.safetensors")
      try FileManager.default.copyItem(at: cases.appending(path: "resume-totals/checkpoint.safetensors"), to: file)
      let before = try Data(contentsOf: file)
      let tool = try Tool.run("train", "--resume", folder.path)
      #expect(tool.status == 2 || tool.status == 1, "\(tool)")
      #expect(!tool.complaint.isEmpty)
      #expect(try Data(contentsOf: file) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["checkpoint.safetensors"])
    }
  }

  @Test(arguments: [4, 24, 128]) func theGradientOfManySlices(count: Int) throws {
    let graph = Graph(), x = graph.input("x", shape: [count, 2])
    var h = x[0]
    for t in 1..<count { h = tanh(h * x[t]) }
    let slope = try h.sum().gradients(withRespectTo: [x])[0]
    let program = try graph.compile(inputs: [x], outputs: [slope])
    let at = Tensor(shape: [count, 2], repeating: 0.9)
    x.assign(at)
    let (result, expected) = (try program.run([at])[0].scalars, try slope.value().scalars)
    #expect(zip(result, expected).allSatisfy { abs($0 - $1) <= 1e-13 })
  }
}
