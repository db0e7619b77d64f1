import Foundation
import Testing

/// Docs/Primitives.md names every primitive and the file that it stands in.
@Suite struct PrimitivesPageTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test func everyPrimitiveIsOnThePageWithItsFile() throws {
    let page = try String(contentsOf: Self.root.appendingPathComponent("Docs/Primitives.md"), encoding: .utf8)
    let folder = Self.root.appendingPathComponent("Sources/ChainRule/Primitives")
    var count = 0
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where file.hasSuffix(".swift")
    {
      let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      for line in text.split(separator: "\n") {
        guard let match = try /^(?:public )?struct (\w+): .*Primitive/.firstMatch(in: line) else { continue }
        count += 1
        let rows = page.split(separator: "\n").filter { $0.contains("`\(match.1)`") && $0.contains(file) }
        #expect(!rows.isEmpty, "\(match.1) of \(file) has no row in Docs/Primitives.md")
      }
    }
    #expect(count > 50)
  }
}
