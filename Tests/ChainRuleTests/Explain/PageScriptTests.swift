import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleDrawing
@testable import ChainRuleExplaining

/// The script of a page, run by Node.js where there is one.
@Suite("The script of a page", .enabled(if: JavaScript.node != nil, "Node.js runs the script"))
struct PageScriptTests {
  @Test(
    "A typed number is understood as it is meant, and never as another one",
    arguments: [
      ("1/3", 1.0 / 3), ("0.5", 0.5), ("0,5", 0.5), (",5", 0.5), ("−2", -2), ("-2", -2), (" 13 ", 13), ("½", 0.5),
      ("2½", 2.5), ("-¾", -0.75), ("½/2", 0.25), ("1e-3", 0.001), ("1E−3", 0.001), ("-1 / 4", -0.25), ("+7.", 7),
      ("", nil), ("x", nil), ("1/0", nil), ("1/2/3", nil), ("1 000", nil), ("1,000.5", nil), ("1,2,3", nil),
      ("0x10", nil),
      ("Infinity", nil), ("1e999", nil), ("-", nil), ("/2", nil),
    ] as [(String, Double?)])
  func numbers(typed: String, meant: Double?) throws {
    let text = try JSONText.text(of: typed)
    let said = try JavaScript.run(PageScript.understanding + "console.log(JSON.stringify(understand(\(text))))")
    #expect(said == (try meant.map { try JSONText.text(of: $0) } ?? "null"))
  }

  @Test(
    "The page writes tensors as the text does",
    arguments: [[3], [2, 3], [2, 2, 2], [3, 1, 2], [2, 1, 2, 2], [1, 1, 1]])
  func tensors(shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let value = ExplainedValue(shape: shape, scalars: (0..<count).map { Double($0) - 3 })
    let x = Graph().input("x", 1)
    let page =
      "const document = {getElementById: () => ({type: '', textContent: \(JSONText.quoted(try x.explain().json()))})};"
    let script = PageScript.numbers.replacing("OPERATIONS", with: "{}")
    let said = try JavaScript.run(
      page + script + "const value = \(try JSONText.text(of: value)); console.log(line(value) + '\\n' + matrix(value))"
    ).split(separator: "\n").map(String.init)
    #expect(said.first == value.line(digits: 4, typographic: true))
    guard shape.count > 1 else { return }
    // The page gives all columns one width; the text each its own.
    func bare(_ line: String) -> String { line.filter { $0 != " " } }
    #expect(said.dropFirst().map(bare) == value.lines(digits: 4, typographic: true).map(bare))
    func start(_ line: String) -> Int {
      let written: Substring = line.drop { $0 == " " }
      return line.count - written.count + written.prefix { $0 == "[" }.count
    }
    #expect(Set(said.dropFirst().map(start)).count == 1)
  }
}

/// Runs a script in a process of its own.
enum JavaScript {
  static let node: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { URL(filePath: String($0)).appending(path: "node") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }

  static func run(_ script: String) throws -> String {
    let process = Process(), input = Pipe(), output = Pipe()
    process.executableURL = node
    process.arguments = ["-"]
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(script.utf8))  // longer than an argument may be
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .newlines)
  }
}
