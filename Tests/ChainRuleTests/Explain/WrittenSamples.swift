import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleDrawing
@testable import ChainRuleExplaining

/// Writes every sample in every format into the folder that `CHAINRULE_SAMPLES` names: what `.ci/browser` opens,
/// `.ci/latex` compiles, and `Docs/Teaching` shows.
@Suite("Samples as files")
struct WrittenSamples {
  @Test("Every format of every sample", .enabled(if: Environment.samples != nil), arguments: ExplainSamples.all)
  func write(sample: ExplainSamples.Sample) throws {
    let explanation = try sample.explain()
    try write(explanation, as: sample.name)
  }

  @Test("A model whose modules fold", .enabled(if: Environment.samples != nil))
  func writeModel() throws { try write(LayoutTests.network(), as: "folded-model") }

  @Test("A page that packs what it does not show", .enabled(if: Environment.samples != nil))
  func writeLargePage() throws {
    let folder = try #require(Environment.samples)
    try Data(LayoutTests.network(layers: 80).html().utf8).write(to: folder.appending(path: "large-model.html"))
  }

  private func write(_ explanation: Explanation, as name: String) throws {
    let folder = try #require(Environment.samples)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (ending, text) in [
      ("txt", explanation.text()), ("svg", explanation.svg()), ("html", explanation.html()),
      ("tex", explanation.latex(standalone: true)), ("dot", explanation.dot()), ("mmd", explanation.mermaid()),
      ("json", explanation.json()),
    ] {
      try Data(text.utf8).write(to: folder.appending(path: "\(name).\(ending)"))
    }
  }
}
