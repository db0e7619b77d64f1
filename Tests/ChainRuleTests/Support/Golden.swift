import Foundation
import Testing

/// The reference numbers under Tests/Fixtures; Docs/Data.md says where they come from.
enum Golden {
  static let primitives = cases(of: "primitives")
  static let higherOrder = cases(of: "higher_order")
  static let knownAnswers = cases(of: "known_answers")

  /// A whole file, for those whose cases share data (`optimizers`, `training`).
  static func file(_ name: String) -> JSON {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = tests.appending(path: "Fixtures/\(name).json")
    do { return try JSON(contentsOf: file) } catch {
      Issue.record("the fixture \(file.path) cannot be read: \(error)")
      return .null
    }
  }

  static func cases(of name: String) -> [GoldenCase] { file(name)["cases"].array.map(GoldenCase.init) }
}

/// One case of a fixture.
struct GoldenCase: Sendable, CustomTestStringConvertible {
  let json: JSON

  var name: String { json["name"].string ?? "?" }
  /// What is computed: the operation, loss, layer or optimizer.
  var operation: String { (json["op"].string ?? json["function"].string) ?? "?" }
  var attributes: JSON { json["attrs"] }
  var inputs: [GoldenArray] { json["inputs"].array.compactMap(GoldenArray.init) }
  var output: GoldenArray? { array("output") }
  var tags: [String] { json["tags"].array.compactMap(\.string) }
  var testDescription: String { name }

  func array(_ key: String) -> GoldenArray? { GoldenArray(json[key]) }
  /// Arrays by name, such as `vjp`, `tangents`.
  func arrays(_ key: String) -> [String: GoldenArray] { json[key].object.compactMapValues(GoldenArray.init) }
}

/// An array of a fixture: a shape and its numbers in row-major order.
struct GoldenArray: Sendable, Hashable {
  enum Kind: String { case float64, int64, bool }

  let name: String
  let kind: Kind
  let shape: [Int]
  let scalars: [Double]

  init?(_ json: JSON) {
    guard let kind = json["dtype"].string.flatMap(Kind.init) else { return nil }
    self.kind = kind
    name = json["name"].string ?? ""
    shape = json["shape"].ints
    scalars = json["data"].scalars
  }

  /// Nested lists of numbers, as `known_answers` writes them.
  init(nested: JSON) {
    name = ""
    kind = .float64
    shape = nested.shape
    scalars = nested.scalars
  }

  /// What is wrong with `actual`, or nil if it agrees: |actual − expected| ≤ relative·|expected| + absolute,
  /// infinities and NaN by kind.
  func mismatch(_ actual: [Double], shape actualShape: [Int]? = nil, relative: Double = 1e-10, absolute: Double = 1e-12)
    -> String?
  {
    if let actualShape, actualShape != shape { return "shape \(actualShape), expected \(shape)" }
    if actual.count != scalars.count { return "\(actual.count) numbers, expected \(scalars.count)" }
    for (index, (got, want)) in zip(actual, scalars).enumerated() {
      let agrees =
        want.isNaN ? got.isNaN : want.isInfinite ? got == want : abs(got - want) <= relative * abs(want) + absolute
      if !agrees { return "element \(index): \(got), expected \(want)" }
    }
    return nil
  }
}
