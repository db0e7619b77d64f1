import Foundation
import Testing

@testable import ChainRuleONNX

/// Docs/ONNX.md lists the operators that there are.
@Test func docsListEveryOperator() throws {
  let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let page = try String(contentsOf: root.appending(path: "Docs/ONNX.md"), encoding: .utf8)
  let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains("`") }
  let listed = rows.flatMap { row in row.matches(of: /`([\w.]+)`/).map { String($0.1) } }
  #expect(Set(listed).symmetricDifference(Operators.all.keys).sorted() == [])
  #expect(page.contains("\(Operators.all.count) operators,"))
}
