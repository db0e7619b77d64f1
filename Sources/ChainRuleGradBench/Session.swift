import ChainRule
import Dispatch
import Foundation

/// Answers the messages of an eval, each by itself: nothing is kept from one to the next.
struct Session {
  static var modules: [any Module.Type] {
    [
      Hello.self, GaussianMixture.self, LongShortTermMemory.self, BundleAdjustment.self, HandTracking.self, KMeans.self,
      LogSumExponential.self, LeastSquares.self, DifferentialEquation.self, Determinant.self, Particle.self,
      Saddle.self,
    ]
  }

  /// How many threads a run may use.
  let threads: Int

  private struct Message: Decodable {
    let id: Int
    let kind: String
    let module: String?
    let function: String?
  }

  /// The answer to a line. What is wrong with it, or with what it asks for, is said in the answer.
  func answer(to line: String) -> String {
    let data = Data(line.utf8)
    let message: Message
    do {
      message = try Self.decoder.decode(Message.self, from: data)
    } catch {
      return Self.text(refusal(Self.id(of: data), "a message has an id and a kind: \(Self.sentence(error))"))
    }
    switch message.kind {
    case "start": return Self.text(["id": .integer(message.id), "tool": .text("chainrule")])
    case "define":
      guard let error = complaint(about: message.module) else {
        return Self.text(["id": .integer(message.id), "success": .flag(true)])
      }
      return Self.text(refusal(message.id, error))
    case "evaluate":
      do {
        return try Self.line(evaluated(message, data))
      } catch {
        return Self.text(refusal(message.id, Self.sentence(error)))
      }
    default: return Self.text(["id": .integer(message.id)])
    }
  }

  private func complaint(about module: String?) -> String? {
    if let module, Self.modules.contains(where: { $0.name == module }) { return nil }
    let known = Self.modules.map { $0.name }.sorted().joined(separator: ", ")
    return module.map { "there is no module \($0); there are \(known)" } ?? "a module is missing; there are \(known)"
  }

  private func evaluated(_ message: Message, _ data: Data) throws -> KeyValuePairs<String, JSON> {
    guard let name = message.module, let module = Self.modules.first(where: { $0.name == name }) else {
      return refusal(message.id, complaint(about: message.module) ?? "")
    }
    guard let function = message.function, module.names.contains(function) else {
      let known = module.names.sorted().joined(separator: ", ")
      return refusal(
        message.id, "there is no function \(message.function ?? "") in \(name); there are \(known)")
    }
    let runs = try Runs(data)
    let (evaluation, preparing) = try Self.timed { try module.prepare(function, data, threads: threads) }
    let evaluating = try runs.run(evaluation.run)
    let timings = [("prepare", preparing)] + evaluating.map { ("evaluate", $0) }
    return [
      "id": .integer(message.id), "success": .flag(true), "output": try evaluation.output(),
      "timings": .list(timings.map { .object(["name": .text($0), "nanoseconds": .integer($1)]) }),
    ]
  }

  // MARK: Text

  private func refusal(_ id: Int?, _ error: String) -> KeyValuePairs<String, JSON> {
    ["id": id.map(JSON.integer) ?? .null, "success": .flag(false), "error": .text(error)]
  }

  private static func line(_ fields: KeyValuePairs<String, JSON>) throws -> String {
    var line = ""
    try JSON.object(fields).write(into: &line)
    return line
  }

  /// The line of an answer that holds no numbers that are computed.
  private static func text(_ fields: KeyValuePairs<String, JSON>) -> String { (try? line(fields)) ?? "{}" }

  /// What is wrong, as a sentence: where in the message a reading went wrong, and why.
  private static func sentence(_ error: any Error) -> String {
    func told(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
      return (path.isEmpty ? "" : "\(path): ") + context.debugDescription
    }
    return switch error {
    case DecodingError.keyNotFound(let key, _): "\(key.stringValue) is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      told(context)
    default: "\(error)"
    }
  }

  /// The id of a message that lacks something else.
  private static func id(of data: Data) -> Int? {
    struct Identified: Decodable { let id: Int }
    return try? decoder.decode(Identified.self, from: data).id
  }

  static let decoder = JSONDecoder()

  // MARK: Time

  static func timed<Value>(_ body: () throws -> Value) rethrows -> (Value, nanoseconds: Int) {
    let start = DispatchTime.now().uptimeNanoseconds
    let value = try body()
    return (value, Int(DispatchTime.now().uptimeNanoseconds - start))
  }
}

/// How often an eval wants a function to be run: as often as it says, and until the runs have taken as long as it says.
struct Runs {
  private struct Wish: Decodable {
    let minRuns: Int?
    let minSeconds: Double?
    enum CodingKeys: String, CodingKey {
      case minRuns = "min_runs"
      case minSeconds = "min_seconds"
    }
  }

  let count: Int, seconds: Double

  /// - Throws: where the wish is there, and no number.
  init(_ message: Data) throws {
    struct Message: Decodable { let input: Wish }
    var wish = Wish(minRuns: nil, minSeconds: nil)
    do {
      wish = try Session.decoder.decode(Message.self, from: message).input
    } catch DecodingError.typeMismatch(_, let context) where context.codingPath.count == 1 {
      // An input that is a number or an array has no place for wishes.
    }
    (count, seconds) = (max(1, wish.minRuns ?? 1), wish.minSeconds ?? 0)
  }

  /// - Returns: the nanoseconds of each run.
  func run(_ body: () throws -> Void) throws -> [Int] {
    var times: [Int] = [], total = 0.0
    while times.count < count || total < seconds {
      let (_, time) = try Session.timed(body)
      times.append(time)
      total += Double(time) * 1e-9
    }
    return times
  }
}
