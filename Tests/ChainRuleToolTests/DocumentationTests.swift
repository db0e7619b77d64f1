import Foundation
import Testing

/// README.md, Docs/ with its folders and the DocC catalogue say only what programs do: a Swift block below
/// `<!-- example: NAME -->` is the program
/// Sources/Examples/NAME.swift, a text block right after it is what that prints, and in a console block every line
/// `$ chainrule …` is followed by what it prints (`…` stands for what changes from run to run).
@Suite("README and Docs")
struct DocumentationTests {
  static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent()
  static let pages: [Page] = {
    let files = ["Docs", "Sources/ChainRule/ChainRule.docc"].flatMap { folder in
      let names = (try? FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
      return names.sorted().map { folder + "/" + $0 }
    }
    return (["README.md"] + files).filter { $0.hasSuffix(".md") }.compactMap(Page.init)
  }()

  @Test(arguments: pages.flatMap(\.examples))
  func quotedProgramsAreTheOnesThatRun(example: Page.Example) throws {
    let file = Self.root.appending(path: "Sources/Examples/\(example.name).swift")
    #expect(example.source == Self.quotation(try String(contentsOf: file, encoding: .utf8)))
    guard let output = example.output else { return }
    let run = try Tool.run([example.name], program: "Examples")
    #expect(run.status == 0)
    #expect(difference(run.output, output) == nil)
  }

  @Test(arguments: pages.flatMap(\.commands))
  func printedCommandsPrintThat(command: Page.Command) throws {
    try Tool.inNewFolder { folder in
      let path = Tool.builtProducts.path
      let run = try Tool.run(["-c", "PATH='\(path)':$PATH; \(command.line) 2>&1"], in: folder, program: "/bin/sh")
      #expect(difference(run.output, command.output) == nil)
    }
  }

  /// No example is lost when pages are cut or moved: each is quoted, or run by `ExampleTests`.
  @Test func everyProgramIsQuoted() throws {
    let folder = Self.root.appending(path: "Sources/Examples")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).map { String($0.dropLast(6)) }
    let quoted = Set(Self.pages.flatMap(\.examples).map(\.name))
    #expect(Set(files).subtracting(quoted) == ExampleTests.unquoted.union(["Examples"]))
  }

  @Test(arguments: pages.filter { $0.name.hasPrefix("Docs/Learning") })
  func aPageOfATaskIsShort(page: Page) throws {
    let text = try String(contentsOf: Self.root.appending(path: page.name), encoding: .utf8)
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 201)
  }

  @Test func readmeOpensWithAProgramAndWhatItPrints() throws {
    let readme = try #require(Self.pages.first)
    #expect(readme.name == "README.md")
    let first = try #require(readme.examples.first)
    #expect(first.output != nil)
    #expect(first.line < 30, "the first program stands on the first screen")
    #expect(readme.unmarkedSwiftBlocks.isEmpty, "Swift blocks without an example: lines \(readme.unmarkedSwiftBlocks)")
  }

  /// The lines for a package of one's own name products that the package has.
  @Test func readmeNamesTheProducts() throws {
    func text(_ file: String) throws -> String {
      try String(contentsOf: Self.root.appending(path: file), encoding: .utf8)
    }
    let (readme, package) = (try text("README.md"), try text("Package.swift"))
    let products = readme.matches(of: /\.product\(name: "(\w+)", package: "ChainRule"\)/).map { String($0.1) }
    #expect(products.count == 3)
    for product in products { #expect(package.contains(".library(name: \"\(product)\"")) }
    #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 250)
  }

  @Test(arguments: pages)
  func linksLeadSomewhere(page: Page) {
    for link in page.links {
      let folder = Self.root.appending(path: page.name).deletingLastPathComponent()
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: link).path), "\(link)")
    }
  }

  /// The file without the function around the statements.
  static func quotation(_ source: String) -> String {
    var result: [String] = []
    var isInside = false
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("func "), line.hasSuffix("() throws {") {
        isInside = true
      } else if isInside, line == "}" {
        isInside = false
      } else {
        result.append(String(isInside && line.hasPrefix("  ") ? line.dropFirst(2) : line))
      }
    }
    return result.joined(separator: "\n").trimmingCharacters(in: .newlines)
  }

  /// The first line that is not as printed, or nil; `…` matches the rest of a line, or lines where it stands alone.
  private func difference(_ actual: String, _ printed: String) -> String? {
    let actual = actual.trimmingCharacters(in: .newlines).split(separator: "\n", omittingEmptySubsequences: false)
    let printed = printed.trimmingCharacters(in: .newlines).split(separator: "\n", omittingEmptySubsequences: false)
    var position = 0
    for (index, line) in printed.enumerated() {
      if line == "…" {
        guard index + 1 < printed.count else { return nil }
        while position < actual.count, !matches(actual[position], printed[index + 1]) { position += 1 }
        continue
      }
      guard position < actual.count else { return "printed: \(line)\nnothing is left of the output" }
      guard matches(actual[position], line) else { return "printed: \(line)\nthe output has: \(actual[position])" }
      position += 1
    }
    return position == actual.count ? nil : "not printed: \(actual[position])"
  }

  private func matches(_ actual: Substring, _ printed: Substring) -> Bool {
    let parts = printed.components(separatedBy: "…")
    guard parts.count > 1 else { return actual == printed }
    guard actual.hasPrefix(parts[0]), actual.hasSuffix(parts[parts.count - 1]) else { return false }
    var rest = actual.dropFirst(parts[0].count)
    for part in parts.dropFirst().dropLast() {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.count >= parts[parts.count - 1].count
  }
}

/// A page of the documentation, cut into what can be run.
struct Page: Sendable, CustomTestStringConvertible {
  struct Example: Sendable, CustomTestStringConvertible {
    let page: String, line: Int, name: String, source: String
    var output: String?
    var testDescription: String { "\(page): \(name)" }
  }
  struct Command: Sendable, CustomTestStringConvertible {
    let page: String, line: String
    var output: String
    var testDescription: String { "\(page): \(line)" }
  }

  let name: String
  private(set) var examples: [Example] = []
  private(set) var commands: [Command] = []
  private(set) var unmarkedSwiftBlocks: [Int] = []
  private(set) var links: [String] = []
  var testDescription: String { name }

  init?(_ name: String) {
    guard let text = try? String(contentsOf: DocumentationTests.root.appending(path: name), encoding: .utf8) else {
      return nil
    }
    self.name = name
    var block: (language: String, start: Int, lines: [String])?
    var mark: String?
    var canTakeOutput = false
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      if let open = block {
        guard line == "```" else {
          block?.lines.append(line)
          continue
        }
        close(open, mark, canTakeOutput)
        canTakeOutput = open.language == "swift" && mark != nil
        (block, mark) = (nil, nil)
      } else if line.hasPrefix("```") {
        block = (String(line.dropFirst(3)), index + 1, [])
      } else if line.hasPrefix("<!-- example: "), line.hasSuffix(" -->") {
        mark = String(line.dropFirst(14).dropLast(4))
      } else {
        links += line.matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/).map { String($0.1) }
      }
    }
  }

  private mutating func close(
    _ block: (language: String, start: Int, lines: [String]), _ mark: String?, _ isOutput: Bool
  ) {
    let text = block.lines.joined(separator: "\n")
    switch block.language {
    case "swift":
      guard let mark else {
        unmarkedSwiftBlocks.append(block.start)
        return
      }
      examples.append(Example(page: name, line: block.start, name: mark, source: text))
    case "text" where isOutput: examples[examples.count - 1].output = text
    case "console":
      for line in block.lines {
        if line.hasPrefix("$ ") {
          commands.append(Command(page: name, line: String(line.dropFirst(2)), output: ""))
        } else if !commands.isEmpty {
          commands[commands.count - 1].output += line + "\n"
        }
      }
    default: break
    }
  }
}
