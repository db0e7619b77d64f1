import ChainRuleChecking
import ChainRuleCore
import ChainRuleFiles
import Foundation
import Testing

@testable import ChainRuleONNX

/// ONNX's own cases for its operators, in the folder that CHAINRULE_ONNX names: a model each, with inputs and outputs.
@Suite(.enabled(if: Environment.value("CHAINRULE_ONNX") != nil))
struct NodeCases {
  @Test func haveGradientsThatDifferencesConfirm() throws {
    let root = (Environment.value("CHAINRULE_ONNX") ?? "") + "/node"
    var counts: [GradientReport.Verdict: Int] = [:]
    for folder in try FileManager.default.contentsOfDirectory(atPath: root).sorted() where !folder.contains("expanded")
    {
      guard let report = try NodeCase(folder: "\(root)/\(folder)").gradientReport() else { continue }
      counts[report.verdict, default: 0] += 1
      #expect(report.verdict != .disagree, "\(folder): \(report.text(limit: 3))")
      if report.verdict == .inconclusive { print("inconclusive \(folder)") }
    }
    print("gradients of the cases: \(counts[.agree] ?? 0) agree, \(counts[.inconclusive] ?? 0) inconclusive")
    #expect((counts[.agree] ?? 0) >= 300)
  }

  @Test func passOrAreRefusedWithAReason() throws {
    let root = Environment.value("CHAINRULE_ONNX") ?? ""
    var table = CaseTable()
    for kind in ["node", "pytorch-converted", "pytorch-operator", "simple"] {
      let folders = try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(kind)").sorted()
      for folder in folders where FileManager.default.fileExists(atPath: "\(root)/\(kind)/\(folder)/model.onnx") {
        let path = "\(root)/\(kind)/\(folder)"
        let message = try? MessageParser(file: WireFile(path + "/model.onnx")).model()
        let nodes = message?.graph.nodes.map(\.type) ?? []
        table.add(
          CaseTable.Row(
            kind: kind, name: folder, operators: nodes.count == 1 ? nodes[0] : kind == "node" ? "functions" : kind,
            version: message?.opset[""] ?? 0, outcome: NodeCase(folder: path).outcome()))
      }
    }
    print(table.text)
    #expect(table.failed.isEmpty, "\(table.failed.joined(separator: "\n"))")
    #expect(table.passed("node") >= 1_190)
  }
}
