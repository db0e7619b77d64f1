import ChainRule
import Foundation

/// A function on one input, recorded and compiled: what is run and timed, and then its output.
struct Evaluation {
  let run: () throws -> Void
  let output: () throws -> JSON

  /// Runs a program that gives `nodes`, on the values of inputs.
  /// - Throws: the first mistake among the nodes.
  init(
    _ nodes: [Node], of inputs: [(node: Node, value: Tensor)], threads: Int, afterwards: (() -> Void)? = nil,
    _ write: @escaping ([Tensor]) throws -> JSON
  ) throws {
    let program = try nodes[0].graph.compile(inputs: inputs.map(\.node), outputs: nodes)
    program.threads = threads
    let values = inputs.map(\.value), results = Results()
    run = {
      try program.run(values, into: &results.tensors)
      afterwards?()
    }
    output = { try write(results.tensors) }
  }

  /// Runs a program of single numbers, on the values of inputs.
  /// - Throws: the first mistake among the nodes.
  init(numbers nodes: [Node], of inputs: [(node: Node, value: Double)], _ write: @escaping ([Double]) -> JSON) throws {
    let program = try nodes[0].graph.compile(inputs: inputs.map(\.node), outputs: nodes)
    let values = inputs.map(\.value), results = Results()
    run = { try program.run(numbers: values, into: &results.numbers) }
    output = { write(results.numbers) }
  }

  private final class Results {
    var tensors: [Tensor] = []
    var numbers: [Double] = []
  }
}

/// A module of GradBench: the functions that an eval may ask for.
protocol Module {
  associatedtype Input: Decodable
  static var name: String { get }
  static var functions: KeyValuePairs<String, (Input, _ threads: Int) throws -> Evaluation> { get }
}

private struct InputMessage<Input: Decodable>: Decodable { let input: Input }

extension Module {
  static var names: [String] { functions.map(\.key) }

  /// - Throws: where the input of the message is none of this module's, or does not fit.
  static func prepare(_ function: String, _ message: Data, threads: Int) throws -> Evaluation {
    guard let (_, prepare) = functions.first(where: { $0.key == function }) else {
      throw ChainRuleError(.value, in: name, required: names.joined(separator: ", "), got: function)
    }
    return try prepare(try Session.decoder.decode(InputMessage<Input>.self, from: message).input, threads)
  }

  /// The input's own promises.
  static func require(_ holds: Bool, _ required: String, got: @autoclosure () -> String) throws {
    if !holds { throw ChainRuleError(.value, in: name, required: required, got: got()) }
  }

  /// Rows of numbers, which must be as many and as long as promised.
  static func matrix(_ rows: [[Double]], named part: String, _ shape: Shape) throws -> Tensor {
    try require(
      rows.count == shape[0] && rows.allSatisfy { $0.count == shape[1] },
      "\(shape[0]) rows of \(shape[1]) numbers in \(part)",
      got: "\(rows.count) of \(Set(rows.map(\.count)).sorted().map(String.init).joined(separator: " or "))")
    return Tensor(shape: shape, rows.flatMap { $0 })
  }
}
