import Foundation
import Testing

@testable import ChainRuleCore
import ChainRuleMathematics

/// Docs/Primitives.md holds what the descriptors say.
///
/// With `CHAINRULE_WRITE_DOCS=1` the tables are written instead of compared.
@Suite(.serialized) struct PrimitivesPageTests {
  static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let page = root.appendingPathComponent("Docs/Primitives.md")

  static let tables: [(name: String, heading: [String], types: [any DescribedPrimitive.Type])] = [
    (
      "elementwise", ["primitive", "equation", "local gradient", "at a kink or tie", "in formulas", "error", "file"],
      PrimitiveTable.elementwise.map { type(of: $0) }
    ),
    ("reductions", ["primitive", "equation", "weight", "at a tie", "file"], PrimitiveFamilies.reductions),
    ("linear", ["primitive", "map", "transpose", "at a tie", "file"], PrimitiveFamilies.linear),
    (
      "matrices", ["primitive", "equation", "local gradient", "what is chosen", "file"], LinearAlgebraFamily.primitives
    ),
    (
      "order", ["primitive", "equation", "local gradient", "at a tie, and source", "file"], OrderFamily.primitives
    ),
    ("without gradient", ["primitive", "what it gives", "why", "", "file"], PrimitiveFamilies.withoutGradient),
  ]

  /// The rows of a table in Markdown.
  private func written(_ heading: [String], _ types: [any DescribedPrimitive.Type]) -> String {
    func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    func bar(_ text: String) -> String { text.replacing("|", with: "\\|") }
    let rows = types.map { type in
      let descriptor = type.descriptor
      let names = ([descriptor.call].compactMap { $0 } + descriptor.aliases).map { "`\($0)`" }.joined(separator: " ")
      let error = descriptor.accuracy
      let all = [
        "`\(type)`", bar(descriptor.equation), bar(unique(descriptor.derivatives).joined(separator: ", ")),
        bar(descriptor.convention), names, error == .exact ? "" : "\(digits(error.single)) / \(digits(error.double))",
        descriptor.file,
      ]
      return row(heading.count == all.count ? all : Array(all.prefix(4)) + [descriptor.file])
    }
    return ([row(heading), "|" + heading.map { _ in "---|" }.joined()] + rows).joined(separator: "\n")
  }

  private func unique(_ texts: [String]) -> [String] { Set(texts).count == 1 ? Array(texts.prefix(1)) : texts }
  private func digits(_ number: Double) -> String { Tensor.digits(number) }

  @Test(arguments: tables.map(\.name)) func theTablesAreWhatTheDescriptorsSay(name: String) throws {
    let table = try #require(Self.tables.first { $0.name == name })
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let start = try #require(text.range(of: "<!-- generated: \(name) -->\n")).upperBound
    let end = try #require(text.range(of: "<!-- end -->", range: start..<text.endIndex)).lowerBound
    let expected = written(table.heading, table.types) + "\n"
    if Environment.value("CHAINRULE_WRITE_DOCS") != nil {
      try text.replacingCharacters(in: start..<end, with: expected).write(
        to: Self.page, atomically: true, encoding: .utf8)
    } else {
      #expect(text[start..<end] == expected, "run CHAINRULE_WRITE_DOCS=1 swift test --filter PrimitivesPage")
    }
  }

  @Test func everyPrimitiveOfTheSourcesIsOnThePage() throws {
    let listed = Set(Self.tables.flatMap { $0.types.map { "\($0)" } })
    let declared = try PrimitiveSources.names()
    #expect(declared.count > 50)
    #expect(declared.subtracting(listed) == [], "list it in PrimitiveFamilies")
  }
}

/// The primitives that the sources declare.
enum PrimitiveSources {
  static func names() throws -> Set<String> {
    let declaration = try Regex(
      "(?m)^struct (\\w+): (?:DescribedPrimitive|MatrixPrimitive|TabulatedPrimitive|TabulatedGradients)")
    var names: Set<String> = []
    let folders = ["Core/Primitives"] + ["LinearAlgebra", "Order", "Transforms", "Random"].map { "Mathematics/" + $0 }
    for folder in folders.map({ PrimitivesPageTests.root.appendingPathComponent("Sources/ChainRule" + $0) }) {
      let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
      for case let file as URL in files where file.pathExtension == "swift" {
        for match in try String(contentsOf: file, encoding: .utf8).matches(of: declaration) {
          if let name = match.output[1].substring { names.insert(String(name)) }
        }
      }
    }
    return names
  }
}
