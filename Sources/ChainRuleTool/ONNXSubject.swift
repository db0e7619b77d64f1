import ChainRule
import ChainRuleLearning
import ChainRuleONNX

/// A model of an ONNX file in the place of an expression: its inputs with values, its first output, and the sum of that
/// output's squares, which is explained and checked.
struct ONNXSubject {
  let model: ONNXModel
  let inputs: [(name: String, node: Node)]
  let output: Node
  let graph: Graph

  /// Whether a word names such a file.
  static func isOne(_ word: String?) -> Bool { word?.hasSuffix(".onnx") == true }

  /// - Parameter words: the file, then values of inputs and lengths that the file leaves open, as NAME=VALUE. Inputs
  ///   without a value are drawn from a normal distribution, always the same; whole numbers are 0.
  init(_ words: [String], in graph: Graph, batch: Int? = nil) throws {
    self.graph = graph
    graph.mode = .evaluation
    model = try ONNXModel(contentsOf: words[0])
    var sizes: [String: Int] = [:], values: [String: Tensor] = [:]
    let open = Set(model.inputs.flatMap(\.lengths).filter { Int($0) == nil })
    if let batch { for input in model.inputs { if let first = input.lengths.first { sizes[first] = batch } } }
    for word in words.dropFirst() {
      guard let (name, text) = assignment(word) else {
        throw UsageError("'\(word)' is neither an option nor a value NAME=VALUE of the model's inputs")
      }
      if open.contains(name) {
        guard let length = Int(text), (1...1_000_000).contains(length) else {
          throw UsageError("'\(name)' is an open length: a whole number from 1 to 1,000,000 is needed, not '\(text)'")
        }
        sizes[name] = length
      } else if model.inputs.contains(where: { $0.name == name }) {
        do { values[name] = try Tensor(literal: text) } catch { throw UsageError("the value of '\(name)': \(error)") }
      } else {
        let known = model.inputs.map(\.name) + open.sorted()
        throw UsageError(
          "the model has no input and no open length '\(name)'"
            + meant(name, among: known) { "; there are \(known.joined(separator: ", "))" })
      }
    }
    var numbers = RandomNumbers(seed: 1)
    inputs = try model.inputs.map { input in
      let shape = Shape(input.lengths.map { sizes[$0] ?? Int($0) ?? 1 })
      guard shape.elementCount < 1 << 26 else {
        throw UsageError(
          "input '\(input.name)' would be \(shape), and fewer than \(1 << 26) numbers are needed; choose smaller lengths"
        )
      }
      if let value = values[input.name] {
        guard !input.isInteger || value.scalars.allSatisfy({ $0 == $0.rounded() && Swift.abs($0) < 0x1p31 }) else {
          throw UsageError("the value of '\(input.name)': whole numbers are needed")
        }
        return (
          input.name,
          graph.input(input.name, input.isInteger ? Tensor(indices: value.indices, shape: value.shape) : value)
        )
      }
      let values = (0..<shape.elementCount).map { _ in input.isInteger || input.isBool ? 0 : numbers.normal() }
      let value = input.isInteger ? Tensor(indices: values.map { Int($0) }, shape: shape) : Tensor(shape: shape, values)
      return (input.name, graph.input(input.name, value))
    }
    let outputs = try model.record(
      Dictionary(inputs.map { ($0.name, $0.node) }, uniquingKeysWith: { first, _ in first }), in: graph)
    guard let name = model.outputs.first?.name, let output = outputs[name] else {
      throw UsageError("\(words[0]) has no output")
    }
    self.output = output.label == nil ? output.named(name) : output
  }

  /// A single number: the output itself, or the sum of its squares.
  var number: Node {
    output.shape.elementCount == 1 ? output.reshaped(to: []) : square(output).sum().named("f")
  }

  /// What is differentiated by: inputs that hold numbers, then parameters.
  var leaves: [Node] {
    inputs.map(\.node).filter { $0.elementType != .int32 }
      + graph.parameters.filter(\.isTrainable).map { graph.parameter($0) }
  }

  /// What the file holds, in a few lines.
  var text: String {
    var lines = [model.summary]
    for input in model.inputs { lines.append("  input   \(input.name) [\(input.lengths.joined(separator: ", "))]") }
    for output in model.outputs { lines.append("  output  \(output.name) [\(output.lengths.joined(separator: ", "))]") }
    let parameters = model.parameters
    for parameter in parameters.prefix(20) { lines.append("  parameter  \(parameter.name) \(parameter.shape)") }
    if parameters.count > 20 { lines.append("  … and \(parameters.count - 20) parameters more") }
    return lines.joined(separator: "\n")
  }
}
