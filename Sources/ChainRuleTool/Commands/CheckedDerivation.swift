import ChainRule
import Foundation

/// A derivation from a file, and the function that it is about: an expression on the command line, or its own lines.
struct CheckedDerivation {
  private let function: ClaimedFunction
  private let derivation: ClaimedDerivation

  init(_ file: String, _ arguments: Arguments<CheckOptions>) throws {
    guard let text = try? String(decoding: Data(contentsOf: URL(filePath: file)), as: UTF8.self) else {
      throw UsageError("--derivation: the file '\(file)' cannot be read")
    }
    let hasExpression = arguments.words.contains { assignment($0) == nil }
    do {
      derivation = try ClaimedDerivation(text, definesFunction: !hasExpression)
    } catch { throw UsageError("\(file): \(error)") }
    let words = hasExpression ? arguments.words : [derivation.definitions] + arguments.words
    guard let function = try ClaimedFunction(words) else {
      throw UsageError("\(file) has no line that defines the function; write it first, L = …, or give an expression")
    }
    self.function = function
  }

  func judge(_ arguments: Arguments<CheckOptions>) throws -> Int32 {
    var last: ClaimedDerivation.Report?
    let (guesses, claims) = try function.judged { graph in
      do {
        let report = try derivation.judged(in: graph)
        if last == nil { last = report }
        return report.judged.map(\.claim)
      } catch let error as ExpressionError { throw UsageError("\(error)") }
    }
    let report = GradientReport(subject: "f", claims: claims)
    guard let judged = last?.judged, try arguments[\.format] ?? .text == .text else {
      try Command.show(report, arguments)
      return Command.status(of: report, arguments)
    }
    for line in guesses { print(line) }
    let lines = zip(judged.map(\.line), claims)
    for (line, claim) in lines {
      print("line \(line): " + claim.lines.joined(separator: "\n  "))
    }
    let wrong = lines.first { $0.1.verdict == .disagree }?.0
    print(wrong.map { "the first wrong line is \($0)" } ?? "no line is wrong")
    if let effect = last?.effect { print(effect) }
    return Command.status(of: report, arguments)
  }
}
