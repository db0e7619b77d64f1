import Foundation
import Testing

@testable import ChainRuleGradBench

/// What the tool answers to lines, good and broken.
@Suite("GradBench's protocol") struct ProtocolTests {
  static func answer(_ line: String) throws -> [String: Any] {
    let answer = Session(threads: 1).answer(to: line)
    #expect(!answer.contains("\n"), "an answer is one line")
    return try #require(JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])
  }

  @Test func aConversation() throws {
    #expect(try Self.answer(#"{"id": 0, "kind": "start", "eval": "hello"}"#)["tool"] as? String == "chainrule")
    let defined = try Self.answer(#"{"id": 1, "kind": "define", "module": "hello"}"#)
    #expect(defined["id"] as? Int == 1 && defined["success"] as? Bool == true)
    let evaluated = try Self.answer(
      #"{"id": 2, "kind": "evaluate", "module": "hello", "function": "double", "input": 3, "description": "3"}"#)
    #expect(evaluated["success"] as? Bool == true && evaluated["output"] as? Double == 6)
    let timings = try #require(evaluated["timings"] as? [[String: Any]])
    #expect(timings.map { $0["name"] as? String } == ["prepare", "evaluate"])
    #expect(timings.allSatisfy { ($0["nanoseconds"] as? Int ?? -1) >= 0 })
    let analysis = try Self.answer(#"{"id": 3, "kind": "analysis", "of": 2, "valid": true}"#)
    #expect(analysis.count == 1 && analysis["id"] as? Int == 3)
    #expect(try Self.answer(#"{"id": 4, "kind": "something new"}"#).count == 1)
  }

  @Test func runsAreAsManyAsTheEvalWants() throws {
    let start = #"{"id": 1, "kind": "evaluate", "module": "lse", "function": "primal", "input": {"x": [1, 2], "#
    func evaluations(_ wish: String) throws -> [Int] {
      let timings = try Self.answer(start + wish + "}}")["timings"] as? [[String: Any]] ?? []
      return timings.filter { $0["name"] as? String == "evaluate" }.compactMap { $0["nanoseconds"] as? Int }
    }
    #expect(try evaluations(#""min_runs": 5, "min_seconds": 0"#).count == 5)
    #expect(try evaluations(#""min_runs": 0, "min_seconds": 0"#).count == 1)
    // However long a run takes: all of them together as long as wished, and not so without the last.
    let times = try evaluations(#""min_runs": 1, "min_seconds": 0.01"#)
    #expect(times.reduce(0, +) >= 9_999_999 && times.dropLast().reduce(0, +) <= 10_000_001)
  }

  @Test func everyModuleIsKnownByName() throws {
    let names = [
      "ba", "det", "gmm", "hello", "ht", "kmeans", "llsq", "lse", "lstm", "ode", "particle", "saddle",
    ]
    #expect(Session.modules.map { $0.name }.sorted() == names)
    for name in names {
      #expect(try Self.answer(#"{"id": 1, "kind": "define", "module": "\#(name)"}"#)["success"] as? Bool == true)
    }
  }

  @Test(arguments: [
    ("", nil, "a message has an id and a kind"), ("{", nil, "a message has an id and a kind"),
    ("[]", nil, "a message has an id and a kind"), ("\u{0}", nil, "a message has an id and a kind"),
    (#"{"id": "one", "kind": "start"}"#, nil, "id"), (#"{"id": 7}"#, 7, "kind is missing"),
    (#"{"id": 7, "kind": 3}"#, 7, "kind"),
    (#"{"id": 7, "kind": "define"}"#, 7, "a module is missing; there are ba, det"),
    (#"{"id": 7, "kind": "define", "module": "nn"}"#, 7, "there is no module nn; there are ba, det"),
    (#"{"id": 7, "kind": "evaluate", "module": "nn", "function": "f"}"#, 7, "there is no module nn"),
    (#"{"id": 7, "kind": "evaluate", "module": "lse"}"#, 7, "there are gradient, primal"),
    (#"{"id": 7, "kind": "evaluate", "module": "lse", "function": "f"}"#, 7, "there is no function f in lse"),
    (#"{"id": 7, "kind": "evaluate", "module": "lse", "function": "primal"}"#, 7, "input is missing"),
  ])
  func brokenLinesAreAnswered(line: String, id: Int?, error: String) throws {
    let answer = try Self.answer(line)
    #expect(answer["id"] as? Int == id && answer["success"] as? Bool == false)
    #expect((answer["error"] as? String ?? "").contains(error), "\(answer)")
  }

  @Test(arguments: [
    ("hello", "square", #""three""#, "input"), ("lse", "primal", #"{"x": []}"#, "at least one number in x"),
    ("lse", "primal", #"{"x": [1, "two"]}"#, "input.x"), ("lse", "primal", #"{"y": [1]}"#, "x is missing"),
    ("lse", "primal", #"{"x": [1], "min_runs": "many"}"#, "min_runs"),
    ("hello", "square", "1e300", "required numbers that JSON can write, got inf"),
    ("llsq", "gradient", #"{"x": [1], "n": 1}"#, "from 2 to"), ("llsq", "gradient", #"{"x": [], "n": 4}"#, "none"),
    ("ode", "primal", #"{"x": [1, 2], "s": 0}"#, "steps"),
    ("det", "primal", #"{"A": [1, 2, 3], "ell": 2}"#, "4 numbers"),
    ("det", "primal", #"{"A": [], "ell": 40}"#, "1 to 20 rows"),
    ("kmeans", "cost", #"{"points": [[1, 2], [3]], "centroids": [[1, 2]]}"#, "2 rows of 2 numbers in points"),
    ("kmeans", "cost", #"{"points": [[1, 2]], "centroids": []}"#, "1 points and 0 centroids"),
    ("ba", "objective", #"{"n": 1, "m": 1, "p": 0, "cam": [], "x": [], "w": 1, "feat": []}"#, "observations"),
    ("ba", "jacobian", #"{"n": 1, "m": 1, "p": 1, "cam": [], "x": [], "w": 1, "feat": []}"#, "11, 3 and 2 numbers"),
    ("gmm", "objective", #"{"d": 2, "k": 1}"#, "is missing"),
    ("lstm", "objective", #"{"main_params": [], "extra_params": [], "state": [], "sequence": []}"#, "two characters"),
    ("particle", "rr", #"{"w": "left"}"#, "input.w"), ("saddle", "ff", #"{"start": [1]}"#, "two numbers in start"),
    ("particle", "rr", #"{"w": -1e9}"#, "whileLoop"),
  ])
  func unfitInputsAreRefused(module: String, function: String, input: String, error: String) throws {
    let line = #"{"id": 7, "kind": "evaluate", "module": "\#(module)", "function": "\#(function)", "input": \#(input)}"#
    let answer = try Self.answer(line)
    #expect(answer["id"] as? Int == 7 && answer["success"] as? Bool == false)
    #expect((answer["error"] as? String ?? "").contains(error), "\(answer)")
  }

  @Test func unfitModelsOfHandsAreRefused() throws {
    let hand = try #require(EvalTests.cases.first { $0.module == "ht" })
    for (path, value, error) in [
      (["theta"], [1] as Any, "26 numbers"), (["us"], [[0.5, 0.5]], "a place or none"),
      (["data", "correspondences"], [99, 0, 0, 0, 0], "correspondences below"),
      (["data", "points"], [[1]], "a correspondence"),
      (["data", "model", "parents"], [Int](repeating: 3, count: 22), "parents before their bones"),
      (["data", "model", "weights"], [[1]], "weights for each vertex"),
      (["data", "model", "triangles"], [[0, 1]], "triangles of three vertices"),
      (["data", "model", "base_relatives"], [[[1]]], "4 × 4"),
    ] {
      let answer = try EvalTests.evaluated("ht", "jacobian", EvalTests.replacing(hand.input, path[...], by: value))
      #expect(answer["success"] as? Bool == false)
      #expect((answer["error"] as? String ?? "").contains(error), "\(path): \(answer["error"] ?? "")")
    }
  }

  @Test func textsAreEscaped() throws {
    let answer = try Self.answer(#"{"id": 1, "kind": "define", "module": "a\"b\\c\n\u0001ü"}"#)
    #expect((answer["error"] as? String ?? "").contains("a\"b\\c\n\u{1}ü"))
  }
}
