import Foundation
import Testing

/// The programs of Sources/Examples that no page quotes: they run, and reach what they claim.
@Suite("Examples")
struct ExampleTests {
  static let unquoted: Set = [
    "ValueAndGradient", "Playground", "DigitsCNN", "CharacterModel",
  ]

  /// The numbers that a program prints after the last word of each line that begins like this.
  private func numbers(_ output: String, _ start: String) -> [Double] {
    output.split(separator: "\n").filter { $0.hasPrefix(start) }.compactMap { line in
      line.split(separator: " ").last.flatMap { Double($0) }
    }
  }

  @Test func everyProgramHasAName() throws {
    let run = try Tool.run([], program: "Examples")
    let folder = DocumentationTests.root.appending(path: "Sources/Examples")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).map { $0.dropLast(6) }
    for file in files where file != "Examples" { #expect(run.output.contains(file), "\(file)") }
  }

  @Test(arguments: [
    ("ValueAndGradient", "5 [2, 4]\n")
  ])
  func shortProgramsPrintTheirNumbers(name: String, output: String) throws {
    let run = try Tool.run([name], program: "Examples")
    #expect(run.status == 0)
    #expect(run.output == output)
  }

  @Test func theExplanationShowsEveryGradient() throws {
    let run = try Tool.run(["Explain"], program: "Examples")
    #expect(run.output.hasPrefix("(x + y) · z\nf = -12\n"))
    #expect(numbers(run.output, "  x ") == [-2, -4] && numbers(run.output, "  z ") == [-4, 3])
  }

  @Test func thePlaygroundDrawsItsDecisionBoundaries() throws {
    try Tool.inNewFolder { folder in
      let run = try Tool.run(["Playground", folder.path], program: "Examples")
      #expect(run.status == 0)
      #expect(numbers(run.output, "spirals").allSatisfy { $0 >= 0.95 } && numbers(run.output, "circles") == [1])
      for name in ["spirals", "circles"] {
        let svg = try String(contentsOf: folder.appending(path: "\(name).svg"), encoding: .utf8)
        #expect(svg.components(separatedBy: "<rect").count == 3601)
        #expect(svg.components(separatedBy: "<circle").count == 201)
        #expect(Set(svg.matches(of: /rgb\([0-9]+,170,[0-9]+\)/).map(\.output)).count > 10, "a boundary has shades")
      }
    }
  }

  @Test(.enabled(if: isHeavy)) func aSmallConvolutionalNetworkReadsDigits() throws {
    let run = try Tool.run(["DigitsCNN"], program: "Examples")
    #expect(numbers(run.output, "seed").count == 5)
    let median = try #require(numbers(run.output, "median").first)
    #expect(median >= 0.98, "\(run.output)")
  }

  @Test(.enabled(if: isHeavy)) func characterModelsLearnASonnet() throws {
    let run = try Tool.run(["CharacterModel"], program: "Examples")
    #expect(run.status == 0)
    #expect(numbers(run.output, "lstm").allSatisfy { $0 < 1.5 } && !numbers(run.output, "lstm").isEmpty)
    #expect(numbers(run.output, "transformer").allSatisfy { $0 < 1.5 } && !numbers(run.output, "transformer").isEmpty)
    #expect(run.output.contains("compare thee to a"))
  }
}
