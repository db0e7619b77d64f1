import ChainRuleCore
import Foundation

/// A `config.json`: what an architecture is made of, every value checked where it is read.
struct PretrainedConfiguration {
  let file: String
  private let fields: [String: Any]

  private static let mostBytes = 1 << 20

  init(_ path: String) throws {
    file = path
    let source = try RandomAccessFile(path)
    guard source.size <= Self.mostBytes else {
      throw FileError(path, "is no configuration: it has \(source.size) bytes, more than \(Self.mostBytes)")
    }
    let json = try? JSONSerialization.jsonObject(with: Data(source.read(source.size, at: 0)))
    guard let fields = json as? [String: Any] else {
      throw FileError(path, "is no configuration: it is not a JSON object")
    }
    self.fields = fields
  }

  func mistake(_ message: String) -> FileError { FileError(file, message) }

  func text(_ key: String, default value: String? = nil) throws -> String {
    guard let found = fields[key], !(found is NSNull) else {
      if let value { return value }
      throw mistake("lacks \(key)")
    }
    guard let text = found as? String else { throw mistake("\(key) must be a text, not \(found)") }
    return text
  }

  /// The first of `architectures`.
  func architecture() throws -> String {
    guard let names = fields["architectures"] as? [String], let name = names.first else {
      throw mistake("lacks architectures, a list with the name of the model's class")
    }
    return name
  }

  /// A whole number from 1 to 10 million.
  func count(_ key: String, default value: Int? = nil) throws -> Int {
    try Self.count(fields[key], default: value) { mistake("\(key) must be a whole number from 1 to 10,000,000\($0)") }
  }

  func counts(_ key: String) throws -> [Int] {
    guard let list = fields[key] as? [Any], (1...100).contains(list.count) else {
      throw mistake("\(key) must be a list of 1 to 100 whole numbers")
    }
    return try list.map {
      try Self.count($0, default: nil) { mistake("\(key) must hold whole numbers from 1 to 10,000,000\($0)") }
    }
  }

  private static func count(_ found: Any?, default value: Int?, _ mistake: (String) -> FileError) throws -> Int {
    guard let found, !(found is NSNull) else {
      if let value { return value }
      throw mistake("; it is not there")
    }
    guard let number = found as? Int, !isBool(found), (1...10_000_000).contains(number) else {
      throw mistake(", not \(found)")
    }
    return number
  }

  /// A positive number.
  func number(_ key: String, default value: Double) throws -> Double {
    guard let found = fields[key], !(found is NSNull) else { return value }
    guard let number = found as? Double, !Self.isBool(found), number > 0, number.isFinite else {
      throw mistake("\(key) must be a positive number, not \(found)")
    }
    return number
  }

  func flag(_ key: String, default value: Bool) throws -> Bool {
    guard let found = fields[key], !(found is NSNull) else { return value }
    guard Self.isBool(found), let flag = found as? Bool else {
      throw mistake("\(key) must be true or false, not \(found)")
    }
    return flag
  }

  /// The number of classes, from `id2label` or `num_labels`; two where neither is said, as transformers have it.
  func classes() throws -> Int {
    if let labels = fields["id2label"] as? [String: Any], !labels.isEmpty { return labels.count }
    return try count("num_labels", default: 2)
  }

  /// An activation by the name that transformers give it.
  func activation(_ key: String, default value: String) throws -> @Sendable (Node) -> Node {
    let name = try text(key, default: value)
    switch name {
    case "gelu": return { gelu($0) }
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": return { gelu($0, approximate: true) }
    case "relu": return { relu($0) }
    case "silu", "swish": return { silu($0) }
    case "tanh": return { tanh($0) }
    default: throw mistake("\(key) must be gelu, gelu_new, relu, silu or tanh, not '\(name)'")
    }
  }

  /// Refuses what would be computed otherwise than here.
  func require(_ key: String, _ wanted: Bool) throws {
    guard try flag(key, default: wanted) == wanted else {
      throw mistake("\(key) must be \(wanted): the other is not recorded here")
    }
  }

  private static func isBool(_ value: Any) -> Bool {
    (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? (value is Bool)
  }
}
