import Foundation
import Testing

@testable import ChainRuleGradBench

/// What the evals compute, against numbers of GradBench's own hand-written C++ on small inputs, and against closed forms.
@Suite("GradBench's evals") struct EvalTests {
  struct Case: @unchecked Sendable, CustomTestStringConvertible {
    let module: String
    let input: [String: Any], outputs: [String: Any]
    var testDescription: String { module }
  }

  static let cases: [Case] = {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = tests.appending(path: "Fixtures/GradBench/cases.json")
    guard let data = try? Data(contentsOf: file),
      let cases = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]]
    else { return [] }
    return cases.map {
      Case(
        module: $0["module"] as? String ?? "", input: $0["input"] as? [String: Any] ?? [:],
        outputs: $0["outputs"] as? [String: Any] ?? [:])
    }
  }()

  static func evaluated(_ module: String, _ function: String, _ input: Any) throws -> [String: Any] {
    let message: [String: Any] = ["id": 1, "kind": "evaluate", "module": module, "function": function, "input": input]
    let line = String(decoding: try JSONSerialization.data(withJSONObject: message), as: UTF8.self)
    return try ProtocolTests.answer(line)
  }

  /// A copy of an input in which one value is another.
  static func replacing(_ input: [String: Any], _ path: ArraySlice<String>, by value: Any) -> [String: Any] {
    guard let key = path.first else { return input }
    var copy = input
    copy[key] = path.count == 1 ? value : replacing(input[key] as? [String: Any] ?? [:], path.dropFirst(), by: value)
    return copy
  }

  /// All numbers of an output, in the order of keys and places.
  static func numbers(_ value: Any?) -> [Double] {
    switch value {
    case let object as [String: Any]: object.keys.sorted().flatMap { numbers(object[$0]) }
    case let list as [Any]: list.flatMap { numbers($0) }
    case let number as NSNumber: [number.doubleValue]
    default: []
    }
  }

  static func expectClose(_ got: [Double], _ expected: [Double], _ tolerance: Double, _ what: String) {
    #expect(!expected.isEmpty && got.count == expected.count, "\(what): \(got.count) numbers for \(expected.count)")
    for (place, (a, b)) in zip(got, expected).enumerated() where !(abs(a - b) <= tolerance * max(1, abs(b))) {
      Issue.record("\(what): \(a) for \(b) at \(place)")
    }
  }

  @Test func thereAreCases() {
    #expect(Set(Self.cases.map(\.module)).count == 9)
  }

  @Test(arguments: cases) func valuesAndDerivativesAreThoseOfHandWrittenCode(example: Case) throws {
    #expect(example.outputs.count == 2)
    for (function, expected) in example.outputs {
      let answer = try Self.evaluated(example.module, function, example.input)
      #expect(answer["success"] as? Bool == true, "\(answer["error"] ?? "")")
      // Differences are behind the slopes of the differential equation; all others have all digits.
      let tolerance = example.module == "ode" && function == "gradient" ? 1e-7 : 1e-11
      Self.expectClose(
        Self.numbers(answer["output"]), Self.numbers(expected), tolerance, "\(example.module) \(function)")
    }
  }

  @Test func aMixtureOfOneDimension() throws {
    let input: [String: Any] = [
      "d": 1, "k": 1, "n": 2, "m": 0, "gamma": 2, "alpha": [0.3], "mu": [[0.5]], "q": [[0.2]], "l": [[] as [Double]],
      "x": [[1.0], [-1.0]],
    ]
    // Two normal densities of deviation e^(−q), and a Wishart density of two degrees of freedom, up to its powers of Q.
    let precision = exp(0.4), squares = 0.25 + 2.25
    let likelihood = 2 * 0.2 - 0.5 * precision * squares - log(2 * Double.pi)
    let prior = 2 * (log(2.0) - 0.5 * log(2.0)) - lgamma(1.0) - 2 * precision
    let value = try Self.evaluated("gmm", "objective", input)["output"]
    Self.expectClose(Self.numbers(value), [likelihood + prior], 1e-12, "objective")
    let slopes = try Self.evaluated("gmm", "jacobian", input)["output"] as? [String: Any]
    Self.expectClose(Self.numbers(slopes?["mu"]), [precision * (0.5 - 1.5)], 1e-12, "mu")
    Self.expectClose(Self.numbers(slopes?["q"]), [2 - precision * squares - 4 * precision], 1e-12, "q")
    Self.expectClose(Self.numbers(slopes?["alpha"]), [0], 1e-12, "alpha")
  }

  @Test func determinantsOfOneAndOfLargerMatrices() throws {
    let one = try Self.evaluated("det", "gradient", ["A": [0.4], "ell": 1])["output"]
    Self.expectClose(Self.numbers(one), [1], 0, "of one number")
    // Of a diagonal matrix: the product, and each cofactor the product of the others.
    let diagonal = (0..<8).map { Double($0 + 1) / 2 }, product = diagonal.reduce(1, *)
    let matrix = (0..<64).map { $0 % 9 == 0 ? diagonal[$0 / 9] : 0 }
    let value = try Self.evaluated("det", "primal", ["A": matrix, "ell": 8])["output"]
    Self.expectClose(Self.numbers(value), [product], 1e-13, "the product")
    let slopes = try Self.evaluated("det", "gradient", ["A": matrix, "ell": 8])["output"]
    Self.expectClose(
      Self.numbers(slopes), (0..<64).map { $0 % 9 == 0 ? product / diagonal[$0 / 9] : 0 }, 1e-13, "cofactors")
  }

  /// The numbers that GradBench holds every tool against.
  @Test(arguments: ["ff", "fr", "rf", "rr"]) func descentsEndWhereGradBenchSays(modes: String) throws {
    let particle = try Self.evaluated("particle", modes, ["w": 0.0])["output"]
    Self.expectClose(Self.numbers(particle), [0.2071918746486116], 1e-9, "particle")
    let saddle = try Self.evaluated("saddle", modes, ["start": [1.0, 1.0]])["output"]
    Self.expectClose(Self.numbers(saddle), [Double](repeating: 8.246324826140356e-06, count: 4), 1e-12, "saddle")
    let other = try Self.evaluated("saddle", modes, ["start": [-0.5, 0.25]])["output"]
    Self.expectClose(Self.numbers(other), [0, 0, 0, 0], 2e-5, "another start")
  }
}
