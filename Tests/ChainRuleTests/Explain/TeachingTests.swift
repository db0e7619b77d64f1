import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleDrawing
@testable import ChainRuleExplaining

/// `Docs/Teaching.md` shows commands and their pictures; each picture is what its command draws.
@Suite("The lecture's pictures")
struct TeachingTests {
  struct Command: Sendable, CustomTestStringConvertible {
    let words: [String]
    var expression: String { words.first ?? "" }
    var picture: String { words.last ?? "" }
    var testDescription: String { picture }

    /// `NAME=VALUE` in the order in which they are typed.
    var values: [(name: String, value: Tensor)] {
      get throws {
        try words.dropFirst().filter { $0.contains("=") }.map { word in
          let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
          return (parts[0], try Expression(parts[1]).record(in: Graph(), inputs: [:]).value())
        }
      }
    }
  }

  static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let commands: [Command] = {
    let text = (try? String(contentsOf: root.appending(path: "Docs/Teaching.md"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { $0.hasPrefix("chainrule explain ") }.map { line in
      var words: [String] = [], word = "", isQuoted = false
      for character in line.dropFirst("chainrule explain ".count) {
        switch character {
        case "'": isQuoted.toggle()
        case " " where !isQuoted:
          words.append(word)
          word = ""
        default: word.append(character)
        }
      }
      return Command(words: words + [word])
    }
  }()

  static func explain(_ command: Command) throws -> Explanation {
    let graph = Graph(), expression = try Expression(command.expression)
    let nodes = expression.inputs(in: graph, values: try command.values)
    let f = try expression.record(in: graph, inputs: nodes)
    let paths = command.words.firstIndex(of: "--paths").flatMap { nodes[command.words[$0 + 1]] }
    return try f.explain(title: command.expression, paths: paths.map { [$0] } ?? [])
  }

  @Test("Each picture is what its command draws", arguments: commands)
  func pictures(command: Command) throws {
    let file = Self.root.appending(path: command.picture), drawn = try Self.explain(command).svg()
    if Environment.value("CHAINRULE_WRITE_DOCS") != nil {
      try Data(drawn.utf8).write(to: file)
    }
    let checkedIn = try String(contentsOf: file, encoding: .utf8)
    #expect(checkedIn == drawn, "CHAINRULE_WRITE_DOCS=1 swift test --filter TeachingTests draws it again")
  }

  private func explanation(of picture: String) throws -> Explanation {
    try Self.explain(try #require(Self.commands.first { $0.picture.hasSuffix("/\(picture).svg") }))
  }

  @Test("There is a picture for every seed example")
  func complete() {
    #expect(Self.commands.count == 10)
    #expect(Set(Self.commands.map(\.picture)).count == 10)
  }

  @Test("What the text says about softmax, KL and the sigmoid circuit is so")
  func claims() throws {
    let softmax = try explanation(of: "softmax-cross-entropy")
    let gradient = try #require(softmax["z"]?.gradient.value?.scalars)
    #expect(gradient.map { NumberText.fixed($0, places: 4) } == ["-0.0477", "0.0474", "0.0003"])
    for name in ["kl-divergence", "cross-entropy"] {
      #expect(try explanation(of: name)["q"]?.gradient.value?.scalars == [-0.5, -1.5])
    }
    #expect(try explanation(of: "several-paths").paths(fromID: 0).count == 3)
    let gates = try explanation(of: "sigmoid-gates").frames.compactMap { $0.isFinal ? $0.total?.scalar : nil }
    #expect(gates.prefix(5).map { NumberText.fixed($0, places: 2) } == ["1.00", "-0.53", "-0.53", "-0.20", "0.20"])
  }

  @Test("Ten sigmoids let less than 1e-7 through, ten relus 0.8 to the tenth")
  func vanishing() throws {
    let sigmoid = try #require(try explanation(of: "vanishing-sigmoid")["x"]?.gradient.value?.scalar)
    #expect(sigmoid > 0 && sigmoid < 1e-7)
    let relu = try #require(try explanation(of: "vanishing-relu")["x"]?.gradient.value?.scalar)
    #expect(abs(relu - 0.1073741824) < 1e-12)
  }
}
